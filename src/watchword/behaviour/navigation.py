"""The way through an application: which page follows which, how long one stays, how one scrolls. A weak term.

The research found AUC .96 against advanced bots but nothing that tells people apart well; applications prescribe ways.
So it never says more than e to 1 for the owner, e^1.5 to 1 against.
"""

from __future__ import annotations

from itertools import pairwise
from math import log
from zlib import crc32

import numpy as np

from watchword.behaviour.modality import Background, Comparison, Modality
from watchword.behaviour.nearness import near, ratio_of
from watchword.behaviour.remembered import remembered
from watchword.behaviour.samples import NAV_ACTIONS, Floats, Samples
from watchword.behaviour.template import LEARNT, Entry, Shelf, entry

NAME = "navigation"
FEWEST = 5
"""Steps (pages entered) of an entry, at the least."""

LEAST_ENTRIES = 5
FOR, AGAINST = 1.0, -1.5
BUCKETS = 64
SMOOTH = 0.5
PACE = ("stay", "stay_spread", "away", "back", "scroll_steps", "scroll_speed", "fields")
ENTER, LEAVE, BACK, HIDE = (NAV_ACTIONS.index(name) for name in ("enter", "leave", "back", "hide"))
_PACE = tuple(range(BUCKETS, BUCKETS + len(PACE)))
LEAST_SPREAD = 0.3


def extract(samples: Samples) -> tuple[Entry, ...]:
    """One entry of a stretch with five pages entered and more.

    Counts of steps from page to page in 64 buckets (a hash of both), then `PACE`: log s on a page and its spread,
    shares of steps that hide the page or go back, scrolls a step and their log px, fields entered a step.
    """
    nav = samples.nav
    entered = np.flatnonzero(nav["action"] == ENTER)
    if len(entered) < FEWEST:
        return ()
    pages = nav["page"][entered].astype(np.intp)
    steps = np.zeros(BUCKETS)
    for here, there in pairwise(pages):
        steps[crc32(f"{samples.pages[here]}>{samples.pages[there]}".encode()) % BUCKETS] += 1
    stays = np.log(np.clip(np.diff(nav["t"][entered]) / 1000, 0.05, 3600))
    return (entry("", len(entered), np.concatenate([steps, _pace(samples, stays, len(entered))])),)


def _pace(samples: Samples, stays: Floats, entered: int) -> Floats:
    action, scroll = samples.nav["action"], samples.scroll
    moved = np.abs(np.diff(scroll["y"]))
    speed = float(np.median(moved[moved > 0])) if (moved > 0).any() else float("nan")
    counts = ((action == HIDE).sum(), (action == BACK).sum(), len(scroll), (samples.focus["on"] > 0).sum())
    away, back, scrolls, fields = (np.log1p(count / entered) for count in counts)
    return np.array([np.median(stays), stays.std(), away, back, scrolls, np.log(speed + 1), fields])


def compare(shelf: Shelf, entry: Entry, background: Background) -> Comparison | None:
    """How usual the steps and their pace are for the owner; None with fewer than 5 entries."""
    if len(shelf.entries) < LEAST_ENTRIES or len(shelf.entries[0].vector) != len(entry.vector):
        return None
    if len(entry.vector) != 4 * (BUCKETS + len(PACE)):
        return None
    values = entry.values.astype(np.float64)
    usual, spread = _usual(shelf)
    oddity = (usual - _likelihood(values[:BUCKETS], shelf.matrix[:, :BUCKETS].sum(axis=0))) / spread
    pace = near(shelf, values, entry.count * 4, _PACE)
    maturity, quality = min(1.0, shelf.accepted / (2 * LEARNT)), entry.count / (entry.count + FEWEST)
    raw = 0.5 * (ratio_of(max(oddity, -1.0)) + pace.llr)
    llr = max(AGAINST, min(FOR, raw * maturity * quality))
    how = "usual" if llr >= 0 else "unusual"
    return Comparison(
        modality=NAME, llr=llr, maturity=maturity, quality=quality, distance=-raw,
        message=f"The way through the pages is {how} for the owner ({entry.count} pages).",
        details={"pages": entry.count, "oddity": round(float(oddity), 3), "pace": round(pace.distance, 3)},
    )  # fmt: skip


def _likelihood(steps: Floats, known: Floats) -> float:
    """Mean log probability of a step, by how often the owner took it."""
    chance = (known + SMOOTH) / (known.sum() + SMOOTH * BUCKETS)
    return float((steps * np.log(chance)).sum() / max(steps.sum(), 1))


@remembered(256)
def _usual(shelf: Shelf) -> tuple[float, float]:
    """What the owner's own entries have by the others', and the spread."""
    steps = shelf.matrix[:, :BUCKETS].astype(np.float64)
    total = steps.sum(axis=0)
    own = np.array([_likelihood(one, total - one) for one in steps])
    weight = len(own) / (len(own) + LEAST_ENTRIES)
    return weight * float(np.median(own)) + (1 - weight) * -log(BUCKETS) / 2, max(LEAST_SPREAD, float(own.std()))


NAVIGATION = Modality(NAME, "navigation", extract, compare, None, doc=__doc__ or "")
