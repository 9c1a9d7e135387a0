"""No answer before the sync of its commit: after a power cut at any moment, every answered decision is there."""

import asyncio
import itertools
import random
import shutil

import apsw
import pytest
from tests.durability.disk import Disk
from tests.stores import raw
from tests.stores.places import in_directory

from watchword.errors import WatchwordError
from watchword.ports import Query
from watchword.stores import sqlite, sqlite_writer

_names = itertools.count()


class Load:
    """Clients that log in, old users and new ones, and remember what they were answered."""

    def __init__(self, place, seed):
        self.place = place
        self.acknowledged = []
        self.on = True
        self._random = random.Random(seed)
        self._count = itertools.count()

    async def client(self):
        while self.on:
            at = next(self._count)
            user = f"user{self._random.randrange(20 + at // 4)}"
            result = "failure" if self._random.random() < 0.4 else "success"
            self.acknowledged.append(
                await self.place.login(user, id=f"e{at}", result=result, ip=f"203.0.113.{at % 50}")
            )


async def cuts(tmp_path, runs, disk):
    """So many power cuts under load: for each the directory that is left, and what had been answered."""
    (tmp_path / "data").mkdir()
    place = in_directory(tmp_path / "data", vfs=disk.name)
    load, chance = Load(place, 1), random.Random(2)
    clients = [asyncio.ensure_future(load.client()) for _ in range(8)]
    left = []
    for run in range(runs):
        known = len(load.acknowledged)
        while len(load.acknowledged) == known:
            await asyncio.sleep(chance.random() * 0.05)
        directory = tmp_path / f"left{run}"
        answered = list(load.acknowledged)
        disk.cut(directory, chance if run % 2 else None)
        shutil.copy(tmp_path / "data" / "deployment.keys", directory)
        left.append((directory, answered))
    load.on = False
    await asyncio.gather(*clients)
    place.close()
    return left


async def check(directory, answered):
    """Whether everything answered is there as it was answered, opens, and the chain holds."""
    for one in raw.query(directory, "pragma integrity_check"):
        assert one == ("ok",)
    place = in_directory(directory)
    rows = raw.query(directory, "select count(*) from decision")[0][0]
    assert sum(table == "decision" for table, _ in raw.opened(directory)) == rows
    assert (
        sum(table == "state" for table, _ in raw.opened(directory))
        == raw.query(directory, "select count(*) from state")[0][0]
    )
    for decision in answered[-200:]:
        assert await place.store.decision(decision.id) == decision
    found = {key for (key,) in raw.query(directory, "select event from decision")}
    assert {bytes.fromhex(decision.id[4:]) for decision in answered} <= found
    assert (await place.ledger.verify()).broken is None
    assert (await place.login("after")).durable
    place.close()


async def drop(tmp_path, runs, monkeypatch):
    monkeypatch.setattr(sqlite_writer, "LONG_PAGES", 60)
    disk = Disk(f"disk{next(_names)}")
    left = await cuts(tmp_path, runs, disk)
    assert {"watchword.db-wal", "watchword.db", "keys.db-wal"} <= set(disk.syncs)
    assert any(answered for _, answered in left)
    for directory, answered in left:
        await check(directory, answered)
        shutil.rmtree(directory)


async def test_five_power_cuts(tmp_path, monkeypatch):
    await drop(tmp_path, 5, monkeypatch)


@pytest.mark.slow
async def test_a_hundred_power_cuts(tmp_path, monkeypatch):
    await drop(tmp_path, 100, monkeypatch)


async def test_without_syncs_the_same_check_fails(tmp_path, monkeypatch):
    def careless(*given):
        connection = connect(*given)
        connection.pragma("synchronous", "off")
        return connection

    connect = sqlite.connect
    monkeypatch.setattr(sqlite, "connect", careless)
    left = await cuts(tmp_path, 5, Disk(f"disk{next(_names)}"))
    monkeypatch.undo()
    for directory, answered in left[::2]:  # nothing that was not synced is left of them
        assert answered
        with pytest.raises((AssertionError, WatchwordError, apsw.Error)):
            await check(directory, answered)


async def test_every_commit_is_synced_before_its_answer(tmp_path):
    disk = Disk(f"disk{next(_names)}")
    (tmp_path / "data").mkdir()
    place = in_directory(tmp_path / "data", vfs=disk.name)
    place.store.housekeeping._due_ms = 2**62
    for at in range(20):
        before = len(disk.syncs)
        await place.login("ann" if at < 10 else f"user{at}")
        assert "watchword.db-wal" in disk.syncs[before:]
        if at >= 10:
            new = disk.syncs[before:]
            assert new.index("keys.db-wal") < new.index("watchword.db-wal")
    assert len((await place.store.history(Query())).decisions) == 20
    place.close()
