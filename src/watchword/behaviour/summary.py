"""Summaries that an application made itself (`typing_pattern`, `mouse_pattern`, ...): a weak term of each lane.

What is in a summary is the application's affair, and what it says a claim: its numbers are compared with those of the
owner's earlier summaries of the same names. Nobody has measured how well that tells people apart, so it never says more
than e to 1 for the owner, e^1.5 to 1 against.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from math import copysign, log1p
from zlib import crc32

import numpy as np

from watchword.behaviour.modality import Background, Comparison, Lane, Modality
from watchword.behaviour.nearness import near
from watchword.behaviour.samples import Floats, Samples
from watchword.behaviour.template import LEARNT, Entry, Shelf, entry
from watchword.events.samples import Feature, PatternName

LEAST_ENTRIES = 5
FEWEST = 2
COUNT = 20
"""Strokes that a summary is taken to stand for; it does not say."""

FOR, AGAINST = 1.0, -1.5
FINEST = 0.02
"""`near` takes a thousandth for the least spread of a number: so one twentieth of its logarithm."""


def numbers_of(features: Mapping[str, Feature]) -> tuple[tuple[str, ...], Floats]:
    """The names and numbers of a summary, by name: a number as its logarithm, a list as its median's and its spread's.

    Texts, yes and no, and lists of fewer than two are left out.
    """
    names: list[str] = []
    values: list[float] = []
    for name, value in sorted(features.items()):
        if isinstance(value, tuple) and len(value) > 1:
            listed = np.array(value)
            names += (f"{name}/middle", f"{name}/spread")
            values += (_scaled(float(np.median(listed))), _scaled(float(listed.std())))
        elif isinstance(value, float | int) and not isinstance(value, bool):
            names.append(name)
            values.append(_scaled(float(value)))
    return tuple(names), np.array(values)


def extract(event_type: PatternName, samples: Samples) -> tuple[Entry, ...]:
    """One entry a summary of that type with two numbers or more, about the names in it."""
    found = []
    for one in samples.patterns:
        if one.event_type == event_type:
            names, values = numbers_of(one.features)
            if len(values) >= FEWEST:
                found.append(entry(f"{crc32('|'.join(names).encode()):08x}", COUNT, values))
    return tuple(found)


def compare(name: str, what: str, shelf: Shelf, entry: Entry, background: Background) -> Comparison | None:
    """How near a summary is to the owner's own; None with fewer than 5 of them."""
    if len(shelf.entries) < LEAST_ENTRIES or len(shelf.entries[0].vector) != len(entry.vector):
        return None
    values = entry.values.astype(np.float64)
    found = near(shelf, values, COUNT, tuple(range(len(values))))
    maturity = min(1.0, shelf.accepted / (2 * LEARNT))
    llr = max(AGAINST, min(FOR, found.llr * maturity / 2))
    how = "as usual" if llr >= 0 else "unlike usual"
    return Comparison(
        modality=name, llr=llr, maturity=maturity, quality=0.5, distance=found.distance,
        message=f"What the application sums up of the {what} is {how}.",
        details={"numbers": len(values), "usual": round(found.usual, 3)},
    )  # fmt: skip


def _scaled(value: float) -> float:
    return FINEST * copysign(log1p(abs(value)), value)


def _modality(event_type: PatternName, lane: Lane, what: str) -> Modality:
    name = f"{lane}_summary"
    return Modality(name, lane, partial(extract, event_type), partial(compare, name, what), None, doc=__doc__ or "")


TYPING = _modality("typing_pattern", "typing", "typing")
POINTER = _modality("mouse_pattern", "pointer", "pointer")
TOUCH = _modality("touch_pattern", "touch", "touch")
NAVIGATION = _modality("navigation_pattern", "navigation", "way through the pages")
HANDLING = _modality("device_motion", "handling", "device's motion")
