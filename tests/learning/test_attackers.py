"""Attackers do what their kind says, and twins are like any other person."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from random import Random

import pytest
from tests.learning.test_generator import BOOK, populate

from watchword.events.account_activity import SENSITIVE, AccountActivity
from watchword.events.login import Login
from watchword.learning.attackers import CAMPAIGNS, SINGLE, Scene
from watchword.learning.crowd import Labelled
from watchword.learning.day import Day, Plan, make_day
from watchword.learning.twins import twin

BEFORE = datetime(2026, 3, 18, 11, tzinfo=UTC)


def attack(kind: str, size: int = 1, seed: int = 0) -> list[Labelled]:
    stage, people = populate(4, max(size, 3))
    scene = Scene(stage, Random(seed), 5_000_000, people[:size], f"{kind}-{seed}")
    return list((SINGLE[kind] if kind in SINGLE else CAMPAIGNS[kind][0])(scene))


@pytest.mark.parametrize("kind", sorted(SINGLE))
def test_a_break_in_has_the_right_password_and_is_labelled(kind: str) -> None:
    stories = [attack(kind, seed=seed) for seed in range(20)]
    for story in stories:
        first = story[0].event
        assert isinstance(first, Login)
        assert first.result == "success"
        assert {one.truth for one in story} == {kind}
    taken = [one.event for story in stories for one in story[1:]]
    assert taken
    assert all(isinstance(event, AccountActivity) and event.activity in SENSITIVE for event in taken)


def test_guessing_is_one_account_fast_and_mostly_wrong() -> None:
    story = [one.event for one in attack("guessing")]
    assert len({event.user_id for event in story}) == 1
    assert len({event.ip for event in story}) == 1
    assert (story[-1].occurred_at - story[0].occurred_at).total_seconds() / len(story) < 9
    assert Counter(event.succeeded for event in story)[False] >= len(story) - 1


def test_stuffing_and_spraying_try_each_account_once() -> None:
    for kind in ("stuffing", "spraying"):
        story = [one.event for one in attack(kind, 60)]
        assert len({event.user_id for event in story}) == len(story) == 60


def test_twins_share_what_their_kind_says() -> None:
    stage, people = populate(4, 40)
    owners = {(person.home.asn, person.mobile.asn) for person in people}
    assert len(owners) > 3
    for number, victim in enumerate(people):
        event = twin(stage, "isp_device", victim, 8_000_000, f"t{number}").event
        assert event.user_id == victim.user_id
        ours = {BOOK.at(carrier, 0).split(".")[:2][0] for carrier in (victim.home, victim.mobile)}
        assert (event.ip or "").split(".")[0] in ours


def test_twins_are_never_the_victims_own_log_in() -> None:
    stage, people = populate(4, 60)
    agents = sum(
        twin(stage, "isp_device", victim, 8_000_000, f"x{number}").event.user_agent
        in {visit.agent for visit in victim.visits}
        for number, victim in enumerate(people)
    )
    assert agents < 10


@pytest.fixture(scope="module")
def day() -> Day:
    return make_day(Plan(people=120, warm_up_days=14), BOOK, BEFORE)


def test_the_day_is_a_working_day_before_now_after_weeks_of_honest_log_ins(day: Day) -> None:
    assert day.begins.weekday() < 5
    assert all(one.honest and one.event.occurred_at < day.begins for one in day.history)
    assert all(0 <= (one.event.occurred_at - day.begins).total_seconds() < 86_400 for one in day.events if one.honest)
    assert {one.event.user_id for one in day.events if not one.honest} <= {one.event.user_id for one in day.history}
    assert len({one.event.id for one in day.history + day.events}) == len(day.history) + len(day.events)


def test_the_same_plan_gives_the_same_day(day: Day) -> None:
    again = make_day(Plan(people=120, warm_up_days=14), BOOK, BEFORE)
    assert again.events == day.events
