"""Where the behaviour data sets lie, and how they become samples as the collector would have sent them."""

from __future__ import annotations

import csv
import os
import sys
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from watchword.behaviour.samples import FOCUS, KEYS, Floats, Samples, no_samples, table

VARIABLE = "WATCHWORD_REFERENCE_DATA"
BESIDE = Path(__file__).resolve().parents[3] / "shared" / "data"


def path(relative: str) -> Path:
    """The file `relative` of the reference data. Ends the program, saying what to set, where it is absent."""
    found = Path(os.environ.get(VARIABLE) or BESIDE) / relative
    if not found.exists():
        print(f"Reference data {relative!r} is absent: point {VARIABLE} at a folder that has it.")
        sys.exit(0)
    return found


def cmu() -> tuple[Floats, Floats]:
    """CMU keystrokes: key-down and -up (ms) of 51 people x 400 repetitions x 11 keys, and the 31 columns (s)."""
    with path("behaviour/DSL-StrongPasswordData.csv").open(newline="") as file:
        rows = [row[3:] for row in csv.reader(file)][1:]
    raw = np.array(rows, dtype=np.float64).reshape(51, 400, 31)
    hold, gap = raw[..., 0::3] * 1000, raw[..., 1::3] * 1000
    down = np.concatenate((np.zeros((51, 400, 1)), gap.cumsum(axis=-1)), axis=-1)
    return np.stack((down, down + hold), axis=-1), raw


def typed(times: Floats, classes: NDArray[np.int_] | None = None, granularity_ms: float = 0.1) -> Samples:
    """One field typed and left: `times` has a row a key, down and up (ms). Without `classes` it is a secret field."""
    count = len(times)
    order = np.argsort(times[:, 0], kind="stable")
    times = times[order]
    kinds = np.full(count, -1.0) if classes is None else classes[order].astype(np.float64)
    rows = np.stack((times[:, 0], times[:, 1], np.zeros(count), np.arange(count), kinds, np.ones(count)), axis=1)
    left = [(float(np.nanmax(times)) + 50.0, 0.0, 0.0)]
    return no_samples(
        keys=table(KEYS, list(rows)), focus=table(FOCUS, left), fields=("f1",), granularity_ms=granularity_ms
    )
