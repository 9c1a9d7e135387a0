"""When a user logged in: the newest times with the local minute of the day, six bytes each, oldest first."""

from __future__ import annotations

from collections.abc import Iterator
from struct import Struct as Packing

MINUTES_A_DAY = 1440
UNKNOWN = 0xFFFF
"""Stands for a local minute that is not known."""

_record = Packing("<IH")


def add(held: bytes, at_ms: int, minute: int, capacity: int) -> bytes:
    """The times with one more, in order of time; beyond `capacity` the oldest go. `minute` -1 is unknown."""
    record = _record.pack(at_ms // 1000, minute if minute >= 0 else UNKNOWN)
    at = len(held)
    while at and _record.unpack_from(held, at - 6) > (at_ms // 1000, minute if minute >= 0 else UNKNOWN):
        at -= 6
    return (held[:at] + record + held[at:])[-6 * capacity :]


def times_ms(held: bytes) -> list[int]:
    """The times, in milliseconds since 1970 (whole seconds)."""
    return [1000 * seconds for seconds, _ in _record.iter_unpack(held)]


def known_minutes(held: bytes) -> int:
    """How many of the times have a local minute."""
    return len(held) // 6 - held[5::6].count(UNKNOWN >> 8)


def newest_minutes(held: bytes) -> Iterator[int]:
    """The local minutes of the day that are known, of the newest time first."""
    return (low | high << 8 for low, high in zip(held[-2::-6], held[-1::-6], strict=True) if high != UNKNOWN >> 8)


def minutes(held: bytes) -> list[int]:
    """The local minutes of the day (0-1439) that are known."""
    return [minute for _, minute in _record.iter_unpack(held) if minute != UNKNOWN]


def circular_gap(one: int, other: int) -> int:
    """How far apart two minutes of the day are, the shorter way round the clock: 0-720."""
    gap = abs(one - other)
    return gap if gap <= MINUTES_A_DAY // 2 else MINUTES_A_DAY - gap
