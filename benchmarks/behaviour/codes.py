"""The reference row of free text: what the product's model reaches where every key's code is known."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from benchmarks.behaviour.reference import Sentences, classes_of_codes
from benchmarks.behaviour.verification import Scores
from watchword.behaviour.free_features import CELLS, QUANTILES, summarise
from watchword.behaviour.free_model import DIRECTIONS, SHRINK, SHRINK_COUNT, residuals, squashed
from watchword.behaviour.free_text import KEYS
from watchword.behaviour.keystrokes import timings
from watchword.behaviour.samples import Floats
from watchword.behaviour.two_covariance import fit

FREQUENT_KEYS, FREQUENT_PAIRS = 28, 60
MEAN_COUNT = 20.0
CODES = 256
Keys = tuple[Floats, Floats, Floats, NDArray[np.int_]]


class Codes:
    """Timings with the population's mean for the very key and pair of keys taken away, then the product's features."""

    def __init__(self, background: Sequence[Sentences]) -> None:
        typed = [_keys(one) for one in background]
        every = [keys for person in typed for keys in person]
        key = np.concatenate([codes for *_, codes in every])
        pair = np.concatenate([_pairs(codes) for *_, codes in every])
        values = [np.concatenate([keys[at] for keys in every]) for at in range(3)]
        self._grand = [float(one.mean()) for one in values]
        self._means = [_means(values[0], key, CODES), *(_means(one, pair, CODES**2) for one in values[1:])]
        self._keys = np.argsort(-np.bincount(key, minlength=CODES))[:FREQUENT_KEYS]
        self._pairs = np.argsort(-np.bincount(pair, minlength=CODES**2))[:FREQUENT_PAIRS]
        people = [np.array([self._vector(keys) for keys in person]) for person in typed]
        joined = np.concatenate(people)
        size = len(self._keys) + 2 * len(self._pairs)
        summed, count = joined[:, : len(joined[0]) - size], joined[:, None, :CELLS]
        means = summed[:, CELLS:QUANTILES].reshape(len(joined), 3, CELLS)
        self._cells, self._size = (means * count).sum(axis=0) / np.maximum(count.sum(axis=0), 1.0), size
        raw = [self._raw(vectors) for vectors in people]
        self._centre, self._scale = np.concatenate(raw).mean(axis=0), np.concatenate(raw).std(axis=0) + 1e-3
        self._model = fit([squashed((one - self._centre) / self._scale) for one in raw], DIRECTIONS, SHRINK).arrays()

    def place(self, person: Sentences) -> list[Floats]:
        """Where each sentence lies among people."""
        raw = self._raw(np.array([self._vector(keys) for keys in _keys(person)]))
        return list(self._model.project(squashed((raw - self._centre) / self._scale)))

    def ratios(self, own: Sequence[Floats], tried: Sequence[Floats]) -> Scores:
        """Log-likelihood ratios of places, not calibrated."""
        return self._model.ratio(np.mean(own, axis=0), len(own), np.array(tried))

    def _raw(self, vectors: Floats) -> Floats:
        return np.concatenate((residuals(vectors[:, : -self._size], self._cells), vectors[:, -self._size :]), axis=1)

    def _vector(self, keys: Keys) -> Floats:
        hold, gap, lift, codes = keys
        pairs = _pairs(codes)
        hold, gap, lift = (
            one - mean[at] for one, mean, at in zip((hold, gap, lift), self._means, (codes, pairs, pairs), strict=True)
        )
        classes = classes_of_codes()[codes].astype(np.float64)
        whole = summarise(*(one + mean for one, mean in zip((hold, gap, lift), self._grand, strict=True)), classes)
        parts = (
            _shrunk(hold, codes, CODES)[self._keys],
            *(_shrunk(one, pairs, CODES**2)[self._pairs] for one in (gap, lift)),
        )
        return np.concatenate((whole, *parts))


def _keys(person: Sentences) -> list[Keys]:
    return [
        (*timings(times[:KEYS, 0], times[:KEYS, 1]), np.clip(codes[:KEYS], 0, CODES - 1))
        for times, codes in zip(person.times, person.codes, strict=True)
    ]


def _pairs(codes: NDArray[np.int_]) -> NDArray[np.int_]:
    return codes[:-1] * CODES + codes[1:]


def _means(values: Floats, at: NDArray[np.int_], size: int) -> Floats:
    """Means by cell, drawn to the mean of all where a cell saw little."""
    count = np.bincount(at, minlength=size)
    return (np.bincount(at, values, minlength=size) + MEAN_COUNT * values.mean()) / (count + MEAN_COUNT)


def _shrunk(values: Floats, at: NDArray[np.int_], size: int) -> Floats:
    return np.bincount(at, values, minlength=size) / (np.bincount(at, minlength=size) + SHRINK_COUNT)
