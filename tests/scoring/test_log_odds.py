"""The log-odds scorecard: contributions sum exactly, evidence never lowers, what was fitted has the expected signs."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from watchword.enrichment.facts import Facts
from watchword.events.login import Login
from watchword.scoring.evidence import DEVIATIONS, Evidence
from watchword.scoring.log_odds import (
    FAMILIARITY,
    FAMILIES,
    PRIOR,
    PRIOR_NAME,
    SHIPPED,
    TERMS,
    Table,
    Weight,
    combine,
    familiarity,
    probability,
    scorecard,
)
from watchword.scoring.scorecard import TOP
from watchword.signals.limits import Limits
from watchword.signals.signal import Context
from watchword.state.learning import absorb
from watchword.state.observed import Observed
from watchword.state.population import Census, Population
from watchword.state.profile import Observation, Profile

DAY_MS = 86_400_000
AT_MS = 1_800_000_000_000
VALUES = (11, 12, 13, 14, 15, 16, 17, 18)
HOME = Observation(AT_MS - DAY_MS, 600, VALUES, device=19, browser="Firefox", browser_version=140)
STRANGER = Observation(AT_MS, 600, (21, 22, 23, 24, 25, 26, 27, 28), device=29, browser="Chrome", browser_version=139)
CODES = {family: (f"{family}_THREAT", f"NEW_{family}", f"{family}_OTHER") for family in FAMILIES}

judged = scorecard()


def context(seen: Observation | None, logins: int = 5, population: Population | None = None) -> Context:
    profile = Profile()
    for number in range(logins):
        profile = absorb(profile, replace(HOME, at_ms=HOME.at_ms - (logins - number) * DAY_MS))
    at = datetime.fromtimestamp(AT_MS / 1000, UTC)
    event = Login(id="e", occurred_at=at, user_id="ann", ip="9.9.9.9", result="success")
    return Context(
        event, Facts(), Observed({}, profile), Limits(), AT_MS, 600, 0, population=population or everybody(), seen=seen
    )


def everybody() -> Population:
    census = Census()
    for number in range(200):
        census.add(STRANGER.values if number % 2 else HOME.values, AT_MS, True)
    return census.snapshot(AT_MS)


@st.composite
def evidence(draw: st.DrawFn) -> Evidence:
    family = draw(st.sampled_from(FAMILIES))
    code = draw(st.sampled_from(CODES[family]))
    return Evidence(family, code, "LOW", draw(st.integers(0, 95 * 10_000)), 10_000, "")


found = st.lists(evidence(), max_size=8, unique_by=lambda one: one.code)
seen = st.sampled_from([HOME, STRANGER, replace(HOME, values=(*STRANGER.values[:4], *HOME.values[4:])), None])


@given(found, seen, st.integers(0, 40))
def test_contributions_sum_to_the_score_exactly(pieces: list[Evidence], who: Observation | None, logins: int) -> None:
    scored = judged(pieces, context(who, logins))
    assert sum(part for _, part in scored.contributions) == scored.score
    assert 0 <= scored.score <= TOP
    assert len({name for name, _ in scored.contributions}) == len(scored.contributions)


@given(found, evidence(), seen, st.integers(0, 40))
def test_adding_evidence_never_lowers_the_score(
    pieces: list[Evidence], more: Evidence, who: Observation | None, logins: int
) -> None:
    around = context(who, logins)
    pieces = [one for one in pieces if one.code != more.code]
    assert judged([*pieces, more], around).score >= judged(pieces, around).score


@given(found, st.sets(st.integers(0, 7)), seen)
def test_what_was_weighed_gives_the_score_of_any_part_of_the_evidence(
    pieces: list[Evidence], kept: set[int], who: Observation | None
) -> None:
    around = context(who)
    part = [one for place, one in enumerate(pieces) if place in kept]
    whole = judged(pieces, around)
    assert combine(part, whole.logits).score == judged(part, around).score


def test_nothing_known_and_nothing_found_is_the_prior() -> None:
    assert judged([], context(STRANGER, logins=0)).contributions == ((PRIOR_NAME, round(TOP * PRIOR)),)
    assert judged([], context(None)).score == round(TOP * PRIOR)


def test_the_user_himself_is_under_the_prior_and_a_stranger_over_it() -> None:
    assert judged([], context(HOME)).score < round(TOP * PRIOR) < judged([], context(STRANGER)).score


def test_a_stranger_stands_out_more_the_better_the_user_is_known() -> None:
    scores = [judged([], context(STRANGER, logins)).score for logins in (1, 3, 10, 40)]
    assert scores == sorted(scores)
    assert scores[0] < scores[-1]


def test_a_shared_value_vouches_less_than_a_rare_one() -> None:
    """The address of a large office against an address of one's own."""
    census = Census()
    for number in range(1000):
        census.add((number if number % 2 else HOME.values[0], *HOME.values[1:]), AT_MS, True)
    shared, own = census.snapshot(AT_MS), everybody()
    lift = TERMS.index("ip.lift")
    rare = replace(own, counts=({}, *own.counts[1:]))
    assert familiarity(context(HOME, 5, shared))[lift] < familiarity(context(HOME, 5, rare))[lift]


def test_of_a_family_only_the_strongest_threat_and_deviation_count() -> None:
    weak = Evidence("NETWORK", "HOSTING", "MEDIUM", 280_000, 10_000, "")
    strong = Evidence("NETWORK", "TOR", "HIGH", 750_000, 10_000, "")
    both, alone = judged([weak, strong], context(HOME)), judged([strong], context(HOME))
    assert both.score == alone.score
    assert "HOSTING" not in dict(both.contributions)
    assert dict(both.contributions)["TOR"] == dict(alone.contributions)["TOR"] > 0


def test_probability_is_the_prior_without_evidence_and_saturates() -> None:
    assert probability(0) == pytest.approx(PRIOR)
    assert probability(1000) == 1.0
    assert probability(-1000) == pytest.approx(0.0)


def test_the_shipped_table_weighs_every_term_and_no_evidence_below_zero() -> None:
    assert set(SHIPPED.weights) == set(TERMS)
    assert all(SHIPPED.weights[term].estimate >= 0 for term in TERMS[FAMILIARITY:])
    assert all(weight.error > 0 for weight in SHIPPED.weights.values())
    assert all(code.startswith(DEVIATIONS) for code in (codes[1] for codes in CODES.values()))


def test_tables_that_would_lower_scores_or_lack_terms_are_refused() -> None:
    lowering = {**SHIPPED.weights, "threat.NETWORK": Weight(-0.1)}
    with pytest.raises(ValueError, match="lower"):
        scorecard(Table(lowering, "x"))
    with pytest.raises(ValueError, match=r"ip\.new"):
        scorecard(Table({term: weight for term, weight in SHIPPED.weights.items() if term != "ip.new"}, "x"))
