"""The same text, typed again: a password, a PIN, an e-mail address. The owner's own newest entries are the template.

How it works and what it measured on the CMU data set: docs/explanation/behaviour-typing.md.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from watchword.behaviour.fixed_population import as_background, ratio
from watchword.behaviour.fixed_population import train as train_population
from watchword.behaviour.fixed_template import prepare
from watchword.behaviour.keystrokes import (
    ARROW,
    BACKSPACE,
    COARSE_MS,
    DIGIT,
    ENTER,
    SPACE,
    TAB,
    Run,
    clock_quality,
    runs,
    timings,
)
from watchword.behaviour.modality import Background, Comparison, Modality
from watchword.behaviour.samples import Samples
from watchword.behaviour.template import LEARNT, MAX_ENTRIES, Entry, Shelf, entry

NAME = "fixed_text"
SECRET_KEYS = (4, 64)
"""Fewer keys than a PIN's tell nobody apart; more are prose."""

PLAIN_KEYS = (6, 64)
LEAST_ENTRIES = 4
MISSING = 0.2
"""An entry may lack so many of its features (key-ups that the page no longer saw)."""

BOUND = 6.0
"""No comparison of rhythm alone says more than e^6, about 400 to 1: forgeries exist, and people are not machines."""


def extract(samples: Samples) -> tuple[Entry, ...]:
    """One entry for every field typed from its start to its end without correction, paste or script.

    The features: log hold of each key, log down-down and arcsinh(up-down / 50 ms) of each pair, then the clock's
    granularity in ms. A field in which spaces or nothing but digits were typed openly is not the same text each time.
    The Enter or Tab by which an open field was left is not part of its text.
    """
    if samples.granularity_ms >= COARSE_MS:
        return ()
    found = (_text(run) for run in runs(samples))
    made = (_entry(run, samples.granularity_ms) for run in found if _is_complete(run))
    return tuple(one for one in made if one is not None)


def _is_complete(run: Run) -> bool:
    if not len(run) or not (run.whole and run.trusted and not run.pasted):
        return False
    secret = run.cls[0] < 0
    least, most = SECRET_KEYS if secret else PLAIN_KEYS
    if not least <= len(run) <= most:
        return False
    if secret:
        return True
    edited = (run.cls == BACKSPACE) | (run.cls == ARROW) | (run.cls == SPACE)
    return not edited.any() and bool((run.cls != DIGIT).any())


def _text(run: Run) -> Run:
    """Without the key by which an open field was left."""
    return run.first(len(run) - 1) if run.cls[-1] in (ENTER, TAB) else run


def _entry(run: Run, granularity_ms: float) -> Entry | None:
    values = np.concatenate((*timings(run.down, run.up), (granularity_ms,)))
    if np.count_nonzero(np.isnan(values)) > MISSING * len(values):
        return None
    return entry(f"{run.field}:{len(run)}", len(run), values)


def compare(shelf: Shelf, one: Entry, background: Background = None) -> Comparison | None:
    """How the entry compares with the owner's. None where the owner's entries are fewer than four, or another text's.

    Without a background it is calibrated on the owner's own entries (each against the others) and on what other people
    would do if they differed by as much as typists do (`fixed_template`).
    """
    if len(shelf.entries) < LEAST_ENTRIES or len(shelf.entries[0].vector) != len(one.vector):
        return None
    rows, stored = len(shelf.entries), shelf.packed
    prepared, values = prepare(stored, rows), one.values.astype(np.float64)
    quality, maturity = clock_quality(float(values[-1])), _maturity(rows)
    distance, fast = prepared.distance(values[:-1])
    text = learnt.texts.get(one.about) if rows >= LEARNT and (learnt := as_background(background)) else None
    own = prepared.llr(distance)
    said = ratio(stored, rows, values[:-1], own, text) if text else own
    llr = BOUND * np.tanh(said * maturity * quality / BOUND)
    return Comparison(
        NAME, float(llr), maturity, quality, distance, _sentence(llr, fast),
        {
            "keys": one.count, "entries": rows,
            "faster": round(fast, 3), "expected": round(prepared.expected, 3),
        },
    )  # fmt: skip


def _maturity(rows: int) -> float:
    """0-1. Half of its weight is withheld while it learns."""
    learnt = 1.0 if rows >= LEARNT else 0.5
    return learnt * rows / (rows + 5)


def _sentence(llr: float, fast: float) -> str:
    if llr >= 0:
        return "The text was typed in the owner's rhythm."
    pace = "faster" if fast > 0.5 else "slower" if fast < -0.5 else "differently"
    return (
        f"The text was typed {pace} than its owner does." if pace != "differently" else "The rhythm is not the owner's."
    )


def train(people: Sequence[Sequence[Entry]]) -> Background:
    """How others type the texts that at least twenty people have in common; None where there is no such text."""
    return train_population(people)


FIXED_TEXT = Modality(NAME, "typing", extract, compare, train, MAX_ENTRIES, "Rhythm of a text that is always the same.")
