"""No acknowledgement before the sync of its commit: after a power cut at any moment, every acknowledged step is there."""

import asyncio
import random
import shutil

from msgspec.structs import replace
from tests.durability.disk import Disk
from tests.stores.places import in_directory
from tests.stores.test_sqlite_session_writer import batch_of

from watchword.events.sample_log import pack, unpack
from watchword.ports import SessionKey, Stepped
from watchword.state.person import Person
from watchword.state.session import Change, Session
from watchword.stores.sqlite_sessions import SqliteSessions

OPENED = 1_795_000_000_000


def key_of(number):
    return SessionKey(bytes([number]) * 16, bytes([number]) * 16, bytes([number % 5]) * 16)


def count(known, person):
    """One more sample, one more change, one more for the person."""
    session = known or Session("ann", "s", OPENED, 2**42)
    at = session.batches + 1
    after = replace(session, batches=at, changes=at, samples=at, risk=at)
    change, held = Change("x", 1, "rules", 1, at), Person(finished=person().finished + 1)
    return Stepped(after, person=held, changes=(change,), logged=pack(batch_of(at)), answer=at)


async def test_acknowledged_steps_survive_a_power_cut(tmp_path):
    disk, chance = Disk("session-disk"), random.Random(5)
    (tmp_path / "data").mkdir()
    place = in_directory(tmp_path / "data", vfs=disk.name)
    sessions, acknowledged, on = SqliteSessions(place.store, place.clock.ms), {}, [True]

    async def client(number):
        while on:
            acknowledged[number] = (await sessions.advance(key_of(number), count)).answer

    clients = [asyncio.ensure_future(client(number)) for number in range(20)]
    left = []
    for run in range(12):
        known = dict(acknowledged)
        while acknowledged == known:
            await asyncio.sleep(chance.random() * 0.03)
        directory, answered = tmp_path / f"left{run}", dict(acknowledged)
        disk.cut(directory, chance if run % 2 else None)
        shutil.copy(tmp_path / "data" / "deployment.keys", directory)
        left.append((directory, answered))
    on.clear()
    await asyncio.gather(*clients)
    place.close()
    assert left[-1][1]
    for directory, answered in left:
        await check(directory, answered)


async def check(directory, answered):
    place = in_directory(directory)
    sessions, of_person = SqliteSessions(place.store, place.clock.ms), {}
    for number in range(20):
        key = key_of(number)
        session = await sessions.session(key.key)
        last = session.batches if session else 0
        assert last >= answered.get(number, 0)
        risen = await sessions.risen(key.key, 10**6)
        assert [unpack(one) for one in risen.logged] == [batch_of(at) for at in range(1, last + 1)]
        assert [change.risk for change in risen.changes] == list(range(1, last + 1))
        of_person[key.owner] = of_person.get(key.owner, 0) + last
    for owner, total in of_person.items():
        held = await sessions.advance(
            SessionKey(owner, owner, owner), lambda _, person: Stepped(answer=person().finished)
        )
        assert held.answer == total
    place.close()
