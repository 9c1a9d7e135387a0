"""Attempts over time, in stretches that widen as the log grows: memory stays the same for an hour and for a year."""

from __future__ import annotations

from collections.abc import Iterator

from watchword.policy.decision import ACTIONS, Action

FINEST_MS = 60_000
MOST_STRETCHES = 1_440
SHOWN = 96
WIDTHS_MIN = (
    1,
    2,
    5,
    10,
    15,
    30,
    60,
    120,
    180,
    360,
    720,
    1_440,
    2_880,
    10_080,
    20_160,
    40_320,
    80_640,
    161_280,
    524_160,
)
LADDER_MIN = (1, 2, 10, 30, 60, 120, 360, 720, 1_440, 10_080, 20_160, 40_320, 80_640, 161_280)
"""Widths to widen by: each divides the next."""


class Timeline:
    """Counts by stretch of time and action; wider whenever there are too many stretches."""

    def __init__(self) -> None:
        self._width_ms = FINEST_MS
        self._counts: dict[int, list[int]] = {}

    def take(self, at_ms: int, action: Action) -> None:
        """One attempt."""
        while len(self._counts) > MOST_STRETCHES:
            self._widen()
        counts = self._counts.get(at_ms // self._width_ms)
        if counts is None:
            counts = self._counts[at_ms // self._width_ms] = [0] * len(ACTIONS)
        counts[ACTIONS.index(action)] += 1

    def stretches(self, most: int = SHOWN) -> Iterator[tuple[int, list[int]]]:
        """Start in milliseconds and counts by action, without gaps, at most `most`, of a width that people read."""
        if not self._counts:
            return
        first, last = min(self._counts) * self._width_ms, max(self._counts) * self._width_ms
        width = next((at for at in _widths(self._width_ms) if last // at - first // at < most), last - first + 1)
        summed: dict[int, list[int]] = {}
        for slot, counts in self._counts.items():
            into = summed.setdefault(slot * self._width_ms // width, [0] * len(ACTIONS))
            into[:] = map(int.__add__, into, counts)
        for slot in range(first // width, last // width + 1):
            yield slot * width, summed.get(slot, [0] * len(ACTIONS))

    def _widen(self) -> None:
        before = self._width_ms
        self._width_ms = next((at for at in map(_ms, LADDER_MIN) if at > before), before * 2)
        narrow, self._counts = self._counts, {}
        for slot, counts in narrow.items():
            into = self._counts.setdefault(slot * before // self._width_ms, [0] * len(ACTIONS))
            into[:] = map(int.__add__, into, counts)


def _widths(least_ms: int) -> Iterator[int]:
    return (at for at in map(_ms, WIDTHS_MIN) if at % least_ms == 0)


def _ms(minutes: int) -> int:
    return minutes * 60_000
