"""The contract's arithmetic of a session's risk, beside a plain oracle, and its rules one by one."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from watchword.errors import ConfigurationError
from watchword.policy.session_settings import SessionSettings, Thresholds
from watchword.policy.sessions import Bounds, advance, level_of
from watchword.state.session import Session
from watchword.state.session_risk import Factor

START = 1_800_000_000_000
MINUTE = 60_000
BOUNDS = Bounds()


def fresh(risk: int = 0, **more: Any) -> Session:
    fields = {"opened_ms": START, "expires_ms": START + 10**9, "still_ms": START, "risk": risk} | more
    return Session("ann", "s", **fields)


def move(session: Session, *names: str, at_ms: int = START, bounds: Bounds = BOUNDS, subject: int = 7) -> Any:
    return advance(session, [Factor(name, subject=subject) for name in names], bounds, at_ms, f"c{at_ms}")


AMOUNTS = {
    "rapid_clicks": 1_000, "large_transaction": 2_000, "new_beneficiary": 1_500, "off_hours_activity": 1_000,
    "mpin_failed": 2_500,
}  # fmt: skip


@pytest.mark.parametrize("name", AMOUNTS)
def test_what_a_factor_adds(name: str) -> None:
    assert move(fresh(), name).session.risk == AMOUNTS[name]


def test_each_counts_once() -> None:
    once = move(fresh(), "off_hours_activity", "off_hours_activity", "new_beneficiary", "new_beneficiary").session
    assert once.risk == 2_500
    assert move(once, "large_transaction", "large_transaction").session.risk == 4_500
    other = move(once, "new_beneficiary", subject=8).session
    assert other.risk == 4_000
    assert move(fresh(), "mpin_failed", "mpin_failed").session.risk == 5_000


def test_rapid_clicks_count_once_a_minute_and_three_times_a_session() -> None:
    session, at = fresh(), START
    risks = []
    for step in (0, 59_999, 1, 60_000, 60_000, 60_000):
        at += step
        session = move(session, "rapid_clicks", at_ms=at).session
        risks.append(session.counted.clicks)
    assert risks == [1_000, 1_000, 2_000, 3_000, 3_000, 3_000]


def test_normal_typing_lowers_once_in_half_a_minute_and_a_tenth_a_session() -> None:
    session, at, lowered = fresh(6_000), START, 0
    for _ in range(20):
        before = session.risk
        session = move(replace(session, still_ms=at), "normal_typing", at_ms=at).session
        lowered += before - session.risk
        assert move(session, "normal_typing", at_ms=at + 29_999).session.risk == session.risk
        at += 30_000
    assert lowered == 1_000


def test_risk_falls_a_hundredth_a_full_minute_without_new_evidence() -> None:
    session = move(fresh(), "mpin_failed", at_ms=START + 90_000).session
    assert move(session, at_ms=START + 90_000 + MINUTE - 1).session.risk == 2_500
    later = move(session, at_ms=START + 90_000 + 3 * MINUTE + 5_000)
    assert later.session.risk == 2_200
    assert [change.factor for change in later.changes] == ["decay"]
    assert move(later.session, at_ms=START + 90_000 + 4 * MINUTE).session.risk == 2_100
    assert move(session, at_ms=START + 10**8).session.risk == 0


def test_thresholds_are_inclusive() -> None:
    below = move(fresh(5_999), "off_hours_activity")
    assert (below.session.risk, below.asked, level_of(below.session, BOUNDS)) == (6_999, False, "normal")
    at = move(fresh(6_000), "off_hours_activity")
    assert (at.session.risk, at.asked, at.session.challenge_id) == (7_000, True, f"c{START}")
    assert level_of(at.session, BOUNDS) == "suspicious"
    assert not move(fresh(7_499), "new_beneficiary").blocked
    over = move(fresh(7_500), "new_beneficiary")
    assert over.blocked and not over.asked and level_of(over.session, BOUNDS) == "high_risk"


def test_asked_once_until_passed_then_again_by_any_increment() -> None:
    asked = move(fresh(6_500), "off_hours_activity")
    assert asked.asked and asked.session.challenge == "asked"
    more = move(asked.session, "rapid_clicks")
    assert not more.asked and more.session.challenge_id == asked.session.challenge_id
    passed = move(more.session, "mpin_verified")
    assert (passed.session.risk, passed.session.challenge, passed.asked) == (7_500, "passed", False)
    again = move(passed.session, "rapid_clicks", at_ms=START + MINUTE)
    assert again.session.counted.clicks == 2_000 and again.asked
    assert again.session.challenge_id != asked.session.challenge_id


def test_nothing_lowers_while_a_challenge_is_pending_but_the_mpin() -> None:
    asked = move(fresh(6_500), "off_hours_activity").session
    later = START + 60 * MINUTE
    assert move(asked, "normal_typing", at_ms=later).session.risk == 7_500
    allow = Factor("ml_engine", "patterns", delta=-1_500, position=True)
    assert advance(asked, [allow], BOUNDS, later, "c").session == asked
    assert move(asked, "mpin_verified", at_ms=later).session.risk == 6_500


def test_the_first_wrong_mpin_in_a_challenge_blocks_and_a_setting_grants_free_attempts() -> None:
    asked = move(fresh(6_000), "off_hours_activity").session
    assert move(asked, "mpin_failed").session.blocked
    lenient = Bounds(free_attempts=2)
    session = asked
    for _ in range(2):
        session = move(session, "mpin_failed", bounds=lenient).session
        assert session.live and session.risk == 7_000
    assert move(session, "mpin_failed", bounds=lenient).session.blocked


def test_a_blocked_session_is_dead_for_good() -> None:
    dead = move(fresh(8_000), "mpin_failed").session
    assert dead.blocked
    for name in ("mpin_verified", "normal_typing", "mpin_failed"):
        assert move(dead, name, at_ms=START + 10**8).session == dead


def test_who_knows_the_mpin_can_not_lower_the_risk_at_will() -> None:
    session = move(fresh(5_000), "mpin_verified").session
    assert (session.risk, session.challenge) == (5_000, "none")


def test_a_verdict_that_raises_to_a_floor_holds_it_until_a_challenge_is_passed() -> None:
    challenge = Factor("ml_engine", "patterns", least=7_000, position=True)
    raised = advance(fresh(2_000), [challenge], BOUNDS, START, "c")
    assert raised.asked and raised.session.risk == raised.session.floor == 7_000
    unasked = replace(raised.session, challenge="none")
    allow = Factor("ml_engine", "patterns", delta=-1_500, position=True)
    assert advance(unasked, [allow], BOUNDS, START + 30 * MINUTE, "d").session.risk == 7_000
    assert move(raised.session, "mpin_verified").session.risk == 6_000


def test_a_verdict_that_blocks_ends_the_session_whatever_the_risk() -> None:
    over = advance(fresh(), [Factor("ml_engine", "patterns", block=True)], BOUNDS, START, "c")
    assert over.blocked and level_of(over.session, BOUNDS) == "high_risk"


def test_thresholds_of_a_person_or_segment_within_bounds() -> None:
    own = SessionSettings(segments={"staff": Thresholds(suspicious=0.5)})
    assert own.bounds("staff").suspicious == 5_000
    assert own.bounds("staff", suspicious=6_000).suspicious == 6_000
    assert own.bounds("others") == Bounds()
    assert own.bounds("", suspicious=8_000, high_risk=7_000) == Bounds()
    with pytest.raises(ConfigurationError):
        SessionSettings(suspicious_threshold=0.9)


STEPS = st.tuples(
    st.sampled_from([*AMOUNTS, "mpin_verified", "normal_typing", "nothing"]),
    st.integers(0, 3),
    st.sampled_from((0, 1, 20_000, 29_999, 30_000, 59_999, 60_000, 61_000, 200_000)),
)


class Oracle:
    """The contract's sentences, one after the other, on floats' decimal cousins: plain numbers and lists."""

    def __init__(self) -> None:
        self.risk, self.now, self.still = 0, 0, 0
        self.state, self.dead, self.off_hours = "none", False, False
        self.seen: set[tuple[str, int]] = set()
        self.clicked: list[int] = []
        self.typed: list[tuple[int, int]] = []
        self.asks = 0

    def step(self, name: str, subject: int, wait: int) -> None:
        self.now += wait
        if self.dead:
            return
        if self.state != "asked":
            while self.now - self.still >= MINUTE:
                self.still += MINUTE
                self.risk = max(0, self.risk - 100)
        if name == "mpin_verified":
            if self.state == "asked":
                self.risk, self.state, self.still = self.risk - 1_000, "passed", self.now
        elif name == "normal_typing":
            done = min(200, 1_000 - sum(amount for _, amount in self.typed), self.risk)
            if self.state != "asked" and done and not any(self.now - at < 30_000 for at, _ in self.typed):
                self.typed.append((self.now, done))
                self.risk -= done
        elif name != "nothing" and self.counts(name, subject):
            self.raise_by(AMOUNTS[name] if name != "rapid_clicks" or len(self.clicked) <= 3 else 0)

    def counts(self, name: str, subject: int) -> bool:
        if name == "mpin_failed":
            return True
        if name == "rapid_clicks":
            fresh = not self.clicked or self.now - self.clicked[-1] >= MINUTE
            if fresh:
                self.clicked.append(self.now)
            return fresh
        key = (name, subject if name != "off_hours_activity" else 0)
        fresh = key not in self.seen
        self.seen.add(key)
        return fresh

    def raise_by(self, amount: int) -> None:
        before, self.risk, self.still = self.risk, min(10_000, self.risk + amount), self.now
        if self.risk >= 9_000:
            self.dead = True
        elif self.risk >= 7_000 and self.risk > before and self.state != "asked":
            self.state, self.asks = "asked", self.asks + 1


@settings(max_examples=400, deadline=None)
@given(st.lists(STEPS, max_size=40))
def test_any_course_of_events_is_as_the_oracle_says(steps: list[tuple[str, int, int]]) -> None:
    oracle, session, now, asks = Oracle(), fresh(), START, 0
    oracle.now = oracle.still = START
    for name, subject, wait in steps:
        oracle.step(name, subject, wait)
        now += wait
        factors = [] if name == "nothing" else [Factor(name, subject=subject)]
        moved = advance(session, factors, BOUNDS, now, f"c{now}")
        assert moved.session.risk - session.risk == sum(change.delta for change in moved.changes)
        session, asks = moved.session, asks + moved.asked
        assert (session.risk, session.blocked, asks) == (oracle.risk, oracle.dead, oracle.asks)
        assert session.blocked or session.challenge == oracle.state
        assert 0 <= session.risk <= session.peak <= 10_000
