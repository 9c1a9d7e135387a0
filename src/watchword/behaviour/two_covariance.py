"""Two-covariance PLDA: people differ by one normal distribution, one person's entries by another.

Both are made diagonal at once, so that a comparison is a sum over directions (Brummer and de Villiers 2010).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from msgspec import Struct

from watchword.behaviour.samples import Floats


class TwoCovariance(Struct, frozen=True):
    """A trained model, plain. `onto` projects features (row-major float32, features x directions) to directions.

    In those an entry's own variation is 1 and people differ by the variances `between`.
    """

    centre: bytes
    onto: bytes
    between: bytes

    def arrays(self) -> Directions:
        """The model, ready to compare."""
        centre, between = floats(self.centre), floats(self.between)
        return Directions(centre, floats(self.onto).reshape(len(centre), len(between)), between)


class Directions(Struct, frozen=True, eq=False):
    """The same as arrays."""

    centre: Floats
    onto: Floats
    between: Floats

    def project(self, features: Floats) -> Floats:
        """Features (one or many rows) in the model's directions."""
        made: Floats = (features - self.centre) @ self.onto
        return made

    def ratio(self, own_mean: Floats, entries: float, other: Floats) -> Floats:
        """Log-likelihood ratio that `other` is by the person whose `entries` entries have that mean (last axis)."""
        total = self.between + 1.0
        shrunk = entries * self.between / (entries * self.between + 1.0)
        left = self.between / (entries * self.between + 1.0) + 1.0
        made: Floats = 0.5 * (np.log(total / left) + other**2 / total - (other - shrunk * own_mean) ** 2 / left).sum(
            axis=-1
        )
        return made


def packed(values: Floats) -> bytes:
    """Numbers as float32 bytes."""
    return np.ascontiguousarray(values, dtype="<f4").tobytes()


def floats(values: bytes) -> Floats:
    """Those bytes as numbers."""
    return np.frombuffer(values, dtype="<f4").astype(np.float64)


def fit(people: Sequence[Floats], most: int = 120, shrink: float = 0.05) -> TwoCovariance:
    """The model of many people's features: one matrix a person, one row an entry, at least two rows.

    `shrink` mixes the covariance within people with its diagonal; `most` directions are kept, the widest first.
    """
    means = np.array([one.mean(axis=0) for one in people])
    counts = np.array([len(one) for one in people], dtype=np.float64)
    inner = np.concatenate([one - mean for one, mean in zip(people, means, strict=True)])
    within = inner.T @ inner / (counts.sum() - len(people))
    within = (1 - shrink) * within + shrink * np.diag(np.diag(within)) + 1e-6 * np.eye(len(within))
    centre = means.mean(axis=0)
    apart = means - centre
    between = apart.T @ apart / (len(people) - 1) - within * (1 / counts).mean()
    whiten = np.linalg.cholesky(np.linalg.inv(within))
    width, turn = np.linalg.eigh(whiten.T @ between @ whiten)
    kept = np.argsort(width)[::-1][:most]
    kept = kept[width[kept] > 1e-3]
    return TwoCovariance(packed(centre), packed(whiten @ turn[:, kept]), packed(width[kept]))
