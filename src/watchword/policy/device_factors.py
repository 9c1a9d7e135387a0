"""What speaks against a device, from facts and hints: names and severities of the contract's risk factors."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Literal

from watchword.enrichment.facts import Facts, Hint
from watchword.signals.automation import CERTAIN
from watchword.state.device_trust import RiskFactor, Severity

Carried = Literal["none", "good", "forged", "stale", "elsewhere"]
"""The device cookie: absent, good, not signed by us, replaced since by a newer one, or on a device unlike its own."""

MANY_USERS = 5
CROWD_OF_USERS = 20
SHARED_DAYS = 30
"""More than so many people on one device within that many days."""

SURE = 0.9
LEAST = 0.3
_ZONE = "TIMEZONE_MISMATCH"
_HEADLESS = frozenset({"HEADLESS_AGENT", "HEADLESS_BRAND"})
_COOKIES: dict[Carried, Severity] = {"elsewhere": "high", "forged": "medium", "stale": "medium"}


def find_factors(facts: Facts, users: int, carried: Carried) -> tuple[RiskFactor, ...]:
    """The factors, each once, the most severe first. `users`: people on this device within 30 days, this one included.

    `headless` and `automation` are high where the signs together reach what the automation signal calls certain;
    `spoofed` where contradictions are all but sure. A cookie on a device unlike its own was carried there: high.
    """
    found = [*_network(facts), *_signs(facts)]
    if users > MANY_USERS:
        found.append(RiskFactor("shared_by_many_users", "high" if users > CROWD_OF_USERS else "medium"))
    if carried in _COOKIES:
        found.append(RiskFactor("cookie_mismatch", _COOKIES[carried]))
    return in_order(found)


def in_order(found: Iterable[RiskFactor]) -> tuple[RiskFactor, ...]:
    """Each factor once, with its highest severity, the most severe first."""
    ranks = {"high": 0, "medium": 1, "low": 2}
    first: dict[str, RiskFactor] = {}
    for one in sorted(found, key=lambda one: (ranks[one.severity], one.factor)):
        first.setdefault(one.factor, one)
    return tuple(first.values())


def _network(facts: Facts) -> Iterator[RiskFactor]:
    network = facts.network
    if network.tor:
        yield RiskFactor("tor", "high")
    if network.vpn or network.proxy or network.residential_proxy:
        yield RiskFactor("vpn_proxy", "medium")
    elif network.hosting and not network.tor:
        yield RiskFactor("hosting", "low")


def _signs(facts: Facts) -> Iterator[RiskFactor]:
    hints, tool = facts.hints, facts.agent.tool
    driven = [hint for hint in hints if hint.sign == "automation"]
    weight = _together(driven)
    if tool in ("headless", "driven") or any(hint.code in _HEADLESS for hint in driven):
        yield RiskFactor("headless", "high")
    if tool is not None or weight >= CERTAIN:
        yield RiskFactor("automation", "high")
    elif weight >= LEAST:
        yield RiskFactor("automation", "medium")
    if any(hint.code == _ZONE for hint in hints):
        yield RiskFactor("timezone_mismatch", "low")
    odd = _together([hint for hint in hints if hint.sign == "inconsistency" and hint.code != _ZONE])
    if odd >= LEAST:
        yield RiskFactor("spoofed", "high" if odd >= SURE else "medium")


def _together(hints: list[Hint]) -> float:
    """How telling independent signs are together, 0-1 (noisy or)."""
    doubt = 1.0
    for hint in hints:
        doubt *= 1.0 - hint.weight
    return 1.0 - doubt
