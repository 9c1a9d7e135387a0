"""Who else types like this: every user's template as one point a modality, and the nearest of them. In memory only.

A point is the mean of a shelf's newest entries, each feature measured in spreads of the whole population. Shelves about
a text of its own (a password) say nothing of other users and have no point. The search is exact: by faiss where that is
installed (extra `learn`), else by numpy; both give the same neighbours in the same order.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from math import log

import numpy as np
from msgspec import Struct
from msgspec.structs import replace
from numpy.typing import NDArray

from watchword.behaviour.samples import Floats
from watchword.behaviour.template import Entry, Shelf, Template

NEWEST = 30
LEAST_ENTRIES = 3
LEAST_PEOPLE = 20
"""Fewer people than this are no population to be rare in."""

PAIRS = 4_000
A_SESSION = 3
MOST_LLR = 4.0
CLIP = 6.0

Points = NDArray[np.float32]
Search = Callable[[Points, Points, int], tuple[NDArray[np.int64], Points]]


class Neighbour(Struct, frozen=True):
    """Somebody who types alike. `llr` is the log-likelihood ratio of "the same hands" over "anybody", `distance` in
    spreads of the population, `modality` where."""

    owner: bytes
    modality: str
    distance: float
    llr: float


class _Space(Struct, frozen=True, eq=False):
    """One modality: the points of all who have one, by `rows`, and what distances mean.

    `same` and `apart` are the mean and standard deviation of log distances.
    """

    rows: dict[bytes, int]
    points: Points
    middle: Floats
    spread: Floats
    same: tuple[float, float]
    apart: tuple[float, float]

    def plus(self, owner: bytes, point: Points) -> _Space:
        """With one more person, or with a newer point of one."""
        less = self.minus(owner)
        rows = less.rows | {owner: len(less.rows)}
        return replace(less, rows=rows, points=np.concatenate((less.points, point[None])))

    def minus(self, owner: bytes) -> _Space:
        """Without that person."""
        at = self.rows.get(owner)
        if at is None:
            return self
        kept = [who for who in self.rows if who != owner]
        return replace(self, rows={who: row for row, who in enumerate(kept)}, points=np.delete(self.points, at, axis=0))

    def place(self, values: Floats) -> Points:
        """A point in spreads of the population; what is missing lies in the middle."""
        scaled = np.nan_to_num((values - self.middle) / self.spread, nan=0.0)
        return np.ascontiguousarray(np.clip(scaled, -CLIP, CLIP), dtype=np.float32)

    def llr(self, distance: float) -> float:
        """What that distance says for the same hands; at most e^4 either way."""
        value = log(max(distance, 1e-6))
        told = _normal(value, self.same) - _normal(value, self.apart)
        return min(MOST_LLR, max(-MOST_LLR, told))


class Neighbours:
    """The index. `rebuild` measures what distances mean; `put` and `drop` are cheap, and take effect at once."""

    def __init__(self, search: Search | None = None) -> None:
        self._search = search or best_search()
        self._templates: dict[bytes, dict[str, tuple[Entry, ...]]] = {}
        self._spaces: dict[str, _Space] = {}

    def __len__(self) -> int:
        return len(self._templates)

    def rebuild(self, templates: Iterable[tuple[bytes, Template]]) -> None:
        """Takes these templates and no other. Takes a second for some thousand people."""
        self._templates = {owner: _comparable(template) for owner, template in templates}
        names = {name for shelves in self._templates.values() for name in shelves}
        made = ((name, _space({who: s[name] for who, s in self._templates.items() if name in s})) for name in names)
        self._spaces = {name: space for name, space in made if space is not None}

    def put(self, owner: bytes, template: Template) -> None:
        """Adds somebody, or takes their newer template. What distances mean stays as it was at the last `rebuild`."""
        self._templates[owner] = shelves = _comparable(template)
        for name, space in self._spaces.items():
            entries = shelves.get(name, ())
            if len(entries) >= LEAST_ENTRIES and len(entries[-1].values) == len(space.middle):
                self._spaces[name] = space.plus(owner, space.place(_mean([one.values for one in entries])))

    def drop(self, owner: bytes) -> None:
        """Forgets somebody at once."""
        self._templates.pop(owner, None)
        self._spaces = {name: space.minus(owner) for name, space in self._spaces.items()}

    def near(
        self, entries: Sequence[tuple[str, Entry]], among: Iterable[bytes] | None = None, most: int = 5
    ) -> list[Neighbour]:
        """The nearest to a session's entries, the most telling first; only those `among` where given.

        None of a modality of which too few people are known.
        """
        by_name: dict[str, list[Entry]] = {}
        for name, one in entries:
            if not one.about and name in self._spaces:
                by_name.setdefault(name, []).append(one)
        asked = None if among is None else tuple(among)
        found = [neighbour for name, several in by_name.items() for neighbour in self._near(name, several, asked, most)]
        return sorted(found, key=lambda one: (-one.llr, one.owner))

    def _near(self, name: str, several: list[Entry], among: tuple[bytes, ...] | None, most: int) -> list[Neighbour]:
        space = self._spaces[name]
        kept = [one.values for one in several if len(one.values) == len(space.middle)]
        names = among if among is not None else space.rows
        chosen = sorted(space.rows[who] for who in names if who in space.rows)
        if not kept or not chosen:
            return []
        point = space.place(_mean(kept))[None]
        at, squares = self._search(space.points[chosen], point, min(most, len(chosen)))
        distances = (np.sqrt(np.maximum(squares, 0)) / np.sqrt(space.points.shape[1])).tolist()
        owners = list(space.rows)
        return [
            Neighbour(owners[chosen[place]], name, distance, space.llr(distance))
            for place, distance in zip(at.tolist(), distances, strict=True)
        ]


def by_numpy(points: Points, query: Points, most: int) -> tuple[NDArray[np.int64], Points]:
    """The nearest points and their squared distances, nearest first; ties by place."""
    squares = ((points - query) ** 2).sum(axis=1)
    at = np.argsort(squares, kind="stable")[:most]
    return at.astype(np.int64), squares[at]


def by_faiss(points: Points, query: Points, most: int) -> tuple[NDArray[np.int64], Points]:
    """The same by faiss's exact index. Raises ImportError where faiss is not installed."""
    import faiss  # type: ignore[import-not-found,import-untyped,unused-ignore]

    index = faiss.IndexFlatL2(points.shape[1])
    index.add(points)
    at = index.search(query, min(len(points), most + 8))[1]
    order = np.lexsort((at[0], ((points[at[0]] - query) ** 2).sum(axis=1)))[:most]
    chosen = at[0][order]
    return chosen.astype(np.int64), ((points[chosen] - query) ** 2).sum(axis=1)


def best_search() -> Search:
    """By faiss where it is installed."""
    try:
        import faiss  # type: ignore[import-not-found,import-untyped,unused-ignore]  # noqa: F401
    except ImportError:
        return by_numpy
    return by_faiss


def _comparable(template: Template) -> dict[str, tuple[Entry, ...]]:
    """The newest entries of the shelves that are about nothing in particular."""
    named = ((name.partition("/"), shelf) for name, shelf in template.shelves.items())
    return {name: _newest(shelf) for (name, _, about), shelf in named if not about and shelf.entries}


def _newest(shelf: Shelf) -> tuple[Entry, ...]:
    size = len(shelf.entries[-1].vector)
    return tuple(one for one in shelf.entries[-NEWEST:] if len(one.vector) == size)


def _space(shelves: dict[bytes, tuple[Entry, ...]]) -> _Space | None:
    """The points of one modality; None where fewer than twenty people have three entries of one shape."""
    shapes = [len(entries[-1].vector) for entries in shelves.values()]
    shape = max(set(shapes), key=shapes.count)
    grown = {
        who: np.stack([one.values.astype(np.float64) for one in entries])
        for who, entries in sorted(shelves.items())
        if len(entries) >= LEAST_ENTRIES and len(entries[-1].vector) == shape
    }
    if len(grown) < LEAST_PEOPLE:
        return None
    means = np.stack([_mean(list(each)) for each in grown.values()])
    middle = np.nan_to_num(_mean(list(means)))
    spread = np.sqrt(np.nan_to_num(_mean(list((means - middle) ** 2)))) + 1e-3
    bare = _Space({}, np.empty((0, 0), np.float32), middle, spread, (0.0, 1.0), (0.0, 1.0))
    points = bare.place(means)
    split = [bare.place(np.stack([_mean(list(part)) for part in _as_sessions(each)])) for each in grown.values()]
    same = _logs(np.stack([parts[0] for parts in split]), np.stack([parts[1] for parts in split]))
    rng = np.random.Generator(np.random.PCG64(len(points)))
    first = rng.integers(0, len(points), PAIRS)
    second = (first + rng.integers(1, len(points), PAIRS)) % len(points)
    rows = {who: row for row, who in enumerate(grown)}
    return _Space(rows, points, middle, spread, same, _logs(points[first], points[second]))


def _as_sessions(entries: Floats) -> tuple[Floats, Floats]:
    """What came before, and the newest entries as a session would bring them."""
    newest = max(1, min(A_SESSION, len(entries) // 2))
    return entries[:-newest], entries[-newest:]


def _mean(values: Sequence[NDArray[np.float32] | Floats]) -> Floats:
    stacked = np.stack([each.astype(np.float64) for each in values])
    known = ~np.isnan(stacked)
    total = np.where(known, stacked, 0.0).sum(axis=0)
    return np.asarray(np.where(known.any(axis=0), total / np.maximum(known.sum(axis=0), 1), np.nan))


def _logs(one: Points, other: Points) -> tuple[float, float]:
    apart = np.sqrt(((one - other) ** 2).mean(axis=1))
    logs = np.log(np.maximum(apart, 1e-6))
    return float(logs.mean()), float(logs.std()) + 0.1


def _normal(value: float, of: tuple[float, float]) -> float:
    mean, spread = of
    return -0.5 * ((value - mean) / spread) ** 2 - log(spread)
