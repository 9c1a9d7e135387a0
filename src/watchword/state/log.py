"""Exact sliding windows: the newest entries of one entity, sorted by time, kept as 64-bit numbers in bytes."""

from __future__ import annotations

import sys
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from itertools import compress
from struct import Struct as Packing

from msgspec import Struct

from watchword.state.plan import LogKind

CAPACITY = 1024
GRACE_MS = 24 * 3_600_000
SUCCESS = 1
NEVER = -(1 << 62)
_NUMBER = 8

_HEAD = Packing("=qq")
"""A packed log begins with the time of the newest entry ever, and of the newest one dropped while it still mattered."""

_ENTRY = {width: Packing(f"={width}q") for width in range(2, 10)}
_time_at = Packing("=q").unpack_from
_LOW_BYTE = 0 if sys.byteorder == "little" else 7
_SUCCEEDED = bytes(flag & SUCCESS for flag in range(256))


class Count(Struct, frozen=True, gc=False):
    """What one window holds. `saturated` means `total` and the rest are at least that (older entries were dropped)."""

    total: int
    failures: int
    saturated: bool = False


class Log:
    """One entity's entries: time (ms), a few 64-bit columns and a flag byte each. A value: `plus` gives another log.

    A window at t counts all entries in (t - span, t], whatever order they came in. The newest `CAPACITY` entries are
    kept, and of those what lies within two spans and 24 h of the newest; a window that reaches past a dropped entry
    says `saturated`. An event older than the newest by more than the span and 24 h is `too_late`: it is not counted.
    """

    __slots__ = ("_body", "_bytes", "_dropped_ms", "_numbers", "kind", "newest_ms")

    newest_ms: int
    """The time of the newest entry ever put in."""

    def __init__(self, kind: LogKind, packed: bytes | None = None) -> None:
        self.kind = kind
        self._bytes = _NUMBER * kind.width
        self._numbers: array[int] | None = None
        if packed is None:
            self.newest_ms, self._dropped_ms, self._body = NEVER, NEVER, b""
            return
        self.newest_ms, self._dropped_ms = _HEAD.unpack_from(packed)
        self._body = packed[_HEAD.size :]
        if len(self._body) % self._bytes:
            raise ValueError(f"log {kind.name} does not have {kind.width} numbers an entry")

    def __len__(self) -> int:
        return len(self._body) // self._bytes

    def too_late(self, at_ms: int) -> bool:
        """Whether an event at that time is too old for its windows to be known."""
        return at_ms < self.newest_ms - self.kind.span_ms - GRACE_MS

    def plus(self, at_ms: int, values: Sequence[int], flags: int) -> Log | None:
        """The log with one entry more; None when it is too late for it."""
        kind, body, newest_ms = self.kind, self._body, self.newest_ms
        if len(values) != kind.width - 2:
            raise ValueError(f"log {kind.name} takes {kind.width - 2} values")
        entry = _ENTRY[kind.width].pack(at_ms, *values, flags)
        if at_ms >= newest_ms:
            newest_ms, body = at_ms, body + entry
        elif self.too_late(at_ms):
            return None
        else:
            at = self._bytes * bisect_right(self._times(), at_ms)
            body = body[:at] + entry + body[at:]
        grown = Log.__new__(Log)
        grown.kind, grown.newest_ms, grown._body, grown._numbers = kind, newest_ms, body, None
        grown._bytes, grown._dropped_ms = self._bytes, self._dropped_ms
        if len(body) > self._bytes * CAPACITY or _time_at(body)[0] <= newest_ms - 2 * kind.span_ms - GRACE_MS:
            grown._trim()
        return grown

    def exceeds(self, most: int, at_ms: int, span_ms: int) -> bool:
        """Whether the window has more than so many entries: what `count` would tell, sooner."""
        at = len(self._body) - self._bytes * (most + 1)
        if at < 0:
            return False
        if at_ms < self.newest_ms:
            low, high = self._bounds(at_ms, span_ms)
            return high - low > most
        return bool(_time_at(self._body, at)[0] > at_ms - span_ms)

    def count(self, at_ms: int, span_ms: int) -> Count:
        """How many entries the window of that span holds at that time, and how many of them failed."""
        low, high = self._bounds(at_ms, span_ms)
        failures = high - low - self._flags(low, high).translate(_SUCCEEDED).count(1)
        return Count(high - low, failures, self._dropped_ms > at_ms - span_ms)

    def times(self, at_ms: int, span_ms: int) -> array[int]:
        """The times in the window, oldest first."""
        return self._column(0, *self._bounds(at_ms, span_ms))

    def newest(self, most: int, at_ms: int, span_ms: int) -> array[int]:
        """The newest of the times in the window, at most so many, oldest first."""
        if at_ms < self.newest_ms:
            return self.times(at_ms, span_ms)[-most:]
        times = array("q", self._body[-self._bytes * most :])[:: self.kind.width]
        return times[bisect_right(times, at_ms - span_ms) :]

    def column(self, name: str, at_ms: int, span_ms: int) -> array[int]:
        """One column's values in the window, oldest first."""
        return self._column(1 + self.kind.columns.index(name), *self._bounds(at_ms, span_ms))

    def flags(self, at_ms: int, span_ms: int) -> bytes:
        """The flag bytes in the window, oldest first: bit 0 success, bits 1-3 the kind of network."""
        return self._flags(*self._bounds(at_ms, span_ms))

    def distinct(self, name: str, at_ms: int, span_ms: int) -> int:
        """How many different known values (zero stands for unknown) a column has in the window."""
        return self.distinct_of((name,), at_ms, span_ms)[0]

    def distinct_of(self, names: Sequence[str], at_ms: int, span_ms: int) -> list[int]:
        """The same of several columns."""
        low, high = self._bounds(at_ms, span_ms)
        columns = self.kind.columns
        return [_different(self._column(1 + columns.index(name), low, high)) for name in names]

    def succeeded(self, name: str, from_ms: int, to_ms: int, least: int = 0) -> set[int]:
        """The different known values of a column among the successes in [from, to]; none of fewer than `least`."""
        low, high = self._bounds(to_ms, to_ms - from_ms + 1)
        flags = self._flags(low, high).translate(_SUCCEEDED)
        if flags.count(1) < least:
            return set()
        found = set(compress(self._column(1 + self.kind.columns.index(name), low, high), flags))
        found.discard(0)
        return found

    def since_success(self, at_ms: int, span_ms: int) -> int | None:
        """How long before that time the newest success in the window was, in milliseconds; None where there is none."""
        low, high = self._bounds(at_ms, span_ms)
        at = self._flags(low, high).translate(_SUCCEEDED).rfind(1)
        return at_ms - self._times()[low + at] if at >= 0 else None

    def rows(self, at_ms: int, around_ms: int) -> Iterator[tuple[int, ...]]:
        """The entries' columns within `around_ms` before and after that time, oldest first."""
        if at_ms - around_ms > self.newest_ms:
            return
        times, width = self._times(), self.kind.width
        for at in range(bisect_left(times, at_ms - around_ms), bisect_right(times, at_ms + around_ms)):
            yield _ENTRY[width].unpack_from(self._body, self._bytes * at)[1:-1]

    def pack(self) -> bytes:
        """The log as bytes, to be given to the constructor later."""
        return _HEAD.pack(self.newest_ms, self._dropped_ms) + self._body

    def _bounds(self, at_ms: int, span_ms: int) -> tuple[int, int]:
        """Where the window begins and ends. Mostly it ends with the log, and often it begins with it."""
        after_ms, body = at_ms - span_ms, self._body
        if at_ms >= self.newest_ms and (not body or _time_at(body)[0] > after_ms):
            return 0, len(body) // self._bytes
        times = self._times()
        low = bisect_right(times, after_ms)
        return low, len(times) if at_ms >= self.newest_ms else bisect_right(times, at_ms)

    def _times(self) -> Sequence[int]:
        """All times, seen where they lie."""
        return memoryview(self._body).cast("q")[:: self.kind.width] if self._body else ()

    def _column(self, number: int, low: int, high: int) -> array[int]:
        width, numbers = self.kind.width, self._numbers
        if numbers is None:
            numbers = self._numbers = array("q", self._body)
        return numbers[width * low + number : width * high : width]

    def _flags(self, low: int, high: int) -> bytes:
        size = self._bytes
        return self._body[size * low + size - _NUMBER + _LOW_BYTE : size * high : size]

    def _trim(self) -> None:
        """Drops what is older than any window may ask for; beyond the capacity what is oldest, and remembers that."""
        times = self._times()
        drop = bisect_right(times, self.newest_ms - 2 * self.kind.span_ms - GRACE_MS)
        if len(times) - drop > CAPACITY:
            drop = len(times) - CAPACITY
            self._dropped_ms = max(self._dropped_ms, times[drop - 1])
        self._body, self._numbers = self._body[self._bytes * drop :], None


def _different(values: array[int]) -> int:
    """How many different values there are, zero apart. Mostly it is one, and that is seen at a glance."""
    raw = values.tobytes()
    if raw == raw[-_NUMBER:] * len(values):
        return int(bool(values) and values[0] != 0)
    known = set(values)
    return len(known) - (0 in known)
