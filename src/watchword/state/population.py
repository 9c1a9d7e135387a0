"""How common each value of a log-in is among everybody: bounded, decayed counts, refreshed off the transaction."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from heapq import nlargest

import msgspec
from msgspec import Struct

from watchword.state.plan import DAY_MS
from watchword.state.profile import ATTRIBUTES

CAPACITY = 65_536
"""Values kept for each attribute; the rarest go first and then count as never seen."""

HALF_LIFE_MS = 90 * DAY_MS


class Population(Struct, frozen=True):
    """A snapshot: `counts[i]` maps the 4-byte hash of a value of `ATTRIBUTES[i]` to its decayed number of log-ins.

    `total` is the decayed number of all learnt log-ins, `users` how many users there are.
    """

    total: float = 0.0
    users: int = 0
    counts: tuple[dict[int, float], ...] = tuple({} for _ in ATTRIBUTES)
    as_of_ms: int = 0

    def share(self, attribute: int, value: int) -> float:
        """The share of all log-ins that had this value, smoothed so that a value never seen has half a log-in."""
        return max(self.counts[attribute].get(value, 0.0), 0.5) / (self.total + 1.0)


class Census:
    """Counts as log-ins are learnt; `snapshot` is what the world is given from time to time."""

    def __init__(self, start: Population | None = None) -> None:
        start = start or Population()
        self._fresh: list[Sequence[int]] = []
        self._counts = tuple(dict(counts) for counts in start.counts)
        self._total, self._users, self._as_of_ms = start.total, start.users, start.as_of_ms

    def add(self, values: Sequence[int], at_ms: int, first: bool) -> None:
        """Counts one learnt log-in; `first` says that it is its user's first."""
        if at_ms > self._as_of_ms:
            self._as_of_ms = at_ms
        self._users += first
        self._fresh.append(values)

    def snapshot(self, now_ms: int) -> Population:
        """The counts as they are, decayed to `now_ms` and cut to the most common."""
        self._count()
        factor = 0.5 ** (max(0, now_ms - self._as_of_ms) / HALF_LIFE_MS) if self._as_of_ms else 1.0
        self._total *= factor
        self._counts = tuple(_decayed(counts, factor) for counts in self._counts)
        self._as_of_ms = max(self._as_of_ms, now_ms)
        return Population(self._total, self._users, tuple(dict(counts) for counts in self._counts), self._as_of_ms)

    def _count(self) -> None:
        fresh, self._fresh = self._fresh, []
        self._total += len(fresh)
        for counts, values in zip(self._counts, zip(*fresh, strict=True), strict=False):
            for value, times in Counter(values).items():
                if value:
                    counts[value] = counts.get(value, 0.0) + times


def _decayed(counts: dict[int, float], factor: float) -> dict[int, float]:
    kept = counts if len(counts) <= CAPACITY else dict(nlargest(CAPACITY, counts.items(), key=lambda item: item[1]))
    return kept if factor > 0.9999 else {value: count * factor for value, count in kept.items()}


def pack(population: Population) -> bytes:
    """The snapshot as bytes."""
    return msgspec.msgpack.encode(population)


def unpack(packed: bytes) -> Population:
    """The snapshot in those bytes."""
    return msgspec.msgpack.decode(packed, type=Population)
