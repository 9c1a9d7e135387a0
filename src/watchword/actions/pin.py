"""A number that its owner knows by heart."""

from __future__ import annotations

from typing import Any

from watchword.actions.challenges import WRONG, Asked, Challenge, Enrolling, Flow, Hash, Match, Result, Told, code_of
from watchword.errors import InvalidInput

SHORTEST, LONGEST = 4, 12
_UP, _DOWN = "01234567890123456789", "98765432109876543210"


def ask(asked: Asked) -> Flow:
    """Shows nothing but how long a PIN may be."""
    yield from ()
    return Result(shown={"minLength": SHORTEST, "maxLength": LONGEST})


def check(asked: Asked, kept: dict[str, Any], told: Told) -> Flow:
    """Compares with the slow hash."""
    given = code_of(told)
    for one in asked.held:
        if (yield Match(one.secret["hash"], given)):
            return Result(right=True, factor=one.id)
    return WRONG


def enrol(asked: Asked, enrolling: Enrolling) -> Flow:
    """Keeps the slow hash of a PIN. Raises InvalidInput for one that is too short, too long or too plain."""
    pin = enrolling.code or ""
    if not (pin.isascii() and pin.isdigit() and SHORTEST <= len(pin) <= LONGEST):
        raise InvalidInput(f"A PIN has {SHORTEST} to {LONGEST} digits.", "code")
    if len(set(pin)) == 1 or pin in _UP or pin in _DOWN:
        raise InvalidInput("This PIN is among the first that anybody would try.", "code")
    return Result(secret={"hash": (yield Hash(pin))})


challenge = Challenge(name="pin", label="PIN", ask=ask, check=check, enrol=enrol, at_once=True, several=False)
