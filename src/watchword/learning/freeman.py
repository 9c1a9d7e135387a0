"""The baseline to beat: the likelihood-ratio score of Freeman et al. (NDSS 2016), as published, in O(1) a log-in.

Weights are those of the reference notebook of Wiefling et al. (2022). It knows seven features: address, ASN, country;
User-Agent, browser with version, system with version, kind of device.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

NETWORK_WEIGHTS = (0.6, 0.3, 0.1)
AGENT_WEIGHTS = (0.5386653840551359, 0.2680451498625666, 0.18818295100109536, 0.0051065150812021525)
_GROUPS = ((0, NETWORK_WEIGHTS), (3, AGENT_WEIGHTS))
FEATURES = 7


class Freeman:
    """Counts of every feature, of all log-ins and of each user's; scores are likelihood ratios, higher is riskier."""

    def __init__(self) -> None:
        self._all = [Counter[str]() for _ in range(FEATURES)]
        self._users: dict[str, list[Counter[str]]] = {}
        self._logins = Counter[str]()
        self._total = 0

    def score(self, user: str, features: Sequence[str]) -> float:
        """The ratio for a user with at least one learnt log-in."""
        own, logins, ratio = self._users[user], self._logins[user], 1.0
        for first, weights in _GROUPS:
            everywhere = sum(
                weight * max(self._all[first + place][features[first + place]], 0.5) / (self._total + 1)
                for place, weight in enumerate(weights)
            )
            here = sum(
                weight * own[first + place][features[first + place]] / logins for place, weight in enumerate(weights)
            )
            ratio *= everywhere / (here if here > 0 else everywhere / 4)
        return ratio * (1 / len(self._users)) / (logins / self._total)

    def learn(self, user: str, features: Sequence[str]) -> None:
        """Counts a successful log-in."""
        own = self._users.setdefault(user, [Counter[str]() for _ in range(FEATURES)])
        self._logins[user] += 1
        self._total += 1
        for place, value in enumerate(features):
            own[place][value] += 1
            self._all[place][value] += 1
