"""Trust: a calibrated probability whose reasons add up, and anomalies that are rare by construction."""

from __future__ import annotations

from math import exp, log
from typing import Any, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watchword.behaviour.fusion import AGAINST, FOR_OWNER, fuse, in_sequence
from watchword.behaviour.modality import Comparison
from watchword.behaviour.trust import (
    CODES,
    LEAST_EVENTS,
    PRIOR,
    PRIOR_CODE,
    TOP,
    Doubt,
    Phase,
    Trust,
    is_machine,
    probability,
    weigh,
)  # fmt: skip

BOT_WORDS = ("UNIFORM", "FAST", "REPETITIVE", "SYNTHETIC")


class Sign(NamedTuple):
    """A sign of a bot, as `behaviour.bots` finds them."""

    code: str
    channel: str
    strength: float = 1.0
    quantile: float = 1e-3
    message: str = "Too regular"
    details: dict[str, Any] = {}


def compared(llr: float, modality: str = "fixed_text", maturity: float = 1.0) -> Comparison:
    return Comparison(modality, llr, maturity, 1.0, 0.0, f"{modality} was compared")


def trust(*args: Any, phase: Phase = "continuous") -> Trust:
    return weigh(*args, phase=phase)


ratios = st.floats(-8, 8, allow_nan=False)
comparisons = st.lists(st.builds(compared, ratios, st.sampled_from(["fixed_text", "free_text", "mouse", "touch", "x"])))
doubts = st.lists(
    st.builds(Doubt, st.sampled_from(["NEW_DEVICE", "NEW_COUNTRY"]), st.just("A doubt"), ratios), max_size=3
)
signs = st.lists(
    st.builds(Sign, st.sampled_from(["FAST_TYPING", "UNIFORM_POINTER"]), st.sampled_from(["typing", "pointer"]),
              st.floats(0, 1), st.floats(0, 1e-2), st.just("Odd"), st.just({})), max_size=4)  # fmt: skip


@given(comparisons, signs, doubts)
def test_reasons_sum_to_trust_and_come_by_contribution(
    found: list[Comparison], bots: list[Sign], beside: list[Doubt]
) -> None:
    judged = trust(found, bots, beside)
    assert 0 <= judged.trust_score <= TOP
    assert sum(reason.contribution for reason in judged.reasons) == judged.trust_score
    told = [reason.contribution for reason in judged.reasons]
    assert told == sorted(told)
    assert {PRIOR_CODE, *(one.code for one in bots), *(one.code for one in beside)} <= {r.code for r in judged.reasons}


@given(comparisons, signs, doubts)
def test_every_reason_pulls_its_own_way(found: list[Comparison], bots: list[Sign], beside: list[Doubt]) -> None:
    judged = trust(found, bots, beside)
    for reason in judged.reasons:
        if reason.code.startswith("FAMILIAR"):
            assert reason.contribution >= -1
        if reason.code.startswith("DIFFERENT") or reason.code in {one.code for one in bots}:
            assert reason.contribution <= 1


def test_nothing_seen_is_the_prior_and_no_confidence() -> None:
    judged = trust([])
    assert judged.trust_score == round(TOP * PRIOR)
    assert (judged.confidence, judged.is_anomaly, len(judged.reasons)) == (0.0, False, 1)


def test_trust_is_the_posterior_of_the_ratio() -> None:
    judged = trust([compared(-2.0)])
    odds = PRIOR / (1 - PRIOR) * exp(-2.0)
    assert judged.trust_score == pytest.approx(TOP * odds / (1 + odds), abs=1)
    assert judged.similarity == pytest.approx(odds / (1 + odds))
    assert judged.confidence == pytest.approx(1 / (1 + exp(-2.0)))


def test_doubts_move_trust_and_not_the_similarity() -> None:
    alone, doubted = trust([compared(1.0)]), trust([compared(1.0)], (), [Doubt("NEW_DEVICE", "New device", -3.0)])
    assert doubted.trust_score < alone.trust_score
    assert doubted.similarity == alone.similarity


@given(st.lists(ratios, min_size=1, max_size=80), st.sampled_from(["fixed_text", "mouse", "handling"]))
def test_a_lane_never_says_more_than_its_cap(said: list[float], modality: str) -> None:
    lane = fuse([compared(one, modality) for one in said])[0]
    assert -AGAINST[lane.lane] <= lane.llr <= FOR_OWNER[lane.lane]


def test_entries_of_one_sequence_gain_what_was_measured() -> None:
    for entries, gain in ((1, 1.0), (2, 1.39), (3, 1.51), (5, 1.62)):
        assert in_sequence([-1.0] * entries) == pytest.approx(-gain, rel=0.05)
    assert in_sequence([-1.0] * 500) > -2.0


def test_a_stranger_who_takes_over_is_not_hidden_behind_the_owner() -> None:
    assert in_sequence([2.0] * 200 + [-2.0] * 12) < -1.0


def test_modalities_of_one_lane_do_not_count_twice() -> None:
    both = fuse([compared(-2.0, "fixed_text"), compared(-2.0, "free_text")])
    apart = fuse([compared(-2.0, "fixed_text"), compared(-2.0, "mouse")])
    assert [one.llr for one in both] == [-3.0]
    assert sum(one.llr for one in apart) == -4.0


@given(comparisons, signs)
def test_no_anomaly_while_learning(found: list[Comparison], bots: list[Sign]) -> None:
    assert not trust(found, bots, phase="learning").is_anomaly


@given(comparisons, signs, st.integers(0, LEAST_EVENTS - 1))
def test_no_anomaly_on_too_few_events(found: list[Comparison], bots: list[Sign], events: int) -> None:
    assert not weigh(found, bots, events=events).is_anomaly


def test_one_entry_or_a_young_template_is_no_anomaly() -> None:
    assert not trust([compared(-7.0)]).is_anomaly
    assert not trust([compared(-7.0, maturity=0.3)] * 5).is_anomaly
    assert trust([compared(-5.0)] * 5).is_anomaly


def test_anomalies_of_bots() -> None:
    typing, pointer = Sign("UNIFORM_TYPING", "typing"), Sign("UNIFORM_POINTER", "pointer")
    assert not trust([], [typing, Sign("FAST_TYPING", "typing")]).is_anomaly
    assert trust([], [typing, pointer]).is_anomaly
    assert trust([], [Sign("SYNTHETIC_EVENTS", "events", quantile=0.0)]).is_anomaly


@given(signs, doubts)
def test_machines_lower_trust_and_are_named_while_learning_as_later(bots: list[Sign], beside: list[Doubt]) -> None:
    young, grown = trust([], bots, beside, phase="learning"), trust([], bots, beside)
    assert (young.trust_score, young.reasons, young.llr) == (grown.trust_score, grown.reasons, grown.llr)
    assert grown.is_anomaly == is_machine(bots)


def test_signs_of_one_channel_count_once_and_of_another_half() -> None:
    typing, pointer = Sign("UNIFORM_TYPING", "typing"), Sign("UNIFORM_POINTER", "pointer")
    once = log(1e-3 / 0.5)
    assert trust([], [typing]).llr == pytest.approx(once)
    assert trust([], [typing, Sign("FAST_TYPING", "typing")]).llr == pytest.approx(once)
    assert trust([], [typing, pointer]).llr == pytest.approx(1.5 * once)


def test_a_calibrated_ratio_is_an_anomaly_once_in_a_thousand_at_most() -> None:
    """Ville's inequality, simulated: ratios of a calibrated detector, looked at after every entry of the session."""
    import numpy as np

    rng = np.random.default_rng(5)
    steps = rng.normal(0.5, 1.0, (20_000, 30))
    steps = np.cumsum(steps, axis=1)
    assert (steps.min(axis=1) <= log(1e-3)).mean() <= 1e-3


def test_no_code_of_its_own_has_a_word_of_the_bots() -> None:
    assert not [code for code in CODES for word in BOT_WORDS if word in code]


def test_the_prior_is_the_complement_of_the_log_ins() -> None:
    from watchword.scoring.log_odds import PRIOR as ATTACKED

    assert pytest.approx(1 - ATTACKED) == PRIOR == pytest.approx(probability(0.0))
