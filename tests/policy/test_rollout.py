"""Gradual rollout: the same users at every share and after every restart, and as many as the share says."""

from __future__ import annotations

import pytest
from tests.bench_of_evidence import NOW, assessed, decided, login, piece

from watchword.events.api_call import ApiCall
from watchword.policy.decision import Decision
from watchword.policy.rollout import enforced, position

STRONG = piece("GEOLOCATION", "IMPOSSIBLE_TRAVEL", "CRITICAL", 93)
USERS = [assessed(login(user_id=f"user-{number}")) for number in range(4_000)]


@pytest.mark.parametrize("share", [0.05, 0.25, 0.5, 0.9])
def test_the_share_of_users_is_the_share(share: float) -> None:
    inside = sum(enforced(one, share) for one in USERS) / len(USERS)
    assert abs(inside - share) < 4 * (share * (1 - share) / len(USERS)) ** 0.5


def test_who_is_in_stays_in_as_the_share_grows() -> None:
    for smaller, greater in ((0.0, 0.1), (0.1, 0.2), (0.2, 0.7), (0.7, 1.0)):
        assert all(enforced(one, greater) for one in USERS if enforced(one, smaller))


def test_a_user_is_on_the_same_side_from_every_address_and_in_every_release() -> None:
    for number in range(50):
        here = assessed(login(user_id=f"user-{number}", ip="198.51.100.7", device_fingerprint="d"))
        assert enforced(here, 0.3) == enforced(USERS[number], 0.3)
    assert [round(position(bytes([number]) * 16), 6) for number in range(3)] == [0.933147, 0.476886, 0.91967]


def test_outside_the_share_it_is_recorded_and_answered_allow() -> None:
    seen = {(one.mode, one.action, one.would_act) for one in _decisions()}
    assert seen == {("enforce", "block", "block"), ("monitor", "allow", "block")}


def _decisions() -> list[Decision]:
    return [decided([STRONG], login(user_id=f"user-{number}"), rollout_share=0.5) for number in range(20)]


def test_events_without_a_user_go_by_address() -> None:

    calls = [assessed(ApiCall(id=f"c{n}", occurred_at=NOW, ip=f"198.51.100.{n % 7}", endpoint="/")) for n in range(70)]
    sides = {(call.event.ip, enforced(call, 0.5)) for call in calls}
    assert len(sides) == 7
