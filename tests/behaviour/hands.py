"""People at a keyboard, for the tests of typing: a rhythm of their own, and scatter around it."""

from __future__ import annotations

import numpy as np

from watchword.behaviour.fixed_text import FIXED_TEXT
from watchword.behaviour.samples import FOCUS, KEYS, Floats, Samples, no_samples, table
from watchword.behaviour.template import Entry, Shelf

SECRET = -1.0


class Hands:
    """Somebody who types: `who` decides the rhythm, every call of `times` types again."""

    def __init__(self, who: int, keys: int = 11) -> None:
        rng = np.random.default_rng((7, who))
        self._tempo = rng.normal(np.log(190), 0.25)
        self._press = rng.normal(np.log(95), 0.2)
        shared = np.random.default_rng((8, keys)).normal(0, 0.45, keys)
        self._gap = self._tempo + shared + rng.normal(0, 0.25, keys)
        self._hold = self._press + rng.normal(0, 0.15, keys)
        self._pair = self._tempo + rng.normal(0, 0.25, (12, 12))
        self._class = self._press + rng.normal(0, 0.15, 12)
        self._rng = np.random.default_rng((9, who))

    def times(self, scale: float = 1.0, scatter: float = 1.0) -> Floats:
        """Down and up in ms of the same text, typed again."""
        keys = len(self._gap)
        down = np.cumsum(np.exp(self._gap + scatter * self._rng.normal(0, 0.12, keys))) * scale
        hold = np.exp(self._hold + scatter * self._rng.normal(0, 0.1, keys)) * scale
        return np.stack((down, down + hold), axis=1)

    def prose(self, keys: int = 50) -> tuple[Floats, Floats]:
        """Down and up in ms of some text, and the classes of its keys."""
        cls = self._rng.choice(4, keys, p=(0.42, 0.4, 0.03, 0.15)).astype(float)
        at = cls.astype(int)
        gap = self._pair[np.roll(at, 1), at] + self._rng.normal(0, 0.25, keys)
        down = np.cumsum(np.exp(gap))
        return np.stack((down, down + np.exp(self._class[at] + self._rng.normal(0, 0.12, keys))), axis=1), cls


def typed(times: Floats, cls: Floats | float = SECRET, *, left: bool = True, granularity_ms: float = 0.1) -> Samples:
    """One field typed by those times."""
    count = len(times)
    rows = np.stack(
        (times[:, 0], times[:, 1], np.zeros(count), np.arange(count), np.full(count, cls), np.ones(count)), 1
    )
    focus = [(float(np.nanmax(times)) + 1.0, 0.0, 0.0)] if left else []
    return no_samples(
        keys=table(KEYS, list(rows)), focus=table(FOCUS, focus), fields=("field",), granularity_ms=granularity_ms
    )


def one_entry(times: Floats) -> Entry:
    """The entry of a secret field typed so."""
    (one,) = FIXED_TEXT.extract(typed(times))
    return one


def shelf_of(hands: Hands, entries: int) -> Shelf:
    """What is kept of them after so many entries."""
    made = Shelf()
    for _ in range(entries):
        made = made.plus(one_entry(hands.times()))
    return made
