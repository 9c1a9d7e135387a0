"""The same text against a template of one to three entries: little is known of the owner, more of people at large.

Between log-ins lie days, and most people log in a few times a year: waiting for ten entries would leave their rhythm
unused. How far the owner strays from so few entries is not yet to be seen in them, so it is presumed (the spreads of
`fixed_template`); how far others would stray is what that module presumes, too. The ratio is drawn in accordingly.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from watchword.behaviour.fixed_template import (
    FASTER,
    MEDIAN_ENTRIES,
    Prepared,
    calibrated,
    fused,
    others,
    spreads,
    weighted_medians,
)  # fmt: skip
from watchword.behaviour.fixed_text import LEAST_ENTRIES, NAME
from watchword.behaviour.keystrokes import clock_quality
from watchword.behaviour.modality import Comparison
from watchword.behaviour.remembered import remembered
from watchword.behaviour.samples import Floats
from watchword.behaviour.template import Entry, Shelf

BOUND = 3.5
"""So few entries never say more than e^3.5, about 33 to 1."""

KNOWN = 3.0
"""Entries whose weight equals that of not knowing the owner: one entry weighs a quarter, three a half."""

DRAWS = 64


def compare_young(shelf: Shelf, one: Entry) -> Comparison | None:
    """How the entry compares with the owner's one to three; None for none, for more, or for another text."""
    rows = len(shelf.entries)
    if not 0 < rows < LEAST_ENTRIES or len(shelf.entries[0].vector) != len(one.vector):
        return None
    values = one.values.astype(np.float64)
    quality = clock_quality(float(values[-1]))
    prepared = prepare_young(shelf.packed, rows)
    distance, _ = prepared.distance(values[:-1])
    weight = rows / (rows + KNOWN)
    llr = BOUND * float(np.tanh(prepared.llr(distance) * weight * quality / BOUND))
    message = f"The text was typed {'like' if llr >= 0 else 'unlike'} the {rows} time{'s' * (rows > 1)} before."
    details = {"keys": one.count, "entries": rows, "expected": round(prepared.expected, 3)}
    return Comparison(NAME, llr, weight, quality, distance, message, details)


@remembered(1024)
def prepare_young(packed: bytes, rows: int) -> Prepared:
    """The template of so few entries (float32, oldest first, the last column the clock)."""
    entries = np.frombuffer(packed, dtype="<f4").reshape(rows, -1)[:, :-1].astype(np.float64)
    missing = np.isnan(entries)
    entries = np.where(missing, np.nanmean(entries) if missing.all() else np.nanmedian(entries), entries)
    median = weighted_medians(entries, np.exp(-np.arange(rows)[::-1] / MEDIAN_ENTRIES)[None])[0]
    spread = spreads(entries, median)
    own = median + _errors(len(median)) * spread * np.sqrt(1 + 1 / rows)
    other = others(median, spread)
    near, far = (
        np.log(fused((drawn - median) / spread, (drawn[:, None] - entries) / spread, FASTER[1]))
        for drawn in (own, other)
    )
    mid, slope = calibrated(near, far)
    return Prepared(median, spread, entries, FASTER[1], mid, slope, float(np.exp(near.mean())))


@lru_cache(maxsize=64)
def _errors(columns: int) -> Floats:
    """The same draws each time: what the owner's next entries are off by, in mean absolute deviations."""
    return np.random.Generator(np.random.PCG64(columns + 1)).laplace(0.0, 1.0, (DRAWS, columns))
