"""The decision on the wire: the contract's example to the letter, and every derived part from the same arithmetic."""

from __future__ import annotations

import json
from fractions import Fraction
from itertools import combinations, pairwise
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from tests.bench_of_evidence import NOW, assessed, decided, judged, login, piece, pieces, world

from watchword.actions.messages import Messages
from watchword.events.event import UserFacts
from watchword.policy.cause import cause_of, figure, headline
from watchword.policy.counterfactual import counterfactual, ladder, outcome
from watchword.policy.decision import RANK, Decision, PolicyEffect
from watchword.policy.explanation import encode_wire, wire
from watchword.policy.lists import Entry, Lists
from watchword.policy.rule import Policy
from watchword.scoring.evidence import Evidence

TELL = Messages("help@example.com").tell
SAID = "5,570 km from the last log-in 40 minutes ago: 8,355 km/h"
TRAVEL = replace(
    piece("GEOLOCATION", "IMPOSSIBLE_TRAVEL", "CRITICAL", 93.1, SAID, distanceKm=5570, place="trusted"),
    confidence=9_000,
)
HOSTING = piece("NETWORK", "HOSTING", "MEDIUM", 28, "An address of a datacentre")
DEVICE = piece("DEVICE", "NEW_DEVICE", "LOW", 26, "A device never seen in 50 learnt log-ins")


def golden() -> Decision:
    """The contract's example."""
    decision = decided([TRAVEL, HOSTING, DEVICE], login(id="e-1"))
    return replace(
        decision,
        evidence=(TRAVEL, HOSTING, DEVICE),
        latency_us=1_300,
        versions={"policy": "v7", "scorecard": "weighted_average"},
    )


def test_the_contracts_example_comes_out_to_the_letter() -> None:
    said = json.loads(encode_wire(golden(), TELL))
    identity = said.pop("id")
    assert identity.startswith("dec_")
    assert len(identity) == 36
    assert said.pop("aiAnalysis") == (
        "This log-in was blocked. Impossible travel speaks loudest, with 93.1 of 100 (critical): "
        f"{SAID}. Also seen: hosting (28.0) and new device (26.0). Together the evidence scores 62.7 of 100 (high). "
        "The floor strongest raised the action from verify to block. "
        "Without impossible travel the answer would be allow, at a score of 27.1."
    )
    assert said.pop("userMessage") == msgspec.to_builtins(TELL("block", "en")) | {
        "alternatives": list(TELL("block", "en").alternatives)
    }  # type: ignore[union-attr]
    assert said == {
        "eventId": "e-1", "userId": "ada", "type": "login", "occurredAt": "2026-11-20T00:19:42Z",
        "decidedAt": "2026-11-20T00:19:42Z", "score": 62.7108, "trustScore": 37.2892, "level": "HIGH",
        "action": "block",
        "mode": "enforce", "wouldAct": "block", "durable": True,
        "cause": "IMPOSSIBLE_TRAVEL 93 alone; combined score 63",
        "evidence": [
            {"type": "GEOLOCATION", "code": "IMPOSSIBLE_TRAVEL", "severity": "CRITICAL", "score": 93.1,
            "confidence": 0.9,
             "message": SAID, "details": {"distanceKm": 5570, "place": "trusted"}, "contribution": 50.201},
            {"type": "NETWORK", "code": "HOSTING", "severity": "MEDIUM", "score": 28.0, "confidence": 1.0,
             "message": "An address of a datacentre", "details": {}, "contribution": 7.4118},
            {"type": "DEVICE", "code": "NEW_DEVICE", "severity": "LOW", "score": 26.0, "confidence": 1.0,
             "message": "A device never seen in 50 learnt log-ins", "details": {}, "contribution": 5.098},
        ],
        "notEvaluable": [], "floor": {"name": "strongest", "from": "verify", "to": "block"}, "relief": None,
        "waterfall": [
            {"label": "IMPOSSIBLE_TRAVEL", "from": 0.0, "to": 50.201}, {"label": "HOSTING", "from": 50.201,
            "to": 57.6128},
            {"label": "NEW_DEVICE", "from": 57.6128, "to": 62.7108},
        ],
        "counterfactual": {"without": ["IMPOSSIBLE_TRAVEL"], "score": 27.1489, "action": "allow"},
        "policies": [], "shadow": [], "degraded": [], "challenge": None,
        "versions": {"policy": "v7", "scorecard": "weighted_average", "model": None, "feeds": {}}, "latencyMs": 1.3,
    }  # fmt: skip


def test_pages_print_the_action_with_its_cause() -> None:
    assert headline(golden()) == "block: IMPOSSIBLE_TRAVEL 93 alone; combined score 63"
    watched = decided([TRAVEL, HOSTING], mode="monitor")
    assert headline(watched).startswith("block (answered allow): IMPOSSIBLE_TRAVEL 93 alone; combined score 7")


@given(pieces())
def test_on_the_wire_contributions_sum_to_the_score_exactly(found: list[Evidence]) -> None:
    said = wire(decided(found))
    exact = [Fraction(str(one["contribution"])) for one in said["evidence"]]
    assert sum(exact) == Fraction(str(said["score"]))
    assert Fraction(str(said["score"])) + Fraction(str(said["trustScore"])) == 100
    order = [(-one["contribution"], -one["score"]) for one in said["evidence"]]
    assert order == sorted(order)
    bars = said["waterfall"]
    assert not bars or (bars[0]["from"], bars[-1]["to"]) == (0, said["score"])
    assert all(before["to"] == after["from"] for before, after in pairwise(bars))


def test_supporting_evidence_contributes_nothing() -> None:
    said = wire(decided([TRAVEL, piece("GEOLOCATION", "HIGH_RISK_REGION", "LOW", 20), DEVICE]))
    assert [(one["code"], one["contribution"] > 0) for one in said["evidence"]] == [
        ("IMPOSSIBLE_TRAVEL", True), ("NEW_DEVICE", True), ("HIGH_RISK_REGION", False),
    ]  # fmt: skip


SCORECARDS = st.sampled_from(["weighted_average", "log_odds"])
FLOORS = st.sampled_from(["strongest", "critical", "none"])


@given(pieces(), SCORECARDS, FLOORS)
def test_judged_again_without_anything_taken_away_it_is_the_decision(
    found: list[Evidence], card: str, floor: str
) -> None:
    decision = decided(found, scorecard=card, floor=floor)
    again = outcome(decision)
    assert (again.score, again.action, again.ruling.floor) == (decision.score, decision.would_act, decision.floor)


@given(pieces(), SCORECARDS, FLOORS, st.data())
def test_what_is_taken_away_is_as_if_it_had_never_been_found(
    found: list[Evidence], card: str, floor: str, data: st.DataObject
) -> None:
    decision = decided(found, scorecard=card, floor=floor)
    codes = sorted(one.code for one in decision.evidence)
    removed = data.draw(st.sets(st.sampled_from(codes))) if codes else set()
    never = decided([one for one in found if one.code not in removed], scorecard=card, floor=floor)
    without = outcome(decision, removed)
    assert (without.score, without.action) == (never.score, never.would_act)


@given(pieces(most=5), SCORECARDS, FLOORS)
def test_the_counterfactual_makes_it_milder_and_nothing_less_of_it_does(
    found: list[Evidence], card: str, floor: str
) -> None:
    decision = decided(found, scorecard=card, floor=floor)
    turn = counterfactual(decision)
    if turn is None:
        codes = {one.code for one in decision.evidence}
        assert decision.would_act == "allow" or outcome(decision, codes).action == decision.would_act
        return
    assert RANK[turn.action] < RANK[decision.would_act]
    assert outcome(decision, turn.without).action == turn.action
    for kept in combinations(turn.without, len(turn.without) - 1):
        assert RANK[outcome(decision, kept).action] >= RANK[decision.would_act]


def test_the_way_down_goes_on_until_it_is_allowed() -> None:
    rungs = ladder(decided([TRAVEL, piece("DEVICE", "AUTOMATED_BROWSER", "HIGH", 78), DEVICE]))
    assert [(one.without, one.action) for one in rungs] == [
        ("IMPOSSIBLE_TRAVEL", "verify"),
        ("AUTOMATED_BROWSER", "allow"),
    ]
    assert ladder(decided([DEVICE])) == ()


RULE = Policy(name="corroborated", sentence="s", when="new_device && 'HOSTING' in codes", action="verify")
ANYWHERE = Policy(name="anywhere", sentence="s", when="true", action="verify")


def test_a_rule_is_named_as_the_cause_and_goes_with_what_it_needs() -> None:
    decision = decided([HOSTING, DEVICE], policies=(RULE,))
    assert cause_of(decision) == "policy corroborated; combined score 27"
    turn = counterfactual(decision)
    assert turn is not None
    assert (turn.without, turn.action) == (("HOSTING",), "allow")
    said = wire(decision)["policies"]
    assert said == [{"name": "corroborated", "mode": "live", "effect": "at least verify", "action": "verify"}]


def test_a_rule_that_needs_no_evidence_is_itself_what_to_take_away() -> None:
    turn = counterfactual(decided([DEVICE], policies=(ANYWHERE,)))
    assert turn is not None
    assert (turn.without, turn.action) == (("anywhere",), "allow")


def listed(action: Any, found: list[Evidence], **fields: Any) -> Decision:
    entry = Entry(id="lst_1", kind="country", value="NO", action=action, **fields)
    from watchword.enrichment.facts import Facts, Network

    return judged(assessed(facts=Facts(network=Network(country="NO"))), world(found, Lists([entry]))).decision


def test_lists_and_overrides_are_named_as_the_cause() -> None:
    assert cause_of(listed("block", [])) == "block-list:country"
    assert cause_of(listed("allow", [TRAVEL])) == "allow-list:country; combined score 93"
    assert cause_of(listed("verify", [TRAVEL], override=True, reason="r")) == "override:country; combined score 93"
    turn = counterfactual(listed("block", [DEVICE]))
    assert turn is not None
    assert (turn.without, turn.action) == (("block-list:country",), "allow")


CAUSES = [
    ([], {}, "no evidence"),
    ([DEVICE], {}, "NEW_DEVICE 26"),
    ([TRAVEL], {}, "IMPOSSIBLE_TRAVEL 93"),
    ([HOSTING, DEVICE], {}, "combined score 27: HOSTING 28, NEW_DEVICE 26"),
    (
        [TRAVEL, HOSTING, DEVICE],
        {"floor": "none"},
        "combined score 63: IMPOSSIBLE_TRAVEL 93, HOSTING 28, NEW_DEVICE 26",
    ),
    ([piece("VELOCITY", "B", "CRITICAL", 55)], {"floor": "critical"}, "B is critical; combined score 55"),
    ([DEVICE], {"enabled": False}, "detection is switched off"),
]


@pytest.mark.parametrize(("found", "settings", "cause"), CAUSES)
def test_causes(found: list[Evidence], settings: dict[str, Any], cause: str) -> None:
    assert cause_of(decided(found, **settings)) == cause


def test_figures_are_rounded_unless_that_carried_them_over_a_border() -> None:
    assert [figure(score) for score in (931_000, 627_108, 799_999, 795_000, 800_000, 599_500, 299_999, 4_999)] == [
        "93", "63", "79.9", "79.5", "80", "59.9", "29.9", "0",
    ]  # fmt: skip


def test_relief_is_named_and_its_cause_is_not_velocity() -> None:
    burst = piece("VELOCITY", "RAPID_LOGINS", "CRITICAL", 94)
    seen = replace(world([burst, DEVICE]), spared=lambda _context: "The device was there before the burst")
    decision = judged(assessed(), seen).decision
    said = wire(decision, TELL)
    assert (said["action"], said["relief"], said["floor"]) == ("verify", "The device was there before the burst", None)
    assert said["cause"] == "combined score 77: RAPID_LOGINS 94, NEW_DEVICE 26; velocity may ask for no more here"
    assert "asks for verification at most" in said["aiAnalysis"]
    assert outcome(decision).action == "verify"


def test_nobody_who_is_let_through_gets_a_message() -> None:
    for decision in (decided([]), decided([TRAVEL], mode="monitor"), decided([TRAVEL], enabled=False)):
        assert wire(decision, TELL)["userMessage"] is None
    assert (
        wire(decided([piece("NETWORK", "TOR", "HIGH", 75)]), TELL)["userMessage"]["title"]
        == "Please confirm that it is you"
    )


def test_the_language_is_the_accounts_then_the_browsers() -> None:
    german = login(headers=(("Accept-Language", "de-AT,de;q=0.9,en;q=0.5"),))
    assert "Konto" in wire(decided([TRAVEL], german), TELL)["userMessage"]["text"]
    french = replace(german, user=UserFacts(locale="fr_CA"))
    assert "compte" in wire(decided([TRAVEL], french), TELL)["userMessage"]["text"]


def test_shadow_and_variant_effects_read_well() -> None:
    effects = [
        PolicyEffect("up", "shadow", None, 125_000, becomes="verify", score=700_000),
        PolicyEffect("ask", "shadow", "verify", becomes="verify"),
        PolicyEffect("strict", "variant", becomes="block", score=300_000),
    ]
    said = wire(replace(decided([]), shadow=tuple(effects)))["shadow"]
    assert [(one["effect"], one["action"]) for one in said] == [
        ("score +12.5, score 70.0; would verify", "verify"), ("at least verify; would verify", "verify"),
        ("would block, score 30.0", "block"),
    ]  # fmt: skip


def test_times_are_rfc_3339() -> None:
    said = wire(decided([]))
    assert (said["occurredAt"], said["decidedAt"]) == (NOW.isoformat().replace("+00:00", "Z"),) * 2
