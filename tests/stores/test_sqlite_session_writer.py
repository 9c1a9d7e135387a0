"""Session steps in the writer: they share transactions with events, and one that fails harms nobody."""

import asyncio

import pytest
from msgspec.structs import replace
from tests.stores import raw
from tests.stores.places import login
from tests.stores.session_rooms import clicks, room
from tests.stores.test_sqlite_writer import held

from watchword.errors import Conflict, StoreError
from watchword.events.sample_log import Logged, pack, unpack
from watchword.events.samples import Scroll
from watchword.ports import SessionKey, Stepped
from watchword.state.person import Person
from watchword.state.session import Change, Session
from watchword.stores import sqlite_writer


@pytest.fixture
async def here(tmp_path):
    made = room(tmp_path / "data")
    yield made
    await made.close()


def key_of(number):
    return SessionKey(bytes([number]) * 16, bytes([number]) * 16, b"o" * 16)


def batch_of(number):
    return Logged("n", number + 1, 5, (Scroll(seq=number + 1, t=float(number)),))


def begin(known, _person):
    return Stepped(Session("ann", "s", 1, 2**41), answer="begun" if known is None else "known")


async def test_what_a_step_raises_reaches_its_caller_and_changes_nothing(here, tmp_path):
    store = here.sessions.senses.store

    def refuse(known, person):
        raise Conflict("no")

    def fall(known, person):
        raise ZeroDivisionError

    first = await store.advance(key_of(1), begin)
    steps = [store.advance(key_of(1), step) for step in (refuse, fall)]
    others = [store.advance(key_of(number), begin) for number in range(2, 30)]
    events = [here.deployment.engine.assess(login(f"u{number}", occurred_at=here.clock.now)) for number in range(30)]
    refused, fallen, *rest = await asyncio.gather(*steps, *others, *events, return_exceptions=True)
    assert isinstance(refused, Conflict) and isinstance(fallen, StoreError)
    assert not any(isinstance(one, Exception) for one in rest)
    assert all(decision.durable for decision in rest[28:])
    assert await store.session(key_of(1).key) == first.session
    assert raw.query(tmp_path / "data", "select count(*) from session") == [(29,)]


async def test_many_steps_share_a_transaction(here, tmp_path, monkeypatch):
    store, commits = here.sessions.senses.store, []
    writer = here.deployment.parts.store._writer
    writer.connection.set_commit_hook(lambda: commits.append(1) or 0)
    monkeypatch.setattr(sqlite_writer, "MAX_JUDGING_S", 60.0)
    with held(tmp_path / "data"):
        waiting = [asyncio.ensure_future(store.advance(key_of(1 + number % 200), begin)) for number in range(400)]
        await asyncio.sleep(0.05)
    await asyncio.gather(*waiting)
    assert len(commits) < 40


async def test_a_step_sees_what_the_one_before_it_in_the_batch_made(here):
    store = here.sessions.senses.store
    key = key_of(1)
    await store.advance(key, begin)

    def count(known, person):
        held = person()
        after = Person(finished=held.finished + 1)
        change = Change("x", 1, "rules", 1, known.risk + 1)
        session = Session(
            "ann", "s", 1, 2**41, risk=known.risk + 1, changes=known.changes + 1, batches=known.batches + 1
        )
        return Stepped(session, person=after, changes=(change,), logged=pack(batch_of(known.batches)))

    await asyncio.gather(*(store.advance(key, count) for _ in range(150)))
    assert (await store.session(key.key)).risk == 150
    risen = await store.risen(key.key, 1000)
    assert [change.risk for change in risen.changes] == list(range(1, 151))
    assert [unpack(one) for one in risen.logged] == [batch_of(number) for number in range(150)]
    assert [unpack(one) for one in (await store.risen(key.key, 2)).logged] == [batch_of(148), batch_of(149)]
    held = await store.advance(key, lambda known, person: Stepped(answer=person().finished))
    assert held.answer == 150


async def test_a_new_session_under_an_ended_ones_key_leaves_its_history_alone(here):
    store, key = here.sessions.senses.store, key_of(1)
    await store.advance(key, begin)
    await store.advance(
        key, lambda known, _: Stepped(Session("ann", "s", 1, 9, end="logout", batches=1), logged=b"old")
    )
    assert (await store.endings(0))[1] == (key.key,)
    await store.advance(key, lambda known, _: Stepped(Session("ann", "s", 5, 9), fresh=True))
    assert (await store.session(key.key)).opened_ms == 5
    assert (await store.risen(key.key, 10)).logged == ()
    assert [session.end for _, session in await store.find(owner=key.owner)] == ["", "logout"]


async def test_a_step_that_is_late_leaves_no_trace(here, tmp_path):
    store = here.deployment.parts.store
    blocker = raw.apsw.Connection(str(tmp_path / "data" / "watchword.db"))
    claim, _ = await here.open()
    store._files = replace(store._files, commit_deadline_s=0.1)
    if store._watch is not None:
        store._watch.cancel()
        store._watch = None
    blocker.execute("begin immediate")
    with pytest.raises(StoreError):
        await here.send(claim, "own", 1, clicks(0))
    blocker.execute("rollback")
    blocker.close()
    store._files = replace(store._files, commit_deadline_s=60.0)
    answer = await here.send(claim, "own", 1, clicks(0))
    assert answer[0].seq == 9 and (await here.sessions.state("s1")).samples == 9
