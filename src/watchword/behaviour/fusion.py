"""From many comparisons to one log-likelihood ratio a lane: sequences, correlation and caps."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from math import exp, log

from msgspec import Struct

from watchword.behaviour.modality import Comparison, Lane

LANES: dict[str, Lane] = {
    "fixed_text": "typing",
    "free_text": "typing",
    "mouse": "pointer",
    "touch": "touch",
    "navigation": "navigation",
    "handling": "handling",
}
"""Which lane a modality runs in; one that is not here runs in a lane of its own."""

ALIKE = 0.5
"""Correlation of the ratios of two entries of one session, or of two modalities of one lane.

On the CMU set 1, 2, 3 and 5 entries in a row give error rates of .0408, .0202, .0161 and .0133 (research/behaviour);
with Gaussian ratios that is a separation of 1, 1.39, 1.51 and 1.62, and `n / (1 + (n - 1) ALIKE)` is 1.33, 1.5, 1.67.
"""

HALF_LIFE = 6
"""Entries of a modality after which one counts half: a stranger who takes over is not hidden behind the owner."""

TAKEN_OVER = 0.5
"""If somebody else acts: how likely it is that the owner began the session."""

LOOKS_BACK = 6
"""From so many entries back on somebody may have taken over."""

AGAINST = {"typing": 7.0, "pointer": 7.0, "touch": 7.0, "navigation": 2.5, "handling": 2.5}
"""How much a lane may say against the owner: one in a thousand is the rarest that published error rates support."""

FOR_OWNER = {"typing": 3.5, "pointer": 3.5, "touch": 3.5, "navigation": 1.5, "handling": 1.5}
"""How much a lane may say for the owner: less, for a thief of timing data types like the owner (88 in 100 do)."""

OTHER_AGAINST, OTHER_FOR_OWNER = 2.5, 1.5


class Fused(Struct, frozen=True):
    """What one lane says: `llr` as in `Comparison`; `maturity` and `quality` are those of what it rests on.

    `entries` were compared; `speaks` is the comparison that says most in the lane's direction.
    """

    lane: str
    llr: float
    maturity: float
    quality: float
    entries: int
    speaks: Comparison


def fuse(comparisons: Iterable[Comparison], lanes: Mapping[str, str] = LANES) -> tuple[Fused, ...]:
    """One ratio a lane from a session's comparisons, oldest first. Lanes by how much they say, the most first."""
    by_lane: dict[str, dict[str, list[Comparison]]] = {}
    for one in comparisons:
        by_lane.setdefault(lanes.get(one.modality, one.modality), {}).setdefault(one.modality, []).append(one)
    fused = [_lane(lane, list(modalities.values())) for lane, modalities in by_lane.items()]
    return tuple(sorted(fused, key=lambda one: (-abs(one.llr), one.lane)))


def in_sequence(ratios: Sequence[float], alike: float = ALIKE, half_life: float = HALF_LIFE) -> float:
    """What correlated ratios of one kind say together, oldest first; 0 for none.

    Their recency-weighted mean, times the number of independent ones that they are worth.
    """
    if not ratios:
        return 0.0
    weights: list[float] = [0.5 ** (age / half_life) for age in range(len(ratios) - 1, -1, -1)]
    total = sum(weights)
    mean = sum(weight * ratio for weight, ratio in zip(weights, ratios, strict=True)) / total
    worth = total * total / sum(weight * weight for weight in weights)
    return mean * worth / (1 + (worth - 1) * alike)


def from_some_entry_on(ratios: Sequence[float]) -> float:
    """What a session's ratios say where somebody may have taken over in the midst of it, oldest first.

    The likelihood of "somebody else" is a mixture: half of it since the first entry, half since one of the later ones,
    each as likely (Shiryaev 1963 for the mixture over the moment of change). Weights sum to one, so a ratio that was
    calibrated stays so.
    """
    whole = in_sequence(ratios)
    starts = range(max(1, len(ratios) - LOOKS_BACK), len(ratios))
    if not starts:
        return whole
    later = sum(exp(-in_sequence(ratios[start:])) for start in starts) / len(starts)
    return -log((1 - TAKEN_OVER) * exp(-whole) + TAKEN_OVER * later)


def _lane(lane: str, modalities: Sequence[list[Comparison]]) -> Fused:
    """The modality that says most counts whole, the next half, and so on: they see the same hands."""
    said = sorted((from_some_entry_on([one.llr for one in each]) for each in modalities), key=abs, reverse=True)
    llr = sum(ratio * (1 - ALIKE) ** place for place, ratio in enumerate(said))
    llr = min(FOR_OWNER.get(lane, OTHER_FOR_OWNER), max(-AGAINST.get(lane, OTHER_AGAINST), llr))
    every = [one for each in modalities for one in each]
    speaks = max(every, key=lambda one: one.llr if llr >= 0 else -one.llr)
    return Fused(lane, llr, max(one.maturity for one in every), max(one.quality for one in every), len(every), speaks)
