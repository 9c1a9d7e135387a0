"""Newer data is refused, older data brought up; directories of every release open and say what they said."""

import shutil
from datetime import datetime
from pathlib import Path

import apsw
import msgspec
import pytest
from tests.stores import raw
from tests.stores.places import START, Clock, in_directory
from tests.stores.session_rooms import PIN, clicks, room

from watchword.errors import Forbidden, StoreError
from watchword.ports import Query
from watchword.stores import sqlite_schema

RELEASES = sorted((Path(__file__).parent / "releases").iterdir())


def test_a_newer_store_is_refused_and_left_alone(tmp_path):
    in_directory(tmp_path / "data").close()
    raw.change(tmp_path / "data", "pragma user_version=99")
    before = (tmp_path / "data" / "watchword.db").read_bytes()
    with pytest.raises(StoreError, match="schema 99"):
        in_directory(tmp_path / "data")
    assert (tmp_path / "data" / "watchword.db").read_bytes() == before


def test_an_older_store_is_brought_up_whole_or_not_at_all(tmp_path, monkeypatch):
    path = tmp_path / "watchword.db"
    connection = sqlite_schema.connect(path)
    assert sqlite_schema.bring_up(connection) == 0
    connection.execute("insert into meta values('kept', 1)")
    shipped, known = sqlite_schema.STEPS, sqlite_schema.SCHEMA_VERSION
    monkeypatch.setattr(sqlite_schema, "STEPS", (*shipped, "create table more(x); create table meta(y);"))
    monkeypatch.setattr(sqlite_schema, "SCHEMA_VERSION", known + 1)
    with pytest.raises(apsw.SQLError):
        sqlite_schema.bring_up(connection, known + 1)
    assert connection.pragma("user_version") == known
    monkeypatch.setattr(sqlite_schema, "STEPS", (*shipped, "create table more(x);"))
    assert sqlite_schema.bring_up(connection, known + 1) == known
    assert connection.execute("select value from meta where name='kept'").get == 1
    assert sqlite_schema.bring_up(connection, known + 1) == known + 1


async def test_a_store_from_before_sessions_takes_them(tmp_path):
    (tmp_path / "data").mkdir()
    connection = sqlite_schema.connect(tmp_path / "data" / sqlite_schema.FILE_NAME)
    sqlite_schema.bring_up(connection, 1)
    connection.close()
    made = room(tmp_path / "data")
    claim, _ = await made.open()
    await made.send(claim, "own", 1, clicks(0))
    assert await made.risk(claim) == 0.1
    await made.close()


def test_the_files_are_their_owners_alone(tmp_path):
    place = in_directory(tmp_path / "new" / "data") if (tmp_path / "new").mkdir() is None else None
    for path in (tmp_path / "new" / "data").rglob("*"):
        if path.is_file():
            assert path.stat().st_mode & 0o077 == 0, path.name
    place.close()


@pytest.mark.parametrize("release", RELEASES, ids=lambda path: path.name)
async def test_a_directory_of_an_earlier_release_opens(release, tmp_path):
    shutil.copytree(release, tmp_path / "data")
    told = msgspec.json.decode((tmp_path / "data" / "told.json").read_bytes())
    place = in_directory(tmp_path / "data", Clock(START))
    found = {one.id: one for one in (await place.store.history(Query(limit=500))).decisions}
    assert {one: (found[one].score, found[one].action, found[one].event.user_id) for one in found} == {
        one: tuple(values) for one, values in told["decisions"].items()
    }
    assert (await place.people.export("ann"))["profile"]["logins"] == told["logins"]
    assert [one.act.act for one in await place.ledger.entries()] == told["acts"]
    assert (await place.records.get("label", "first")).body == b'"fraud"'
    assert (await place.ledger.verify()).broken is None
    assert (await place.login("ann")).durable
    place.close()
    if "sessions" in told:
        await behaves_as_told(told, tmp_path / "data")


async def behaves_as_told(told, directory):
    """Sessions, templates, MPIN and what waits of an earlier release go on where they were."""
    made = room(directory, Clock(datetime.fromisoformat(told["now"])))
    await made.deployment.start()
    for name, (risk, samples, end, changes) in told["sessions"].items():
        view = await made.sessions.state(name)
        assert [view.risk_score, view.samples, view.end, len(view.changes)] == [risk, samples, end, changes], name
    owner = made.deployment.engine.pseudonyms.of("user", "ann")
    template = await made.sessions.senses.templates.template(owner)
    assert {name: len(shelf.entries) for name, shelf in template.shelves.items()} == told["template"]
    with pytest.raises(Forbidden):
        await made.open("ben", "blocked")
    live = await made.sessions.claim("live")
    assert (await made.sessions.answer_mpin(live, PIN)).verified
    await made.send(live, "own", 1, clicks(0))
    assert (await made.sessions.state("live")).samples == 9
    made.clock.forward(hours=80)
    assert await made.sessions.learn("ann") == 1
    await made.close()
