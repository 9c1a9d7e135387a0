"""Whole sessions of simulated people: owners go unasked, others are asked, honest oddities are never blocked."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from random import Random
from typing import Any

import pytest
from tests.stores.session_rooms import Room, clicks, keys, numbered, pieces, room

from watchword.enrichment.facts import Facts, Place
from watchword.events.event import Event
from watchword.events.samples import AnySample, Batch
from watchword.learning.typists import Sitting, Typist, make_typist, sit
from watchword.policy.session_evidence import Verdict
from watchword.sessions.records import Claim, Scoring, SessionView, Transaction

SITTING = Sitting(secret=11, text=90, strokes=14)


@pytest.fixture
def here() -> Room:
    return room(None, behaviorTrustNow=True)


async def live(here: Room, user: str, name: str, events: tuple[AnySample, ...]) -> tuple[Claim, SessionView]:
    """A session that is fed in batches while time goes by, and how it stands at its end."""
    claim, _ = await here.open(user, name)
    for at in range(0, len(events), 25):
        part = events[at : at + 25]
        await here.sessions.take(claim, Batch(session_id=name, nonce="own", first_seq=at + 1, events=part))
        here.clock.forward(milliseconds=part[-1].t - part[0].t)  # type: ignore[operator]
        await here.sessions.settle()
    return claim, await here.sessions.state(name, user)


async def teach(here: Room, people: list[Typist], sessions: int) -> None:
    for number in range(sessions):
        for at, person in enumerate(people):
            claim, _ = await live(here, f"user{at}", f"lesson{number}", sit(person, number, SITTING))
            await here.sessions.end(claim)


async def test_owners_go_unasked_and_others_are_asked(here: Room) -> None:
    people = [make_typist(5, number) for number in range(4)]
    await teach(here, people, 11)
    for at, person in enumerate(people):
        _, own = await live(here, f"user{at}", "own", sit(person, 20, SITTING))
        _, other = await live(here, f"user{at}", "other", sit(people[at - 1], 20, SITTING))
        assert (own.challenge, own.end) == ("none", None) and own.risk_score < 0.1
        assert other.challenge == "asked" and other.risk_score >= 0.7
        assert own.trust_score is not None and other.trust_score is not None and own.trust_score > other.trust_score
        assert {change.layer for change in other.changes} == {"patterns"}
    assert here.sessions.degraded == {}


async def test_the_score_follows_who_acts(here: Room) -> None:
    people = [make_typist(5, number) for number in range(2)]
    await teach(here, people, 11)
    scores = [
        await here.sessions.score(
            Scoring(user_id="user0", session_id=f"exam{at}", events=sit(person, 30, SITTING))
        )
        for at, person in enumerate(people)
    ]  # fmt: skip
    assert scores[0].trust_score > 80
    assert scores[1].trust_score < 60
    assert all(score.phase == "continuous" for score in scores)
    assert scores[1].top_reasons[0].code.startswith("DIFFERENT")
    assert round(sum(reason.contribution for reason in scores[1].top_reasons), 3) == round(scores[1].trust_score, 3)


async def test_who_passes_the_challenge_is_not_asked_again_for_what_came_before(here: Room) -> None:
    people = [make_typist(5, number) for number in range(2)]
    await teach(here, people, 11)
    await here.sessions.enrol_mpin("user0", "2580")
    claim, view = await live(here, "user0", "other", sit(people[1], 30, SITTING))
    assert view.challenge == "asked"
    assert (await here.sessions.answer_mpin(claim, "2580")).verified
    here.clock.forward(seconds=30)
    little = sit(people[0], 31, Sitting(secret=0, text=38))
    await here.sessions.take(claim, Batch(session_id="other", nonce="new", first_seq=1, events=little))
    await here.sessions.settle()
    assert (await here.sessions.state("other", "user0")).challenge == "passed"


async def test_a_script_is_stopped_though_nobody_is_known_and_nothing_is_called_an_anomaly(here: Room) -> None:
    claim, _ = await here.open()
    await here.send(claim, "own", 1, clicks(0, 12) + keys(5_000, 40, 30.0))
    await here.sessions.settle()
    score = await here.sessions.score(Scoring(user_id="cal", session_id="s1", events=numbered(keys(0, 40, 30.0))))
    assert (score.phase, score.is_anomaly) == ("learning", False)
    assert score.trust_score < 10 and {"FAST_TYPING", "UNIFORM_KEY_HOLD"} <= {one.code for one in score.top_reasons}
    both, one = await here.sessions.state("s1", "ann"), await here.sessions.state("s1", "cal")
    assert (both.end, one.challenge) == ("blocked", "asked")
    assert {change.factor.partition(":")[0] for change in one.changes} == {"bot_evidence", "ml_engine"}


class Night:
    """An enricher that knows one place, two hours ahead of UTC."""

    def enrich(self, event: Event, now_ms: int) -> Facts:
        return Facts(place=Place(54.7, 25.3, 20, "LT"), utc_offset_min=120)


def minutes(count: int, minute: int) -> Iterator[tuple[int, int]]:
    return ((at, at * minute) for at in range(count))


async def test_an_honest_night_worker_is_never_stopped_in_two_hours() -> None:
    here = room(None)
    here.clock.now = here.clock.now.replace(hour=0, minute=30)
    here.sessions.senses.enricher = Night
    claim, _ = await here.open(ip="198.51.100.7")
    peak, first = 0.0, 1
    for at, t in minutes(120, 60_000):
        events = keys(t, 40, seed=at)
        for _, part in pieces(events, 40):
            answer: Any = await here.send(claim, "own", first, part)
            first += len(part)
            peak = max(peak, answer[0].risk_score)
        await here.sessions.context(claim, Transaction(id=f"t{at}", amount=40, beneficiary="canteen"))
        here.clock.forward(minutes=1)
        await here.sessions.settle()
    view = await here.sessions.state("s1")
    assert [change.factor for change in view.changes].count("off_hours_activity") == 1
    assert (view.end, view.challenge, view.bots) == (None, "none", ()) and view.peak < 0.3


def bursts(t: float, chance: Random) -> list[dict[str, Any]]:
    """Twelve quick clicks as a hand makes them, each with its way there."""
    found: list[dict[str, Any]] = []
    x, y = chance.uniform(100, 900), chance.uniform(100, 600)
    for _ in range(12):
        for _ in range(3):
            t += chance.lognormvariate(2.8, 0.4)
            x, y = x + chance.gauss(0, 9), y + chance.gauss(0, 9)
            found.append({"type": "pointer", "kind": "move", "t": round(t, 1), "x": round(x, 1), "y": round(y, 1)})
        for kind in ("down", "up"):
            t += chance.lognormvariate(4.2, 0.25)
            found.append({"type": "pointer", "kind": kind, "t": round(t, 1), "x": round(x, 1), "y": round(y, 1)})
    return found


async def test_an_honest_fast_clicker_is_never_stopped_in_two_hours() -> None:
    here, chance = room(None), Random(3)
    claim, _ = await here.open()
    first = 1
    for _, t in minutes(120, 60_000):
        events = bursts(float(t), chance)
        await here.send(claim, "own", first, events)
        first += len(events)
        here.clock.forward(minutes=1)
        await here.sessions.settle()
    view = await here.sessions.state("s1")
    clicked = [change.delta for change in view.changes if change.factor == "rapid_clicks"]
    assert round(sum(clicked), 4) == 0.3
    assert (view.end, view.challenge) == (None, "none") and view.peak < 0.7


async def late(*_: object) -> Verdict | None:
    await asyncio.sleep(5)
    return Verdict("block", 1.0, 0.0)


async def unreachable(*_: object) -> Verdict | None:
    raise ConnectionError


async def unsure(*_: object) -> Verdict | None:
    return Verdict("block", 0.59, 0.0)


async def sure(*_: object) -> Verdict | None:
    return Verdict("challenge", 0.9, 0.1)


@pytest.mark.parametrize(("engine", "risk", "flags"), [
    (late, 0.38, ("degraded:ml",)), (unreachable, 0.38, ("degraded:ml",)), (unsure, 0.38, ("degraded:ml",)),
    (sure, 0.7, ()),
])  # fmt: skip
async def test_an_ml_engine_that_does_not_answer_leaves_the_rules_alone(
    here: Room, engine: Any, risk: float, flags: tuple[str, ...]
) -> None:
    here.sessions.senses.ask_ml = engine
    claim, _ = await here.open()
    for number in range(2):
        await here.sessions.context(claim, Transaction(id=f"t{number}", amount=9000))
    await here.send(claim, "own", 1, keys(0, 40))
    await here.sessions.settle()
    view = await here.sessions.state("s1")
    assert (view.risk_score, view.flags, view.end) == (risk, flags, None)
    assert bool(here.sessions.degraded) == (engine in (late, unreachable))
    here.sessions.senses.ask_ml = sure
    await here.sessions.score(Scoring(user_id="ann", session_id="s1"))
    assert (await here.sessions.state("s1")).flags == (), "it answers again"
    here.sessions.senses.ask_ml = engine
    await here.sessions.score(Scoring(user_id="ann", session_id="s1"))
    assert (await here.sessions.state("s1")).flags == flags
