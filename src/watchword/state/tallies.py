"""How often each value was seen and when last: 8 bytes a value, decaying, the order of arrival without effect.

One record is a key (the attribute in the upper 3 bits, the value's 29-bit hash below), the decayed count in 1/32
steps (2 bytes) and the day since 1970 (2 bytes). Counts halve in 180 days: older history does not help to know a
person (Wiefling et al., ACM TOPS 2022).
"""

from __future__ import annotations

from functools import lru_cache
from struct import Struct as Packing

from msgspec import Struct

from watchword.state.plan import DAY_MS

STEPS = 32
MOST = 65_535
HALF_LIFE_DAYS = 180
VALUE = (1 << 29) - 1
_record = Packing("<IHH")
_key = Packing("<I")
_rest = Packing("<HH")
FRACTION = 16
HALF = 1 << FRACTION - 1
_DECAY = tuple(round(0.5 ** (days / HALF_LIFE_DAYS) * (1 << FRACTION)) for days in range(10 * HALF_LIFE_DAYS))


class Tally(Struct, frozen=True, gc=False):
    """How often one value was seen (decayed to the day it was last seen), and when last (start of that day)."""

    value: int
    count: float
    last_ms: int


def entries(held: bytes, attribute: int) -> list[Tally]:
    """All the values held of one attribute (0-7)."""
    records = _record.iter_unpack(held)
    return [Tally(key & VALUE, count / STEPS, day * DAY_MS) for key, count, day in records if key >> 29 == attribute]


def look(held: bytes, attribute: int, value: int) -> Tally | None:
    """What is held of one value; None where it was never seen, or is unknown (0)."""
    at = _find(held, _key.pack(attribute << 29 | value & VALUE)) if value else -1
    if at < 0:
        return None
    count, day = _rest.unpack_from(held, at + 4)
    return Tally(value & VALUE, count / STEPS, day * DAY_MS)


def bump(held: bytes, values: tuple[int, ...], day: int, capacity: int, times: int = 1) -> bytes:
    """The counts with `times` more of every known value on that day; `values` has one an attribute, 0 where unknown.

    Beyond `capacity` values an attribute, its longest unseen value goes.
    """
    fresh, step = bytearray(held), STEPS * times
    find, unpack, pack = fresh.find, _rest.unpack_from, _rest.pack_into
    for key in _keys(values):
        at = find(key)
        if at & 7:
            at = _find(fresh, key)
        if at < 0:
            fresh += key + _rest.pack(min(MOST, step), day)
            _bound(fresh, key[3] >> 5, capacity)
            continue
        count, last = unpack(fresh, at + 4)
        if day == last:
            count += step
        elif day > last:
            count, last = (count * _decay(day - last) + HALF >> FRACTION) + step, day
        else:
            count += step * _decay(last - day) + HALF >> FRACTION
        pack(fresh, at + 4, count if count <= MOST else MOST, last)
    return bytes(fresh)


@lru_cache(maxsize=4096)
def _keys(values: tuple[int, ...]) -> tuple[bytes, ...]:
    return tuple(_key.pack(attribute << 29 | value & VALUE) for attribute, value in enumerate(values) if value)


def _find(held: bytes | bytearray, key: bytes) -> int:
    at = held.find(key)
    while at >= 0 and at & 7:
        at = held.find(key, at + 1)
    return at


def _decay(days: int) -> int:
    return _DECAY[days] if days < len(_DECAY) else 0


def _bound(held: bytearray, attribute: int, capacity: int) -> None:
    """Forgets the longest unseen value of an attribute that has too many."""
    if len(held) <= 8 * capacity:
        return
    records = ((day, count, key, at) for at, (key, count, day) in enumerate(_record.iter_unpack(held)))
    same = [record for record in records if record[2] >> 29 == attribute]
    if len(same) > capacity:
        oldest = min(same)[3]
        del held[8 * oldest : 8 * oldest + 8]
