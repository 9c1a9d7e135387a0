"""The demo day through the engine: attacks are caught, honest people left alone, and the tally counts what happened."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from msgspec.structs import replace

from watchword.bootstrap import memory_engine
from watchword.engine import Engine
from watchword.enrichment.sources import open_enricher
from watchword.learning.day import Day, Plan, make_day
from watchword.learning.intelligence import equipped
from watchword.learning.replay import VirtualClock, fast_forward, replay
from watchword.learning.tally import Incident, Tally
from watchword.learning.trial import real_addresses

BEFORE = datetime(2026, 3, 18, 11, tzinfo=UTC)


@pytest.fixture(scope="module")
def day() -> Day:
    return make_day(Plan(seed=5, people=150, warm_up_days=21, break_ins=20), real_addresses(), BEFORE)


def engine_for(day: Day) -> tuple[Engine, VirtualClock]:
    clock = VirtualClock()
    engine = memory_engine(equipped(open_enricher(None), day), clock, scorecard="log_odds")
    engine.ticks = lambda: 0
    return engine, clock


async def test_most_attacks_are_caught_and_hardly_anybody_is_bothered(day: Day) -> None:
    engine, clock = engine_for(day)
    async for _ in fast_forward(engine, clock, day.history):
        pass
    tally = Tally()
    async for judged in replay(engine, clock, day.events):
        tally.add(*judged)
    assert len(tally.incidents) == len({one.incident for one in day.events if not one.honest})
    assert tally.caught >= 0.9
    assert tally.honest.total() > 50
    assert tally.honest["verify"] + tally.honest["block"] <= 2


async def test_owners_who_pass_the_challenge_are_known_from_then_on(day: Day) -> None:
    """The same log-in again, a minute after the passed challenge, is not stopped again."""
    engine, clock = engine_for(day)
    stopped = None
    async for one, decision in replay(engine, clock, day.history):
        if decision.action == "verify" and one.event.succeeded and stopped is None:
            stopped = one
        elif stopped is not None:
            break
    assert stopped is not None
    again = replace(stopped.event, id="again", occurred_at=clock.now, session_id="again")
    assert (await engine.assess(again)).action in ("allow", "monitor")


def test_an_attack_with_the_right_password_is_caught_only_if_none_of_those_got_through() -> None:
    assert Incident("naive", attempts=1, stopped=1, entered=1).caught
    assert not Incident("stuffing", attempts=80, stopped=79, entered=2, got_through=1).caught
    assert Incident("guessing", attempts=80, stopped=1).caught
    assert not Incident("guessing", attempts=80).caught


def test_the_lists_of_the_day_name_tor_exits_and_about_half_of_the_attackers(day: Day) -> None:
    enricher = equipped(open_enricher(None), day)
    now_ms = int(day.begins.timestamp() * 1000)
    attackers = {one.event.ip: one for one in day.events if not one.honest}
    facts = {ip: enricher.enrich(one.event, now_ms) for ip, one in attackers.items()}
    listed = sum(bool(found.network.abuse_sources) for found in facts.values())
    assert 0.25 < listed / len(facts) < 0.8
    assert all(facts[ip].network.tor for ip, one in attackers.items() if one.truth == "tor")
