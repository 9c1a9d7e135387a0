"""What stands in the clear, what is sealed under which key, and that altering either is noticed."""

import msgspec
import pytest
from tests.stores import raw
from tests.stores.places import in_directory

from watchword.errors import StoreError
from watchword.events.event import DeviceFingerprint
from watchword.ports import Query, Record

PLAIN = {
    "seq", "event", "content", "user", "ip", "device", "session", "key", "occurred_ms", "decided_ms", "type", "level",
    "action", "mode", "learnt", "score", "codes", "country", "asn", "versions",
}  # fmt: skip
"""SPEC 16: sequence, decision id (the event's keyed hash), keyed hashes, sealing-key number, occurredAt, decidedAt,
type, level, action, mode, learnt flag, score, evidence codes, country, ASN, versions; nothing else."""


@pytest.fixture
def place(tmp_path):
    place = in_directory(tmp_path / "data")
    yield place
    place.close()


def columns(directory, table):
    return {row[0] for row in raw.query(directory, f"select name from pragma_table_info('{table}')")}


def test_plain_columns_are_those_of_the_contract(place, tmp_path):
    data = tmp_path / "data"
    tables = {row[0] for row in raw.query(data, "select name from sqlite_schema where type='table'")}
    assert tables == {
        "decision", "state", "record", "audit", "anchor", "version", "erasure", "meta",
        "session", "sample", "risk", "behavior", "ending",
    }  # fmt: skip
    assert columns(data, "decision") == PLAIN | {"body"}
    assert columns(data, "state") <= PLAIN | {"id", "entity", "body"}  # both are the entity's keyed hash
    assert columns(data, "record") <= PLAIN | {"name", "owner", "body"}  # keyed hashes, of the name and the person
    assert columns(data, "audit") <= PLAIN | {"commitment", "head", "body"}
    assert columns(data, "session") <= PLAIN | {"entity", "body"}
    for table in ("sample", "risk"):
        assert columns(data, table) == {"seq", "key", "decided_ms", "body"}
    assert columns(data, "behavior") <= PLAIN | {"body"}
    assert columns(data, "ending") <= PLAIN | {"entity"}


async def keys_of(data, table="decision"):
    return [key for (key,) in raw.query(data, f"select key from {table} order by rowid")]


async def test_names_that_never_succeeded_share_the_key_of_the_day(place, tmp_path):
    for user in ("ann", "ben", "cal"):
        await place.login(user, result="failure")
    assert len(set(await keys_of(tmp_path / "data"))) == 1
    number = (await keys_of(tmp_path / "data"))[0]
    assert not place.store.keys.by_number(number).personal
    place.clock.forward(days=1)
    await place.login("dan", result="failure")
    assert (await keys_of(tmp_path / "data"))[-1] != number


async def test_the_first_success_gives_a_person_a_key_and_seals_their_state_anew(place, tmp_path):
    await place.login("ann", result="failure")
    owner = place.pseudonyms.of("user", "ann")
    select = "select key from state where entity=?"
    before = raw.query(tmp_path / "data", select, owner)[0][0]
    await place.login("ann")
    after = raw.query(tmp_path / "data", select, owner)[0][0]
    assert not place.store.keys.by_number(before).personal
    assert place.store.keys.by_number(after).personal
    assert await keys_of(tmp_path / "data") == [before, after]
    await place.login("ann", result="failure")
    assert await keys_of(tmp_path / "data") == [before, after, after]
    await place.login("ben")
    assert len(set(await keys_of(tmp_path / "data"))) == 3


async def test_windows_by_address_and_device_are_under_the_deployments_key(place, tmp_path):
    await place.login("ann", device_fingerprint="laptop")
    for kind, value in (("ip", "203.0.113.7"), ("device", "laptop")):
        rows = raw.query(tmp_path / "data", "select key from state where entity=?", place.pseudonyms.of(kind, value))
        assert rows == [(-1,)]


async def test_a_row_moved_elsewhere_does_not_open(place, tmp_path):
    one, other = await place.login("ann"), await place.login("ann")
    rows = raw.query(tmp_path / "data", "select body from decision order by seq")
    raw.change(tmp_path / "data", "update decision set body=? where seq=1", rows[1][0])
    with pytest.raises(Exception, match="does not open"):
        await place.store.decision(one.id)
    assert await place.store.decision(other.id) == other


async def test_a_tampered_state_row_fails_that_event_only(place, tmp_path):
    await place.login("ann")
    place.close()
    raw.change(
        tmp_path / "data", "update state set body=zeroblob(90) where entity=?", place.pseudonyms.of("user", "ann")
    )
    again = in_directory(tmp_path / "data")
    answer = await again.login("ann")
    assert [one.part for one in answer.degraded] == ["store"] and not answer.durable
    assert (await again.login("ben")).durable
    again.close()


TAMPERED = {
    "update decision set score=score+1 where seq=2": 2,
    "update decision set action=2 where seq=3": 3,
    "update decision set occurred_ms=occurred_ms+1 where seq=1": 1,
    'update version set body=\'[{"policy":"other"}]\'': 1,
    "update audit set commitment=zeroblob(32) where seq=2": 2,
    "update audit set head=zeroblob(32) where seq=2": 2,
    "update audit set body=zeroblob(64) where seq=4": 4,
    "delete from audit where seq=2": 3,
    "delete from audit where seq=1": 2,
    "insert into audit values(9, null, null, zeroblob(32), zeroblob(32), null)": 9,
}


@pytest.mark.parametrize("change", TAMPERED)
async def test_the_first_broken_entry_is_named(place, tmp_path, change):
    for _ in range(3):
        await place.login("ann", result="failure")
    await place.ledger.note("an admin", "settings.change", "version 1", {"mode": "monitor"})
    await place.login("ann")
    assert (await place.ledger.verify()).broken is None
    place.close()
    raw.change(tmp_path / "data", change)
    again = in_directory(tmp_path / "data")
    assert (await again.ledger.verify()).broken == TAMPERED[change]
    again.close()


async def test_the_wrong_ring_is_refused(place, tmp_path):
    await place.login("ann")
    place.close()
    (tmp_path / "data" / "deployment.keys").unlink()
    with pytest.raises(StoreError, match="deployment keys"):
        in_directory(tmp_path / "data")


async def test_a_missing_keys_db_is_refused(place, tmp_path):
    await place.login("ann")
    place.close()
    (tmp_path / "data" / "keys.db").unlink()
    with pytest.raises(StoreError, match=r"keys\.db is missing"):
        in_directory(tmp_path / "data")


async def test_unsealed_rows_do_not_pass_for_sealed_ones(tmp_path):
    place = in_directory(tmp_path / "data", seal=False)
    decision = await place.login("ann")
    place.close()
    place = in_directory(tmp_path / "data")
    with pytest.raises(Exception, match="not sealed"):
        await place.store.decision(decision.id)
    place.close()


async def test_after_a_rotation_of_the_ring_everything_opens(place, tmp_path):
    from watchword.privacy.keyring import KeyRing

    decision = await place.login("ann", device_fingerprint="laptop")
    await place.records.put(Record("entry", "x", b"1"))
    await place.login("ben", result="failure")
    rotated = KeyRing.open(tmp_path / "data").rotated()
    rotated.save(tmp_path / "data")
    place.store.keys.rewrap(rotated)
    await place.login("cal")
    place.close()
    again = in_directory(tmp_path / "data")
    assert await again.store.decision(decision.id) == decision
    assert (await again.records.get("entry", "x")).body == b"1"
    assert len((await again.store.history(Query())).decisions) == 3
    assert (await again.login("ann", device_fingerprint="laptop")).durable
    assert (await again.ledger.verify()).broken is None
    again.close()


async def test_a_stored_decision_comes_back_whole(place):
    for _ in range(12):
        decision = await place.login(
            "ann",
            result="failure",
            headers=(("accept", "x"),),
            metadata={"a": [1, 2.5, None, {"b": "c"}]},
            device_fingerprint=DeviceFingerprint(hash="laptop", timezone="Europe/Oslo"),
            session_id="s",
            consent={"behaviour": True},
        )
        stored = await place.store.decision(decision.id)
        assert msgspec.json.encode(stored.event) == msgspec.json.encode(decision.event)
        assert stored == decision
