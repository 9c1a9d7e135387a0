"""Modes, variants, budget, missing parts and what a decision says of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from time import perf_counter_ns
from typing import Any

import pytest
from msgspec.structs import replace
from tests.bench_of_evidence import KINDS, assessed, decided, finding, judged, login, piece, world

from watchword.enrichment.facts import Facts
from watchword.policy.decision import Blend
from watchword.policy.explanation import wire
from watchword.policy.judge import judge
from watchword.policy.rule import Policy
from watchword.policy.settings import Variant
from watchword.policy.world import World
from watchword.scoring.evidence import Evidence
from watchword.scoring.scorecard import Scored
from watchword.signals.signal import Band, Context, Finding, NotEvaluable, Outcome, Signal
from watchword.state.observed import Observed
from watchword.state.profile import Profile

MS = 1_000_000
STRONG = piece("GEOLOCATION", "IMPOSSIBLE_TRAVEL", "CRITICAL", 93)
WEAK = piece("DEVICE", "NEW_DEVICE", "LOW", 26)


def test_monitor_mode_records_what_it_would_have_done_and_answers_allow() -> None:
    decision = decided([STRONG], mode="monitor")
    assert (decision.action, decision.would_act, decision.mode) == ("allow", "block", "monitor")
    assert (decision.score, decision.level) == (930_000, "CRITICAL")


def test_switched_off_it_answers_allow_marked_disabled_and_looks_at_nothing() -> None:
    decision = decided([STRONG], enabled=False)
    assert (decision.action, decision.would_act, decision.mode, decision.score) == ("allow", "allow", "disabled", 0)
    assert decision.evidence == ()
    assert decision.durable
    assert "switched off" in wire(decision)["aiAnalysis"]


def test_what_is_learnt_while_switched_off_waits_on_probation() -> None:
    at_once = judge(assessed(), Observed({}, Profile()), world(), perf_counter_ns).profile
    waiting = judge(assessed(), Observed({}, Profile()), world(enabled=False), perf_counter_ns).profile
    assert at_once is not None
    assert at_once.logins == 1
    assert waiting is None or waiting.logins == 0


def test_variants_are_judged_beside_and_never_acted_on() -> None:
    strict = Variant(name="strict", monitor_threshold=10, verification_threshold=20, auto_block_threshold=25)
    loose = Variant(name="loose", floor="none", scorecard="log_odds")
    own = Variant(name="own_rules", policies=(Policy(name="r", sentence="s", when="new_device", action="verify"),))
    decision = decided([WEAK], variants=(strict, loose, own))
    assert decision.action == "allow"
    assert decision.policies == ()
    assert [(one.name, one.mode, one.becomes) for one in decision.shadow] == [
        ("strict", "variant", "block"), ("loose", "variant", "allow"), ("own_rules", "variant", "verify"),
    ]  # fmt: skip
    assert decision.shadow[0].score == decision.score


def test_the_models_probability_is_blended_in_as_its_own_contribution() -> None:
    seen = replace(world([WEAK], ml_model_enabled=True), model=lambda _context, _found: Blend(8_700, 9_100, "login-2"))
    decision = judged(assessed(), seen).decision
    assert decision.score == (9 * 260_000 + 91 * 870_000) // 100 == 815_100
    assert (decision.level, decision.action) == ("CRITICAL", "block")
    assert decision.contributions == (("NEW_DEVICE", 260_000), ("MODEL", 555_100))
    assert wire(decision)["versions"]["model"] == "login-2"


def test_a_model_that_is_wanted_and_not_there_is_named() -> None:
    decision = decided([WEAK], ml_model_enabled=True)
    assert [(one.part, one.reason) for one in decision.degraded] == [("model", "none is installed")]
    assert decision.score == 260_000


def test_debug_shows_the_state_and_the_time_of_every_part() -> None:
    decision = decided([WEAK], debug_mode=True)
    assert decision.debug is not None
    assert decision.debug["state"]["logins"] == 50
    assert any(part.startswith("signals.finds_new_device") for part in decision.debug["us"])
    assert decided([WEAK]).debug is None
    assert "debug" not in wire(decided([WEAK]))


def test_evidence_under_the_least_confidence_is_not_evaluable() -> None:
    for confidence, found in ((0.29, False), (0.3, True)):
        unsure = Finding("SIGN", 0.0, confidence, "perhaps")
        probe = Signal("probe", "DEVICE", KINDS, {"SIGN": Band("LOW", 30, 40)}, lambda _context, one=unsure: (one,))  # type: ignore[misc]
        decision = judged(assessed(), replace(world(), signals=(probe,))).decision
        assert bool(decision.evidence) == found
        assert [one.code for one in decision.not_evaluable] == ([] if found else ["SIGN"])


class Clock:
    """A clock in the test's hands: every look at it is one nanosecond later, and signals may move it on."""

    def __init__(self) -> None:
        self.now = 0

    def __call__(self) -> int:
        self.now += 1
        return self.now


def taking(clock: Clock, milliseconds: float, one: Evidence, name: str) -> Signal:
    """A signal that finds something after so long."""
    plain = finding(one)

    def detect(context: Context) -> Iterable[Outcome]:
        clock.now += round(milliseconds * MS)
        return plain.detect(context)

    return Signal(name, plain.family, plain.kinds, plain.bands, detect)


def timed(clock: Clock, signals: Iterable[Signal], **settings: Any) -> Any:
    seen = replace(world(**settings), signals=tuple(signals))
    return judge(assessed(), Observed({}, Profile(logins=50)), seen, clock)


def test_a_part_over_its_share_is_named_and_what_it_found_counts() -> None:
    clock = Clock()
    verdict = timed(clock, [taking(clock, 10.1, STRONG, "slow"), taking(clock, 9.9, WEAK, "quick")])
    assert verdict.late == ("signals.slow",)
    assert [(one.part, one.reason) for one in verdict.decision.degraded] == [("signals.slow", "took 10.1 ms of 10")]
    assert verdict.decision.action == "block"
    assert len(verdict.decision.evidence) == 2


def test_when_the_budget_is_spent_the_rest_is_left_out_and_named() -> None:
    clock = Clock()
    parts = [taking(clock, 20, replace(WEAK, code=f"SIGN_{n}"), f"part_{n}") for n in range(5)]
    policy = Policy(name="late_rule", sentence="s", when="evidence_count > 0", action="block")
    decision = timed(clock, parts, policies=(policy,)).decision
    assert len(decision.evidence) == 3
    missing = {one.part: one.reason for one in decision.degraded if "budget" in one.reason}
    assert set(missing) == {"signals.part_3", "signals.part_4", "policies.late_rule"}
    assert set(missing.values()) == {"the budget of 50 ms was spent"}


def test_gathering_counts_towards_the_budget() -> None:
    assessment = assessed(gathered_ns=51 * MS)
    verdict = judge(assessment, Observed({}, Profile()), world([WEAK]), perf_counter_ns)
    assert verdict.decision.evidence == ()
    assert verdict.late == ("enrichment",)
    assert verdict.decision.latency_us >= 51_000


def test_a_part_that_is_left_out_is_named_and_does_not_run() -> None:
    ran: list[int] = []
    probe = Signal("probe", "DEVICE", KINDS, {}, lambda _context: ran.append(1) or ())  # type: ignore[func-returns-value]
    decision = judged(assessed(), replace(world(), signals=(probe,)), frozenset({"signals.probe"})).decision
    assert not ran
    assert decision.degraded[0].part == "signals.probe"


def broken(_context: Any, *_rest: Any) -> Any:
    raise ValueError("no")


BREAKING: dict[str, Callable[[World], World]] = {
    "signals.broken": lambda seen: replace(
        seen, signals=(Signal("broken", "DEVICE", KINDS, {}, broken), *seen.signals)
    ),
    "scorecard.weighted_average": lambda seen: replace(seen, scheme=replace(seen.scheme, scorecard=broken)),
    "model": lambda seen: replace(seen, model_wanted=True, model=broken),
}


@pytest.mark.parametrize("part", BREAKING)
def test_a_part_that_fails_is_named_and_the_rest_decides(part: str) -> None:
    decision = judged(assessed(), BREAKING[part](world([STRONG]))).decision
    assert decision.action == "block"
    assert part in {one.part for one in decision.degraded}


def test_relief_that_fails_relieves_nobody() -> None:
    burst = piece("VELOCITY", "RAPID_LOGINS", "CRITICAL", 94)
    decision = judged(assessed(), replace(world([burst]), spared=broken)).decision
    assert decision.action == "block"
    assert decision.degraded[0].part == "relief"


def test_missing_facts_are_named_and_by_setting_ask_for_verification() -> None:
    facts = Facts(missing={"feeds.tor": "FeedError"})
    assert decided(facts=facts).action == "allow"
    decision = decided(facts=facts, missing_part="verify")
    assert decision.action == "verify"
    assert decision.degraded[0].part == "feeds.tor"
    assert wire(decision)["cause"] == "decided without feeds.tor"
    assert decided(missing_part="verify").action == "allow"


def test_what_was_allowed_because_a_part_was_missing_is_not_learnt_at_once() -> None:
    for facts, learnt in ((Facts(), True), (Facts(missing={"feeds.tor": "FeedError"}), False)):
        assert judged(assessed(login(), facts), world()).decision.learnt is learnt


def test_what_can_not_be_told_is_listed() -> None:
    probe = Signal("probe", "DEVICE", KINDS, {}, lambda _context: (NotEvaluable("FAR_FROM_USUAL", "VPN"),))
    decision = judged(assessed(), replace(world(), signals=(probe,))).decision
    assert wire(decision)["notEvaluable"] == [{"code": "FAR_FROM_USUAL", "reason": "VPN"}]


def test_a_scorecard_of_ones_own_is_used() -> None:
    seen = world([WEAK])
    own = replace(seen.scheme, scorecard=lambda _found, _context: Scored(420_000, 1, (("own", 420_000),)))
    assert judged(assessed(), replace(seen, scheme=own)).decision.score == 420_000
