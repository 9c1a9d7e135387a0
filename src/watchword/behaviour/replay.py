"""Replay: an entry nearer to a stored one than its owner ever comes to their own typing.

People never repeat themselves to the millisecond; a recording does, even with a little noise laid over it. How near is
too near differs between people, so the threshold is learnt from how far the owner's own entries lie apart.
"""

from __future__ import annotations

from math import erfc, exp, log, sqrt

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from watchword.behaviour.free_features import CELLS
from watchword.behaviour.remembered import remembered
from watchword.behaviour.samples import Floats
from watchword.behaviour.template import Entry, Shelf

LEAST_ENTRIES = 10
STRICTNESS = 2.3263
"""Standard deviations below the owner's own usual nearest distance (log ms): one honest entry in 100."""

NEVER_OVER_MS = 8.0
"""Noise over about 5 ms cannot be told from people (research/behaviour.md 3.5): farther is never a replay."""

NEVER_OVER_FREE_MS = 4.0
"""The same for free text, whose means even noise out."""

OWN_SD, OWN_WEIGHT = 0.2, 20.0
SMALL_MS = 0.01
MAD_TO_SD = 1.4826


class Replay(Struct, frozen=True):
    """Whether an entry repeats a stored one: `found` where `distance_ms` is under the owner's own `threshold_ms`.

    `distance_ms` is the mean deviation of holds and gaps from the nearest stored entry; `quantile` (0-1) says how
    rarely the owner, typing again, comes so near.
    """

    found: bool
    quantile: float
    distance_ms: float
    threshold_ms: float


def find_replay(shelf: Shelf, one: Entry) -> Replay | None:
    """Whether the typed entry repeats one of the shelf's. None where those are fewer than ten, or another text's.

    Both typing modalities: fixed text by its holds and gaps, free text by their means of each kind of keys, which only
    the same text has in common.
    """
    rows = len(shelf.entries)
    if rows < LEAST_ENTRIES or len(shelf.entries[0].vector) != len(one.vector):
        return None
    fixed = bool(one.about)
    stored, centre, spread = _own(shelf.packed, rows, fixed)
    tried = _fixed_times(one.values) if fixed else _free_times(one.values)
    distance = float(_apart(stored, tried, fixed).min())
    never = NEVER_OVER_MS if fixed else NEVER_OVER_FREE_MS
    threshold = min(exp(centre - STRICTNESS * spread), never)
    quantile = 0.5 * erfc((centre - log(distance)) / spread / sqrt(2.0))
    return Replay(distance < threshold, quantile, distance, threshold)


def _fixed_times(vectors: NDArray[np.float32]) -> Floats:
    """Holds and gaps in ms, and 1 for each that was seen (last axis but one: times, weights)."""
    keys = vectors.shape[-1] // 3 + 1
    part = vectors[..., : 2 * keys - 1].astype(np.float64)
    missing = np.isnan(part)
    made = np.empty((*part.shape[:-1], 2, part.shape[-1]))
    made[..., 0, :] = np.exp(np.where(missing, 0.0, part))
    np.logical_not(missing, out=made[..., 1, :])
    return made


def _free_times(vectors: NDArray[np.float32]) -> Floats:
    """Mean hold and gap in ms of every cell, and how many keys it saw: another text fills other cells."""
    made = np.empty((*vectors.shape[:-1], 2, 2 * CELLS))
    count = made[..., 1, :]
    count[..., :CELLS] = count[..., CELLS:] = vectors[..., :CELLS]
    made[..., 0, :] = np.where(count > 0, np.exp(vectors[..., CELLS : 3 * CELLS].astype(np.float64)), 0.0)
    return made


def _apart(stored: Floats, tried: Floats, fixed: bool) -> Floats:
    """Mean deviation in ms: over what both have in fixed text, over what either has in free text."""
    both = (np.minimum if fixed else np.maximum)(stored[..., 1, :], tried[..., 1, :])
    apart = np.abs(stored[..., 0, :] - tried[..., 0, :]) * both
    apart = np.add.reduce(apart, axis=-1) / np.add.reduce(both, axis=-1)
    made: Floats = np.maximum(apart, SMALL_MS)
    return made


@remembered(512)
def _own(packed: bytes, rows: int, fixed: bool) -> tuple[Floats, float, float]:
    """The stored times, and centre and spread of the log distance from each entry to the nearest other.

    By medians: a replay that was once accepted must not hide the next.
    """
    vectors = np.frombuffer(packed, dtype="<f4").reshape(rows, -1)
    stored = _fixed_times(vectors) if fixed else _free_times(vectors)
    apart = _apart(stored[:, None], stored, fixed)
    apart[np.arange(rows), np.arange(rows)] = np.inf
    nearest = np.log(apart.min(axis=1))
    centre = float(np.median(nearest))
    usual = MAD_TO_SD * float(np.median(np.abs(nearest - centre)))
    return stored, centre, sqrt((usual**2 * rows + OWN_SD**2 * OWN_WEIGHT) / (rows + OWN_WEIGHT))
