"""The writer: batches, deadlines, failing judges, a file that others hold, and closing in the middle of it all."""

import asyncio
from contextlib import contextmanager

import apsw
import msgspec
import pytest
from tests.stores import raw
from tests.stores.places import in_directory, login

from watchword.errors import StoreError
from watchword.ports import Query
from watchword.stores import sqlite_writer


@pytest.fixture(params=[60.0])
def place(tmp_path, request):
    place = in_directory(tmp_path / "data", commit_deadline_s=request.param)
    yield place
    place.close()


@contextmanager
def held(directory):
    """The file's write lock, held by somebody else."""
    other = apsw.Connection(str(directory / "watchword.db"))
    other.execute("begin immediate")
    try:
        yield
    finally:
        other.execute("rollback")
        other.close()


async def settled(place):
    """Waits until late answers are written."""
    async with asyncio.timeout(60):
        while place.store._late:
            await asyncio.sleep(0.01)


hasty = pytest.mark.parametrize("place", [0.2], indirect=True)


def calm(place):
    """From now on a commit may take its time."""
    place.store._files = msgspec.structs.replace(place.store._files, commit_deadline_s=60.0)


@hasty
async def test_an_event_that_is_not_committed_in_time_is_answered_and_recorded_later(place, tmp_path):
    event = login("ann", result="failure")
    with held(tmp_path / "data"):
        began = asyncio.get_running_loop().time()
        answer = await place.engine.assess(event)
        assert asyncio.get_running_loop().time() - began < 30
        assert not answer.durable and answer.action == "allow"
        assert [one.part for one in answer.degraded] == ["store"]
        assert await place.engine.assess(event) == answer
        assert await place.store.decision(answer.id) == answer
        assert raw.query(tmp_path / "data", "select count(*) from decision") == [(0,)]
    calm(place)
    await settled(place)
    assert await place.engine.assess(event) == answer
    place.close()
    again = in_directory(tmp_path / "data")
    assert await again.store.decision(answer.id) == answer
    assert await again.engine.assess(event) == answer
    assert (await again.store.history(Query())).decisions == (answer,)
    again.close()


@hasty
async def test_withdrawn_events_count_once_in_windows(place, tmp_path):
    with held(tmp_path / "data"):
        answers = await asyncio.gather(*(place.login("ann", result="failure") for _ in range(5)))
    assert not any(answer.durable for answer in answers)
    calm(place)
    await settled(place)
    decision = await place.login("ann", result="failure")
    assert decision.durable
    assert next(one.details["attempts"] for one in decision.evidence if one.code == "RAPID_LOGINS") == 6


async def test_an_event_withdrawn_from_a_batch_leaves_no_trace_in_it(place, monkeypatch):
    """Between its judging and its commit an event is late; the batch is done again without it."""
    kept, late = login("ann", result="failure"), login("ann", result="failure", id="late one")
    whole_write, tries = sqlite_writer.Batch.write, []

    def write(batch):
        whole_write(batch)
        tries.append(len(batch._made))
        if len(tries) == 1:
            for item in list(place.store._flying):
                if item.assessment.event.id == "late one":
                    assert place.store._writer.withdraw(item)
                    item.deadline = 0.0

    monkeypatch.setattr(sqlite_writer.Batch, "write", write)
    seen = []

    def judge(assessment, observed):
        seen.append((assessment.event.id, len(observed.logs["user.logins"])))
        return place.engine._judge(assessment, observed)

    items = [place.engine._prepare(event, "api", False) for event in (late, kept)]
    first, second = (asyncio.ensure_future(place.store.decide(item, judge)) for item in items)
    recorded = await second
    assert recorded.fresh and tries == [2, 1]
    assert seen == [("late one", 1), (kept.id, 2), (kept.id, 1)]
    place.store._withdraw_late(asyncio.get_running_loop())
    with pytest.raises(StoreError, match="deadline"):
        await first
    assert len((await place.store.history(Query())).decisions) == 1


async def test_what_is_being_committed_is_not_withdrawn(place, monkeypatch):
    claim = place.store._writer._claim

    def slow(outcomes):
        claimed = claim(outcomes)
        assert not any(place.store._writer.withdraw(item) for item in outcomes)
        return claimed

    monkeypatch.setattr(place.store._writer, "_claim", slow)
    assert (await place.login("ann")).durable


async def test_a_judge_that_fails_fails_its_own_event_only(place):
    def broken(assessment, observed):
        raise ZeroDivisionError

    seen = []

    def watching(assessment, observed):
        seen.append(len(observed.logs["user.logins"]))
        return place.engine._judge(assessment, observed)

    prepared = [place.engine._prepare(login("ann", result="failure"), "api", False) for _ in range(9)]
    judges = [broken if at % 2 else watching for at in range(9)]
    outcomes = await asyncio.gather(
        *(place.store.decide(one, judge) for one, judge in zip(prepared, judges, strict=True)), return_exceptions=True
    )
    assert [isinstance(outcome, StoreError) for outcome in outcomes] == [bool(at % 2) for at in range(9)]
    assert seen[-1] == 5
    assert len((await place.store.history(Query())).decisions) == 5


async def test_batches_are_bounded_and_share_a_commit(place, tmp_path, monkeypatch):
    sizes, whole_write = [], sqlite_writer.Batch.write
    monkeypatch.setattr(sqlite_writer, "MAX_JUDGING_S", 60.0)

    def write(batch):
        sizes.append(len(batch._made))
        whole_write(batch)

    monkeypatch.setattr(sqlite_writer.Batch, "write", write)
    with held(tmp_path / "data"):
        waiting = [asyncio.ensure_future(place.login(f"user{at}")) for at in range(150)]
        await asyncio.sleep(0.05)
    assert all(decision.durable for decision in await asyncio.gather(*waiting))
    assert max(sizes) <= sqlite_writer.MAX_BATCH and len(sizes) <= 5 and sum(sizes) == 150


async def test_a_batch_ends_when_judging_takes_long(place, monkeypatch):
    monkeypatch.setattr(sqlite_writer, "MAX_JUDGING_S", 0.0)
    decisions = await asyncio.gather(*(place.login("ann", result="failure") for _ in range(20)))
    assert all(decision.durable for decision in decisions)
    assert len((await place.store.history(Query())).decisions) == 20


async def test_closing_writes_what_is_waiting(place, tmp_path):
    waiting = [asyncio.ensure_future(place.login("ann")) for _ in range(40)]
    await asyncio.sleep(0)
    place.close()
    assert all(decision.durable for decision in await asyncio.gather(*waiting))
    assert raw.query(tmp_path / "data", "select count(*) from decision") == [(40,)]


async def test_a_caller_that_left_disturbs_nobody(place):
    leaving = asyncio.ensure_future(place.login("ann"))
    await asyncio.sleep(0)
    leaving.cancel()
    assert (await place.login("ben")).durable
    assert len((await place.store.history(Query())).decisions) == 2


async def test_a_full_disk_degrades_and_recovers(place, tmp_path):
    await place.login("ann")
    pages = place.store._writer.connection.pragma("page_count")
    await place.store.write(lambda desk: desk.connection.pragma("max_page_count", pages))
    answers = [await place.login(f"user{at}", metadata={"much": "x" * 7_000}) for at in range(12)]
    late = [answer for answer in answers if not answer.durable]
    assert late and late[0].degraded[0].part == "store"
    await place.store.write(lambda desk: desk.connection.pragma("max_page_count", 1_000_000))
    await settled(place)
    stored = {one.id: one for one in (await place.store.history(Query(limit=50))).decisions}
    assert len(stored) == 13
    assert all(stored[answer.id] == answer for answer in answers)


async def test_state_survives_a_restart(place, tmp_path):
    for _ in range(5):
        await place.login("ann", result="failure")
    place.close()
    again = in_directory(tmp_path / "data", place.clock)
    decision = await again.login("ann", result="failure")
    assert next(one.details["attempts"] for one in decision.evidence if one.code == "RAPID_LOGINS") == 6
    again.close()


async def test_a_decision_takes_no_more_than_it_may(tmp_path):
    """At most 1.5 kB a decision, state of 100 users included, a third of them with evidence, in a file at rest."""
    place = in_directory(tmp_path / "data")
    for turn in range(60):
        place.clock.forward(minutes=7)
        await asyncio.gather(*(place.login(**_event(turn * 50 + at)) for at in range(50)))
    stored = (await place.store.history(Query(limit=500))).decisions
    place.close()
    size = sum(path.stat().st_size for path in (tmp_path / "data").iterdir() if path.is_file())
    assert sum(bool(one.evidence) for one in stored) >= len(stored) * 0.3
    assert size / 3_000 <= 1_500


def _event(at):
    own = {"ip": f"203.0.113.{at % 100}", "device_fingerprint": f"device-{at % 100}", "session_id": f"session-{at}"}
    attack = {"ip": "198.51.100.66", "result": "failure"}
    return {"user": f"user{at % 100}@example.com", "headers": HEADERS} | (attack if at % 3 == 0 else own)


HEADERS = (
    ("accept", "application/json"),
    ("accept-language", "en-GB,en;q=0.9"),
    ("sec-ch-ua", '"Chromium";v="126", "Not-A.Brand";v="8"'),
    ("sec-ch-ua-platform", '"Windows"'),
)


def test_late_answers_are_bounded(place, monkeypatch):
    from watchword.stores import sqlite

    monkeypatch.setattr(sqlite, "MAX_LATE", 3)

    async def many():
        for _ in range(6):
            event = login("ann")
            answer = await place.engine.preview(event)
            place.store.record_late(place.engine._prepare(event, "api", False), msgspec.structs.replace(answer))
        assert len(place.store._late) <= 3
        await settled(place)

    asyncio.run(many())
