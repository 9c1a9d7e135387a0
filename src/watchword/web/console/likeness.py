"""A session's behaviour beside its owner's: in plain measures, where the template holds them."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from msgspec import Struct

from watchword.behaviour import free_features, free_text, handling, mouse, navigation, touch
from watchword.behaviour.fixed_text import FIXED_TEXT
from watchword.behaviour.samples import Floats
from watchword.behaviour.strokes import QUANTILES
from watchword.behaviour.template import Entry, Template

LEAST = 5
"""Entries of the owner from which a range is shown."""

INSIDE = (0.05, 0.95)
ROOM = 0.4
"""Of the range's width, left free on either side of it."""

MIDDLE = QUANTILES.index(0.5)


class Measure(Struct, frozen=True):
    """Something to measure of entries of one modality: `read` gives one number a row."""

    name: str
    modality: str
    read: Callable[[Floats], Floats]
    unit: str = ""
    places: int = 0


class Range(Struct, frozen=True):
    """One measure: this session's `value`, and between which two nine in ten of the owner's entries lie.

    `a`, `b` and `x` are where the two and the value stand on the drawing, 0-100.
    """

    name: str
    value: float
    low: float
    high: float
    unit: str
    places: int
    a: float
    b: float
    x: float

    @property
    def inside(self) -> bool:
        """Whether the session is as usual."""
        return self.low <= self.value <= self.high


def _decile(first: int) -> Callable[[Floats], Floats]:
    """The median of hold (0) or gap (1) of fifty keys, in ms."""
    column = free_features.QUANTILES + first * len(free_features.LEVELS) + len(free_features.LEVELS) // 2
    return lambda rows: np.exp(rows[:, column])


def _pace(rows: Floats) -> Floats:
    size = len(free_features.LEVELS)
    first = free_features.QUANTILES + size
    return np.asarray(60_000.0 / np.exp(rows[:, first : first + size]).mean(axis=1))


def _overlaps(rows: Floats) -> Floats:
    return np.asarray(100.0 * rows[:, free_features.HABITS + 6])


def _median(features: Sequence[str], name: str) -> Callable[[Floats], Floats]:
    """The middle of a feature that is kept as logarithm and quantiles."""
    column = features.index(name) * len(QUANTILES) + MIDDLE
    return lambda rows: np.exp(rows[:, column])


def _speed(features: Sequence[str]) -> Callable[[Floats], Floats]:
    median = _median(features, "speed")
    return lambda rows: 1000.0 * median(rows)


MEASURES = (
    Measure("Key held", free_text.NAME, _decile(0), "ms"),
    Measure("Between keys", free_text.NAME, _decile(1), "ms"),
    Measure("Typing speed", free_text.NAME, _pace, "keys a minute"),
    Measure("Keys overlapping", free_text.NAME, _overlaps, "%"),
    Measure("Pointer speed", mouse.NAME, _speed(mouse.FEATURES), "px/s"),
    Measure("Curvature", mouse.NAME, _median(mouse.FEATURES, "deviation"), "", 3),
    Measure("Time of a stroke", mouse.NAME, _median(mouse.FEATURES, "time"), "ms"),
    Measure("Click held", mouse.NAME, _median(mouse.FEATURES, "dwell"), "ms"),
    Measure("Swipe speed", touch.NAME, _speed(touch.FEATURES), "px/s"),
    Measure("Tap held", touch.NAME, _median(touch.FEATURES, "tap"), "ms"),
    Measure("Time on a page", navigation.NAME, lambda rows: np.exp(rows[:, navigation.BUCKETS]), "s", 1),
    Measure("Tilt", handling.NAME, lambda rows: rows[:, handling.BETA], "°"),
)


def ranges(template: Template, entries: Sequence[tuple[str, Entry]]) -> list[Range]:
    """Every measure that both the owner's template and these entries of a session hold."""
    found = [_range(measure, template, entries) for measure in MEASURES]
    if not any(one for one in found[:2]):
        found = [*_secret(template, entries), *found[2:]]
    return [one for one in found if one is not None]


def _range(measure: Measure, template: Template, entries: Sequence[tuple[str, Entry]]) -> Range | None:
    mine = [one for name, one in entries if name == measure.modality]
    if not mine:
        return None
    shelf = template.shelf(measure.modality, mine[-1].about)
    alike = [one for one in mine if one.about == mine[-1].about]
    if len(shelf.entries) < LEAST or len(shelf.entries[0].vector) != len(alike[0].vector):
        return None
    own = measure.read(shelf.matrix.astype(np.float64))
    now = measure.read(np.array([one.values for one in alike], dtype=np.float64))
    return _drawn(measure, own, now)


def _secret(template: Template, entries: Sequence[tuple[str, Entry]]) -> list[Range | None]:
    """Hold and gap of a text that is always the same, where nothing else was typed."""
    keys = next((one.count for name, one in reversed(entries) if name == FIXED_TEXT.name), 0)
    if keys < 2:
        return []
    held = Measure("Key held", FIXED_TEXT.name, lambda rows: np.exp(np.nanmean(rows[:, :keys], axis=1)), "ms")
    gaps = slice(keys, 2 * keys - 1)
    between = Measure("Between keys", FIXED_TEXT.name, lambda rows: np.exp(np.nanmean(rows[:, gaps], axis=1)), "ms")
    return [_range(held, template, entries), _range(between, template, entries)]


def _drawn(measure: Measure, own: Floats, now: Floats) -> Range | None:
    own, now = own[np.isfinite(own)], now[np.isfinite(now)]
    if len(own) < LEAST or not len(now):
        return None
    low, high = (float(edge) for edge in np.quantile(own, INSIDE))
    value = float(np.median(now))
    width = max(high - low, 1e-9 + 0.01 * abs(high))
    first, last = min(low, value) - ROOM * width, max(high, value) + ROOM * width
    a, b, x = (round(100 * (at - first) / (last - first), 1) for at in (low, high, value))
    return Range(measure.name, value, low, high, measure.unit, measure.places, a, max(b, a + 1), x)
