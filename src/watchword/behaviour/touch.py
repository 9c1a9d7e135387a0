"""How a person swipes and taps: gestures of fingers, compared as one stretch with the owner's.

Not measured on recorded people yet: the research found 26 % equal errors with the owner's data alone and 6 % against a
population, so a deployment's own `background` matters more here than for the mouse.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from watchword.behaviour.likeness import liken
from watchword.behaviour.modality import Background, Comparison, Modality
from watchword.behaviour.people import train as train_people
from watchword.behaviour.samples import TOUCH_PHASES, Floats, Samples
from watchword.behaviour.strokes import QUANTILES, SHAPES, cut, quantiles, shapes
from watchword.behaviour.template import Entry, Shelf, entry

NAME = "touch"
FEWEST = 10
MOST = 120
COARSE_MS = 50.0
SWIPES = (*SHAPES, "radius", "force", "rest")
TAPS = ("tap", "tap_radius", "tap_force", "tap_rest", "tap_drift")
FEATURES = (*SWIPES, *TAPS)
OWN = (
    "time", "length", "speed", "straight", "turning", "bow_left", "bow_up", "fastest", "last_eighth", "radius", "force",
    "rest", "tap", "tap_radius", "tap_rest", "tap_drift",
)  # fmt: skip
WIDTH = len(QUANTILES)
_OWN = tuple(FEATURES.index(name) * WIDTH + at for name in OWN for at in range(WIDTH))
START, END = TOUCH_PHASES.index("start"), TOUCH_PHASES.index("end")
ENDS = (END, TOUCH_PHASES.index("cancel"))
TAP_PX = 10.0
FEW = 3


def extract(samples: Samples) -> tuple[Entry, ...]:
    """Entries of 10 to about 120 gestures (swipes and taps), none where there are fewer: quantiles of `FEATURES`."""
    touch = samples.touch
    if len(touch) < 2 * FEWEST or samples.granularity_ms >= COARSE_MS:
        return ()
    order = np.lexsort((np.arange(len(touch)), touch["id"]))
    order = order[touch["trusted"][order] > 0]
    t, x, y, phase, finger = (touch[name][order] for name in ("t", "x", "y", "phase", "id"))
    radius, force = touch["radius"][order], touch["force"][order]
    last = np.append(np.diff(finger) != 0, True) if len(finger) else np.zeros(0, dtype=bool)
    paths = cut(t, x, y, np.isin(phase, ENDS) | last)
    begun = t[paths.first]
    rest = np.log(np.clip(np.diff(begun, prepend=np.nan), 50, 20_000))
    swipes = np.concatenate([shapes(paths), np.stack([radius[paths.first], force[paths.first], rest], axis=1)], axis=1)
    tapped, taps = _taps(t, x, y, phase, radius, force)
    total = len(paths) + len(taps)
    if total < FEWEST:
        return ()
    parts = max(1, round(total / MOST))
    edges = np.quantile(np.concatenate([begun, tapped]), np.linspace(0, 1, parts + 1))
    made = []
    for at in range(parts):
        low, high = edges[at], edges[at + 1] if at + 1 < parts else np.inf
        some, few = swipes[(begun >= low) & (begun < high)], taps[(tapped >= low) & (tapped < high)]
        if len(some) + len(few) >= FEWEST:
            made.append(entry("", len(some) + len(few), _summary(some, few)))
    return tuple(made)


def _summary(swipes: Floats, taps: Floats) -> Floats:
    tables = ((swipes, SWIPES), (taps, TAPS))
    known = [one if len(one) >= FEW else np.full((1, len(names)), np.nan) for one, names in tables]
    return np.concatenate([quantiles(one) for one in known]).ravel()


def _taps(t: Floats, x: Floats, y: Floats, phase: Floats, radius: Floats, force: Floats) -> tuple[Floats, Floats]:
    """When fingers tapped, and `TAPS` of each: log ms held, radius (px), force, log ms since the last tap, log px."""
    start, end = np.flatnonzero(phase == START), np.flatnonzero(phase == END)
    place = np.searchsorted(end, start)
    start, end = start[place < len(end)], end[place[place < len(end)]]
    drift = np.hypot(x[end] - x[start], y[end] - y[start])
    held = t[end] - t[start]
    tap = (drift < TAP_PX) & (held >= 0)
    start, drift, held = start[tap], drift[tap], held[tap]
    since = np.log(np.clip(np.diff(t[start], prepend=np.nan), 50, 20_000))
    columns = (np.log(np.clip(held, 5, 3000)), radius[start], force[start], since, np.log(drift + 0.5))
    return t[start], np.stack(columns, axis=1)


def compare(shelf: Shelf, entry: Entry, background: Background) -> Comparison | None:
    """How the entry's gestures compare with the owner's; None with fewer than 3 entries or another shape."""
    if entry.count < FEWEST or len(entry.vector) != 4 * len(FEATURES) * WIDTH:
        return None
    return liken(NAME, "The fingers move", shelf, entry, _OWN, background)


def train(people: Sequence[Sequence[Entry]]) -> Background:
    """What the gestures of many people look like, as plain values; None with fewer than 5 people of 5 entries."""
    return train_people(people)


TOUCH = Modality(NAME, "touch", extract, compare, train, doc=__doc__ or "")
