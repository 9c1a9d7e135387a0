"""Features of fifty keys of any text: means by pairs of key groups, spreads, deciles, habits. Nothing of the text."""

from __future__ import annotations

from math import log, sqrt

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
LOG_PAUSE = log(PAUSE_MS)
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
    rhythm = np.flatnonzero(gap < log(LONG_MS))
    first, hold_1, gap_1, lift_1 = group[:-1][rhythm], hold[:-1][rhythm], gap[rhythm], lift[rhythm]
    cell = first * len(GROUPS) + group[1:][rhythm]
    place = PAIRS + _places(group)[1:][rhythm]
    both = np.concatenate((cell, place))
    count = np.bincount(both, minlength=CELLS).astype(np.float64)
    sums = [np.bincount(both, np.concatenate((one, one)), minlength=CELLS) for one in (hold_1, gap_1, lift_1)]
    means = np.array(sums) / np.maximum(count, 1.0)
    if len(rhythm) < 3:
        return np.concatenate((count, means.ravel(), np.zeros(SIZE - QUANTILES)))
    levels = [_levels(one) for one in (hold, gap_1, lift_1)]
    return np.concatenate((count, means.ravel(), *levels, _habits(hold, gap, lift, group, cls)))


def _levels(values: Floats) -> Floats:
    place = LEVELS * (len(values) - 1)
    low = place.astype(np.intp)
    ordered = np.sort(values)
    made: Floats = ordered[low] + (place - low) * (ordered[np.minimum(low + 1, len(values) - 1)] - ordered[low])
    return made


def _places(group: NDArray[np.intp]) -> NDArray[np.intp]:
    letters = group < 2
    at = np.arange(len(group))
    start = np.maximum.accumulate(np.where(letters, -1, at))
    made: NDArray[np.intp] = np.minimum(np.maximum(at - start - 1, 0), PLACES - 1)
    return made


def _habits(hold: Floats, gap: Floats, lift: Floats, group: NDArray[np.intp], cls: Floats) -> Floats:
    """Spreads; how holds, gaps, and both, go together with the next; rates of overlaps, pauses and kinds of keys."""
    count = len(gap)
    holds, gaps, lifts = (_centred(one) for one in (hold, np.minimum(gap, np.log(LONG_MS)), lift))
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
    made: Floats = values - values.sum() / len(values)
    return made


def _known(values: Floats) -> Floats:
    missing = np.isnan(values)
    return np.where(missing, values[~missing].mean(), values) if missing.any() else values
