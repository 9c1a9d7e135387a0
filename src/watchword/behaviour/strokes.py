"""Strokes: movements of a pointer between rests and presses, as features that do not depend on the sampling rate.

All strokes of a stretch are computed at once: paths are interpolated at equal shares of their length and of their time,
so that 60 and 120 samples a second give the same numbers.
"""

from __future__ import annotations

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from watchword.behaviour.remembered import Same, remembered
from watchword.behaviour.samples import Floats, Table

REST_MS = 450.0
"""A pointer that stood still for so long has ended its stroke."""

FEWEST_POINTS = 3
SHORTEST_PX = 12.0
STEPS = 16
"""Points at which each path is looked at."""

_SHARES = np.linspace(0, 1, STEPS + 1)
_QUARTERS = np.array((0.0, 0.25, 0.75, 1.0))
Ints = NDArray[np.intp]
Places = NDArray[np.complex128]
"""Places on the screen: across as the real, down as the imaginary part. One operation moves, turns or measures both."""


class Paths(Struct, frozen=True):
    """Strokes, one row each: where and when they were at equal shares of their length (`way`, `t`: STEPS + 1 columns).

    `quarters` is where they were at the start, after one and three quarters of their time, and at the end. `first` and
    `last` are rows of the samples; `length` is in px, `time` in ms.
    """

    way: Places
    t: Floats
    quarters: Places
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
    place = x + 1j * y
    moving = np.empty(len(t), dtype=bool)
    moving[0] = True
    np.not_equal(place[1:], place[:-1], out=moving[1:])
    moving[1:] |= ends[:-1]
    np.greater(moving, ends, out=moving)
    rows = moving.nonzero()[0]
    if len(rows) < FEWEST_POINTS:
        return _nothing()
    t, place, after = t[rows], place[rows], ends.cumsum()[rows]
    starts = np.empty(len(rows), dtype=bool)
    starts[0] = True
    np.greater(t[1:] - t[:-1], REST_MS, out=starts[1:])
    starts[1:] |= after[1:] > after[:-1]
    return _measure(t, place, starts.nonzero()[0], rows)


class Moved(Struct, frozen=True):
    """The trusted samples of a pointer, and their strokes."""

    t: Floats
    kind: Floats
    x: Floats
    y: Floats
    paths: Paths


def pointer_strokes(pointer: Table) -> Moved:
    """The strokes of a pointer's trusted samples; a press or a release ends one. Kept for the tables seen last."""
    return _pointer_strokes(Same(pointer))


@remembered(4)
def _pointer_strokes(same: Same[Table]) -> Moved:
    pointer = same.one
    real = pointer["trusted"] > 0
    columns = [pointer[name] for name in ("t", "kind", "x", "y")]
    t, kind, x, y = columns if real.all() else [column[real] for column in columns]
    return Moved(t, kind, x, y, cut(t, x, y, kind > 0))


def _measure(t: Floats, place: Places, heads: Ints, rows: Ints) -> Paths:
    ends = np.empty_like(heads)
    ends[:-1], ends[-1] = heads[1:], len(t)
    tails, size = ends - 1, ends - heads
    run = np.zeros(len(t))
    np.abs(place[1:] - place[:-1]).cumsum(out=run[1:])
    begun, start = run[heads], t[heads]
    length, time = run[tails] - begun, t[tails] - start
    good = ((size >= FEWEST_POINTS) & (length >= SHORTEST_PX) & (time > 0)).nonzero()[0]
    if len(good) == 0:
        return _nothing()
    stroke = (2.0 * np.arange(len(heads))).repeat(size)
    by_length = stroke + (run - begun.repeat(size)) / np.maximum(length, 1e-9).repeat(size)
    by_time = stroke + (t - start.repeat(size)) / np.maximum(time, 1e-9).repeat(size)
    each = 2.0 * good[:, None]
    wanted = (each + _SHARES).ravel()
    shape = (len(good), STEPS + 1)
    return Paths(
        way=np.interp(wanted, by_length, place).reshape(shape), t=np.interp(wanted, by_length, t).reshape(shape),
        quarters=np.interp((each + _QUARTERS).ravel(), by_time, place).reshape(len(good), 4),
        length=length[good], time=time[good], first=rows[heads[good]], last=rows[tails[good]],
    )  # fmt: skip


def _nothing() -> Paths:
    none, rows = np.zeros(0), np.zeros(0, dtype=np.intp)
    nowhere = np.zeros((0, STEPS + 1), dtype=np.complex128)
    return Paths(nowhere, np.zeros((0, STEPS + 1)), nowhere[:, :4], none, none, rows, rows)


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
_NAMED = ("speed", "deviation", "fastest_at", "bow")
_WHICH = np.array([_NAMED.index(name) for name, _ in BY_DIRECTION])
_WAY = np.array([way for _, way in BY_DIRECTION])
_LONG = np.array(BY_LENGTH_PX)[:, :, None]


def shapes(paths: Paths) -> Floats:
    """The features `SHAPES` of each stroke, one row each; NaN where one is about another direction or length.

    None depends on where on the screen the stroke was, or on how often it was sampled. Times and lengths are natural
    logarithms of ms and px; `fitts` is the time with the usual part of the length taken out (Fitts 1954).
    """
    way, time, length, part = paths.way, paths.time, paths.length, paths.quarters
    whole = way[:, -1] - way[:, 0]
    across, down, chord = whole.real, whole.imag, np.abs(whole)
    reach = np.maximum(chord, 1.0)
    off = ((way - way[:, :1]).conj() * whole[:, None]).imag / reach[:, None]
    widest = np.maximum.reduce(np.abs(off), axis=1)
    share = (paths.t - paths.t[:, :1]) / time[:, None]
    quarters = share[:, QUARTER:] - share[:, :-QUARTER]
    turns = turning(way[:, ::2])
    log_time, log_length = np.log(time), np.log(length)
    speed, deviation = log_length - log_time, np.log((widest + 1) / (chord + 10))
    fastest_at = quarters.argmin(axis=1) / (STEPS - QUARTER)
    bow = np.arcsinh(np.add.reduce(off, axis=1) / (STEPS + 1) / reach * 10)
    columns = [
        log_time, log_length, speed, log_time - 0.4 * log_length, np.log(np.minimum(chord / length, 1) + 0.02),
        (across * across - down * down) / (reach * reach), deviation, np.log(widest + 1),
        np.log(np.add.reduce(np.abs(turns), axis=1) + 0.1), np.add.reduce(turns, axis=1),
        share[:, 4], share[:, 12], share[:, 14], np.log(np.minimum.reduce(quarters, axis=1) + 0.01), fastest_at,
        np.log(np.maximum.reduce(quarters, axis=1) + 0.01), np.log(np.abs(part[:, 1] - part[:, 0]) / reach + 0.02),
        np.log(np.abs(part[:, 3] - part[:, 2]) / reach + 0.02), np.log(np.abs(across) + 3),
    ]  # fmt: skip
    towards = np.array((across, down, -across, -down)) > 0.7071 * chord
    named = np.array((speed, deviation, fastest_at, bow))
    within = (chord >= _LONG[:, 0]) & (chord < _LONG[:, 1])
    directed = np.where(towards[_WAY], named[_WHICH], np.nan)
    return np.concatenate((columns, directed, np.where(within, log_time, np.nan))).T


def turning(way: Places) -> Floats:
    """By how much paths turn from step to step (radians, -pi to pi), one row a path."""
    step = way[:, 1:] - way[:, :-1]
    heading = np.arctan2(step.imag, step.real)
    turned: Floats = (heading[:, 1:] - heading[:, :-1] + np.pi) % (2 * np.pi) - np.pi
    return turned


QUANTILES = (0.1, 0.25, 0.5, 0.75, 0.9)
_LEVELS = np.array(QUANTILES)


def quantiles(values: Floats) -> Floats:
    """`QUANTILES` of each column, features x 5; NaN is left out, a column without values gives NaN."""
    ordered = np.sort(values.T, axis=1)
    features, count = ordered.shape
    last = np.maximum(count - 1 - np.add.reduce(np.isnan(ordered), axis=1), 0)[:, None]
    place = last * _LEVELS
    below = place.astype(np.intp)
    begin = (count * np.arange(features))[:, None]
    low, high = ordered.take(begin + below), ordered.take(begin + np.minimum(below + 1, last))
    between: Floats = low + (high - low) * (place - below)
    return between
