"""How well scores tell owners from others: equal error rates, error at a fixed rate, and how honest the ratios are."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Scores = NDArray[np.float64]


class Trial(NamedTuple):
    """One owner's scores, and those of others against the same template. Higher speaks for the owner."""

    own: Scores
    other: Scores


def equal_error(own: Scores, other: Scores) -> float:
    """The rate at which owners are refused as often as others are accepted, between thresholds interpolated."""
    at = np.sort(np.concatenate((own, other)))
    refused = np.searchsorted(np.sort(own), at, side="left") / len(own)
    accepted = 1 - np.searchsorted(np.sort(other), at, side="left") / len(other)
    over = refused - accepted
    first = int(np.argmax(over >= 0))
    if over[first] < 0 or first == 0:
        return float((refused[first] + accepted[first]) / 2)
    share = -over[first - 1] / (over[first] - over[first - 1])
    return float(refused[first - 1] + share * (refused[first] - refused[first - 1]))


def each(trials: Sequence[Trial]) -> Scores:
    """Every owner's equal error rate, with a threshold of their own."""
    return np.array([equal_error(*one) for one in trials])


def together(trials: Sequence[Trial]) -> Trial:
    """All trials as one: a single threshold for everybody."""
    return Trial(np.concatenate([one.own for one in trials]), np.concatenate([one.other for one in trials]))


def refused_at(trials: Sequence[Trial], accepted: float) -> float:
    """Owners refused where, at one threshold for all, that share of the others is accepted."""
    own, other = together(trials)
    return float((own < np.quantile(other, 1 - accepted)).mean())


def cost(trials: Sequence[Trial]) -> float:
    """Cllr (Brummer 2006) of the scores as log-likelihood ratios: 0 is perfect, 1 says nothing."""
    own, other = together(trials)
    return float((np.logaddexp(0, -own).mean() + np.logaddexp(0, other).mean()) / 2 / np.log(2))


def calibration_error(trials: Sequence[Trial], bins: int = 10) -> float:
    """Mean distance between the stated and the observed chance of the owner, owners and others counted alike."""
    own, other = together(trials)
    chance = 1 / (1 + np.exp(-np.concatenate((own, other))))
    weight = np.concatenate((np.full(len(own), 0.5 / len(own)), np.full(len(other), 0.5 / len(other))))
    owner = np.repeat((1.0, 0.0), (len(own), len(other)))
    place = np.minimum((chance * bins).astype(int), bins - 1)
    stated, seen = (np.bincount(place, weight * value, minlength=bins) for value in (chance, owner))
    return float(np.abs(stated - seen).sum())


def reliability(trials: Sequence[Trial]) -> list[tuple[str, float, float, float]]:
    """For ranges of the ratio: the share of owners and of others in it, and the ratio that was observed."""
    own, other = together(trials)
    edges = (-7, -4, -2, -1, 0, 1, 2, 4, 7)
    rows = []
    for low, high in pairwise(edges):
        mine, others = (float(((one >= low) & (one < high)).mean()) for one in (own, other))
        rows.append((f"{low:+d} to {high:+d}", mine, others, float(np.log((mine + 1e-5) / (others + 1e-5)))))
    return rows


def several(trials: Sequence[Trial], count: int, attempts: int) -> list[Trial]:
    """`count` entries in a row, their ratios added. `attempts` scores of others in a row belong to one person."""
    return [Trial(_added(one.own[None], count), _added(one.other.reshape(-1, attempts), count)) for one in trials]


def _added(scores: Scores, count: int) -> Scores:
    whole = scores.shape[1] // count
    made: Scores = scores[:, : whole * count].reshape(-1, count).sum(axis=1)
    return made


def row(title: str, trials: Sequence[Trial]) -> str:
    """One line: per owner, its halves, one threshold for all, refusals at 1 % acceptance, honesty of the ratios."""
    rates = each(trials)
    joined = equal_error(*together(trials))
    return (
        f"{title:44s} {rates.mean():.4f}  {rates[::2].mean():.4f} / {rates[1::2].mean():.4f}   {joined:.4f}  "
        f"{refused_at(trials, 0.01):6.1%}   {cost(trials):.3f}  {calibration_error(trials):.3f}"
    )


HEADING = f"{'':44s} EER     even / odd owners one thr.  FRR@FAR1%  Cllr   ECE"
