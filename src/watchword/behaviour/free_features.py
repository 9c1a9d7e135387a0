"""Features of fifty keys of any text: means by pairs of key groups, spreads, deciles, habits. Nothing of the text."""

from __future__ import annotations

from functools import lru_cache
from math import isnan, log, sqrt

import numpy as np
from numpy.typing import NDArray

from watchword.behaviour.keystrokes import timings
from watchword.behaviour.samples import CLASS_NUMBER, Floats
from watchword.events.samples import KEY_CLASSES

GROUPS = ("left", "right", "space", "backspace", "shift", "other")
_GROUP_OF = {"letter-left": 0, "letter-right": 1, "space": 2, "backspace": 3, "shift-left": 4, "shift-right": 4}
GROUP = np.array([_GROUP_OF.get(name, 5) for name in KEY_CLASSES])
PAIRS = len(GROUPS) ** 2
PLACES = 5
"""Place of a key in its word: first to fourth, later."""

LEVELS = np.linspace(0.1, 0.9, 9)
LONG_MS = 1_500.0
"""A longer gap is thinking, not rhythm."""

PAUSE_MS = 500.0
CELLS = PAIRS + PLACES
QUANTILES = 4 * CELLS
HABITS = QUANTILES + 3 * len(LEVELS)
SIZE = HABITS + 13
RIGHT_SHIFT = float(CLASS_NUMBER["shift-right"])
LOG_PAUSE, LOG_LONG = log(PAUSE_MS), log(LONG_MS)
SMALL = 1e-9


def describe(down: Floats, up: Floats, cls: Floats) -> Floats:
    """The features of keys in order: `SIZE` numbers.

    First come, for every pair of groups and every place in a word, how many, and the mean log hold, log down-down and
    arcsinh(up-down / 50 ms); then deciles of the three; then spreads, correlations and rates of habits.
    """
    return summarise(*timings(down, up), cls)


def summarise(hold: Floats, gap: Floats, lift: Floats, cls: Floats) -> Floats:
    """The same of log hold, log down-down and arcsinh(up-down / 50 ms)."""
    hold, lift = _known(hold), _known(lift)
    group = GROUP[cls.astype(np.intp)]
    rhythm = (gap < LOG_LONG).nonzero()[0]
    kinds = (group[:-1] * len(GROUPS) + group[1:])[rhythm], (PAIRS + _places(group)[1:])[rhythm]
    times = np.array((hold[:-1], gap, lift))[:, rhythm]
    both = np.concatenate(kinds)
    count = np.bincount(both, minlength=CELLS).astype(np.float64)
    each = np.concatenate((both, both + CELLS, both + 2 * CELLS))
    sums = np.bincount(each, times.repeat(2, axis=0).ravel(), 3 * CELLS).reshape(3, CELLS)
    means = (sums / np.maximum(count, 1.0)).ravel()
    if len(rhythm) < 3:
        return np.concatenate((count, means, np.zeros(SIZE - QUANTILES)))
    levels = _levels(hold[None]), _levels(times[1:])
    return np.concatenate((count, means, *levels, _habits(hold, gap, lift, group, cls)))


def _levels(values: Floats) -> Floats:
    """The deciles of each row, one row after the other."""
    low, above, share = _decile_places(values.shape[1])
    ordered = np.sort(values)
    below = ordered[:, low]
    made: Floats = below + share * (ordered[:, above] - below)
    return made.ravel()


@lru_cache(maxsize=64)
def _decile_places(count: int) -> tuple[NDArray[np.intp], NDArray[np.intp], Floats]:
    place = LEVELS * (count - 1)
    low = place.astype(np.intp)
    return low, np.minimum(low + 1, count - 1), place - low


def _places(group: NDArray[np.intp]) -> NDArray[np.intp]:
    letters = group < 2
    at = np.arange(len(group))
    start = np.maximum.accumulate(np.where(letters, -1, at))
    at -= start + 1
    made: NDArray[np.intp] = np.minimum(np.maximum(at, 0), PLACES - 1)
    return made


def _habits(hold: Floats, gap: Floats, lift: Floats, group: NDArray[np.intp], cls: Floats) -> Floats:
    """Spreads; how holds, gaps, and both, go together with the next; rates of overlaps, pauses and kinds of keys."""
    count = len(gap)
    holds, gaps, lifts = _centred(hold), _centred(np.minimum(gap, LOG_LONG)), _centred(lift)
    hold_power, gap_power, lift_power = holds @ holds + SMALL, gaps @ gaps + SMALL, lifts @ lifts + SMALL
    rates = np.bincount(group, minlength=len(GROUPS))[2:] / len(group)
    habits = (
        sqrt(hold_power / len(hold)), sqrt(gap_power / count), sqrt(lift_power / count),
        holds[:-1] @ holds[1:] / hold_power, gaps[:-1] @ gaps[1:] / gap_power,
        holds[:-1] @ gaps / sqrt(hold_power * gap_power), np.count_nonzero(lift < 0) / count,
        np.count_nonzero(gap > LOG_PAUSE) / count, np.count_nonzero(cls == RIGHT_SHIFT) / len(cls),
    )  # fmt: skip
    return np.concatenate((np.array(habits, dtype=np.float64), rates))


def _centred(values: Floats) -> Floats:
    made: Floats = values - np.add.reduce(values) / len(values)
    return made


def _known(values: Floats) -> Floats:
    if not isnan(np.add.reduce(values)):
        return values
    missing = np.isnan(values)
    return np.where(missing, values[~missing].mean(), values)
