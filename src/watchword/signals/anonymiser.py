"""VPNs, proxies and datacentres: who hides, or is a machine."""

from __future__ import annotations

from collections.abc import Iterable

from watchword.signals.oddity import is_repeated
from watchword.signals.signal import Band, Context, Finding, Outcome, signal
from watchword.state.probation import is_lasting

WORDS = {
    "vpn": ("VPN", "The address is a VPN's exit"),
    "proxy": ("PROXY", "The address is a proxy"),
    "residential_proxy": ("RESIDENTIAL_PROXY", "The address belongs to a network of residential proxies"),
    "hosting": ("HOSTING", "The address is a datacentre's"),
}


@signal(
    "NETWORK",
    {
        "VPN": Band("MEDIUM", 30, 50),
        "PROXY": Band("MEDIUM", 30, 50),
        "HOSTING": Band("MEDIUM", 25, 35),
        "RESIDENTIAL_PROXY": Band("LOW", 10, 25),
    },
    kinds=("login", "account_activity"),
    trait="flags",
)
def anonymiser(context: Context) -> Iterable[Outcome]:
    """The user comes by a VPN, a proxy, a datacentre or a residential proxy, and is not known for it.

    Fraud: attackers rent such addresses. Innocent: everybody who values privacy, companies whose traffic leaves by a
    datacentre. So a user who always comes that way is not flagged again: a kind of network learnt three times is his
    attribute, only its appearance counts, and that once a day. Of several flags the most telling one speaks. iCloud
    Private Relay and security gateways are no evidence, and what a Tor exit carries besides adds nothing. Saturated at
    once: an address is on the list or not; the age of the list is the confidence.
    """
    network = context.facts.network
    words = WORDS.get(network.kind)
    if words is None or is_lasting(context.history, network.kind) or is_repeated(context):
        return ()
    code, text = words
    details = {"asn": network.asn, "organisation": network.organisation} if network.asn else {}
    return (Finding(code, 1.0, network.flag_weight, text, details),)
