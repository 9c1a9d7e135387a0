"""Exits of the Tor network."""

from __future__ import annotations

from collections.abc import Iterable

from watchword.signals.signal import Band, Context, Finding, Outcome, signal

ALONE = 0.99
"""Tor by itself stays below 80, whatever the settings: 70 + 10 x 0.99 = 79.9."""


@signal("NETWORK", {"TOR": Band("HIGH", 70, 80)}, kinds=("login", "account_activity"), trait="flags")
def tor(context: Context) -> Iterable[Outcome]:
    """The address is an exit of the Tor network.

    Fraud: attackers hide there. Innocent: journalists, the careful, people whose network is watched: so Tor by itself
    asks for verification and never blocks (79.9); only an exit that a known bot or scraper network also names reaches
    80. Nearly all exits stand on hosting, VPN and abuse lists as well: those flags add nothing. Saturated at once; the
    age of the list is the confidence.
    """
    network = context.facts.network
    if not network.tor:
        return ()
    text = "The address is an exit of the Tor network"
    if network.known_bot:
        text += f" and of the bot network {network.known_bot}"
    details = {"knownBot": network.known_bot} if network.known_bot else {}
    return (Finding("TOR", 1.0 if network.known_bot else ALONE, network.flag_weight, text, details),)
