"""Simulated people at a mouse and a phone, for the tests of movement, and scripts that take their place."""

from __future__ import annotations

from functools import cache

import numpy as np

from watchword.behaviour.mouse import MOUSE
from watchword.behaviour.samples import Samples, Table, gather, no_samples
from watchword.behaviour.template import Entry, Shelf
from watchword.behaviour.touch import TOUCH
from watchword.learning.typists import make_typist

PEOPLE = 8
SITTINGS = 12


def moved(who: int, sitting: int, strokes: int) -> Samples:
    """What that person's mouse did."""
    typist = make_typist(31, who)
    return gather(typist.hand.move(typist.randomness(1, sitting), 0.0, strokes))


def touched(who: int, sitting: int, gestures: int) -> Samples:
    """What that person's thumb did."""
    typist = make_typist(31, who)
    return gather(typist.thumb.touch(typist.randomness(2, sitting), 0.0, gestures))


def resampled(samples: Samples, keep: int) -> Samples:
    """With every `keep`-th movement; presses stay."""
    pointer = samples.pointer
    move = pointer["kind"] == 0
    kept = ~move | (np.cumsum(move) % keep == 0)
    return no_samples(pointer=Table({name: column[kept] for name, column in pointer.columns.items()}))


@cache
def mouse_entries(who: int) -> tuple[Entry, ...]:
    """Twelve sittings of that person at the mouse."""
    return tuple(one for sitting in range(SITTINGS) for one in MOUSE.extract(moved(who, sitting, 15)))


@cache
def touch_entries(who: int) -> tuple[Entry, ...]:
    """Twelve sittings of that person at the phone."""
    return tuple(one for sitting in range(SITTINGS) for one in TOUCH.extract(touched(who, sitting, 25)))


def shelf_of(entries: tuple[Entry, ...]) -> Shelf:
    """A mature shelf of them."""
    return Shelf(entries, 40)
