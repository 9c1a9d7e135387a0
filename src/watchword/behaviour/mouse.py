"""How a person moves the mouse: strokes between rests and presses. A stretch of them is compared with the owner's.

How it works and what it measured: docs/explanation/behaviour-pointer.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from math import log

import numpy as np

from watchword.behaviour.likeness import liken
from watchword.behaviour.modality import Background, Comparison, Modality
from watchword.behaviour.people import train as train_people
from watchword.behaviour.samples import Floats, Samples
from watchword.behaviour.strokes import QUANTILES, SHAPES, Paths, pointer_strokes, quantiles, shapes
from watchword.behaviour.template import Entry, Shelf, entry

NAME = "mouse"
FEWEST = 10
"""Strokes below which nothing is said: error rates there are no better than a guess in four."""

MOST = 120
"""Strokes of one entry; a longer stretch gives several."""

COARSE_MS = 120.0
"""Coarser clocks than a remote desktop's sampling leave no movement to see."""

AROUND = ("rest", "press", "wait", "drag")
PRESSES = ("dwell", "drag_dwell", "between", "double")
FEATURES = (*SHAPES, *AROUND, *PRESSES)
OWN = (
    "time", "straight", "turning", "last_eighth", "fastest", "rest", "press", "wait", "sideways", "dwell",
    "drag_dwell", "double",
)  # fmt: skip
"""What one person's sessions agree in: compared where nothing is known of other people. Chosen by elimination on
sessions left out of the training part of the reference data."""

WIDTH = len(QUANTILES)
_OWN = tuple(FEATURES.index(name) * WIDTH + at for name in OWN for at in range(WIDTH))
_SHARES = tuple(FEATURES.index(name) for name in ("press", "drag"))
DOWN, UP = 1, 2
LONGEST = log(3000)
SAME_PX = 3.0


def extract(samples: Samples) -> tuple[Entry, ...]:
    """Entries of 10 to about 120 strokes, none where there are fewer: five quantiles of each of `FEATURES`.

    Untrusted movement is left out. A pen is not compared with a mouse: its entries are about `pen`.
    """
    pointer = samples.pointer
    if len(pointer) < FEWEST * 3 or samples.granularity_ms >= COARSE_MS:
        return ()
    moved = pointer_strokes(pointer)
    t, paths = moved.t, moved.paths
    if len(t) < FEWEST * 3 or len(paths) < FEWEST:
        return ()
    pen = pointer["pen"]
    about = "pen" if pen.any() and pen[pointer["trusted"] > 0].mean() > 0.5 else ""
    strokes = np.concatenate((shapes(paths).T, _around(paths, t, moved.kind))).T
    times, presses = _presses(t, moved.kind, moved.x, moved.y)
    parts = max(1, round(len(paths) / MOST))
    edges = [len(paths) * part // parts for part in range(parts + 1)]
    made = []
    for first, last in pairwise(edges):
        begin = t[paths.first[first]] if first else -np.inf
        end = t[paths.first[last]] if last < len(paths) else np.inf
        pressed = presses[(times >= begin) & (times < end)]
        made.append(entry(about, int(last - first), _summary(strokes[first:last], pressed)))
    return tuple(made)


def _summary(strokes: Floats, presses: Floats) -> Floats:
    pressed = quantiles(presses) if len(presses) >= 3 else np.full((len(PRESSES), WIDTH), np.nan)
    summary = np.concatenate((quantiles(strokes), pressed))
    for at in _SHARES:
        summary[at] = np.add.reduce(strokes[:, at]) / len(strokes)
    return summary.ravel()


def _around(paths: Paths, t: Floats, kind: Floats) -> Floats:
    """`AROUND` each stroke (columns): the rest before it, whether a press ended it, the wait before that, and drags."""
    begin, end = t[paths.first], t[paths.last]
    before = np.concatenate((begin[:1] - 1000.0, end[:-1]))
    down = np.concatenate(((kind == DOWN).nonzero()[0], (len(t),)))
    at = down[down.searchsorted(paths.last)]
    press = at < np.concatenate((paths.first[1:], (len(t),)))
    drag = kind[np.maximum(paths.first - 1, 0)] == DOWN
    wait = np.where(press, _log_within(t[np.minimum(at, len(t) - 1)] - end, 60, 3000), np.nan)
    return np.array((_log_within(begin - before, 50, 20_000), press, wait, drag))


def _presses(t: Floats, kind: Floats, x: Floats, y: Floats) -> tuple[Floats, Floats]:
    """When buttons went down, and `PRESSES` of each (logarithms of ms): held still, held in a drag, since the last."""
    down, up = (kind == DOWN).nonzero()[0], (kind == UP).nonzero()[0]
    place = up.searchsorted(down)
    released = place < len(up)
    down, release = down[released], up[place[released]]
    if len(down) == 0:
        return np.zeros(0), np.zeros((0, len(PRESSES)))
    pressed = t[down]
    held = _log_within(t[release] - pressed, 15, 5000)
    still = np.hypot(x[release] - x[down], y[release] - y[down]) <= SAME_PX
    since = np.full(len(down), np.nan)
    np.subtract(pressed[1:], pressed[:-1], out=since[1:])
    double = np.where(since < 600, _log_within(since, 40, 600), np.nan)
    columns = (
        np.where(still, np.minimum(held, LONGEST), np.nan), np.where(still, np.nan, held),
        _log_within(since, 50, 20_000), double,
    )  # fmt: skip
    return pressed, np.array(columns).T


def _log_within(values: Floats, least: float, most: float) -> Floats:
    logs: Floats = np.log(np.minimum(np.maximum(values, least), most))
    return logs


def compare(shelf: Shelf, entry: Entry, background: Background) -> Comparison | None:
    """How the entry's strokes compare with the owner's; None with fewer than 3 entries or another shape of features."""
    if entry.count < FEWEST or len(entry.vector) != 4 * len(FEATURES) * WIDTH:
        return None
    return liken(NAME, "The pointer moves", shelf, entry, _OWN, background)


def train(people: Sequence[Sequence[Entry]]) -> Background:
    """What the strokes of many people look like, as plain values; None with fewer than 5 people of 5 entries."""
    return train_people([[one for one in entries if one.about == ""] for entries in people])


MOUSE = Modality(NAME, "pointer", extract, compare, train, doc=__doc__ or "")
