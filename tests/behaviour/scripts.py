"""Keys, clicks, taps and paths with timing to order: what the rules for bots are tried on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from watchword.behaviour.samples import FOCUS, KEYS, PASTE, POINTER, TOUCH, VIAS, Floats, Samples, no_samples, table
from watchword.events.samples import Screen

NAN = float("nan")
LETTER = 0.0
SECRET = -1.0


def keys(down: Floats, hold: Floats, field: Floats | float = 0.0, cls: float = LETTER, trusted: float = 1.0) -> Samples:
    """Keys that go down then and are held for so long (ms), in fields 0, 1, ..."""
    count = len(down)
    where, hold = np.broadcast_to(field, count), np.broadcast_to(hold, count)
    rows = [(d, d + h, f, float(at), cls, trusted) for at, (d, h, f) in enumerate(zip(down, hold, where, strict=True))]
    return no_samples(keys=table(KEYS, rows), fields=("a", "b", "c", "d"))


def every(gap: float, hold: float, count: int = 50, spread: float = 0.0, seed: int = 0, **more: Any) -> Samples:
    """Keys at that gap and hold, with this relative spread of a log-normal."""
    rng = np.random.default_rng(seed)
    gaps = gap * rng.lognormal(0, spread, count) if spread else np.full(count, gap)
    holds = hold * rng.lognormal(0, spread, count) if spread else np.full(count, hold)
    return keys(np.cumsum(gaps) + 0.3, holds, **more)


def person(count: int = 50, seed: int = 0, **more: Any) -> Samples:
    """Keys of somebody ordinary: log-normal with pauses."""
    rng = np.random.default_rng(seed)
    gaps = 170 * rng.lognormal(0, 0.45, count)
    gaps[::9] += 350
    return keys(np.cumsum(gaps) + 0.3, 95 * rng.lognormal(0, 0.25, count), **more)


def with_pastes(samples: Samples, via: str, field: float = 0.0, count: int = 1, gap: float = 20.0) -> Samples:
    """The same, with text that came into the field by other means."""
    rows = [(1.0 + gap * at, field, float(VIAS.index(via))) for at in range(count)]
    return merged(samples, paste=table(PASTE, rows))


def merged(samples: Samples, **tables: Any) -> Samples:
    """The samples with other tables, granularity or screen."""
    return Samples(**({name: getattr(samples, name) for name in Samples.__struct_fields__} | tables))


def clicks(
    times: Sequence[float] | Floats,
    holds: Sequence[float] | Floats | float,
    places: Floats | None = None,
    **columns: float,
) -> Samples:
    """Clicks of a mouse that moves up to each; `columns` of the pressed rows to order."""
    times = np.asarray(times, dtype=float)
    held = np.broadcast_to(holds, len(times))
    places = np.full((len(times), 2), 300.0) if places is None else places
    rows = []
    for time, hold, (x, y) in zip(times, held, places, strict=True):
        pressed = {"pressure": 0.5, "w": 200, "h": 40, "dx": 31, "dy": -7} | columns
        for t, kind, more in ((time - 9, 0, {}), (time - 4, 0, {}), (time, 1, pressed), (time + hold, 2, {})):
            row = {
                "t": t,
                "kind": kind,
                "x": x,
                "y": y,
                "pen": 0,
                "trusted": columns.get("trusted", 1),
            } | more
            rows.append(tuple(float(row.get(name, NAN)) for name in POINTER))
    return no_samples(pointer=table(POINTER, rows))


def jumps(count: int) -> Samples:
    """Clicks in different places without any movement."""
    rows = []
    for at in range(count):
        for t, kind in ((at * 1500.0, 1), (at * 1500.0 + 90 + 7 * at, 2)):
            row = {"t": t, "kind": kind, "x": 100 + 137 * at, "y": 200 + 61 * at, "pen": 0, "trusted": 1}
            rows.append(tuple(float(row.get(name, NAN)) for name in POINTER))
    return no_samples(pointer=table(POINTER, rows))


def taps(times: Sequence[float] | Floats, holds: Sequence[float] | Floats | float, **columns: float) -> Samples:
    """Taps of a finger."""
    rows = []
    for at, (time, hold) in enumerate(zip(times, np.broadcast_to(holds, len(times)), strict=True)):
        for t, phase in ((time, 0), (time + hold, 2)):
            row = {
                "t": t,
                "phase": phase,
                "id": at,
                "x": 100,
                "y": 300,
                "radius": 11 + at % 3,
                "force": 0,
                "trusted": 1,
            }
            rows.append(tuple(float((row | columns)[name]) for name in TOUCH))
    return no_samples(touch=table(TOUCH, rows))


def looked(samples: Samples) -> Samples:
    """With a field that got and lost the focus."""
    return merged(samples, focus=table(FOCUS, [(0.0, 0.0, 1.0), (99.0, 0.0, 0.0)]))


def screen(dpr: float) -> Screen:
    """A screen of so many pixels a CSS pixel."""
    return Screen(w=1440, h=900, dpr=dpr)
