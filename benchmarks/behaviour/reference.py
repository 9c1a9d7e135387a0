"""Where the behaviour data sets lie, and how they become samples as the collector would have sent them."""

from __future__ import annotations

import csv
import os
import sys
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from watchword.behaviour.samples import FOCUS, KEYS, Floats, Samples, no_samples, table
from watchword.events.samples import KEY_CLASSES

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


class Sentences(NamedTuple):
    """One person's sentences: key-down and key-up times (ms, two columns) and JavaScript key codes of each."""

    times: list[Floats]
    codes: list[NDArray[np.int_]]


def aalto() -> list[Sentences]:
    """Aalto desktop subset: 2,329 people x 15 sentences."""
    with np.load(path("behaviour/aalto_subset.npz")) as data:
        person, sentence, down, hold, code = (data[name].astype(np.int64) for name in "psthk")
    starts = np.flatnonzero(np.diff(person * 100 + sentence, prepend=-1))
    times = np.split(np.stack((down, down + hold), axis=1).astype(np.float64), starts[1:])
    codes = np.split(code, starts[1:])
    owner = person[starts]
    return [
        Sentences(*([one[at] for at in np.flatnonzero(owner == who)] for one in (times, codes)))
        for who in range(int(owner.max()) + 1)
    ]


LEFT, RIGHT = ((np.array([ord(letter) for letter in hand])) for hand in ("QWERTASDFGZXCVB", "YUIOPHJKLNM"))
PUNCTUATION = (59, 61, 106, 107, 109, 110, 111, 173, 186, 187, 188, 189, 190, 191, 192, 219, 220, 221, 222)


def classes_of_codes() -> NDArray[np.int_]:
    """The class of each JavaScript key code (0-255), as the collector would have named it; shifts all left."""
    made = np.full(256, KEY_CLASSES.index("other"))
    made[LEFT], made[RIGHT] = KEY_CLASSES.index("letter-left"), KEY_CLASSES.index("letter-right")
    made[48:58] = made[96:106] = KEY_CLASSES.index("digit")
    made[37:41] = KEY_CLASSES.index("arrow")
    made[list(PUNCTUATION)] = KEY_CLASSES.index("punctuation")
    for code, name in ((32, "space"), (8, "backspace"), (13, "enter"), (9, "tab"), (16, "shift-left")):
        made[code] = KEY_CLASSES.index(name)
    return made


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
