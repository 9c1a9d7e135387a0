"""What has been kept long enough goes, piece by piece, while the service runs."""

import asyncio

import msgspec
import pytest
from tests.stores import raw
from tests.stores.places import in_directory, login

from watchword.errors import TooOld
from watchword.ports import Query
from watchword.privacy.retention import Retention
from watchword.stores import sqlite_retention


@pytest.fixture
def place(tmp_path, monkeypatch):
    monkeypatch.setattr(sqlite_retention, "CHUNK", 3)
    place = in_directory(tmp_path / "data", retention=Retention(events=10, profiles=30, audit=50))
    yield place
    place.close()


async def housekeeping(place):
    """One whole round, on the writer."""
    place.store.housekeeping._due_ms = 0
    place.store.housekeeping._pieces = None
    await place.store.write(lambda desk: [None for _ in iter(lambda: place.store.housekeeping.step(desk), False)])


def count(tmp_path, table):
    return raw.query(tmp_path / "data", f"select count(*) from {table}")[0][0]


async def test_events_go_after_their_retention_and_not_before(place, tmp_path):
    for _ in range(8):
        await place.login("ann")
    place.clock.forward(days=9, hours=23)
    kept = await place.login("ann")
    await housekeeping(place)
    assert count(tmp_path, "decision") == 9
    place.clock.forward(hours=2)
    await housekeeping(place)
    assert (await place.store.history(Query())).decisions == (kept,)
    assert count(tmp_path, "audit") == 9
    assert (await place.ledger.verify()).unlinkable == 8


async def test_no_id_is_forgotten_while_its_event_would_still_be_taken(place):
    place.engine.retention = msgspec.convert(10 * 86_400, type=type(place.engine.retention), strict=False)
    event = login("ann")
    first = await place.engine.assess(event)
    place.clock.forward(days=10)
    await housekeeping(place)
    assert await place.engine.assess(event) == first
    place.clock.forward(seconds=1)
    with pytest.raises(TooOld):
        await place.engine.assess(event)


async def test_windows_age_out_and_profiles_stay_longer(place, tmp_path):
    await place.login("ann", device_fingerprint="laptop")
    await place.login("ben", result="failure", ip="198.51.100.1")
    owner = place.pseudonyms.of("user", "ann")
    place.clock.forward(days=1)
    await housekeeping(place)
    assert count(tmp_path, "state") == 5
    place.clock.forward(days=3)
    await housekeeping(place)
    assert raw.query(tmp_path / "data", "select entity from state") == [(owner,)]
    assert (await place.store.profile(owner)).logins == 1
    place.clock.forward(days=27)
    await housekeeping(place)
    assert count(tmp_path, "state") == 0 and await place.store.profile(owner) is None


async def test_keys_of_days_go_with_their_rows(place, tmp_path):
    await place.login("ben", result="failure")
    number = raw.query(tmp_path / "data", "select key from decision")[0][0]
    place.clock.forward(days=11)
    await housekeeping(place)
    assert place.store.keys.has([number])
    place.clock.forward(days=3)
    await housekeeping(place)
    assert not place.store.keys.has([number])
    assert (await place.ledger.verify()).broken is None


async def test_the_audit_chain_is_cut_at_an_anchor_and_still_verifies(place, tmp_path):
    for _ in range(20):
        await place.login("ann")
    await housekeeping(place)
    place.clock.forward(days=20)
    for _ in range(5):
        await place.login("ann")
    await housekeeping(place)
    place.clock.forward(days=31)
    await housekeeping(place)
    assert count(tmp_path, "audit") == 5
    found = await place.ledger.verify()
    assert (found.broken, found.entries) == (None, 5)
    await place.login("ann")
    place.close()
    again = in_directory(tmp_path / "data", place.clock)
    await again.login("ann")
    assert (await again.ledger.verify()).entries == 7
    raw.change(tmp_path / "data", "delete from audit where seq=(select min(seq) from audit)")
    assert (await again.ledger.verify()).broken == 22
    again.close()


async def test_all_of_the_chain_may_age_out(place, tmp_path):
    await place.login("ann")
    await housekeeping(place)
    place.clock.forward(days=51)
    await housekeeping(place)
    assert count(tmp_path, "audit") == 0
    place.close()
    again = in_directory(tmp_path / "data", place.clock)
    await again.login("ben")
    assert raw.query(tmp_path / "data", "select seq from audit") == [(2,)]
    assert (await again.ledger.verify()).broken is None
    again.close()


async def test_it_happens_by_itself_between_batches(place, tmp_path):
    for _ in range(10):
        await place.login("ann")
    place.clock.forward(days=12)
    of_ann = f"decision where user=x'{place.pseudonyms.of('user', 'ann').hex()}'"
    async with asyncio.timeout(60):
        while count(tmp_path, of_ann):
            await place.login("ben")
    assert count(tmp_path, "decision")
    assert place.store.housekeeping.retention.events == 10
    place.store.keep_events(5)
    assert place.store.housekeeping.retention.events == 5


async def test_a_daily_backup_of_the_keys_is_made(place, tmp_path):
    await place.login("ann")
    async with asyncio.timeout(60):
        while not (tmp_path / "data" / "key-backups" / "keys-20261120.db").exists():
            await asyncio.sleep(0.05)
