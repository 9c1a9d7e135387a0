"""How a person moves the mouse: strokes between rests and presses. A stretch of them is compared with the owner's.

How it works and what it measured: docs/explanation/behaviour-pointer.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

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
DOWN, UP = 1, 2
SAME_PX = 3.0


def extract(samples: Samples) -> tuple[Entry, ...]:
    """Entries of 10 to about 120 strokes, none where there are fewer: five quantiles of each of `FEATURES`.

    Untrusted movement is left out. A pen is not compared with a mouse: its entries are about `pen`.
    """
    pointer = samples.pointer
    real = pointer["trusted"] > 0
    if real.sum() < FEWEST * 3 or samples.granularity_ms >= COARSE_MS:
        return ()
    moved = pointer_strokes(pointer)
    t, kind, x, y, paths = moved.t, moved.kind, moved.x, moved.y, moved.paths
    if len(paths) < FEWEST:
        return ()
    pen = pointer["pen"]
    about = "pen" if pen.any() and pen[real].mean() > 0.5 else ""
    strokes = np.concatenate([shapes(paths), _around(paths, t, kind)], axis=1)
    times, presses = _presses(t, kind, x, y)
    edges = np.linspace(0, len(paths), max(1, round(len(paths) / MOST)) + 1).astype(np.intp)
    made = []
    for first, last in pairwise(edges):
        begin = t[paths.first[first]] if first else -np.inf
        end = t[paths.first[last]] if last < len(paths) else np.inf
        pressed = presses[(times >= begin) & (times < end)]
        made.append(entry(about, int(last - first), _summary(strokes[first:last], pressed)))
    return tuple(made)


def _summary(strokes: Floats, presses: Floats) -> Floats:
    if len(presses) < 3:
        presses = np.full((1, len(PRESSES)), np.nan)
    summary = np.concatenate([quantiles(strokes), quantiles(presses)])
    for name in ("press", "drag"):
        summary[FEATURES.index(name)] = strokes[:, FEATURES.index(name)].mean()
    return summary.ravel()


def _around(paths: Paths, t: Floats, kind: Floats) -> Floats:
    """`AROUND` each stroke: the rest before it, whether a press ended it, the wait before that, and drags."""
    begin, end = t[paths.first], t[paths.last]
    before = np.concatenate([begin[:1] - 1000.0, end[:-1]])
    down = np.append(np.flatnonzero(kind == DOWN), len(t))
    at = down[np.searchsorted(down, paths.last)]
    press = at < np.append(paths.first[1:], len(t))
    at = np.minimum(at, len(t) - 1)
    drag = kind[np.maximum(paths.first - 1, 0)] == DOWN
    wait = np.where(press, np.log(np.clip(t[at] - end, 60, 3000)), np.nan)
    return np.array([np.log(np.clip(begin - before, 50, 20_000)), press, wait, drag]).T


def _presses(t: Floats, kind: Floats, x: Floats, y: Floats) -> tuple[Floats, Floats]:
    """When buttons went down, and `PRESSES` of each (logarithms of ms): held still, held in a drag, since the last."""
    down, up = np.flatnonzero(kind == DOWN), np.flatnonzero(kind == UP)
    place = np.searchsorted(up, down)
    down, place = down[place < len(up)], place[place < len(up)]
    if len(down) == 0:
        return np.zeros(0), np.zeros((0, len(PRESSES)))
    release = up[place]
    held = np.log(np.clip(t[release] - t[down], 15, 5000))
    still = np.hypot(x[release] - x[down], y[release] - y[down]) <= SAME_PX
    since = np.concatenate([[np.nan], t[down][1:] - t[down][:-1]])
    double = np.where(since < 600, np.log(np.clip(since, 40, 600)), np.nan)
    columns = (
        np.where(still, np.minimum(held, np.log(3000)), np.nan), np.where(still, np.nan, held),
        np.log(np.clip(since, 50, 20_000)), double,
    )  # fmt: skip
    return t[down], np.array(columns).T


def compare(shelf: Shelf, entry: Entry, background: Background) -> Comparison | None:
    """How the entry's strokes compare with the owner's; None with fewer than 3 entries or another shape of features."""
    if entry.count < FEWEST or len(entry.vector) != 4 * len(FEATURES) * WIDTH:
        return None
    return liken(NAME, "The pointer moves", shelf, entry, _OWN, background)


def train(people: Sequence[Sequence[Entry]]) -> Background:
    """What the strokes of many people look like, as plain values; None with fewer than 5 people of 5 entries."""
    return train_people([[one for one in entries if one.about == ""] for entries in people])


MOUSE = Modality(NAME, "pointer", extract, compare, train, doc=__doc__ or "")
