"""Runs of keys typed in one field, without a Python loop per key: what both typing modalities are made from."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import numpy as np
from msgspec import Struct, structs

from watchword.behaviour.samples import CLASS_NUMBER, NAV_ACTIONS, Floats, Samples, Table

COARSE_MS = 16.0
"""A clock this coarse (one frame of a 60 Hz screen; 100 ms under resistFingerprinting) tells nobody apart."""

HOLD_MS = (1.0, 2_000.0)
GAP_MS = (1.0, 10_000.0)
UP_DOWN_MS = 50.0
BACKSPACE, ENTER, TAB, SPACE = (float(CLASS_NUMBER[name]) for name in ("backspace", "enter", "tab", "space"))
DIGIT, ARROW = float(CLASS_NUMBER["digit"]), float(CLASS_NUMBER["arrow"])
LEAVES = tuple(float(NAV_ACTIONS.index(name)) for name in ("leave", "back", "forward", "hide"))


class Run(Struct, frozen=True):
    """Keys typed one after the other in one field, from its start, none of them twice.

    `whole`: something later shows that the field was left; `pasted`: text came in by other means meanwhile.
    """

    field: str
    down: Floats
    up: Floats
    cls: Floats
    trusted: bool
    whole: bool
    pasted: bool

    def __len__(self) -> int:
        return len(self.down)

    def first(self, count: int) -> Run:
        """Its first keys."""
        return structs.replace(self, down=self.down[:count], up=self.up[:count], cls=self.cls[:count])


def runs(samples: Samples) -> Iterator[Run]:
    """The runs that begin at a field's start. Positions rise by one, or stay where a shift key goes down first."""
    keys = samples.keys
    if not len(keys):
        return
    order = keys["down"].argsort(kind="stable")
    down, up, field, pos, cls, trusted = (column[order] for column in keys.columns.values())
    step = pos[1:] - pos[:-1]
    breaks = ((field[1:] != field[:-1]) | (step < 0) | (step > 1)).nonzero()[0] + 1
    fields, places, count = field.tolist(), pos.tolist(), len(down)
    for start, end in pairwise((0, *breaks.tolist(), count)):
        if places[start] != 0:
            continue
        part, own = slice(start, end), fields[start]
        until = float(down[fields.index(own, end)]) if own in fields[end:] else np.inf
        yield Run(
            samples.fields[int(own)], down[part], up[part], cls[part], bool(trusted[part].all()),
            whole=end < count or cls[end - 1] in (ENTER, TAB) or _left(samples, own, float(down[end - 1])),
            pasted=_pasted(samples, own, float(down[start]), until),
        )  # fmt: skip


def sent(samples: Samples) -> Samples:
    """The same samples, every field left at the end: what a form says that was sent, by Enter perhaps, and is whole."""
    keys, focus = samples.keys, samples.focus
    if not len(keys):
        return samples
    places = np.unique(keys["field"])
    when = np.full(len(places), max(float(keys["down"].max()), float(np.nanmax(np.append(keys["up"], 0.0)))))
    added = {"t": when, "field": places, "on": np.zeros(len(places))}
    return structs.replace(
        samples, focus=Table({name: np.concatenate((focus[name], added[name])) for name in focus.columns})
    )


def _left(samples: Samples, field: float, last_ms: float) -> bool:
    focus, nav = samples.focus, samples.nav
    if len(focus) and bool(np.any((focus["field"] == field) & (focus["on"] == 0) & (focus["t"] >= last_ms))):
        return True
    return bool(len(nav)) and bool(np.any((nav["t"] >= last_ms) & np.isin(nav["action"], LEAVES)))


def _pasted(samples: Samples, field: float, since_ms: float, until_ms: float) -> bool:
    paste = samples.paste
    if not len(paste):
        return False
    return bool(np.any((paste["field"] == field) & (paste["t"] >= since_ms) & (paste["t"] <= until_ms)))


def timings(down: Floats, up: Floats) -> tuple[Floats, Floats, Floats]:
    """Log hold, log down-down and arcsinh(up-down / 50 ms) of keys in order. NaN where a key-up was not seen."""
    hold = up - down
    gap = down[1:] - down[:-1]
    return (
        np.log(np.minimum(np.maximum(hold, HOLD_MS[0]), HOLD_MS[1])),
        np.log(np.minimum(np.maximum(gap, GAP_MS[0]), GAP_MS[1])),
        np.arcsinh((gap - hold[:-1]) / UP_DOWN_MS),
    )


def clock_quality(granularity_ms: float) -> float:
    """1 for a fine clock, falling to 0 at the 16 ms that tell nothing."""
    return max(0.0, 1.0 - (granularity_ms / COARSE_MS) ** 2)
