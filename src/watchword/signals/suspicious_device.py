"""Clients whose parts contradict each other."""

from __future__ import annotations

from collections.abc import Iterable

from watchword.enrichment.facts import Hint
from watchword.signals.automation import CERTAIN, automation_weight
from watchword.signals.signal import Band, Context, Finding, Outcome, ramp, signal

LEAST = 0.3
TIMEZONE = "TIMEZONE_MISMATCH"


@signal(
    "DEVICE",
    {"SUSPICIOUS_DEVICE": Band("MEDIUM", 40, 69), "TIMEZONE_MISMATCH": Band("MEDIUM", 40, 69)},
    kinds=("login", "account_activity"),
    setting="device_fingerprinting",
    trait="hints",
)
def suspicious_device(context: Context) -> Iterable[Outcome]:
    """An impossible screen, a platform that does not fit the User-Agent, client hints or headers no browser sends.

    Fraud: anti-detect browsers and spoofed fingerprints. Innocent: privacy extensions, browsers asked for the desktop
    site, remote desktops, a traveller whose clock is still at home. Each sign has a weight (measured on 23 drivers and
    four people's browsers); together (noisy or) they must weigh 0.3, and saturate at 1, their weight being the
    confidence too. A time zone that the address's country does not keep is half sure and stands alone. Signs of
    automation that are too weak for `automation` count here, except for `machine` callers, of whom nothing else is
    expected.
    """
    hints = context.facts.hints
    if not hints:
        return ()
    found: list[Outcome] = []
    weak = automation_weight(context) < CERTAIN and context.facts.agent.tool is None and not context.machine
    signs = [hint for hint in hints if hint.code != TIMEZONE and (hint.sign == "inconsistency" or weak)]
    if signs:
        found += _together(signs)
    for hint in hints:
        if hint.code == TIMEZONE:
            found.append(Finding(TIMEZONE, hint.weight, hint.weight, hint.message, {"weight": hint.weight}))
    return found


def _together(signs: list[Hint]) -> Iterable[Finding]:
    doubt = 1.0
    for hint in signs:
        doubt *= 1.0 - hint.weight
    weight = 1.0 - doubt
    if weight < LEAST:
        return
    more = f" (and {len(signs) - 1} more)" if len(signs) > 1 else ""
    details = {"signs": [hint.code for hint in signs], "weight": round(weight, 2)}
    yield Finding("SUSPICIOUS_DEVICE", ramp(weight, LEAST, 1.0), weight, f"{signs[0].message}{more}", details)
