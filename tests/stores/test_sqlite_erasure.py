"""Erasing a person: rows gone, keys gone, copies shut, and still gone after any crash or restore."""

import shutil

import pytest
from tests.privacy.canary import search
from tests.stores import raw
from tests.stores.places import in_directory

from watchword.errors import Erased
from watchword.ports import Query, Record
from watchword.stores import sqlite_erasure

ANN, BEN, CAL = "ann-the-erased", "ben-the-kept", "cal-who-never-got-in"


async def live(place):
    """Ann fails, then gets in; Ben too; Cal never does. Their failures share the key of the day."""
    for user in (ANN, BEN, CAL):
        for _ in range(3):
            await place.login(user, result="failure")
    for user in (ANN, BEN):
        await place.login(user)
        await place.records.put(Record("label", user, f'"{user}"'.encode(), place.pseudonyms.of("user", user)))
        await place.ledger.note("an analyst", "profile.read", f"user:{user}", {"of": user})


def opened_of(user, data, keys=None):
    return search([(table, body) for table, body in raw.opened(data, keys)], [user])


@pytest.mark.parametrize("user", [ANN, CAL])
async def test_a_copy_taken_before_opens_nothing_with_todays_keys(tmp_path, user):
    place = in_directory(tmp_path / "data")
    await live(place)
    place.store.back_up_keys()
    shutil.copytree(tmp_path / "data", tmp_path / "copy")
    assert opened_of(user, tmp_path / "copy")
    others = {one: len([1 for _, body in raw.opened(tmp_path / "copy") if one.encode() in body]) for one in (BEN,)}
    place.clock.forward(seconds=1)
    await place.people.erase(user)
    place.close()
    assert opened_of(user, tmp_path / "copy", tmp_path / "data") == []
    assert opened_of(user, tmp_path / "data") == []
    for backup in (tmp_path / "data" / "key-backups").iterdir():
        shutil.copyfile(backup, tmp_path / "copy" / "keys.db")
        assert opened_of(user, tmp_path / "copy") == []
    still = {one: len([1 for _, body in raw.opened(tmp_path / "data") if one.encode() in body]) for one in (BEN,)}
    assert still == others


async def test_a_restored_copy_of_the_data_brings_nobody_back(tmp_path):
    place = in_directory(tmp_path / "data")
    await live(place)
    place.close()
    shutil.copytree(tmp_path / "data", tmp_path / "copy")
    place = in_directory(tmp_path / "data", place.clock)
    place.clock.forward(seconds=1)
    await place.people.erase(ANN)
    place.close()
    shutil.copyfile(tmp_path / "copy" / "watchword.db", tmp_path / "data" / "watchword.db")
    place = in_directory(tmp_path / "data", place.clock)
    assert (await place.store.history(Query(user=place.pseudonyms.of("user", ANN)))).decisions == ()
    assert (await place.people.export(ANN))["profile"] is None
    under_own_key = 1  # Ben's failures lie, in that copy, under a key of the day that was Ann's too
    kept = (await place.store.history(Query(user=place.pseudonyms.of("user", BEN)))).decisions
    assert len(kept) == under_own_key
    with pytest.raises(Erased):
        await place.login(ANN, occurred_at=place.clock.now)
    of_ann = raw.query(tmp_path / "data", "select 1 from decision where user=?", place.pseudonyms.of("user", ANN))
    assert of_ann == []
    place.close()


async def test_a_restored_copy_of_the_keys_brings_nobody_back(tmp_path):
    place = in_directory(tmp_path / "data")
    await live(place)
    place.close()
    shutil.copyfile(tmp_path / "data" / "keys.db", tmp_path / "keys.db")
    shutil.copyfile(tmp_path / "data" / "watchword.db", tmp_path / "watchword.db")
    place = in_directory(tmp_path / "data", place.clock)
    place.clock.forward(seconds=1)
    await place.people.erase(ANN)
    for _ in range(3):
        await place.login("dan")
    place.close()
    shutil.copyfile(tmp_path / "keys.db", tmp_path / "data" / "keys.db")
    place = in_directory(tmp_path / "data", place.clock)
    await place.login("eve")
    place.close()
    shutil.copyfile(tmp_path / "watchword.db", tmp_path / "data" / "watchword.db")
    assert opened_of(ANN, tmp_path / "data") == []


async def test_numbers_of_keys_lost_with_a_restore_are_not_given_again(tmp_path):
    place = in_directory(tmp_path / "data")
    await place.login(BEN)
    place.close()
    shutil.copyfile(tmp_path / "data" / "keys.db", tmp_path / "keys.db")
    place = in_directory(tmp_path / "data", place.clock)
    lost = await place.login("dan")
    place.close()
    highest = max(key for (key,) in raw.query(tmp_path / "data", "select key from decision"))
    shutil.copyfile(tmp_path / "keys.db", tmp_path / "data" / "keys.db")
    place = in_directory(tmp_path / "data", place.clock)
    new = await place.login("eve")
    assert await place.store.decision(new.id) == new
    assert await place.store.decision(lost.id) is None
    assert max(key for (key,) in raw.query(tmp_path / "data", "select key from decision")) > highest
    place.close()


@pytest.mark.parametrize("steps", range(7))
async def test_an_erasure_that_was_interrupted_is_made_good_at_the_next_start(tmp_path, steps, monkeypatch):
    monkeypatch.setattr(sqlite_erasure, "CHUNK", 2)
    place = in_directory(tmp_path / "data")
    await live(place)
    place.clock.forward(seconds=1)
    owner, at_ms = place.pseudonyms.of("user", ANN), place.clock.ms()
    begun = []

    def step(desk):
        begun[:] = begun or [sqlite_erasure.erase(desk, owner, at_ms)]
        next(begun[0], None)

    for _ in range(1 + steps):
        await place.store.write(step)
    place.close()
    place = in_directory(tmp_path / "data", place.clock)
    assert opened_of(ANN, tmp_path / "data") == []
    with pytest.raises(Erased):
        await place.login(ANN, occurred_at=place.clock.now)
    assert len((await place.store.history(Query(user=place.pseudonyms.of("user", BEN)))).decisions) == 4
    assert len((await place.store.history(Query(user=place.pseudonyms.of("user", CAL)))).decisions) == 3
    assert (await place.ledger.verify()).broken is None
    place.close()


async def test_another_process_forgets_at_once_and_seals_the_new_life_under_a_new_key(tmp_path):
    here = in_directory(tmp_path / "data")
    await live(here)
    there = in_directory(tmp_path / "data", here.clock)
    assert len((await there.store.history(Query(user=here.pseudonyms.of("user", ANN)))).decisions) == 4
    await there.login(ANN)
    here.clock.forward(seconds=1)
    await here.people.erase(ANN)
    assert (await there.store.history(Query(user=here.pseudonyms.of("user", ANN)))).decisions == ()
    with pytest.raises(Erased):
        await there.login(ANN, occurred_at=here.clock.now)
    here.clock.forward(seconds=1)
    decision = await there.login(ANN, ip="198.51.100.3")
    await there.login(CAL, result="failure")
    assert decision.evidence == ()
    assert await here.store.decision(decision.id) == decision
    there.close()
    here.close()
    here = in_directory(tmp_path / "data", here.clock)
    assert await here.store.decision(decision.id) == decision
    assert (await here.people.export(ANN))["profile"]["logins"] == 1
    here.close()


async def test_the_chain_holds_after_an_erasure_and_links_to_nobody(tmp_path):
    place = in_directory(tmp_path / "data")
    await live(place)
    before = await place.ledger.verify()
    assert (before.broken, before.unlinkable) == (None, 0)
    place.clock.forward(seconds=1)
    await place.people.erase(ANN)
    after = await place.ledger.verify()
    assert after.broken is None and after.entries == before.entries and after.unlinkable == 5
    assert after.head == before.head
    assert [noted.act.subject for noted in await place.ledger.entries()] == [f"user:{BEN}"]
    place.close()
