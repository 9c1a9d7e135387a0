"""Exact sliding windows: the newest entries of one entity, sorted by time, kept as one array of 64-bit numbers."""

from __future__ import annotations

import sys
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from itertools import compress

from msgspec import Struct

from watchword.state.plan import LogKind

CAPACITY = 1024
GRACE_MS = 24 * 3_600_000
SUCCESS = 1
NEVER = -(1 << 62)
HEAD = 2
"""The array begins with the time of the newest entry ever, and of the newest one dropped while it still mattered."""

_LOW_BYTE = 0 if sys.byteorder == "little" else 7
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

    __slots__ = ("_cells", "_width", "kind")

    def __init__(self, kind: LogKind, packed: bytes | None = None) -> None:
        self.kind = kind
        self._width = len(kind.columns) + 2
        self._cells = array("q", packed) if packed else array("q", (NEVER, NEVER))
        if (len(self._cells) - HEAD) % self._width:
            raise ValueError(f"log {kind.name} does not have {self._width} numbers an entry")

    def __len__(self) -> int:
        return (len(self._cells) - HEAD) // self._width

    @property
    def newest_ms(self) -> int:
        """The time of the newest entry ever put in."""
        return self._cells[0]

    def too_late(self, at_ms: int) -> bool:
        """Whether an event at that time is too old for its windows to be known."""
        return at_ms < self._cells[0] - self.kind.span_ms - GRACE_MS

    def put(self, at_ms: int, values: Sequence[int], flags: int) -> bool:
        """Adds an entry; False, and nothing added, when it is too late."""
        cells = self._cells
        if at_ms >= cells[0]:
            cells.extend((at_ms, *values, flags))
            cells[0] = at_ms
        elif self.too_late(at_ms):
            return False
        else:
            at = HEAD + self._width * bisect_right(cells[HEAD :: self._width], at_ms)
            cells[at:at] = array("q", (at_ms, *values, flags))
        if (len(cells) - HEAD) % self._width:
            raise ValueError(f"log {self.kind.name} takes {self._width - 2} values")
        self._trim()
        return True

    def count(self, at_ms: int, span_ms: int) -> Count:
        """How many entries the window of that span holds at that time, and how many of them failed."""
        low, high = self._bounds(at_ms, span_ms)
        failures = high - low - self._flags(low, high).translate(_SUCCEEDED).count(1)
        return Count(high - low, failures, self._cells[1] > at_ms - span_ms)

    def times(self, at_ms: int, span_ms: int) -> array[int]:
        """The times in the window, oldest first."""
        return self._column(0, *self._bounds(at_ms, span_ms))

    def column(self, name: str, at_ms: int, span_ms: int) -> array[int]:
        """One column's values in the window, oldest first."""
        return self._column(1 + self.kind.columns.index(name), *self._bounds(at_ms, span_ms))

    def flags(self, at_ms: int, span_ms: int) -> bytes:
        """The flag bytes in the window, oldest first: bit 0 success, bits 1-3 the kind of network."""
        return self._flags(*self._bounds(at_ms, span_ms))

    def distinct(self, name: str, at_ms: int, span_ms: int) -> int:
        """How many different known values (zero stands for unknown) a column has in the window."""
        values = set(self.column(name, at_ms, span_ms))
        values.discard(0)
        return len(values)

    def succeeded(self, name: str, from_ms: int, to_ms: int) -> set[int]:
        """The different known values of a column among the successes in [from, to]."""
        low, high = self._bounds(to_ms, to_ms - from_ms + 1)
        values = self._column(1 + self.kind.columns.index(name), low, high)
        found = set(compress(values, self._flags(low, high).translate(_SUCCEEDED)))
        found.discard(0)
        return found

    def since_success(self, at_ms: int, span_ms: int) -> int | None:
        """How long before that time the newest success in the window was, in milliseconds; None where there is none."""
        low, high = self._bounds(at_ms, span_ms)
        at = self._flags(low, high).translate(_SUCCEEDED).rfind(1)
        return at_ms - self._cells[HEAD + self._width * (low + at)] if at >= 0 else None

    def rows(self, at_ms: int, around_ms: int) -> Iterator[tuple[int, ...]]:
        """The entries' columns within `around_ms` before and after that time, oldest first."""
        cells, width = self._cells, self._width
        if at_ms - around_ms > cells[0]:
            return
        times = cells[HEAD::width]
        for at in range(bisect_left(times, at_ms - around_ms), bisect_right(times, at_ms + around_ms)):
            start = HEAD + width * at + 1
            yield tuple(cells[start : start + width - 2])

    def pack(self) -> bytes:
        """The log as bytes, to be given to the constructor later."""
        return self._cells.tobytes()

    def _bounds(self, at_ms: int, span_ms: int) -> tuple[int, int]:
        times = self._cells[HEAD :: self._width]
        low = bisect_right(times, at_ms - span_ms)
        return low, len(times) if at_ms >= self._cells[0] else bisect_right(times, at_ms)

    def _column(self, number: int, low: int, high: int) -> array[int]:
        return self._cells[HEAD + self._width * low + number : HEAD + self._width * high : self._width]

    def _flags(self, low: int, high: int) -> bytes:
        return self._column(self._width - 1, low, high).tobytes()[_LOW_BYTE::8]

    def _trim(self) -> None:
        """Drops what is older than any window may ask for; beyond the capacity what is oldest, and remembers that."""
        cells, width = self._cells, self._width
        oldest_ms = cells[0] - 2 * self.kind.span_ms - GRACE_MS
        if cells[HEAD] > oldest_ms and len(cells) <= HEAD + width * CAPACITY:
            return
        drop = bisect_right(cells[HEAD::width], oldest_ms)
        if len(self) - drop > CAPACITY:
            drop = len(self) - CAPACITY
            cells[1] = max(cells[1], cells[HEAD + width * (drop - 1)])
        del cells[HEAD : HEAD + width * drop]
