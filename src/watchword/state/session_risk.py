"""What each factor adds to a session's risk, how often it counts, and how risk falls with time. Whole ten-thousandths.

Amounts and caps are the contract's (section 9). A factor that does not count leaves no trace.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from msgspec import Struct
from msgspec.structs import replace

from watchword.state.session import Change, Counted, Layer, Session

FULL = 10_000
MINUTE_MS = 60_000
DECAY = 100
"""A full minute without new evidence."""

RAPID_CLICKS, RAPID_CLICKS_CAP = 1_000, 3_000
LARGE_TRANSACTION = 2_000
NEW_BENEFICIARY = 1_500
OFF_HOURS = 1_000
MPIN_FAILED = 2_500
MPIN_VERIFIED = 1_000
NORMAL_TYPING, NORMAL_TYPING_CAP, NORMAL_TYPING_MS = 200, 1_000, 30_000
MAX_SUBJECTS = 64


class Factor(Struct, frozen=True, gc=False):
    """Something that speaks for or against whoever acts. The named ones count by their own rules (`RULES`).

    `subject` is what a beneficiary's or transaction's factor is about. Others: `delta` is added once a name; with
    `position` it is where all that this name raised, or all that it lowered, is to stand: what is there already counts
    no more, but holds off decay. `least` raises the risk to at least that, and it
    does not fall under it again before a challenge is passed; `block` ends the session.
    """

    name: str
    layer: Layer = "rules"
    subject: int = 0
    delta: int = 0
    least: int = 0
    position: bool = False
    block: bool = False
    message: str = ""


Outcome = tuple[int, Counted]
"""By how much the risk moves, and what is remembered of it."""


def weigh(session: Session, factor: Factor, now_ms: int) -> Outcome | None:
    """What a factor that is no challenge's outcome adds now; None where it does not count."""
    rule = RULES.get(factor.name)
    if rule is not None:
        return rule(session.counted, factor, now_ms)
    if factor.position:
        return _position(session.counted, factor)
    before = session.counted.others.get(factor.name)
    if before is not None and not (factor.block or factor.least > session.risk):
        return None
    return (0 if before is not None else factor.delta), _other(session.counted, factor)


def lowered_by(name: str) -> str:
    """Under which name it is remembered by how much a factor lowered the risk."""
    return f"{name}-"


def _position(counted: Counted, factor: Factor) -> Outcome:
    others = counted.others
    if factor.delta < 0:
        return min(0, factor.delta + others.get(lowered_by(factor.name), 0)), counted
    raised = others.get(factor.name, 0)
    if factor.delta <= raised:
        return 0, counted
    return factor.delta - raised, _other(counted, factor)


def _other(counted: Counted, factor: Factor) -> Counted:
    return replace(counted, others={**counted.others, factor.name: factor.delta})


def _off_hours(counted: Counted, _factor: Factor, _now_ms: int) -> Outcome | None:
    return None if counted.off_hours else (OFF_HOURS, replace(counted, off_hours=True))


def _large_transaction(counted: Counted, factor: Factor, _now_ms: int) -> Outcome | None:
    known = counted.transactions
    if factor.subject in known:
        return None
    return LARGE_TRANSACTION, replace(counted, transactions=(*known, factor.subject)[-MAX_SUBJECTS:])


def _new_beneficiary(counted: Counted, factor: Factor, _now_ms: int) -> Outcome | None:
    known = counted.beneficiaries
    if factor.subject in known:
        return None
    return NEW_BENEFICIARY, replace(counted, beneficiaries=(*known, factor.subject)[-MAX_SUBJECTS:])


def _rapid_clicks(counted: Counted, _factor: Factor, now_ms: int) -> Outcome | None:
    if counted.clicks_ms and now_ms - counted.clicks_ms < MINUTE_MS:
        return None
    delta = min(RAPID_CLICKS, RAPID_CLICKS_CAP - counted.clicks)
    return delta, replace(counted, clicks_ms=now_ms, clicks=counted.clicks + delta)


def _normal_typing(counted: Counted, _factor: Factor, now_ms: int) -> Outcome | None:
    if counted.typing_ms and now_ms - counted.typing_ms < NORMAL_TYPING_MS:
        return None
    delta = min(NORMAL_TYPING, NORMAL_TYPING_CAP - counted.typing)
    return (-delta, replace(counted, typing_ms=now_ms, typing=counted.typing + delta)) if delta else None


RULES = {
    "off_hours_activity": _off_hours,
    "large_transaction": _large_transaction,
    "new_beneficiary": _new_beneficiary,
    "rapid_clicks": _rapid_clicks,
    "normal_typing": _normal_typing,
}
"""The factors of the contract that are counted by rules of their own; `mpin_failed` and `mpin_verified` are beside."""


def decay(session: Session, now_ms: int) -> tuple[Session, Change | None]:
    """The session after the full minutes that passed without new evidence; never while a challenge is pending."""
    minutes = (now_ms - session.still_ms) // MINUTE_MS
    if minutes <= 0 or session.challenge == "asked":
        return session, None
    risk = max(min(session.risk, session.floor), session.risk - DECAY * minutes)
    still = session.still_ms + minutes * MINUTE_MS
    if risk == session.risk:
        return replace(session, still_ms=still), None
    change = Change("decay", risk - session.risk, "rules", now_ms, risk)
    return replace(session, risk=risk, still_ms=still), change


CLICKS, CLICKS_MS = 8, 2_000


def click(before: tuple[int, ...], new: list[int]) -> tuple[tuple[int, ...], bool]:
    """The newest eight clicks, and whether more than eight fell within two seconds. Times in ms, in any order."""
    times = sorted((*before, *new))
    rapid = any(last - first <= CLICKS_MS for first, last in zip(times, times[CLICKS:], strict=False))
    return tuple(times[-CLICKS:]), rapid


TYPED_LEAST, TYPED_WITHIN_MS, PAUSE_MS = 20, 30_000.0, 2_000.0
FASTEST_MS, SLOWEST_MS, EVENNESS = 50.0, 1_000.0, 0.15
"""People's median interval between key presses lies within these, and varies by at least that share (research)."""


def is_normal_typing(pressed: Sequence[float]) -> bool:
    """Whether the newest key presses (ms) are as a person's: twenty in half a minute, neither too fast nor too even."""
    if len(pressed) < TYPED_LEAST:
        return False
    newest = pressed[-TYPED_LEAST:] if isinstance(pressed, list) else list(pressed)[-TYPED_LEAST:]
    if not 0 <= newest[-1] - newest[0] <= TYPED_WITHIN_MS:
        return False
    gaps = sorted(gap for one, other in pairwise(newest) if 0 < (gap := other - one) <= PAUSE_MS)
    if len(gaps) < TYPED_LEAST // 2 or not FASTEST_MS <= gaps[len(gaps) // 2] <= SLOWEST_MS:
        return False
    mean = sum(gaps) / len(gaps)
    spread: float = sum((gap - mean) ** 2 for gap in gaps)
    return bool(spread >= len(gaps) * (EVENNESS * mean) ** 2)
