"""What a thief tries so as not to be seen: clocks that hide timing, samples out of their time, log-out and back."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace
from tests.stores.session_rooms import PIN, Room, keys, room

from watchword.events.samples import AnySample, Batch, Clock
from watchword.learning.typists import Sitting, make_typist, sit
from watchword.policy.session_evidence import Verdict
from watchword.sessions.records import Opening, Score, Scoring

SITTING = Sitting(secret=11, text=90, strokes=14)
OWNER, THIEF = make_typist(5, 1), make_typist(5, 0)


async def taught() -> Room:
    here = room(None, behaviorTrustNow=True)
    for number in range(11):
        claim, _ = await here.open("ann", f"lesson{number}")
        await here.sessions.take(
            claim, Batch(session_id=claim.session_id, nonce="own", first_seq=1, events=sit(OWNER, number, SITTING))
        )
        await here.sessions.end(claim)
        here.clock.forward(minutes=5)
    return here


async def score(here: Room, events: tuple[AnySample, ...], **more: Any) -> Score:
    return await here.sessions.score(Scoring(user_id="ann", session_id="theft", events=events, **more))


async def test_a_coarse_clock_that_the_times_contradict_hides_nothing() -> None:
    here, typed = await taught(), sit(THIEF, 40, SITTING)
    found = await score(here, typed, clock=Clock(granularity_ms=1000))
    assert found.trust_score < 50 and found.confidence > 0.9
    assert (await here.sessions.state("theft", "ann")).challenge == "asked"


@pytest.mark.parametrize("step_ms", [20.0, 100.0, 1000.0])
async def test_a_coarse_clock_earns_no_confidence(step_ms: float) -> None:
    here = await taught()
    typed = tuple(replace(one, t=one.t // step_ms * step_ms) for one in sit(THIEF, 40, SITTING))
    sure, found = (
        await score(await taught(), sit(THIEF, 40, SITTING)),
        await score(here, typed, clock=Clock(granularity_ms=step_ms)),
    )
    assert found.trust_score <= 95 and found.confidence < 0.75 < sure.confidence
    assert (await here.sessions.state("theft", "ann")).risk_score == 0


async def test_a_clock_that_began_anew_slips_nothing_behind_what_came_before() -> None:
    """The owner is at it for half an hour; then the thief's page begins, as pages do, at nought."""
    here = await taught()
    late = tuple(replace(one, t=one.t + 1_800_000) for one in sit(OWNER, 40, SITTING))
    assert (await score(here, late)).trust_score > 95
    await score(here, sit(THIEF, 40, SITTING))
    here.clock.forward(seconds=30)
    anew = await score(here, sit(THIEF, 41, SITTING))
    other = await taught()
    await score(other, sit(OWNER, 40, SITTING))
    for at, number in enumerate((40, 41), 1):
        after = await score(other, tuple(replace(one, t=one.t + at * 1_800_000) for one in sit(THIEF, number, SITTING)))
    assert anew.trust_score == pytest.approx(after.trust_score, abs=20) and anew.trust_score < 70


async def test_who_logs_out_is_scored_on_from_where_they_stood() -> None:
    here = room(None)
    second, _ = await here.open("ann", "exam-43")
    await here.sessions.demand(second, "by hand")
    await here.sessions.end(second)
    here.clock.forward(hours=2)
    await here.sessions.score(Scoring(user_id="ann", session_id="exam-43"))
    view = await here.sessions.state("exam-43", "ann")
    assert (view.risk_score, view.challenge) == (0.7, "asked")
    assert sum(change.delta for change in view.changes) == pytest.approx(view.risk_score)
    await here.sessions.enrol_mpin("ann", PIN)
    claim = await here.sessions.claim("exam-43", "ann")
    assert (await here.sessions.answer_mpin(claim, PIN)).verified
    await here.sessions.end(claim)
    await here.open("ann", "exam-43")
    assert (await here.sessions.state("exam-43", "ann")).risk_score == 0


async def test_a_refusal_of_consent_holds_for_further_tokens_of_the_session() -> None:
    here = room(None)
    claim, _ = await here.open("ann", "s1", consent=False)
    await here.sessions.open(Opening(user_id="ann", session_id="s1", method="pin"))
    await here.send(claim, "own", 1, keys(1_000, 40))
    assert (await here.sessions.state("s1", "ann")).samples == 0
    await here.sessions.open(Opening(user_id="ann", session_id="s1", method="pin", consent=True))
    await here.send(claim, "own", 81, keys(1_000, 40))
    assert (await here.sessions.state("s1", "ann")).samples == 80


async def test_nobody_elsewhere_is_asked_about_who_does_not_consent() -> None:
    here, questions = room(None), []

    async def ask(session: Any, live: Any) -> Verdict:
        questions.append(live)
        return Verdict("challenge", 1.0, 0.0)

    here.sessions.senses.ask_ml = ask
    await here.open("ann", "s1", consent=False)
    await here.sessions.score(Scoring(user_id="ann", session_id="s1", events=()))
    assert not questions and (await here.sessions.state("s1", "ann")).risk_score == 0
    await here.open("bob", "s2")
    await here.sessions.score(Scoring(user_id="bob", session_id="s2", events=()))
    assert len(questions) == 1
