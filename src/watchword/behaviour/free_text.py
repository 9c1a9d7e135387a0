"""Any text: fifty keys at a time, by class and hand, never by character.

How it works and what it measured on the Aalto data set: docs/explanation/behaviour-typing.md.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from watchword.behaviour.fixed_template import (
    TYPIST_HOLD_MS,
    TYPIST_HOLD_SD,
    TYPIST_TEMPO_MS,
    TYPIST_TEMPO_SD,
    calibrated,
)
from watchword.behaviour.free_features import HABITS, LEVELS, QUANTILES, SIZE, describe
from watchword.behaviour.free_model import FreeBackground, as_background, population
from watchword.behaviour.free_model import train as train_population
from watchword.behaviour.keystrokes import COARSE_MS, UP_DOWN_MS, clock_quality
from watchword.behaviour.modality import Background, Comparison, Modality
from watchword.behaviour.remembered import remembered
from watchword.behaviour.samples import Floats, Samples
from watchword.behaviour.template import LEARNT, Entry, Shelf, entry

NAME = "free_text"
KEYS = 50
LEAST_KEYS = 14
FULL_KEYS = 25
"""From here on an entry counts fully; what fewer keys are worth, the features say themselves by their shrinking."""

KEEP = 30
LEAST_ENTRIES = 4
LEAST_WITH_BACKGROUND = 1
BOUND = 6.0
PRIOR_SPREAD, PRIOR_WEIGHT, FAR = 0.15, 4.0, 5.0
DRAWS = 256


def extract(samples: Samples) -> tuple[Entry, ...]:
    """One entry for every fifty keys whose class is known, in order of time; the rest too if it has fourteen or more.

    What was typed by script, and all of it where the clock is coarse, is left out.
    """
    if samples.granularity_ms >= COARSE_MS or len(samples.keys) < LEAST_KEYS:
        return ()
    return tuple(
        entry("", len(down), np.concatenate((describe(down, up, cls), (samples.granularity_ms,))))
        for down, up, cls in _stretches(samples)
    )


def _stretches(samples: Samples) -> Iterator[tuple[Floats, Floats, Floats]]:
    keys = samples.keys
    usable = ((keys["cls"] >= 0) & (keys["trusted"] > 0)).nonzero()[0]
    order = usable[keys["down"][usable].argsort(kind="stable")]
    for start in range(0, len(order) - LEAST_KEYS + 1, KEYS):
        part = order[start : start + KEYS]
        up = keys["up"][part]
        if np.count_nonzero(np.isnan(up)) <= 0.2 * len(up):
            yield keys["down"][part], up, keys["cls"][part]


def compare(shelf: Shelf, one: Entry, background: Background = None) -> Comparison | None:
    """How fifty keys compare with the owner's. None where there are fewer than four entries (one, with a background).

    With a background it is PLDA, calibrated on people it was not trained on; without, the owner's deciles of hold, gap
    and overlap, calibrated on the owner's own entries and on what typists differ by.
    """
    learnt = as_background(background)
    rows = len(shelf.entries)
    least = LEAST_ENTRIES if learnt is None else LEAST_WITH_BACKGROUND
    if rows < least or len(one.vector) != 4 * (SIZE + 1) or len(shelf.entries[0].vector) != len(one.vector):
        return None
    values = one.values.astype(np.float64)
    quality = clock_quality(float(values[-1])) * min(1.0, one.count / FULL_KEYS)
    maturity = rows / (rows + 1.0) if learnt else (1.0 if rows >= LEARNT else 0.75) * rows / (rows + 5.0)
    packed = shelf.packed
    ratio, distance = _by_own(packed, rows, values) if learnt is None else _by_population(packed, rows, values, learnt)
    llr = float(BOUND * np.tanh(ratio * maturity * quality / BOUND))
    sentence = "The typing is like the owner's." if llr >= 0 else "The typing is not like the owner's."
    return Comparison(
        NAME, llr, maturity, quality, distance, sentence,
        {"keys": one.count, "entries": rows, "background": learnt.people if learnt else 0},
    )  # fmt: skip


def _by_population(packed: bytes, rows: int, values: Floats, learnt: FreeBackground) -> tuple[float, float]:
    known = population(learnt)
    mean = _placed(packed, rows, learnt)
    said, raw = known.ratio(mean, rows, known.project(values[None, :-1])[0])
    return said, -raw


@remembered(512)
def _placed(packed: bytes, rows: int, learnt: FreeBackground) -> Floats:
    vectors = np.frombuffer(packed, dtype="<f4").reshape(rows, -1)[:, :-1].astype(np.float64)
    made: Floats = population(learnt).project(vectors).mean(axis=0)
    return made


def place(one: Entry, background: Background) -> Floats | None:
    """Where the entry lies among people; one person's entries vary by 1 in each direction. None without background."""
    learnt = as_background(background)
    if learnt is None:
        return None
    made: Floats = population(learnt).project(one.values.astype(np.float64)[None, :-1])[0]
    return made


def _by_own(packed: bytes, rows: int, values: Floats) -> tuple[float, float]:
    mean, spread, mid, slope = _own(packed, rows)
    distance = float(_apart(values[QUANTILES:HABITS], mean, spread))
    return slope * (mid - float(np.log(distance))), distance


@remembered(512)
def _own(packed: bytes, rows: int) -> tuple[Floats, Floats, float, float]:
    entries = np.frombuffer(packed, dtype="<f4").reshape(rows, -1)[:, QUANTILES:HABITS].astype(np.float64)
    mean = entries.mean(axis=0)
    spread = (np.abs(entries - mean).sum(axis=0) + PRIOR_WEIGHT * PRIOR_SPREAD) / (rows + PRIOR_WEIGHT)
    rest = (mean * rows - entries) / (rows - 1)
    mid, slope = calibrated(np.log(_apart(entries, rest, spread)), np.log(_apart(_others(mean), mean, spread)))
    return mean, spread, mid, slope


def _apart(values: Floats, mean: Floats, spread: Floats) -> Floats:
    made: Floats = np.maximum(np.minimum(np.abs(values - mean) / spread, FAR).mean(axis=-1), 1e-6)
    return made


def _others(mean: Floats) -> Floats:
    normals = np.random.Generator(np.random.PCG64(SIZE)).standard_normal((DRAWS, 4))
    size = len(LEVELS)
    hold, gap = mean[:size], mean[size : 2 * size]
    tempo = np.log(TYPIST_TEMPO_MS) + TYPIST_TEMPO_SD * normals[:, :1]
    press = np.log(TYPIST_HOLD_MS) + TYPIST_HOLD_SD * normals[:, 1:2]
    width = np.exp(0.25 * normals[:, 2:])
    holds = press + (hold - hold[size // 2]) * width[:, :1]
    gaps = tempo + (gap - gap[size // 2]) * width[:, 1:]
    lifts = np.arcsinh((np.exp(gaps) - np.exp(press)) / UP_DOWN_MS)
    return np.concatenate((holds, gaps, lifts), axis=1)


def train(people: Sequence[Sequence[Entry]]) -> Background:
    """The population model, None with fewer than a hundred people of four entries each."""
    rows = [np.array([one.values[:-1] for one in entries if len(one.vector) == 4 * (SIZE + 1)]) for entries in people]
    return train_population([one.astype(np.float64) for one in rows if len(one)])


FREE_TEXT = Modality(NAME, "typing", extract, compare, train, KEEP, "Rhythm of any text, fifty keys at a time.")
