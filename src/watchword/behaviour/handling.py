"""How a phone is held while it is used: its tilt, its turning, how still it lies. A weak term.

A phone that lies still while it is typed on speaks against an owner who always holds theirs (it may be worked from
afar); one that is held as never before speaks of another hand. Innocent: a table, a bed, a stand, the other hand. So it
never says more than e to 1 for the owner, e^1.5 to 1 against.
"""

from __future__ import annotations

import numpy as np

from watchword.behaviour.modality import Background, Comparison, Modality
from watchword.behaviour.nearness import near
from watchword.behaviour.samples import Floats, Samples
from watchword.behaviour.template import LEARNT, Entry, Shelf, entry

NAME = "handling"
FEWEST_MOTIONS = 20
FEWEST_POSTURES = 8
LEAST_ENTRIES = 5
FOR, AGAINST = 1.0, -1.5
FEATURES = ("beta", "beta_spread", "gamma", "gamma_spread", "shake", "turn", "tremor", "upright", "still")
STILL_SHAKE = 0.06
"""m/s²: what the sensors of a phone on a table report is noise of 0.01 to 0.04; a hand shakes by 0.1 and more."""

STILL_TURN = 0.6
"""°/s, likewise."""

SELDOM = 0.2
LYING = -0.7
CHANGED_DEGREES = 25.0
_COLUMNS = tuple(range(len(FEATURES) - 1))
BETA, GAMMA, STILL = (FEATURES.index(name) for name in ("beta", "gamma", "still"))


def extract(samples: Samples) -> tuple[Entry, ...]:
    """One entry of a stretch with 20 motions or 8 postures and a touch or key: medians and spreads of tilt (degrees),
    log shake (m/s²), turning (°/s) and tremor (m/s² from sample to sample), upright screen or not, lying still or not.
    """
    motion, posture = samples.motion, samples.orientation
    used = len(samples.touch) + len(samples.keys)
    if not used or (len(motion) < FEWEST_MOTIONS and len(posture) < FEWEST_POSTURES):
        return ()
    count = len(motion) + len(posture)
    return (entry("", count, np.concatenate([_posture(samples), _motion(samples)])[_ORDER]),)


def _posture(samples: Samples) -> Floats:
    posture = samples.orientation
    if len(posture) < FEWEST_POSTURES:
        return np.full(5, np.nan)
    beta, gamma = posture["beta"], posture["gamma"]
    upright = float(np.median(posture["angle"]) % 180 == 0)
    return np.array([np.median(beta), np.log(beta.std() + 0.1), np.median(gamma), np.log(gamma.std() + 0.1), upright])


def _motion(samples: Samples) -> Floats:
    motion = samples.motion
    if len(motion) < FEWEST_MOTIONS:
        return np.full(4, np.nan)
    pull = np.sqrt(motion["ax"] ** 2 + motion["ay"] ** 2 + motion["az"] ** 2)
    turn = np.sqrt(motion["gx"] ** 2 + motion["gy"] ** 2 + motion["gz"] ** 2)
    shake, turned = float(pull.std()), float(np.median(turn))
    still = float(shake < STILL_SHAKE and turned < STILL_TURN)
    tremor = float(np.median(np.abs(np.diff(pull))))
    return np.array([np.log(shake + 0.01), np.log(turned + 0.1), np.log(tremor + 0.01), still])


_ORDER = [0, 1, 2, 3, 5, 6, 7, 4, 8]
"""Posture's five and motion's four in the order of `FEATURES`."""


def compare(shelf: Shelf, entry: Entry, background: Background) -> Comparison | None:
    """How usual it is for the owner to hold the device so; None with fewer than 5 entries."""
    if len(shelf.entries) < LEAST_ENTRIES or len(shelf.entries[0].vector) != len(entry.vector):
        return None
    values = entry.values.astype(np.float64)
    if len(values) != len(FEATURES):
        return None
    found = near(shelf, values, entry.count, _COLUMNS)
    lying, changed = _lying(shelf, values), _changed(shelf, values)
    raw = min(found.llr, LYING) if lying else found.llr
    maturity, quality = min(1.0, shelf.accepted / (2 * LEARNT)), entry.count / (entry.count + FEWEST_MOTIONS)
    llr = max(AGAINST, min(FOR, raw * maturity * quality))
    return Comparison(
        modality=NAME, llr=llr, maturity=maturity, quality=quality, distance=found.distance,
        message=_message(llr, lying, changed),
        details={"lies_still": lying, "tilt_changed_degrees": round(changed, 1), "usual": round(found.usual, 3)},
    )  # fmt: skip


def _lying(shelf: Shelf, values: Floats) -> bool:
    """Whether the device lies still though the owner's seldom does."""
    usual = shelf.matrix[:, STILL]
    known = usual[~np.isnan(usual)]
    return bool(values[STILL] == 1 and len(known) >= LEAST_ENTRIES and known.mean() < SELDOM)


def _changed(shelf: Shelf, values: Floats) -> float:
    """Degrees between how the device is held and the nearest way the owner held it; 0 where that is not known."""
    apart = np.hypot(shelf.matrix[:, BETA] - values[BETA], shelf.matrix[:, GAMMA] - values[GAMMA])
    known = apart[~np.isnan(apart)]
    return float(known.min()) if len(known) else 0.0


def _message(llr: float, lying: bool, changed: float) -> str:
    if lying:
        return "The device lies still while it is used; the owner's is held."
    if changed > CHANGED_DEGREES:
        return f"The device is held {changed:.0f} degrees from any way its owner holds it."
    return f"The device is held {'as usual' if llr >= 0 else 'unlike usual'}."


HANDLING = Modality(NAME, "handling", extract, compare, None, doc=__doc__ or "")
