"""Who types in the demo bank: a customer who is known for weeks, and strangers who are played."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import msgspec

from watchword.events.samples import AnySample, Focus, Key
from watchword.learning.typists import Sitting, make_typist, numbered, sit

SEED = 20_260
OWNER, STRANGER, VISITOR = 1, 7, 3
PHRASE = "violet-harbour"
REFERENCE_KEYS = 101
"""As many keys as the transfer's four texts have letters."""

Role = Literal["owner", "other"]


def typed(who: int, sitting: int, field: str, times: int | None = None) -> tuple[AnySample, ...]:
    """How that person types the password, into the field of that id. `times`: how often before."""
    made = sit(make_typist(SEED, who), sitting, Sitting(secret=len(PHRASE), whose=OWNER), practice=times)
    return _in_fields(made, {"password": field})


def written(who: int, sitting: int, field: str, keys: int = REFERENCE_KEYS) -> tuple[AnySample, ...]:
    """How that person fills in the transfer: text, and the pointer in between."""
    made = sit(make_typist(SEED, who), sitting, Sitting(secret=0, text=keys, strokes=14))
    return _in_fields(made, {"message": field})


def _in_fields(samples: Sequence[AnySample], names: dict[str, str]) -> tuple[AnySample, ...]:
    renamed = [
        msgspec.structs.replace(one, field=names[one.field]) if isinstance(one, Key | Focus) else one for one in samples
    ]
    return numbered(renamed)  # type: ignore[arg-type]


def holds(samples: Sequence[AnySample]) -> list[float]:
    """For how long keys were held (ms), in order."""
    downs: dict[tuple[str, int], float] = {}
    found = []
    for one in samples:
        if not isinstance(one, Key):
            continue
        if one.down:
            downs[one.field, one.pos] = one.t
        elif (began := downs.pop((one.field, one.pos), None)) is not None:
            found.append(one.t - began)
    return found


def field_id(form: str, name: str) -> str:
    """The id that the collector gives to a field: cyrb53 of "form/name" in base 36 (`sdk/src/digest.ts`)."""
    a, b = 0xDEADBEEF, 0x41C6CE57
    for letter in f"{form}/{name}":
        a = _times(a ^ ord(letter), 2654435761)
        b = _times(b ^ ord(letter), 1597334677)
    a = _times(a ^ a >> 16, 2246822507) ^ _times(b ^ b >> 13, 3266489909)
    b = _times(b ^ b >> 16, 2246822507) ^ _times(a ^ a >> 13, 3266489909)
    return _base36(4294967296 * (2097151 & b) + a)


def _times(left: int, right: int) -> int:
    return left * right & 0xFFFFFFFF


def _base36(number: int) -> str:
    digits = "0123456789abcdefghijklmnopqrstuvwxyz"
    text = ""
    while number:
        number, rest = divmod(number, 36)
        text = digits[rest] + text
    return text or "0"
