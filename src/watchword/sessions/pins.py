"""An MPIN's attempts, as steps: counted durably before anything is compared, over all sessions of a person.

Whoever sends many at once gets no more of them than one after the other: a reserved attempt counts as failed until it
was right.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from msgspec import Struct
from msgspec.structs import replace

from watchword.errors import InvalidInput
from watchword.policy.session_settings import SessionSettings
from watchword.policy.sessions import MPIN, outcome
from watchword.ports import Stepped
from watchword.sessions.steps import Moment, Taken, check_live, weighed
from watchword.state.person import Person, Pin
from watchword.state.session import Session

MINUTE_MS = 60_000
MOST_DOUBLINGS = 6
_MPIN = re.compile(r"[0-9]{4,12}", re.ASCII)
ReadPerson = Callable[[], Person]


class Reserved(Struct, frozen=True, gc=False):
    """An attempt that may be made: the hash to compare with. Without one the person is locked out."""

    hashed: str | None
    left: int = 0


def check_mpin(mpin: str) -> str:
    """The MPIN. Raises InvalidInput where it is not 4-12 digits."""
    if not _MPIN.fullmatch(mpin):
        raise InvalidInput("An MPIN is 4 to 12 digits.", "mpin")
    return mpin


def reserve(now_ms: int, settings: SessionSettings) -> Callable[[Session | None, ReadPerson], Stepped]:
    """Counts an attempt, unless the person is locked out."""

    def step(session: Session | None, person: ReadPerson) -> Stepped:
        check_live(session, now_ms)
        held = person()
        pin = held.pin
        if now_ms < pin.locked_ms:
            return Stepped(answer=Reserved(None))
        if pin.failures >= settings.mpin_attempts:
            locked = _locked(replace(pin, failures=0), now_ms, settings)
            return Stepped(person=replace(held, pin=locked), answer=Reserved(None))
        counted = replace(pin, failures=pin.failures + 1)
        left = settings.mpin_attempts - counted.failures
        return Stepped(person=replace(held, pin=counted), answer=Reserved(pin.hashed, left))

    return step


def settled(held: Person, verified: bool, now_ms: int, settings: SessionSettings) -> Person | None:
    """The person after an attempt: nothing to count after a right one, a lock-out after the last wrong one."""
    pin = held.pin
    if verified:
        return replace(held, pin=replace(pin, failures=0, locked_ms=0, lockouts=0))
    if pin.failures >= settings.mpin_attempts:
        return replace(held, pin=_locked(replace(pin, failures=0), now_ms, settings))
    return None


def settling(
    passed: bool, by: str, hashed: str | None, moment: Moment, settings: SessionSettings
) -> Callable[[Session | None, ReadPerson], Stepped]:
    """Brings a challenge's outcome to the session and to the person.

    An MPIN that was changed or taken away since it was compared with `hashed` is wrong.
    """

    def step(known: Session | None, person: ReadPerson) -> Stepped:
        right = passed and (hashed is None or person().pin.hashed == hashed)
        after = settled(person(), right, moment.now_ms, settings) if by == MPIN else None
        if known is None or known.end:
            return Stepped(person=after, answer=Taken(()))
        moved = weighed([outcome(right, by)], moment)(known, person)
        return replace(moved, person=after, answer=replace(moved.answer, passed=right))

    return step


def enrolled(hashed: str, now_ms: int) -> Callable[[Session | None, ReadPerson], Stepped]:
    """Sets the MPIN, and ends a lock-out."""

    def step(_session: Session | None, person: ReadPerson) -> Stepped:
        return Stepped(person=replace(person(), pin=Pin(hashed, now_ms)))

    return step


def removed(_session: Session | None, person: ReadPerson) -> Stepped:
    """Takes the MPIN away; the answer is whether there was one. A lock-out stays."""
    held = person()
    return Stepped(person=replace(held, pin=replace(held.pin, hashed="", set_ms=0)), answer=bool(held.pin.hashed))


def unlocked(now_ms: int) -> Callable[[Session | None, ReadPerson], Stepped]:
    """Ends a lock-out; the answer is whether there was one. The next one lasts longer all the same."""

    def step(_session: Session | None, person: ReadPerson) -> Stepped:
        held = person()
        if now_ms >= held.pin.locked_ms:
            return Stepped(answer=False)
        return Stepped(person=replace(held, pin=replace(held.pin, failures=0, locked_ms=0)), answer=True)

    return step


def _locked(pin: Pin, now_ms: int, settings: SessionSettings) -> Pin:
    for_ms = settings.mpin_lockout_minutes * MINUTE_MS * 2 ** min(pin.lockouts, MOST_DOUBLINGS)
    return replace(pin, locked_ms=now_ms + for_ms, lockouts=pin.lockouts + 1)
