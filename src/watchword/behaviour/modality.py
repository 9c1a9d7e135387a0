"""What a modality is: one way in which a person can be told from another. One value a file, found by the catalogue."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Literal

from msgspec import Struct

from watchword.behaviour.samples import Samples
from watchword.behaviour.template import MAX_ENTRIES, Entry, Shelf

Lane = Literal["typing", "pointer", "touch", "navigation", "handling"]


class Comparison(Struct, frozen=True):
    """How an entry compares with the owner's template.

    `llr` is a calibrated natural logarithm of P(entry | owner) / P(entry | another): positive speaks for the owner. It
    is already weighted by maturity and quality, and bounded. `maturity` 0-1 grows with accepted entries, `quality` 0-1
    with what the entry itself holds; `distance` is the raw score, higher is less like the owner.
    """

    modality: str
    llr: float
    maturity: float
    quality: float
    distance: float
    message: str
    details: dict[str, Any] = {}


Background = Any
"""What a modality learnt of many people; made by its `train`, None until enough users exist."""

Extract = Callable[[Samples], tuple[Entry, ...]]
Compare = Callable[[Shelf, Entry, Background], Comparison | None]
Train = Callable[[Sequence[Sequence[Entry]]], Background]


class Modality(Struct, frozen=True):
    """A way to tell people apart.

    `extract` finds the complete entries in a stretch of a session (none where there is too little). `compare` judges
    one against the owner's shelf; None while the shelf has too few entries to say anything. `train` makes a population
    model of many users' entries (one sequence a user, oldest first), None where it has too few; it may need the `learn`
    extra. What it gives is plain (lists, dicts, numbers, bytes, Structs), so that it can be kept as msgpack.
    """

    name: str
    lane: Lane
    extract: Extract
    compare: Compare
    train: Train | None = None
    keep: int = MAX_ENTRIES
    doc: str = ""
