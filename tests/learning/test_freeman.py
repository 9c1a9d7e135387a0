"""The baseline is the published formula."""

from __future__ import annotations

import pytest

from watchword.learning.freeman import AGENT_WEIGHTS, NETWORK_WEIGHTS, Freeman

HOME = ("1.2.3.4", "2119", "NO", "Firefox 140 on Linux", "Firefox 140", "Linux", "desktop")
AWAY = ("9.9.9.9", "7018", "US", "Safari 18 on iOS", "Safari 18", "iOS 18", "mobile")


def test_weights_sum_to_one() -> None:
    assert sum(NETWORK_WEIGHTS) == pytest.approx(1)
    assert sum(AGENT_WEIGHTS) == pytest.approx(1)


def test_the_score_is_the_ratio_worked_out_by_hand() -> None:
    scorer = Freeman()
    for _ in range(3):
        scorer.learn("ann", HOME)
    scorer.learn("bob", AWAY)
    everywhere, here = 3 / 5, 1.0
    assert scorer.score("ann", HOME) == pytest.approx((everywhere / here) ** 2 * (1 / 2) / (3 / 4))
    assert scorer.score("ann", AWAY) == pytest.approx(4 * 4 * (1 / 2) / (3 / 4))


def test_what_the_user_always_does_is_safer_than_what_only_others_do() -> None:
    scorer = Freeman()
    for _ in range(5):
        scorer.learn("ann", HOME)
        scorer.learn("bob", AWAY)
    assert scorer.score("ann", HOME) < 1 < scorer.score("ann", AWAY)
