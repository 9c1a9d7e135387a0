"""Stored score equals the sum of stored contributions, whatever the evidence, scorecard, rules and blend."""

from __future__ import annotations

import random

import pytest
from msgspec.structs import replace
from tests.bench_of_evidence import TYPES, assessed, finding, judged, piece, world

from watchword.policy.decision import Blend, Decision
from watchword.policy.explanation import wire
from watchword.policy.rule import Policy
from watchword.policy.world import World
from watchword.scoring.evidence import SEVERITIES, Evidence

RULES = (
    Policy(name="more", sentence="s", when="'SIGN_1' in codes", change=17.3333),
    Policy(name="less", sentence="s", when="'SIGN_2' in codes", change=-41.7),
    Policy(name="ask", sentence="s", when="score > 55.0", action="verify"),
)
SETTINGS = [
    {"scorecard": card, "floor": floor, "policies": policies}
    for card in ("weighted_average", "log_odds")
    for floor in ("strongest", "none")
    for policies in ((), RULES)
]


def worlds() -> list[World]:
    plain = [world(**settings) for settings in SETTINGS]
    blend = Blend(8_731, 4_567, "m")
    return plain + [replace(one, model_wanted=True, model=lambda _context, _found: blend) for one in plain]


def evidence(rng: random.Random) -> list[Evidence]:
    return [
        piece(rng.choice(TYPES), f"SIGN_{n}", rng.choice(SEVERITIES), rng.randrange(0, 1_000_000) / 10_000)
        for n in range(rng.randrange(0, 9))
    ]


def decisions(count: int, seed: int) -> list[Decision]:
    rng, kinds, assessment = random.Random(seed), worlds(), assessed()
    made = []
    while len(made) < count:
        signals = tuple(finding(one) for one in evidence(rng))
        made += [judged(assessment, replace(one, signals=signals)).decision for one in kinds]
    return made[:count]


def check(made: list[Decision]) -> None:
    assert all(sum(part for _, part in one.contributions) == one.score for one in made)
    assert all(0 <= one.score <= 1_000_000 for one in made)
    assert len({one.score for one in made}) > len(made) / 4


def test_the_sum_of_contributions_is_the_score_on_two_thousand_decisions() -> None:
    made = decisions(2_000, seed=1)
    check(made)
    for one in made[:200]:
        said = wire(one)
        assert round(1e4 * said["score"]) == one.score
        assert not said["waterfall"] or said["waterfall"][-1]["to"] == said["score"]


@pytest.mark.slow
def test_the_sum_of_contributions_is_the_score_on_a_hundred_thousand_decisions() -> None:
    for seed in range(10):
        check(decisions(10_000, seed))
