"""How often each value was seen and when last: 8 bytes a value, decaying, the order of arrival without effect.

One record is the value (4 bytes), the decayed count in 1/32 steps (2 bytes) and the day since 1970 (2 bytes). Counts
halve in 180 days: older history does not help to know a person (Wiefling et al., ACM TOPS 2022).
"""

from __future__ import annotations

from collections.abc import Iterator
from struct import Struct as Packing

from msgspec import Struct

from watchword.state.plan import DAY_MS

STEPS = 32
MOST = 65_535
HALF_LIFE_DAYS = 180
_record = Packing("<IHH")
_key = Packing("<I")
_rest = Packing("<HH")
_DECAY = tuple(0.5 ** (days / HALF_LIFE_DAYS) for days in range(10 * HALF_LIFE_DAYS))


class Tally(Struct, frozen=True):
    """How often one value was seen (decayed to the day it was last seen), and when last (start of that day)."""

    value: int
    count: float
    last_ms: int


def entries(held: bytes) -> Iterator[Tally]:
    """All the values held."""
    for value, count, day in _record.iter_unpack(held):
        yield Tally(value, count / STEPS, day * DAY_MS)


def look(held: bytes, value: int) -> Tally | None:
    """What is held of one value; None where it was never seen, or is unknown (0)."""
    at = _find(held, value) if value else -1
    if at < 0:
        return None
    count, day = _rest.unpack_from(held, at + 4)
    return Tally(value, count / STEPS, day * DAY_MS)


def bump(held: bytes, value: int, day: int, capacity: int, times: int = 1) -> bytes:
    """The counts with `times` more of a value on that day; beyond `capacity` the longest unseen value goes."""
    at = _find(held, value)
    if at < 0:
        held += _record.pack(value, min(MOST, STEPS * times), day)
        return held if len(held) <= 8 * capacity else _without_oldest(held)
    count, last = _rest.unpack_from(held, at + 4)
    if day > last:
        count, last = count * _decay(day - last) + STEPS * times, day
    else:
        count += STEPS * times * _decay(last - day)
    return held[: at + 4] + _rest.pack(min(MOST, round(count)), last) + held[at + 8 :]


def _find(held: bytes, value: int) -> int:
    wanted = _key.pack(value)
    at = held.find(wanted)
    while at >= 0 and at & 7:
        at = held.find(wanted, at + 1)
    return at


def _decay(days: int) -> float:
    return _DECAY[days] if days < len(_DECAY) else 0.0


def _without_oldest(held: bytes) -> bytes:
    records = list(_record.iter_unpack(held))
    oldest = min(range(len(records)), key=lambda at: (records[at][2], records[at][1], records[at][0]))
    return held[: 8 * oldest] + held[8 * oldest + 8 :]
