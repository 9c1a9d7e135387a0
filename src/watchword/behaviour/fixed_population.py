"""What people who typed the same text in the same field teach: how another person types it, as one normal distribution.

Of those people only the mean and covariance are kept, no entry. One owner's verifier is a logistic regression of their
entries against draws from that distribution (research/behaviour.md 3.1, "per-user logistic vs background").
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import msgspec
import numpy as np
from msgspec import Struct

from watchword.behaviour.fixed_template import Prepared, prepare
from watchword.behaviour.logistic import balanced, fit
from watchword.behaviour.remembered import remembered
from watchword.behaviour.samples import Floats
from watchword.behaviour.template import LEARNT, MAX_ENTRIES, Entry
from watchword.behaviour.two_covariance import floats, packed

LEAST_PEOPLE = 20
LEAST_OF_ONE = 20
HELD_OUT = 10
"""A person's newest entries, by which the ratio is calibrated."""

OLDEST, NEWEST = 5, 5
"""Of each person as many first tries as practised entries: impostors come in both kinds."""

IN_COMMON = 0.3
"""Share of the variation between keys that people have in common, from which on they are taken to type one text."""

DRAWS = 512
FLOOR = 0.003
RIDGE = 0.3
RECENT = 30.0
FAR = 5.0
OWN_WEIGHT = 0.3
MOST_OWNERS = 100


class TextPopulation(Struct, frozen=True):
    """How many people type one text: mean and Cholesky factor of the covariance (float32), and the calibration.

    `few` is what the ratio moves by where the owner has only ten entries (less with more).
    """

    mean: bytes
    factor: bytes
    slope: float
    few: float
    offset: float
    people: int


class FixedBackground(Struct, frozen=True):
    """The populations of texts that many people have in common, by what an entry is about."""

    texts: dict[str, TextPopulation]


def as_background(value: Any) -> FixedBackground | None:
    """The background, also where it came back from msgpack as a dict."""
    return value if value is None or isinstance(value, FixedBackground) else msgspec.convert(value, FixedBackground)


def ratio(stored: bytes, rows: int, values: Floats, own: float, text: TextPopulation) -> float:
    """The calibrated log-likelihood ratio, owner over population; `own` is the ratio by the owner alone."""
    verifier = _verifier(stored, rows, text.mean, text.factor)
    raw = float(_deviations(prepare(stored, rows), values) @ verifier[:-1] + verifier[-1]) + OWN_WEIGHT * own
    return max(text.slope, 0.0) * raw + text.few * LEARNT / rows + text.offset


def _score(prepared: Prepared, verifier: Floats, values: Floats) -> Floats:
    own = np.array([prepared.llr(prepared.distance(one)[0]) for one in values])
    made: Floats = _deviations(prepared, values) @ verifier[:-1] + verifier[-1] + OWN_WEIGHT * own
    return made


def _deviations(prepared: Prepared, values: Floats) -> Floats:
    scaled = (values - prepared.median) / prepared.spread
    missing = np.isnan(scaled)
    if missing.any():
        scaled[missing] = 0.0
    scaled = np.minimum(np.maximum(scaled, -FAR), FAR)
    return np.concatenate((np.abs(scaled), scaled), axis=-1)


@remembered(1024)
def _verifier(stored: bytes, rows: int, mean: bytes, factor: bytes) -> Floats:
    prepared = prepare(stored, rows)
    entries = np.frombuffer(stored, dtype="<f4").reshape(rows, -1)[:, :-1].astype(np.float64)
    columns = entries.shape[1]
    drawn = floats(mean) + _draws(columns) @ floats(factor).reshape(columns, columns).T
    features = np.concatenate((_deviations(prepared, entries), _deviations(prepared, drawn)))
    weights = balanced(rows, len(drawn))
    recent = np.exp(-np.arange(rows)[::-1] / RECENT)
    weights[:rows] *= recent / recent.mean()
    return fit(features, np.repeat((1.0, 0.0), (rows, len(drawn))), weights, RIDGE)


@lru_cache(maxsize=16)
def _draws(columns: int) -> Floats:
    return np.random.Generator(np.random.PCG64(columns)).standard_normal((DRAWS, columns))


def train(people: Sequence[Sequence[Entry]]) -> FixedBackground | None:
    """The populations of all texts that at least twenty people typed, twenty times each. None where there is none."""
    typed: dict[str, list[list[Entry]]] = defaultdict(list)
    for entries in people:
        mine: dict[str, list[Entry]] = defaultdict(list)
        for one in entries:
            mine[one.about].append(one)
        for about, kept in mine.items():
            if len(kept) >= LEAST_OF_ONE:
                typed[about].append(kept)
    texts = {about: _text(groups) for about, groups in sorted(typed.items()) if len(groups) >= LEAST_PEOPLE}
    found = {about: text for about, text in texts.items() if text is not None}
    return FixedBackground(found) if found else None


def _text(people: Sequence[Sequence[Entry]]) -> TextPopulation | None:
    width = len(people[0][0].vector)
    tables = [
        np.array([one.values for one in entries], dtype=np.float64)
        for entries in people
        if all(len(one.vector) == width for one in entries)
    ]
    if len(tables) < LEAST_PEOPLE or in_common([table[:, :-1] for table in tables]) < IN_COMMON:
        return None
    halves = (tables[::2], tables[1::2])
    scores = [_trial(*_normal(known), asked) for known, asked in (halves, halves[::-1])]
    own, other = (np.concatenate([one[at] for one in scores]) for at in (0, 1))
    owner = np.repeat((1.0, 0.0), (len(own), len(other)))
    slope, few, offset = fit(np.concatenate((own, other)), owner, balanced(len(own), len(other)), 1e-4)
    return TextPopulation(*_normal(tables), float(slope), float(few), float(offset), len(tables))


def _normal(tables: Sequence[Floats]) -> tuple[bytes, bytes]:
    """Mean and factor of first tries and practised entries, each person alike."""
    rows = np.concatenate([np.concatenate((one[:OLDEST], one[-NEWEST:]))[:, :-1] for one in tables])
    rows = np.where(np.isnan(rows), np.nanmean(rows, axis=0), rows)
    covariance: Floats = np.cov(rows.T) + FLOOR * np.eye(rows.shape[1])
    return packed(rows.mean(axis=0)), packed(np.asarray(np.linalg.cholesky(covariance), dtype=np.float64))


def _trial(mean: bytes, factor: bytes, people: Sequence[Floats]) -> tuple[Floats, Floats]:
    """Scores of people whom the distribution does not know: their own newest, each other's; and 10 / rows."""
    own: list[Floats] = []
    other: list[Floats] = []
    for at, table in enumerate(people[:MOST_OWNERS]):
        rest = [np.concatenate((one[:2], one[-2:])) for place, one in enumerate(people) if place != at]
        for most in (LEARNT, MAX_ENTRIES):
            kept = table[:-HELD_OUT][-most:]
            stored, rows = packed(kept), len(kept)
            prepared, verifier = prepare(stored, rows), _verifier(stored, rows, mean, factor)
            for scores, values in ((own, table[-HELD_OUT:]), (other, np.concatenate(rest))):
                raw = _score(prepared, verifier, values[:, :-1])
                scores.append(np.stack((raw, np.full(len(raw), LEARNT / rows)), axis=1))
    return np.concatenate(own), np.concatenate(other)


def in_common(tables: Sequence[Floats]) -> float:
    """0-1: how much of the variation of gaps between keys, each person's tempo aside, all people share.

    People who type one text are slow at the same places; where each types a text of their own, nothing is in common and
    their entries say nothing of how another would type this one.
    """
    keys = (tables[0].shape[1] + 2) // 3
    gaps = np.array([np.nanmedian(one[:, keys : 2 * keys - 1], axis=0) for one in tables])
    gaps = gaps - gaps.mean(axis=1, keepdims=True)
    shared = gaps.mean(axis=0)
    rest = float(((gaps - shared) ** 2).sum() / ((len(gaps) - 1) * (gaps.shape[1] - 1)))
    effect = max(float((shared**2).sum() / (gaps.shape[1] - 1)) - rest / len(gaps), 0.0)
    return effect / (effect + rest)
