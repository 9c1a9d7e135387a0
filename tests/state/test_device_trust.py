"""Trust in devices: earned slowly, lost at once, given by hand; numbers of the contract's section 6."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watchword.state.device_trust import TRUST, RiskFactor, Trust, set_by_hand, verified, with_factors, with_login
from watchword.state.plan import DAY_MS

START = 20_000 * DAY_MS
HIGH = (RiskFactor("headless", "high"),)


def after(*days: float) -> Trust:
    trust = Trust()
    for day in days:
        trust = with_login(trust, START + round(day * DAY_MS))
    return trust


def test_what_levels_are_worth() -> None:
    assert TRUST == {"unknown": 0.3, "low": 0.4, "medium": 0.6, "high": 0.8, "trusted": 0.95}


@pytest.mark.parametrize(
    ("days", "level"),
    [
        ((), "unknown"), ((0, 1), "unknown"), ((0, 0, 0, 0, 0), "unknown"), ((0, 0, 1), "unknown"), ((0, 1, 2), "medium"),
        (tuple(range(10)), "medium"), ((*range(9), 29), "medium"), ((*range(9), 30), "high"),
        ((*range(8), 30), "medium"), ((*range(9), 31), "high"), ((0,) * 9 + (15, 30), "high"), (tuple(range(60)), "high"),
    ],
)  # fmt: skip
def test_log_ins_earn_it(days: tuple[int, ...], level: str) -> None:
    assert after(*days).level == level


def test_a_high_risk_factor_makes_it_low_and_it_is_earned_anew() -> None:
    trust = with_factors(after(*range(40)), HIGH, START + 40 * DAY_MS)
    assert trust.level == "low"
    for day in (41, 42):
        trust = with_login(trust, START + day * DAY_MS)
    assert trust.level == "low"
    assert with_login(trust, START + 43 * DAY_MS).level == "medium"


def test_log_ins_from_before_the_loss_earn_nothing() -> None:
    trust = with_factors(Trust(), HIGH, START + 5 * DAY_MS)
    for day in (1, 2, 3, 4, 5):
        trust = with_login(trust, START + day * DAY_MS)
    assert trust.level == "low"


def test_factors_that_are_not_high_take_nothing() -> None:
    trust = after(0, 1, 2)
    assert with_factors(trust, (RiskFactor("vpn_proxy", "medium"),), START + 3 * DAY_MS) == trust


def test_verification_makes_it_trusted_and_a_high_factor_takes_that_too() -> None:
    trust = verified(after(0), START + DAY_MS)
    assert trust.level == "trusted"
    lost = with_factors(trust, HIGH, START + 2 * DAY_MS)
    assert lost.level == "low"
    assert verified(lost, START + DAY_MS).level == "low"
    assert verified(lost, START + 3 * DAY_MS).level == "trusted"


def test_by_hand_stands_until_a_high_factor_and_low_by_hand_stands_for_good() -> None:
    trust = set_by_hand(after(0, 1, 2), "trusted", "admin:ann", "seen in person")
    assert with_login(trust, START + 9 * DAY_MS).level == "trusted"
    assert with_factors(trust, HIGH, START + 9 * DAY_MS).level == "low"
    low = set_by_hand(after(0, 1, 2), "low", "admin:ann", "stolen")
    assert verified(low, START + 9 * DAY_MS).level == "low"
    low = with_factors(low, HIGH, START + 9 * DAY_MS)
    for day in range(10, 60):
        low = with_login(low, START + day * DAY_MS)
    assert low.level == "low"
    assert set_by_hand(low, "unknown", "admin:ann", "").level == "unknown"


@given(st.lists(st.integers(0, 60), max_size=30))
def test_a_brute_force_count_agrees(days: list[int]) -> None:
    days = sorted(days)
    high = len(days) >= 10 and days[-1] - days[0] >= 30
    medium = len(days) >= 3 and len(set(days)) >= 3
    assert after(*days).level == ("high" if high else "medium" if medium else "unknown")
