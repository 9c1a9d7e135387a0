"""How sessions are judged: every live setting of them, its default and its bounds."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, Struct

from watchword.errors import ConfigurationError, InvalidInput
from watchword.policy.session_messages import UNIT
from watchword.policy.sessions import Bounds

Risk = Annotated[float, Meta(ge=0, le=1)]
WIRE = {"frozen": True, "kw_only": True, "rename": "camel", "forbid_unknown_fields": True}
LEAST_SUSPICIOUS, MOST_SUSPICIOUS = 0.3, 0.89
LEAST_HIGH, MOST_HIGH = 0.6, 1.0
"""Within these bounds thresholds may be set for one user or segment."""


class Thresholds(Struct, **WIRE, omit_defaults=True):
    """Thresholds of one segment of users; what is absent is as for everybody."""

    suspicious: Annotated[float, Meta(ge=LEAST_SUSPICIOUS, le=MOST_SUSPICIOUS)] | None = None
    high_risk: Annotated[float, Meta(ge=LEAST_HIGH, le=MOST_HIGH)] | None = None


class SessionSettings(Struct, **WIRE):
    """How sessions are judged. Raises ConfigurationError for thresholds out of order."""

    suspicious_threshold: Annotated[
        float, Meta(ge=0.01, le=1, description="Risk (0-1) from which the person is asked for the MPIN.")
    ] = 0.70
    high_risk_threshold: Annotated[
        float, Meta(ge=0.02, le=1, description="Risk (0-1) from which the session is blocked.")
    ] = 0.90
    enhanced_logging_threshold: Annotated[
        Risk, Meta(description="Risk (0-1) from which a session's messages are logged in full.")
    ] = 0.60
    segments: Annotated[
        dict[Annotated[str, Meta(min_length=1, max_length=64)], Thresholds],
        Meta(description="Thresholds of segments of users, by the segment's name."),
    ] = {}
    enforced: Annotated[
        bool,
        Meta(
            description="Off, and in the mode monitor: risk is told and recorded; nobody is asked, no session blocked."
        ),
    ] = True
    lifetime_minutes: Annotated[int, Meta(ge=1, le=10_080, description="Minutes after which a session expires.")] = 480
    end_others: Annotated[bool, Meta(description="Whether a block ends the user's other sessions too.")] = False
    free_mpin_attempts: Annotated[
        int, Meta(ge=0, le=10, description="Wrong MPINs in a challenge that do not raise the risk.")
    ] = 0
    mpin_attempts: Annotated[
        int, Meta(ge=1, le=20, description="Wrong MPINs in a row, in all sessions of a user, before a lock-out.")
    ] = 5
    mpin_lockout_minutes: Annotated[
        int, Meta(ge=1, le=1_440, description="Minutes of the first lock-out; each further one lasts twice as long.")
    ] = 15
    large_transaction: Annotated[
        float, Meta(gt=0, description="Amount (major unit of the currency) from which a transaction is large.")
    ] = 5_000.0
    large_transactions: Annotated[
        dict[Annotated[str, Meta(pattern="^[A-Z]{3}$")], Annotated[float, Meta(gt=0)]],
        Meta(description="Amounts from which one in such a currency (ISO 4217) is large."),
    ] = {}
    behavior_consent: Annotated[
        Literal["assumed", "required"],
        Meta(description="What holds for people who have not said whether their behaviour may be used."),
    ] = "assumed"
    quarantine_hours: Annotated[
        float, Meta(ge=0, le=720, description="Hours between the end of a session and learning from it.")
    ] = 24.0
    behavior_trust_now: Annotated[
        bool, Meta(description="Whether finished sessions are learnt at once: for demonstrations.")
    ] = False
    sample_days: Annotated[int, Meta(ge=1, le=3650, description="Days for which raw samples are kept.")] = 30

    def __post_init__(self) -> None:
        if self.suspicious_threshold >= self.high_risk_threshold:
            raise ConfigurationError(
                f"sessions.suspiciousThreshold: {self.suspicious_threshold:g} is not under highRiskThreshold "
                f"{self.high_risk_threshold:g}.",
                "sessions.suspiciousThreshold",
            )

    def bounds(self, segment: str = "", suspicious: int = 0, high_risk: int = 0) -> Bounds:
        """The bounds of one session: a person's own where there are any (ten-thousandths), the segment's, everybody's.

        Out of order they fall back to everybody's.
        """
        own = self.segments.get(segment)
        low = suspicious or _whole(own.suspicious if own else None) or round(UNIT * self.suspicious_threshold)
        high = high_risk or _whole(own.high_risk if own else None) or round(UNIT * self.high_risk_threshold)
        if low >= high:
            low, high = round(UNIT * self.suspicious_threshold), round(UNIT * self.high_risk_threshold)
        return Bounds(low, high, self.free_mpin_attempts, self.enforced)

    def is_large(self, amount: float, currency: str | None) -> bool:
        """Whether an amount is a large transaction: at or above the threshold."""
        return amount >= self.large_transactions.get(currency or "", self.large_transaction)


def own_thresholds(suspicious: float | None, high_risk: float | None) -> tuple[int, int]:
    """One person's thresholds as they are kept. Raises InvalidInput outside the bounds, or out of order."""
    for name, value, least, most in (
        ("suspicious", suspicious, LEAST_SUSPICIOUS, MOST_SUSPICIOUS),
        ("highRisk", high_risk, LEAST_HIGH, MOST_HIGH),
    ):
        if value is not None and not least <= value <= most:
            raise InvalidInput(f"A person's own threshold lies from {least:g} to {most:g}.", name)
    if suspicious is not None and high_risk is not None and suspicious >= high_risk:
        raise InvalidInput("The suspicious threshold lies under the high-risk one.", "suspicious")
    return _whole(suspicious), _whole(high_risk)


def _whole(value: float | None) -> int:
    return round(UNIT * value) if value is not None else 0
