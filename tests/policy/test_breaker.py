"""The circuit breaker: who is left out, for how long, and who never is."""

from __future__ import annotations

from watchword.policy.breaker import Breaker, Rest

REST = Rest(strikes=3, within_ms=60_000, rest_ms=30_000)


def struck(*times_ms: int) -> Breaker:
    breaker = Breaker()
    for at in times_ms:
        breaker.strike(["signals.slow"], at, REST)
    return breaker


def test_three_strikes_within_a_minute_leave_a_part_out_for_half_a_minute() -> None:
    assert not struck(0, 1_000).left_out(1_000)
    breaker = struck(0, 1_000, 59_999)
    assert breaker.left_out(59_999) == {"signals.slow"}
    assert breaker.left_out(89_998) == {"signals.slow"}
    assert breaker.left_out(89_999) == frozenset()


def test_strikes_further_apart_are_forgotten() -> None:
    assert not struck(0, 1_000, 60_000).left_out(60_000)


def test_after_its_rest_one_more_strike_sends_it_back() -> None:
    breaker = struck(0, 1, 2)
    assert not breaker.left_out(30_002)
    breaker.strike(["signals.slow"], 30_003, REST)
    assert breaker.left_out(30_003) == {"signals.slow"}


def test_a_part_that_recovered_starts_anew() -> None:
    breaker = struck(0, 1, 2)
    breaker.strike(["signals.slow"], 70_000, REST)
    assert not breaker.left_out(70_000)


def test_parts_rest_by_themselves() -> None:
    breaker = struck(0, 1, 2)
    for at in (10_000, 10_001, 10_002):
        breaker.strike(["enrichment"], at, REST)
    assert breaker.left_out(10_002) == {"signals.slow", "enrichment"}
    assert breaker.left_out(30_002) == {"enrichment"}


def test_a_part_that_is_late_for_few_events_goes_on() -> None:
    breaker = Breaker()
    for at in range(100):
        breaker.count(at, REST)
    for at in range(100, 119):
        breaker.strike(["signals.slow"], at, REST)
        assert not breaker.left_out(at)
    breaker.strike(["signals.slow"], 119, REST)
    assert breaker.left_out(119) == {"signals.slow"}
