"""Address sets merged into one sorted table with a bit mask: one bisection answers for all of them.

Immutable once built; a refreshed table is built aside and takes the place of the old one whole.
"""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence

from watchword.enrichment.addresses import Span

_END4 = 1 << 32
_END6 = 1 << 128


class Ranges:
    """A set of addresses: sorted disjoint ranges of either version, flat as first, last, first, last, ..."""

    __slots__ = ("v4", "v6")

    def __init__(self, v4: Sequence[int], v6: Sequence[int]) -> None:
        self.v4 = v4
        self.v6 = v6

    def __len__(self) -> int:
        return (len(self.v4) + len(self.v6)) // 2

    @classmethod
    def of(cls, spans: Iterable[Span]) -> Ranges:
        """The union of `spans`."""
        found: dict[int, list[tuple[int, int]]] = {4: [], 6: []}
        for version, first, last in spans:
            found[version].append((first, last))
        return cls(array("I", _merged(found[4])), list(_merged(found[6])))

    def spans(self) -> Iterator[Span]:
        """The disjoint ranges, IPv4 first."""
        for version, flat in ((4, self.v4), (6, self.v6)):
            for at in range(0, len(flat), 2):
                yield Span(version, flat[at], flat[at + 1])

    def addresses(self) -> int:
        """How many IPv4 addresses the set holds."""
        return sum(self.v4[1::2]) - sum(self.v4[::2]) + len(self.v4) // 2


def _merged(ranges: list[tuple[int, int]]) -> Iterator[int]:
    ranges.sort()
    open_first, open_last = -1, -2
    for first, last in ranges:
        if first > open_last + 1:
            if open_first >= 0:
                yield from (open_first, open_last)
            open_first, open_last = first, last
        elif last > open_last:
            open_last = last
    if open_first >= 0:
        yield from (open_first, open_last)


class Intervals:
    """Which of many sets hold an address, as a bit mask: bit i stands for the i-th set given."""

    __slots__ = ("_masks", "_of4", "_of6", "_starts4", "_starts6")

    def __init__(self, sets: Sequence[Ranges]) -> None:
        starts4, masks4 = _swept([each.v4 for each in sets], _END4)
        starts6, masks6 = _swept([each.v6 for each in sets], _END6)
        self._masks = sorted({*masks4, *masks6})
        index = {mask: at for at, mask in enumerate(self._masks)}
        self._starts4 = array("I", starts4)
        self._starts6 = starts6
        self._of4 = array("I", (index[mask] for mask in masks4))
        self._of6 = array("I", (index[mask] for mask in masks6))

    def __len__(self) -> int:
        return len(self._starts4) + len(self._starts6)

    def mask(self, version: int, number: int) -> int:
        """The bits of the sets that hold the address."""
        if version == 4:
            return self._masks[self._of4[bisect_right(self._starts4, number) - 1]]
        return self._masks[self._of6[bisect_right(self._starts6, number) - 1]]


def _swept(sets: list[Sequence[int]], end: int) -> tuple[list[int], list[int]]:
    """The points where the mask changes, and the mask from each point on; the first point is 0."""
    edges = _edges(sets, end)
    starts, masks, mask = [0], [0], 0
    for point, flipped in edges:
        mask ^= flipped
        if point == starts[-1]:
            masks[-1] = mask
        elif mask != masks[-1]:
            starts.append(point)
            masks.append(mask)
    return starts, masks


def _edges(sets: list[Sequence[int]], end: int) -> list[tuple[int, int]]:
    """Where each set begins and ceases, sorted. Ranges of one set are disjoint, so each edge flips its bit."""
    edges: list[tuple[int, int]] = []
    for at, flat in enumerate(sets):
        bit = 1 << at
        edges += [(first, bit) for first in flat[::2]]
        edges += [(last + 1, bit) for last in flat[1::2] if last + 1 < end]
    edges.sort()
    return edges
