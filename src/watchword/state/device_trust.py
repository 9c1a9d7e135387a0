"""How far a device is trusted for one person, and how that moves: earned slowly, lost at once, given by hand."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from watchword.state.plan import DAY_MS

TrustLevel = Literal["unknown", "low", "medium", "high", "trusted"]
Severity = Literal["low", "medium", "high"]
TRUST: dict[TrustLevel, float] = {"unknown": 0.3, "low": 0.4, "medium": 0.6, "high": 0.8, "trusted": 0.95}
"""What each level is worth, 0-1."""

MEDIUM_LOGINS = 3
MEDIUM_DAYS = 3
HIGH_LOGINS = 10
HIGH_SPAN_DAYS = 30


class RiskFactor(Struct, frozen=True, array_like=True):
    """Something that speaks against a device, and how much. One high factor makes its trust low."""

    factor: str
    severity: Severity


class Trust(Struct, frozen=True, array_like=True):
    """Trust as it is kept. All times in milliseconds.

    `logins` low-risk ones since trust was last lost (`lost_ms`, 0 for never), on `days` different days, the first on
    day `first_day` and the last on `last_day` (days since 1970). `set_by` is who set `level_set` (by hand, or
    `verification`), and why.
    """

    logins: int = 0
    days: int = 0
    first_day: int = -1
    last_day: int = -1
    lost_ms: int = 0
    level_set: TrustLevel | None = None
    set_by: str = ""
    reason: str = ""

    @property
    def level(self) -> TrustLevel:
        """The level now. What was set stands; else unknown (or low, where trust was lost) grows by low-risk log-ins."""
        if self.level_set is not None:
            return self.level_set
        if self.logins >= HIGH_LOGINS and self.last_day - self.first_day >= HIGH_SPAN_DAYS:
            return "high"
        if self.logins >= MEDIUM_LOGINS and self.days >= MEDIUM_DAYS:
            return "medium"
        return "low" if self.lost_ms else "unknown"


def with_login(trust: Trust, at_ms: int) -> Trust:
    """After one more successful log-in of low risk; one from before trust was lost earns nothing.

    Log-ins are given in order of time: one of an earlier day than the last counts, but for no day of its own.
    """
    if at_ms <= trust.lost_ms:
        return trust
    day = at_ms // DAY_MS
    first = day if trust.first_day < 0 else min(trust.first_day, day)
    last = max(trust.last_day, day)
    return replace(
        trust, logins=trust.logins + 1, days=trust.days + (day > trust.last_day), first_day=first, last_day=last
    )


def with_factors(trust: Trust, factors: Iterable[RiskFactor], at_ms: int) -> Trust:
    """After a look at the device: a high risk factor takes all that was earned or given, from that time on."""
    if all(one.severity != "high" for one in factors):
        return trust
    lost = Trust(lost_ms=max(at_ms, trust.lost_ms), reason="high risk factor")
    return replace(trust, lost_ms=lost.lost_ms) if trust.level_set == "low" else lost


def verified(trust: Trust, at_ms: int) -> Trust:
    """After its user passed a check on it: trusted, unless somebody set it by hand, or trust was lost since."""
    if at_ms <= trust.lost_ms or (trust.level_set is not None and trust.set_by != "verification"):
        return trust
    return replace(trust, level_set="trusted", set_by="verification", reason="passed a check")


def set_by_hand(trust: Trust, level: TrustLevel | None, actor: str, reason: str) -> Trust:
    """With the level set by hand; `unknown` gives it back to the engine, which begins anew."""
    if level == "unknown" or level is None:
        return Trust(lost_ms=0, reason=reason)
    return replace(trust, level_set=level, set_by=actor, reason=reason)
