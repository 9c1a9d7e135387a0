"""How well behaviour tells people apart, on people whom no model has seen: error rates, calibration, reliability."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise

import numpy as np
from msgspec import Struct

from watchword.behaviour.modality import Background, Modality
from watchword.behaviour.samples import Floats
from watchword.behaviour.template import Entry, Shelf, Template

FOLDS = 4
HELD = 5
"""Newest entries of a shelf that are compared with what came before."""

LEAST_BEFORE = 4
OTHERS = 20
BINS = (0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 1.0)

Train = Callable[[Sequence[Template]], Mapping[str, Background]]


class Reliability(Struct, frozen=True):
    """Verdicts whose confidence lay in [low, high): how many, what it was on average, and how often they were right.

    Owner and others weigh the same.
    """

    low: float
    high: float
    count: int
    confidence: float
    right: float


class Measured(Struct, frozen=True):
    """One modality on held-out people. `eer` is pooled, `cllr` the cost of the ratios in bits (1 says nothing)."""

    modality: str
    people: int
    genuine: int
    impostor: int
    eer: float
    cllr: float
    reliability: tuple[Reliability, ...]


def evaluate(people: Sequence[Template], modalities: Sequence[Modality], train: Train) -> tuple[Measured, ...]:
    """Every modality, each person judged by models trained on people of other folds; none of too few comparisons."""
    ratios: dict[str, tuple[list[float], list[float], int]] = {}
    for fold in range(min(FOLDS, len(people))):
        backgrounds = train([one for at, one in enumerate(people) if at % FOLDS != fold])
        held = [one for at, one in enumerate(people) if at % FOLDS == fold]
        for modality in modalities:
            own, other, counted = ratios.setdefault(modality.name, ([], [], 0))
            found = _compare(held, modality, backgrounds.get(modality.name))
            own += found[0]
            other += found[1]
            ratios[modality.name] = (own, other, counted + found[2])
    return tuple(
        measure(name, np.array(own), np.array(other), count) for name, (own, other, count) in ratios.items()
        if own and other
    )  # fmt: skip


def measure(name: str, own: Floats, other: Floats, people: int) -> Measured:
    """The figures of ratios of owners and of others."""
    return Measured(name, people, len(own), len(other), eer(own, other), cllr(own, other), reliability(own, other))


def eer(own: Floats, other: Floats) -> float:
    """Where as many owners are refused as others are let in, at one threshold for all."""
    points = np.unique(np.concatenate((own, other)))
    refused = np.searchsorted(np.sort(own), points, side="left") / len(own)
    let_in = 1 - np.searchsorted(np.sort(other), points, side="left") / len(other)
    at = int(np.argmin(np.abs(refused - let_in)))
    return float((refused[at] + let_in[at]) / 2)


def cllr(own: Floats, other: Floats) -> float:
    """Cost of log-likelihood ratios in bits (Bruemmer and du Preez 2006): 0 is perfect, 1 says nothing."""
    return float((np.logaddexp(0, -own).mean() + np.logaddexp(0, other).mean()) / (2 * np.log(2)))


def reliability(own: Floats, other: Floats) -> tuple[Reliability, ...]:
    """Confidence against how often it was right, owners and others weighing the same."""
    said = np.concatenate((own, other))
    weights = np.concatenate((np.full(len(own), 0.5 / len(own)), np.full(len(other), 0.5 / len(other))))
    right = np.concatenate((own > 0, other <= 0))
    sure = 1 / (1 + np.exp(-np.abs(said)))
    made = []
    for low, high in pairwise(BINS):
        inside = (sure >= low) & ((sure < high) | (high == 1.0))
        total = float(weights[inside].sum())
        if total:
            share = float(weights[inside] @ right[inside]) / total
            made.append(Reliability(low, high, int(inside.sum()), float(weights[inside] @ sure[inside]) / total, share))
    return tuple(made)


def _compare(
    people: Sequence[Template], modality: Modality, background: Background
) -> tuple[list[float], list[float], int]:
    """Ratios of the newest entries against their own shelves' older ones, and against other people's; and whose."""
    shelves = [
        (at, name, shelf)
        for at, template in enumerate(people)
        for name, shelf in template.shelves.items()
        if name.partition("/")[0] == modality.name and len(shelf.entries) >= LEAST_BEFORE + HELD
    ]
    own: list[float] = []
    other: list[float] = []
    for at, name, shelf in shelves:
        before = Shelf(shelf.entries[:-HELD], shelf.accepted - HELD)
        own += _ratios(before, shelf.entries[-HELD:], modality, background)
        strangers = [theirs.entries[-1] for who, called, theirs in shelves if who != at and called == name]
        other += _ratios(before, strangers[:OTHERS], modality, background)
    return own, other, len({at for at, _, _ in shelves})


def _ratios(before: Shelf, entries: Sequence[Entry], modality: Modality, background: Background) -> list[float]:
    found = (modality.compare(before, one, background) for one in entries)
    return [one.llr for one in found if one is not None]
