"""When a user logged in: the newest times with the local minute of the day, six bytes each, oldest first."""

from __future__ import annotations

from struct import Struct as Packing

MINUTES_A_DAY = 1440
UNKNOWN = 0xFFFF
"""Stands for a local minute that is not known."""

_record = Packing("<IH")
_SIZE = _record.size


def add(held: bytes, at_ms: int, minute: int, capacity: int) -> bytes:
    """The times with one more, in order of time; beyond `capacity` the oldest go. `minute` -1 is unknown."""
    record = _record.pack(at_ms // 1000, minute if minute >= 0 else UNKNOWN)
    at = len(held)
    while at and _record.unpack_from(held, at - _SIZE) > (at_ms // 1000, minute if minute >= 0 else UNKNOWN):
        at -= _SIZE
    return (held[:at] + record + held[at:])[-_SIZE * capacity :]


def times_ms(held: bytes) -> list[int]:
    """The times, in milliseconds since 1970 (whole seconds)."""
    return [1000 * seconds for seconds, _ in _record.iter_unpack(held)]


def how_many(held: bytes) -> int:
    """How many times there are."""
    return len(held) // _SIZE


def newest_minute(held: bytes) -> int:
    """The local minute of the newest time; `UNKNOWN` where it is not known. Raises IndexError without any time."""
    return held[-2] | held[-1] << 8


def minutes(held: bytes) -> list[int]:
    """The local minutes of the day (0-1439) that are known."""
    return [minute for _, minute in _record.iter_unpack(held) if minute != UNKNOWN]


def circular_gap(one: int, other: int) -> int:
    """How far apart two minutes of the day are, the shorter way round the clock: 0-720."""
    gap = abs(one - other)
    return gap if gap <= MINUTES_A_DAY // 2 else MINUTES_A_DAY - gap
