"""What the order of events gives away: text that comes without keys, fields changed faster than hands can.

What gives no evidence: paste, autofill, composition (input methods, dictation, password managers) and corrections,
which say what they are; boxes for one digit each, which move on by themselves.
"""

from __future__ import annotations

import numpy as np

from watchword.behaviour.bot_sign import BotFamily, BotSign, Limit, Stretch, middle, sign
from watchword.behaviour.samples import VIAS, Samples

REPLACE = VIAS.index("replace")
PIECES = 5
FIELD_KEYS = 3
CHANGES = 2
FIELD_CHANGE = Limit(60, 25)
"""Median ms from the last key of a field to the first of the next: a hand needs a Tab or a click between."""

PIECE_GAP_MS = 40.0

CODES = {
    "SYNTHETIC_INPUT_WITHOUT_KEYS": (
        "Text came into a field piece by piece, without one key and without paste, autofill or composition: tools that "
        "insert characters. Innocent: dictation of some systems, which inserts words, slower."
    ),
    "FAST_FIELD_CHANGE": (
        "The first key of a field comes right after the last of another, again and again. Innocent: password managers "
        "that type, with one change; so two are needed."
    ),
}


def find(stretch: Stretch) -> tuple[BotSign, ...]:
    """Signs in the order of events."""
    return (*_without_keys(stretch.samples), *([] if stretch.coarse else _changes(stretch.samples)))


def _without_keys(samples: Samples) -> list[BotSign]:
    paste, found = samples.paste, []
    if len(paste) < PIECES:
        return []
    keyed = set(samples.keys["field"].tolist())
    for field in set(paste["field"].tolist()) - keyed:
        own = paste["field"] == field
        if own.sum() < PIECES or not (paste["via"][own] == REPLACE).all():
            continue
        quick = middle(np.diff(paste["t"][own])) < PIECE_GAP_MS
        found.append((1e-5 if quick else 1e-3, int(own.sum())))
    if not found:
        return []
    rare, pieces = min(found)
    message = f"A field got {pieces} pieces of text without a key."
    return [sign("SYNTHETIC_INPUT_WITHOUT_KEYS", "events", rare, message, pieces=pieces)]


def _changes(samples: Samples) -> list[BotSign]:
    down, field = samples.keys["down"], samples.keys["field"]
    edges = np.flatnonzero(field[1:] != field[:-1])
    if len(edges) < CHANGES:
        return []
    runs = np.diff(np.concatenate([[-1], edges, [len(field) - 1]]))
    good = (runs[:-1] >= FIELD_KEYS) & (runs[1:] >= FIELD_KEYS)
    gaps = (down[1:] - down[:-1])[edges][good]
    if len(gaps) < CHANGES or (rare := FIELD_CHANGE.quantile(gap := middle(gaps))) >= 1:
        return []
    message = f"{len(gaps)} fields were changed within {gap:.0f} ms."
    return [sign("FAST_FIELD_CHANGE", "events", rare, message, median_ms=gap, changes=len(gaps))]


FAMILY = BotFamily("events", "events", CODES, find)
