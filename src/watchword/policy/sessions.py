"""How a session's risk moves, when its person is asked, and when it is over (section 9). Pure; integers throughout.

    none ──risk >= suspicious──► asked ──mpin_verified──► passed ──an increment that leaves it there──► asked ...
                                   └──risk >= high──► blocked, for good

While a challenge is pending nothing lowers the risk but `mpin_verified`, and nobody is asked again.
"""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct
from msgspec.structs import replace

from watchword.policy.session_messages import SessionLevel
from watchword.state.session import Change, Counted, Session
from watchword.state.session_risk import FULL, MPIN_FAILED, MPIN_VERIFIED, Factor, decay, lowered_by, weigh

FAILED, VERIFIED, DEMANDED = "mpin_failed", "mpin_verified", "asked_by_hand"
MPIN, BY = "mpin", "By "
"""What a challenge is passed by where nothing else is said, and how its message begins where it is."""


class Bounds(Struct, frozen=True, gc=False):
    """From where a session is suspicious and high-risk (inclusive), in ten-thousandths, and how many wrong MPINs of a
    challenge add nothing. Where they are not `enforced` the risk moves all the same, but nobody is asked or blocked."""

    suspicious: int = 7_000
    high_risk: int = 9_000
    free_attempts: int = 0
    enforced: bool = True


class Advanced(Struct, frozen=True, gc=False):
    """A session after some factors: what changed its risk, and whether its person is to be asked, or it was blocked."""

    session: Session
    changes: tuple[Change, ...] = ()
    asked: bool = False
    blocked: bool = False


def level_of(session: Session, bounds: Bounds) -> SessionLevel:
    """The level of a session's risk; blocked ones are high-risk whatever their number."""
    if session.risk >= bounds.high_risk or session.blocked:
        return "high_risk"
    return "suspicious" if session.risk >= bounds.suspicious else "normal"


def advance(session: Session, factors: Iterable[Factor], bounds: Bounds, now_ms: int, challenge_id: str) -> Advanced:
    """The session after time and these factors, in their order. One that has ended does not move.

    `challenge_id` is the id of the challenge, should one be asked.
    """
    if not session.live:
        return Advanced(session)
    before = session.challenge_id
    session, faded = decay(session, now_ms)
    changes = [faded] if faded is not None else []
    for factor in factors:
        moved = _count(session, factor, bounds, now_ms)
        if moved is None:
            continue
        if factor.position and moved.risk == session.risk and not factor.block:
            session = moved
            continue
        change = Change(factor.name, moved.risk - session.risk, factor.layer, now_ms, moved.risk, factor.message)
        session = _judge(moved, change, factor, bounds, challenge_id)
        changes.append(change)
        if not session.live:
            return Advanced(_noted(session, changes), tuple(changes), blocked=True)
    asked = session.challenge == "asked" and session.challenge_id != before
    return Advanced(_noted(session, changes), tuple(changes), asked)


def demand(session: Session, bounds: Bounds, now_ms: int, challenge_id: str, message: str) -> Advanced:
    """The session after somebody had its person asked for another factor: the risk is at least suspicious then.

    Nothing changes where the person is asked already, or the session has ended.
    """
    if not session.live or session.challenge == "asked":
        return Advanced(session)
    session, faded = decay(session, now_ms)
    risk = max(session.risk, bounds.suspicious)
    change = Change(DEMANDED, risk - session.risk, "rules", now_ms, risk, message)
    counted = replace(session.counted, failures=0)
    asked = replace(
        session, risk=risk, still_ms=now_ms, challenge="asked", challenge_id=challenge_id, asked_ms=now_ms,
        counted=counted,
    )  # fmt: skip
    changes = [faded, change] if faded is not None else [change]
    return Advanced(_noted(asked, changes), tuple(changes), asked=True)


def _count(session: Session, factor: Factor, bounds: Bounds, now_ms: int) -> Session | None:
    """The session after one factor, before it is judged; None where it does not count."""
    if factor.name == FAILED:
        return _failed(session, bounds, now_ms)
    if factor.name == VERIFIED:
        return _verified(session, now_ms)
    weighed = weigh(session, factor, now_ms)
    if weighed is None:
        return None
    delta, counted = weighed
    if delta < 0 or factor.delta < 0:
        return _lowered(session, delta, counted, factor)
    risk = min(FULL, max(session.risk + delta, factor.least))
    floor = max(session.floor, min(FULL, factor.least))
    return replace(session, risk=risk, floor=floor, counted=counted, still_ms=now_ms)


def _lowered(session: Session, delta: int, counted: Counted, factor: Factor) -> Session | None:
    """What lowers does so only down to the floor, and never while a challenge is pending; it restarts no minute."""
    risk = max(min(session.risk, session.floor), session.risk + delta)
    if session.challenge == "asked" or risk == session.risk:
        return None
    done = risk - session.risk
    before = session.counted
    if factor.name == "normal_typing":
        counted = replace(counted, typing=before.typing - done)
    elif factor.position:
        name = lowered_by(factor.name)
        counted = replace(before, others={**before.others, name: before.others.get(name, 0) - done})
    return replace(session, risk=risk, counted=counted)


def _failed(session: Session, bounds: Bounds, now_ms: int) -> Session:
    failures = session.counted.failures + 1
    added = 0 if session.challenge == "asked" and failures <= bounds.free_attempts else MPIN_FAILED
    counted = replace(session.counted, failures=failures)
    return replace(session, risk=min(FULL, session.risk + added), counted=counted, still_ms=now_ms)


def _verified(session: Session, now_ms: int) -> Session | None:
    """Only an answer to a challenge is worth something: who knows the MPIN may not lower the risk at will."""
    if session.challenge != "asked":
        return None
    counted = replace(session.counted, failures=0)
    risk = max(0, session.risk - MPIN_VERIFIED)
    return replace(
        session, risk=risk, floor=0, challenge="passed", challenge_id="", passes=session.passes + 1, counted=counted,
        still_ms=now_ms,
    )  # fmt: skip


def _judge(moved: Session, change: Change, factor: Factor, bounds: Bounds, challenge_id: str) -> Session:
    if not bounds.enforced:
        return moved
    if factor.block or moved.risk >= bounds.high_risk:
        return replace(moved, end="blocked", ended_ms=change.at_ms, challenge="none", challenge_id="")
    if change.delta > 0 and moved.risk >= bounds.suspicious and moved.challenge != "asked":
        counted = replace(moved.counted, failures=0)
        return replace(moved, challenge="asked", challenge_id=challenge_id, asked_ms=change.at_ms, counted=counted)
    return moved


def _noted(session: Session, changes: list[Change]) -> Session:
    if not changes:
        return session
    peak = max(session.peak, *[change.risk for change in changes])
    return replace(session, peak=peak, changes=session.changes + len(changes))


def outcome(passed: bool, by: str = MPIN) -> Factor:
    """What passing or failing a challenge, of that kind, brings to the risk."""
    return Factor(VERIFIED if passed else FAILED, "rules", message="" if by == MPIN else f"{BY}{by}")


def proofs(changes: Iterable[Change]) -> frozenset[str]:
    """The kinds of challenges that were passed, by the changes of a session's risk."""
    return frozenset(one.message.removeprefix(BY) or MPIN for one in changes if one.factor == VERIFIED)
