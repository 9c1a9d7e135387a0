"""Strokes: movements of a pointer between rests and presses, as features that do not depend on the sampling rate.

All strokes of a stretch are computed at once: paths are interpolated at equal shares of their length and of their time,
so that 60 and 120 samples a second give the same numbers.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from watchword.behaviour.samples import Floats, Table

REST_MS = 450.0
"""A pointer that stood still for so long has ended its stroke."""

FEWEST_POINTS = 3
SHORTEST_PX = 12.0
STEPS = 16
"""Points at which each path is looked at."""

_SHARES = np.linspace(0, 1, STEPS + 1)
Ints = NDArray[np.intp]


class Paths(Struct, frozen=True):
    """Strokes, one row each: where they were at equal shares of their length (`x`, `y`, `t`: strokes x STEPS + 1).

    `even_x`, `even_y` are at equal shares of their time. `first` and `last` are rows of the samples; `length` is in px,
    `time` in ms.
    """

    x: Floats
    y: Floats
    t: Floats
    even_x: Floats
    even_y: Floats
    length: Floats
    time: Floats
    first: Ints
    last: Ints

    def __len__(self) -> int:
        return len(self.length)


def cut(t: Floats, x: Floats, y: Floats, ends: NDArray[np.bool_]) -> Paths:
    """Strokes of a pointer's samples: a stroke ends before a sample marked in `ends`, or with a rest.

    Samples without movement count as rest. Strokes of under 3 points or 12 px are left out.
    """
    if len(t) < FEWEST_POINTS:
        return _nothing()
    step = np.hypot(_rise(x), _rise(y))
    after = np.zeros(len(t), dtype=np.intp)
    after[1:] = np.cumsum(ends)[:-1]
    fresh = np.ones(len(t), dtype=bool)
    np.greater(after[1:], after[:-1], out=fresh[1:])
    moving = np.flatnonzero(((step > 0) | fresh) & ~ends)
    if len(moving) < FEWEST_POINTS:
        return _nothing()
    t, x, y, after = t[moving], x[moving], y[moving], after[moving]
    start = np.ones(len(t), dtype=bool)
    start[1:] = (t[1:] - t[:-1] > REST_MS) | (after[1:] > after[:-1])
    return _measure(t, x, y, np.flatnonzero(start), moving)


class Moved(Struct, frozen=True):
    """The trusted samples of a pointer, and their strokes."""

    t: Floats
    kind: Floats
    x: Floats
    y: Floats
    paths: Paths


def pointer_strokes(pointer: Table) -> Moved:
    """The strokes of a pointer's trusted samples; a press or a release ends one. Kept for the tables seen last."""
    return _pointer_strokes(_Same(pointer))


class _Same:
    """A table by identity: the same table is cut once, though features and signs both ask."""

    def __init__(self, table: Table) -> None:
        self.table = table

    def __hash__(self) -> int:
        return id(self.table)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and other.table is self.table


@lru_cache(maxsize=4)
def _pointer_strokes(same: _Same) -> Moved:
    pointer = same.table
    real = pointer["trusted"] > 0
    columns = [pointer[name] for name in ("t", "kind", "x", "y")]
    t, kind, x, y = columns if real.all() else [column[real] for column in columns]
    return Moved(t, kind, x, y, cut(t, x, y, kind > 0))


def _measure(t: Floats, x: Floats, y: Floats, heads: Ints, rows: Ints) -> Paths:
    tails = np.empty_like(heads)
    tails[:-1], tails[-1] = heads[1:] - 1, len(t) - 1
    step = np.hypot(_rise(x), _rise(y))
    run = np.cumsum(step)
    length, time = run[tails] - run[heads], t[tails] - t[heads]
    good = np.flatnonzero((tails - heads + 1 >= FEWEST_POINTS) & (length >= SHORTEST_PX) & (time > 0))
    if len(good) == 0:
        return _nothing()
    stroke = np.repeat(np.arange(len(heads)), tails - heads + 1)
    by_length = 2.0 * stroke + (run - run[heads][stroke]) / np.maximum(length, 1e-9)[stroke]
    by_time = 2.0 * stroke + (t - t[heads][stroke]) / np.maximum(time, 1e-9)[stroke]
    wanted = (2.0 * good[:, None] + _SHARES).ravel()
    shape = (len(good), STEPS + 1)
    return Paths(
        x=np.interp(wanted, by_length, x).reshape(shape), y=np.interp(wanted, by_length, y).reshape(shape),
        t=np.interp(wanted, by_length, t).reshape(shape), even_x=np.interp(wanted, by_time, x).reshape(shape),
        even_y=np.interp(wanted, by_time, y).reshape(shape), length=length[good], time=time[good],
        first=rows[heads[good]], last=rows[tails[good]],
    )  # fmt: skip


def _rise(values: Floats) -> Floats:
    """From each value to the next; 0 for the first."""
    rise = np.zeros(len(values))
    np.subtract(values[1:], values[:-1], out=rise[1:])
    return rise


def _nothing() -> Paths:
    none, nowhere = np.zeros((0, STEPS + 1)), np.zeros(0)
    rows = np.zeros(0, dtype=np.intp)
    return Paths(none, none, none, none, none, nowhere, nowhere, rows, rows)


SHAPE = (
    "time", "length", "speed", "fitts", "straight", "level", "deviation", "deviation_px", "turning", "turn",
    "quarter", "three_quarters", "last_eighth", "fastest", "fastest_at", "slowest", "start", "end", "sideways",
)  # fmt: skip
"""What is known of a path by itself. `level` is +1 sideways, -1 up and down; `turning` the sum of what it turned
(radians, logarithm), `turn` the same with its sign; `quarter` ... the share of time after 4, 12, 14 sixteenths of the
way; `fastest`, `slowest` the share of time of a quarter of the way; `start`, `end` the share of the way in the first
and last quarter of the time."""

TOWARDS = ("right", "down", "left", "up")
BY_DIRECTION = (
    ("speed", 0), ("deviation", 0), ("fastest_at", 0), ("deviation", 1), ("bow", 2), ("deviation", 2),
    ("fastest_at", 2), ("speed", 3), ("bow", 3), ("fastest_at", 3),
)  # fmt: skip
BY_LENGTH_PX = ((0.0, 150.0), (150.0, 500.0), (500.0, np.inf))
SHAPES = (
    *SHAPE, *(f"{name}_{TOWARDS[way]}" for name, way in BY_DIRECTION), "time_short", "time_middle", "time_long",
)  # fmt: skip
QUARTER = STEPS // 4


def shapes(paths: Paths) -> Floats:
    """The features `SHAPES` of each stroke, one row each; NaN where one is about another direction or length.

    None depends on where on the screen the stroke was, or on how often it was sampled. Times and lengths are natural
    logarithms of ms and px; `fitts` is the time with the usual part of the length taken out (Fitts 1954).
    """
    x, y, time, length = paths.x, paths.y, paths.time, paths.length
    across, down = x[:, -1] - x[:, 0], y[:, -1] - y[:, 0]
    chord = np.hypot(across, down)
    reach = np.maximum(chord, 1.0)
    off = ((x - x[:, :1]) * down[:, None] - (y - y[:, :1]) * across[:, None]) / reach[:, None]
    widest = np.abs(off).max(axis=1)
    share = (paths.t - paths.t[:, :1]) / time[:, None]
    quarters = share[:, QUARTER:] - share[:, :-QUARTER]
    turns = turning(x[:, ::2], y[:, ::2])
    even_x, even_y = paths.even_x, paths.even_y
    log_time, log_length = np.log(time), np.log(length)
    speed, deviation = log_length - log_time, np.log((widest + 1) / (chord + 10))
    fastest_at = quarters.argmin(axis=1) / (STEPS - QUARTER)
    bow = np.arcsinh(off.mean(axis=1) / reach * 10)
    columns = [
        log_time, log_length, speed, log_time - 0.4 * log_length, np.log(np.minimum(chord / length, 1) + 0.02),
        (across**2 - down**2) / reach**2, deviation, np.log(widest + 1), np.log(np.abs(turns).sum(axis=1) + 0.1),
        turns.sum(axis=1), share[:, 4], share[:, 12], share[:, 14], np.log(quarters.min(axis=1) + 0.01), fastest_at,
        np.log(quarters.max(axis=1) + 0.01),
        np.log(np.hypot(even_x[:, 4] - even_x[:, 0], even_y[:, 4] - even_y[:, 0]) / reach + 0.02),
        np.log(np.hypot(even_x[:, 16] - even_x[:, 12], even_y[:, 16] - even_y[:, 12]) / reach + 0.02),
        np.log(np.abs(across) + 3),
    ]  # fmt: skip
    ways = (across, down, -across, -down)
    named = {"speed": speed, "deviation": deviation, "fastest_at": fastest_at, "bow": bow}
    columns += [np.where(ways[way] > 0.7071 * chord, named[name], np.nan) for name, way in BY_DIRECTION]
    columns += [np.where((chord >= low) & (chord < high), log_time, np.nan) for low, high in BY_LENGTH_PX]
    return np.array(columns).T


def turning(x: Floats, y: Floats) -> Floats:
    """By how much paths turn from step to step (radians, -pi to pi), one row a path."""
    heading = np.arctan2(y[:, 1:] - y[:, :-1], x[:, 1:] - x[:, :-1])
    turned: Floats = (heading[:, 1:] - heading[:, :-1] + np.pi) % (2 * np.pi) - np.pi
    return turned


QUANTILES = (0.1, 0.25, 0.5, 0.75, 0.9)


def quantiles(values: Floats) -> Floats:
    """`QUANTILES` of each column, features x 5; NaN is left out, a column without values gives NaN."""
    ordered = np.sort(values, axis=0)
    known = len(ordered) - np.isnan(ordered).sum(axis=0)
    place = np.maximum(known - 1, 0) * np.array(QUANTILES)[:, None]
    below = place.astype(np.intp)
    above = np.minimum(below + 1, np.maximum(known - 1, 0))
    low, high = np.take_along_axis(ordered, below, 0), np.take_along_axis(ordered, above, 0)
    between: Floats = (low + (high - low) * (place - below)).T
    return between
