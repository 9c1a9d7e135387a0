"""Whoever was blocked yesterday is known again today: after a restart, and by processes that did not block them."""

from __future__ import annotations

from pathlib import Path

from tests.stores.session_rooms import Room, room
from tests.test_session_people import SITTING

from watchword.behaviour.neighbours import LEAST_PEOPLE
from watchword.behaviour.rhythm import learn_entries, modalities
from watchword.behaviour.samples import gather
from watchword.behaviour.template import Entry, Template
from watchword.events.samples import AnySample, Batch
from watchword.learning.typists import Sitting, make_typist, sit
from watchword.sessions.records import Transaction

THIEF = 77
LONG = Sitting(secret=11, text=360, strokes=14)


def entries(events: tuple[AnySample, ...]) -> tuple[tuple[str, Entry], ...]:
    samples = gather(events)
    return tuple((one.name, each) for one in modalities() for each in one.extract(samples))


def taught(number: int) -> Template:
    template = Template()
    for session in range(4):
        template = learn_entries(template, entries(sit(make_typist(5, number), session, SITTING)), 1)
    return template


async def populated(directory: Path) -> Room:
    here = room(directory)
    for number in range(LEAST_PEOPLE + 1):
        owner = here.deployment.engine.pseudonyms.of("user", f"user{number}")
        await here.sessions.senses.templates.change(owner, lambda _, of=number: taught(of))  # type: ignore[misc]
    await here.deployment.start()
    return here


async def robbed(here: Room) -> None:
    """A session of the thief's on somebody's account, which is blocked for what they pay."""
    claim, _ = await here.open("user3", "robbed")
    events = sit(make_typist(5, THIEF), 1, LONG)
    for at in range(0, len(events), 100):
        part = events[at : at + 100]
        await here.sessions.take(claim, Batch(session_id="robbed", nonce="own", first_seq=at + 1, events=part))
    for number in range(5):
        if not (await here.sessions.state("robbed", "user3")).end:
            await here.sessions.context(claim, Transaction(id=f"t{number}", amount=9_000))
    assert (await here.sessions.state("robbed", "user3")).end == "blocked"


def is_watched(here: Room) -> bool:
    """Whether hands like the thief's are looked for in that session, which the index knows by owner and session."""
    key = here.deployment.engine.pseudonyms.of("user", "user3") + b"robbed"
    return bool(here.deployment.lookalikes.index.near(entries(sit(make_typist(5, THIEF), 9, LONG)), [key], 1))


async def test_a_restart_forgets_nobody_who_was_blocked(tmp_path: Path) -> None:
    before = await populated(tmp_path)
    assert not is_watched(before)
    await robbed(before)
    await before.close()
    before.clock.forward(hours=24)
    after = room(tmp_path, before.clock)
    await after.deployment.start()
    assert is_watched(after)
    await after.sessions.senses.templates.change(b"x" * 16, lambda one: one)
    after.clock.forward(minutes=2)
    await after.deployment.refresh_behaviour()
    assert is_watched(after), "also in an index that was built anew"
    await after.close()
    after.clock.forward(days=31)
    late = room(tmp_path, after.clock)
    await late.deployment.start()
    assert not is_watched(late)
    await late.close()


async def test_another_process_learns_who_was_blocked(tmp_path: Path) -> None:
    here = await populated(tmp_path)
    there = room(tmp_path, here.clock)
    await there.deployment.start()
    await robbed(here)
    await there.deployment.refresh_behaviour()
    assert not is_watched(there)
    await there.sessions.refresh()
    await there.deployment.refresh_behaviour()
    assert is_watched(there)
    await there.close()
    await here.close()
