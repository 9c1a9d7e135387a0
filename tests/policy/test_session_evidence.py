"""How a verdict acts by its confidence, what bot signs add, and what may be learnt from."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from tests.policy.test_sessions import BOUNDS, MINUTE, START, fresh
from tests.stores.session_rooms import keys, numbered

from watchword.behaviour.bot_sign import BotSign
from watchword.behaviour.modality import Comparison, Modality
from watchword.behaviour.samples import Samples, gather
from watchword.behaviour.template import Entry, Shelf, Template
from watchword.policy.session_evidence import (
    Eyes,
    Verdict,
    examine,
    factors_of,
    is_doubtful,
    phase_of,
    verdict_of,
    was_doubted,
    was_owners,
    was_proved,
)  # fmt: skip
from watchword.policy.sessions import Advanced, advance, demand, outcome
from watchword.state.session import Session


def bring(session: Session, *verdicts: Verdict | None, bots: tuple[BotSign, ...] = (), at_ms: int = START) -> Advanced:
    moved = Advanced(session)
    for verdict in verdicts:
        factors = factors_of(bots, verdict, moved.session, BOUNDS)
        moved = advance(moved.session, factors, BOUNDS, at_ms, f"c{at_ms}")
    return moved


def sign(code: str, channel: str = "typing", strength: float = 1.0, quantile: float = 1e-4) -> BotSign:
    return BotSign(code, channel, strength, quantile, "As no person types")  # type: ignore[arg-type]


def test_over_eight_tenths_a_verdict_acts_directly() -> None:
    assert bring(fresh(2_000), Verdict("block", 0.81, 0.01)).blocked
    challenged = bring(fresh(2_000), Verdict("challenge", 0.81, 0.2))
    assert challenged.asked and challenged.session.risk == 7_000
    assert bring(fresh(7_500), Verdict("challenge", 0.9, 0.2)).session.risk == 7_500
    assert bring(fresh(5_000), Verdict("allow", 0.9, 0.99)).session.risk == 3_500


@pytest.mark.parametrize("confidence", [0.6, 0.7, 0.8])
@pytest.mark.parametrize("decision", ["allow", "challenge", "block"])
def test_from_six_tenths_it_moves_the_risk_by_at_most_fifteen_hundredths(confidence: float, decision: str) -> None:
    verdict = Verdict(decision, confidence, 0.5)  # type: ignore[arg-type]
    moved = bring(fresh(5_000), *[verdict] * 10)
    assert moved.session.live and abs(moved.session.risk - 5_000) == round(1_500 * (confidence - 0.6) / 0.2)


@pytest.mark.parametrize("verdict", [None, Verdict("block", 0.59, 0.0), Verdict("allow", 0.3, 1.0)])
def test_under_that_or_without_an_answer_the_rules_stand(verdict: Verdict | None) -> None:
    session = fresh(5_000)
    assert bring(session, verdict).session == session


def test_allow_lowers_nothing_while_a_challenge_is_pending_and_lifts_no_block() -> None:
    asked = bring(fresh(6_000), Verdict("challenge", 0.9, 0.2)).session
    assert bring(asked, Verdict("allow", 0.99, 1.0)).session.risk == 7_000
    dead = bring(fresh(), Verdict("block", 0.99, 0.0)).session
    assert bring(dead, Verdict("allow", 0.99, 1.0)).session == dead


VERDICTS = st.builds(Verdict, st.sampled_from(("allow", "challenge")), st.floats(0, 0.8), st.floats(0, 1))


@given(st.lists(st.tuples(VERDICTS, st.integers(0, 20 * MINUTE))))
def test_however_often_it_is_asked_it_moves_by_fifteen_hundredths_a_session(course: list[tuple[Verdict, int]]) -> None:
    session, at, raised, lowered = fresh(5_000), START, 0, 0
    for verdict, wait in course:
        at += wait
        moved = bring(session, verdict, at_ms=at)
        for change in moved.changes:
            raised += max(0, change.delta)
            lowered -= min(0, change.delta) if change.factor != "decay" else 0
        session = moved.session
    assert raised <= 1_500 and lowered <= 1_500


def test_evidence_that_goes_on_holds_off_decay() -> None:
    session = bring(fresh(), Verdict("challenge", 0.8, 0.3)).session
    for seconds in range(10, 200, 10):
        moved = bring(session, Verdict("challenge", 0.8, 0.3), at_ms=START + 1000 * seconds)
        assert moved.changes == ()
        session = moved.session
    assert session.risk == 1_500


def test_a_sign_counts_once_a_code_and_all_of_them_three_tenths() -> None:
    signs = tuple(sign(f"UNIFORM_{number}") for number in range(5))
    moved = bring(fresh(), None, bots=signs)
    assert moved.session.risk == 3_000
    seen = replace(moved.session, bots=tuple(one.code for one in signs))
    assert bring(seen, None, bots=signs).session.risk == 3_000
    assert bring(fresh(), None, bots=(sign("FAST_KEYS", strength=0.5),)).session.risk == 500
    assert {change.layer for change in moved.changes} == {"patterns"}


def test_one_odd_sign_asks_and_two_sources_block() -> None:
    nothing = examine(gather(()), Template(), Eyes())
    assert verdict_of(nothing).confidence == 0.0
    one = replace(nothing, bots=(sign("FAST_KEYS", quantile=1e-6),))
    assert (one.phase, one.trust.is_anomaly) == ("learning", False), "a machine is stopped before anybody is known"
    assert verdict_of(one).decision == "challenge"
    two = replace(one, bots=(*one.bots, sign("SYNTHETIC_PATH", "pointer")))
    assert verdict_of(two).decision == "block"


def broken(samples: Samples) -> tuple[Entry, ...]:
    raise RuntimeError(samples)


def never(shelf: Shelf, entry: Entry, background: object) -> Comparison | None:
    raise RuntimeError((shelf, entry, background))


def test_a_modality_that_fails_is_missing_evidence() -> None:
    eyes = Eyes(
        (Modality("one", "typing", broken, never), Modality("two", "typing", lambda _: (Entry("", 1, b""),), never))
    )
    found = examine(gather(numbered(keys(0, 20))), Template(), eyes)
    assert found.failed == ("one", "two") and not found.trust.is_anomaly


def test_a_template_is_mature_once_any_modality_has_ten_entries() -> None:
    assert phase_of(Template({"mouse/": Shelf(accepted=9)})) == "learning"
    assert phase_of(Template({"mouse/": Shelf(accepted=9), "free_text/": Shelf(accepted=10)})) == "continuous"


def test_what_may_be_learnt_from() -> None:
    good = fresh(strong=True, end="logout")
    assert was_owners(good, BOUNDS) and was_owners(good, BOUNDS, 0.5)
    for bad in ({"strong": False}, {"peak": 7_000}, {"bots": ("FAST_KEYS",)}, {"end": "blocked"}, {"end": "owner"}):
        assert not was_owners(replace(good, **bad), BOUNDS)
    assert was_owners(replace(good, peak=7_000, passes=1), BOUNDS)
    assert not was_owners(replace(good, peak=7_000, passes=1, challenge="asked"), BOUNDS)
    assert not was_owners(good, BOUNDS, -2.0)
    assert not was_owners(replace(good, passes=1), BOUNDS, -0.1)
    assert was_owners(replace(good, passes=1), BOUNDS, -5.0, proved=True)
    assert not was_owners(replace(good, passes=1, bots=("FAST_KEYS",)), BOUNDS, -5.0, proved=True)


@pytest.mark.parametrize(
    ("opened", "passed", "proved"),
    [
        ("pin", ("mpin",), False), ("mpin", ("pin",), False), ("passkey", ("biometric",), False), ("totp", (), False),
        ("webauthn", ("mpin",), True), ("pin", ("mpin", "email_otp"), True), ("PIN", ("totp",), True),
        ("password", ("mpin",), True), ("", ("mpin",), False), ("passcode", ("mpin",), False), ("sms", ("sms_otp",), False),
        (" Pin ", ("mpin",), False), ("", ("mpin", "totp"), True), ("passcode", ("pin", "mpin"), False),
    ],
)  # fmt: skip
def test_two_proofs_are_of_two_kinds(opened: str, passed: tuple[str, ...], proved: bool) -> None:
    session = fresh(method=opened)
    changes = []
    for by in passed:
        session = demand(session, BOUNDS, START, "c", "by hand").session
        moved = advance(session, [outcome(True, by), outcome(False, "security_questions")], BOUNDS, START, "c")
        session, changes = moved.session, [*changes, *moved.changes]
    assert was_proved(session, changes) is proved


def test_what_casts_doubt_on_what_lies_near() -> None:
    good = fresh(strong=True, end="logout")
    assert not is_doubtful(good) and not is_doubtful(good, -0.9) and not is_doubtful(replace(good, strong=False))
    for bad in ({"end": "blocked"}, {"end": "owner"}, {"end": "by_hand"}, {"challenge": "asked"}):
        assert is_doubtful(replace(good, **bad))
    assert is_doubtful(good, -1.1) and is_doubtful(replace(good, passes=1), -1.1)


def test_behaviour_had_somebody_asked_where_its_verdict_brought_them_there() -> None:
    asked = bring(fresh(2_000), Verdict("challenge", 0.9, 0.2)).changes
    raised = bring(fresh(2_000), Verdict("challenge", 0.7, 0.2)).changes
    assert was_doubted(asked, BOUNDS) and not was_doubted(raised, BOUNDS) and not was_doubted((), BOUNDS)


def test_risk_from_a_verdict_fades_with_time() -> None:
    raised = bring(fresh(), Verdict("challenge", 0.8, 0.3)).session
    assert advance(raised, (), BOUNDS, START + 5 * MINUTE, "c").session.risk == 1_000
