"""Addresses that others complained about."""

from __future__ import annotations

from collections.abc import Iterable

from watchword.signals.signal import Band, Context, Finding, Outcome, ramp, signal

SATURATED_SOURCES = 4


@signal(
    "NETWORK",
    {"ABUSE_LISTED": Band("MEDIUM", 40, 69), "KNOWN_BOT": Band("MEDIUM", 40, 69)},
    kinds=("login", "account_activity"),
    trait="flags",
)
def abuse_lists(context: Context) -> Iterable[Outcome]:
    """Fresh, independent lists name the address for attacks, or it belongs to a known bot or scraper network.

    Fraud: the same machine attacks others. Innocent: the address was somebody else's last week, or a carrier puts a
    thousand people behind it: so one list is the lowest medium, and the intensity rises with the number of independent
    lists (those behind an aggregate counted) to saturate at four. The confidence is how fresh they are; stale lists are
    not evaluable. A Tor exit's listing adds nothing.
    """
    network = context.facts.network
    if network.tor or not (network.abuse_sources or network.known_bot):
        return ()
    found = []
    if network.abuse_sources:
        lists = max(len(network.abuse_sources), network.abuse_count)
        text = f"{lists} fresh abuse list{'s name' if lists > 1 else ' names'} the address"
        details = {"lists": lists, "sources": list(network.abuse_sources)}
        found.append(Finding("ABUSE_LISTED", ramp(lists, 1, SATURATED_SOURCES), network.abuse_weight, text, details))
    if network.known_bot:
        text = f"The address belongs to the bot network {network.known_bot}"
        found.append(Finding("KNOWN_BOT", 1.0, network.abuse_weight, text, {"network": network.known_bot}))
    return found
