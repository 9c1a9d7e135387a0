"""Exact sliding windows: the newest entries of one entity, sorted by time, packed to bytes between events."""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from struct import Struct as Packing

from msgspec import Struct

from watchword.state.plan import LogKind

CAPACITY = 1024
GRACE_MS = 24 * 3_600_000
SUCCESS = 1
_header = Packing("<HHqq")
_SUCCEEDED = bytes(flag & SUCCESS for flag in range(256))


class Count(Struct, frozen=True):
    """What one window holds. `saturated` means `total` and the rest are at least that (older entries were dropped)."""

    total: int
    failures: int
    saturated: bool = False


class Log:
    """One entity's entries: time (ms), a few 64-bit columns and a flag byte each.

    A window at t counts all entries in (t - span, t], whatever order they came in. The newest `CAPACITY` entries are
    kept, and of those what lies within two spans and 24 h of the newest; a window that reaches past a dropped entry
    says `saturated`. An event older than the newest by more than the span and 24 h is `too_late`: it is not counted.
    """

    __slots__ = ("_columns", "_cut_ms", "_flags", "_newest_ms", "_times", "kind")

    def __init__(self, kind: LogKind, packed: bytes | None = None) -> None:
        self.kind = kind
        width = len(kind.columns)
        self._times = array("q")
        self._columns = tuple(array("q") for _ in range(width))
        self._flags = bytearray()
        self._newest_ms = self._cut_ms = -(1 << 62)
        if packed:
            self._unpack(packed, width)

    def __len__(self) -> int:
        return len(self._times)

    @property
    def newest_ms(self) -> int:
        """The time of the newest entry ever put in."""
        return self._newest_ms

    def too_late(self, at_ms: int) -> bool:
        """Whether an event at that time is too old for its windows to be known."""
        return at_ms < self._newest_ms - self.kind.span_ms - GRACE_MS

    def put(self, at_ms: int, values: Sequence[int], flags: int) -> bool:
        """Adds an entry; False, and nothing added, when it is too late."""
        if self.too_late(at_ms):
            return False
        index = bisect_right(self._times, at_ms)
        self._times.insert(index, at_ms)
        for column, value in zip(self._columns, values, strict=True):
            column.insert(index, value)
        self._flags.insert(index, flags)
        if at_ms > self._newest_ms:
            self._newest_ms = at_ms
        self._trim()
        return True

    def count(self, at_ms: int, span_ms: int) -> Count:
        """How many entries the window of that span holds at that time, and how many of them failed."""
        low, high = self._bounds(at_ms, span_ms)
        succeeded = self._flags[low:high].translate(_SUCCEEDED).count(1)
        return Count(high - low, high - low - succeeded, self._saturated(at_ms, span_ms))

    def times(self, at_ms: int, span_ms: int) -> array[int]:
        """The times in the window, oldest first."""
        low, high = self._bounds(at_ms, span_ms)
        return self._times[low:high]

    def column(self, name: str, at_ms: int, span_ms: int) -> array[int]:
        """One column's values in the window, oldest first."""
        low, high = self._bounds(at_ms, span_ms)
        return self._columns[self.kind.columns.index(name)][low:high]

    def flags(self, at_ms: int, span_ms: int) -> bytes:
        """The flag bytes in the window, oldest first: bit 0 success, bits 1-3 the kind of network."""
        low, high = self._bounds(at_ms, span_ms)
        return bytes(self._flags[low:high])

    def distinct(self, name: str, at_ms: int, span_ms: int) -> int:
        """How many different known values (zero stands for unknown) a column has in the window."""
        values = set(self.column(name, at_ms, span_ms))
        values.discard(0)
        return len(values)

    def succeeded(self, name: str, from_ms: int, to_ms: int) -> set[int]:
        """The different known values of a column among the successes in [from, to]."""
        low, high = bisect_right(self._times, from_ms - 1), bisect_right(self._times, to_ms)
        column = self._columns[self.kind.columns.index(name)]
        found = {column[at] for at in range(low, high) if self._flags[at] & SUCCESS}
        found.discard(0)
        return found

    def since_success(self, at_ms: int, span_ms: int) -> int | None:
        """How long before that time the newest success in the window was, in milliseconds; None where there is none."""
        low, high = self._bounds(at_ms, span_ms)
        for at in range(high - 1, low - 1, -1):
            if self._flags[at] & SUCCESS:
                return at_ms - self._times[at]
        return None

    def rows(self, at_ms: int, around_ms: int) -> Iterator[tuple[int, ...]]:
        """The entries' columns within `around_ms` before and after that time, oldest first."""
        low, high = bisect_right(self._times, at_ms - around_ms - 1), bisect_right(self._times, at_ms + around_ms)
        return zip(*(column[low:high] for column in self._columns), strict=True)

    def pack(self) -> bytes:
        """The log as bytes, to be given to the constructor later."""
        head = _header.pack(len(self._times), len(self._columns), self._newest_ms, self._cut_ms)
        return b"".join((head, self._times.tobytes(), *(column.tobytes() for column in self._columns), self._flags))

    def _bounds(self, at_ms: int, span_ms: int) -> tuple[int, int]:
        return bisect_right(self._times, at_ms - span_ms), bisect_right(self._times, at_ms)

    def _saturated(self, at_ms: int, span_ms: int) -> bool:
        return self._cut_ms > at_ms - span_ms

    def _trim(self) -> None:
        times = self._times
        drop = bisect_right(times, self._newest_ms - 2 * self.kind.span_ms - GRACE_MS)
        if len(times) - drop > CAPACITY:
            drop = len(times) - CAPACITY
            self._cut_ms = max(self._cut_ms, times[drop - 1])
        if drop:
            del times[:drop], self._flags[:drop]
            for column in self._columns:
                del column[:drop]

    def _unpack(self, packed: bytes, width: int) -> None:
        size, stored, self._newest_ms, self._cut_ms = _header.unpack_from(packed)
        if stored != width:
            raise ValueError(f"log {self.kind.name} has {stored} columns, not {width}")
        start = _header.size
        for column in (self._times, *self._columns):
            column.frombytes(packed[start : start + 8 * size])
            start += 8 * size
        self._flags += packed[start:]
