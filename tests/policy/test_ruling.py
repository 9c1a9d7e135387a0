"""From score to action: thresholds on the unrounded score, floors, relief, and who overrules whom."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from tests.bench_of_evidence import assessed, decided, judged, piece, pieces, world

from watchword.enrichment.facts import Facts, Network
from watchword.policy.decision import ACTIONS, RANK, Action, PolicyEffect, Terms
from watchword.policy.ruling import action_of, level_of, rule_on, settle
from watchword.policy.shipped import SHIPPED
from watchword.scoring.evidence import Evidence
from watchword.scoring.scorecard import Scored, weighted_average

TRAVEL = piece("GEOLOCATION", "IMPOSSIBLE_TRAVEL", "CRITICAL", 93.1)
HOSTING = piece("NETWORK", "HOSTING", "MEDIUM", 28)
DEVICE = piece("DEVICE", "NEW_DEVICE", "LOW", 26)
BURST = piece("VELOCITY", "RAPID_LOGINS", "CRITICAL", 94)


@pytest.mark.parametrize(
    ("ten_thousandths", "action", "level"),
    [
        (0, "allow", "LOW"), (299_999, "allow", "LOW"), (300_000, "monitor", "MEDIUM"), (599_999, "monitor", "MEDIUM"),
        (600_000, "verify", "HIGH"), (799_999, "verify", "HIGH"), (800_000, "block", "CRITICAL"), (10**6, "block",
        "CRITICAL"),
    ],
)  # fmt: skip
def test_actions_and_levels_begin_at_their_threshold(ten_thousandths: int, action: str, level: str) -> None:
    scored = Scored(ten_thousandths * 7, 7, ())
    assert (action_of(scored, Terms()), level_of(scored)) == (action, level)


def test_what_rounds_to_a_threshold_has_not_reached_it() -> None:
    almost = Scored(600_000 * 1000 - 1, 1000, ())
    assert almost.score == 600_000
    assert (action_of(almost, Terms()), level_of(almost)) == ("monitor", "MEDIUM")


def test_actions_follow_the_thresholds_and_levels_do_not() -> None:
    terms = Terms(monitor=100_000, verify=200_000, block=250_000)
    assert (action_of(Scored(260_000, 1, ()), terms), level_of(Scored(260_000, 1, ()))) == ("block", "LOW")


def test_the_strongest_evidence_alone_sets_the_floor() -> None:
    decision = decided([TRAVEL, HOSTING, DEVICE])
    assert (decision.score, decision.level, decision.action) == (627_108, "HIGH", "block")
    assert decision.floor is not None
    assert (decision.floor.name, decision.floor.was, decision.floor.now) == ("strongest", "verify", "block")


def test_the_critical_floor_asks_for_verification() -> None:
    decision = decided([piece("VELOCITY", "BURST", "CRITICAL", 55)], floor="critical")
    assert decision.action == "verify"
    assert decision.floor is not None
    assert (decision.floor.name, decision.floor.was, decision.floor.now) == ("critical", "monitor", "verify")


def test_without_a_floor_the_average_decides() -> None:
    decision = decided([TRAVEL, HOSTING, DEVICE], floor="none")
    assert (decision.action, decision.floor) == ("verify", None)


def ruled(evidence: list[Evidence], spared: bool, terms: Terms = Terms()) -> tuple[Action, str | None]:
    ruling = rule_on(weighted_average(evidence), evidence, terms, lambda: "why" if spared else None, weighted_average)
    return ruling.action, ruling.relief


def test_under_relief_velocity_demands_verification_at_most() -> None:
    assert ruled([BURST], spared=False) == ("block", None)
    assert ruled([BURST], spared=True) == ("verify", "why")
    assert ruled([BURST, DEVICE], spared=True) == ("verify", "why")


def test_under_relief_all_other_evidence_acts_as_ever() -> None:
    assert ruled([BURST, TRAVEL], spared=True) == ("block", None)
    assert ruled([TRAVEL], spared=True) == ("block", None)


def test_relief_names_no_floor_that_did_not_act() -> None:
    evidence = [BURST, DEVICE]
    ruling = rule_on(weighted_average(evidence), evidence, Terms(), lambda: "why", weighted_average)
    assert ruling.action == "verify"
    assert ruling.floor is None


ANYWHERE = Facts(network=Network(vpn=True))
FLOORS = [
    ("weighted_average", "strongest"), ("log_odds", "strongest"), ("log_odds", "critical"), ("log_odds", "none"),
]  # fmt: skip


@pytest.mark.parametrize(("scorecard", "floor"), FLOORS)
@given(pieces(), pieces(most=1), st.booleans())
def test_adding_evidence_never_lowers_an_action(
    scorecard: str, floor: str, found: list[Evidence], more: list[Evidence], spared: bool
) -> None:
    added = [replace(one, code="NEW_DEVICE" if one.type == "DEVICE" else "IMPOSSIBLE_TRAVEL") for one in more]
    actions = []
    for evidence in (found, found + added):
        seen = world(evidence, scorecard=scorecard, floor=floor, policies=SHIPPED)
        seen = replace(seen, spared=lambda _context: "why" if spared else None)
        actions.append(judged(assessed(facts=ANYWHERE), seen).decision.action)
    assert RANK[actions[1]] >= RANK[actions[0]]


def test_without_a_floor_the_average_does_lower_an_action() -> None:
    """Why there is a floor."""
    assert decided([TRAVEL], floor="none").action == "block"
    assert decided([TRAVEL, DEVICE], floor="none").action == "verify"


def effect(mode: str, action: str) -> PolicyEffect:
    return PolicyEffect(f"{mode}_{action}", mode, action)  # type: ignore[arg-type]


@pytest.mark.parametrize("demanded", ACTIONS)
def test_overrides_beat_lists_beat_rules_beat_evidence(demanded: Action) -> None:
    assert settle(demanded, ()) == demanded
    assert settle(demanded, [effect("live", "verify")]) == max(demanded, "verify", key=RANK.__getitem__)
    assert settle(demanded, [effect("live", "verify"), effect("list", "allow")]) == "allow"
    assert settle(demanded, [effect("live", "verify"), effect("list", "block")]) == "block"
    assert settle(demanded, [effect("list", "block"), effect("override", "allow")]) == "allow"
    assert settle(demanded, [effect("list", "allow"), effect("override", "verify")]) == "verify"


def test_block_lists_beat_allow_lists_and_the_strictest_override_holds() -> None:
    assert settle("allow", [effect("list", "allow"), effect("list", "block")]) == "block"
    assert settle("allow", [effect("override", "allow"), effect("override", "verify")]) == "verify"


def test_an_allowing_rule_lowers_only_where_no_other_rule_demands_anything() -> None:
    assert settle("block", [effect("live", "allow")]) == "allow"
    assert settle("block", [effect("live", "allow"), effect("live", "monitor")]) == "block"


def test_the_order_of_effects_does_not_matter() -> None:
    effects = [effect(mode, action) for mode, action in product(("live", "list"), ("allow", "block"))]
    assert settle("monitor", effects) == settle("monitor", effects[::-1]) == "block"
