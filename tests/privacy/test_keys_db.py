"""keys.db: durable before use, never issued twice, and gone for good when destroyed."""

import os
from datetime import date, timedelta

import apsw
import pytest

from watchword.errors import SealBroken, StoreError
from watchword.privacy.key_backups import back_up, destroy_in_backups
from watchword.privacy.keyring import KeyRing
from watchword.privacy.keys_db import KeysDb

ANN, BEN = b"a" * 16, b"b" * 16
RING = KeyRing.fresh()


@pytest.fixture
def path(tmp_path):
    return tmp_path / "keys.db"


@pytest.fixture
def keys(path):
    keys = KeysDb(path, RING)
    yield keys
    keys.close()


def wrapped_bytes(path):
    connection = apsw.Connection(str(path))
    return [row[0] for row in connection.execute("select wrapped from key")]


def test_a_person_has_no_key_until_one_is_made_and_keeps_it(keys, path):
    assert keys.person(ANN) is None
    made = keys.persons([ANN, BEN])
    assert made[ANN].number != made[BEN].number
    sealed = made[ANN].cipher.seal(b"x", b"t", b"r")
    other = KeysDb(path, RING)
    assert other.person(ANN).cipher.open(sealed, b"t", b"r") == b"x"
    assert other.persons([ANN])[ANN].number == made[ANN].number
    assert other.by_number(made[ANN].number).cipher.open(sealed, b"t", b"r") == b"x"


def test_a_day_has_one_key(keys, path):
    assert keys.day(20_000).number == keys.day(20_000).number == KeysDb(path, RING).day(20_000).number
    assert keys.day(20_001).number != keys.day(20_000).number


def test_the_file_is_of_no_use_without_the_ring(keys, path):
    keys.persons([ANN])
    with pytest.raises(SealBroken):
        KeysDb(path, KeyRing.fresh()).person(ANN)


def test_a_destroyed_key_is_nowhere_in_the_files(keys, path):
    made = keys.persons([ANN, BEN])
    keys.truncate_journal()
    before = dict(zip(("ann", "ben"), wrapped_bytes(path), strict=True))
    keys.destroy(keys.list_erasure(ANN, 1_000))
    remains = b"".join(file.read_bytes() for file in path.parent.iterdir())
    assert before["ann"] not in remains
    assert before["ben"] in remains
    assert keys.person(ANN) is None
    with pytest.raises(SealBroken):
        keys.by_number(made[ANN].number)
    assert keys.by_number(made[BEN].number)


def test_numbers_are_never_given_twice(keys):
    old = keys.persons([ANN])[ANN].number
    erasure = keys.list_erasure(ANN, 1_000)
    keys.destroy(erasure)
    new = keys.persons([ANN])[ANN].number
    assert new > erasure.last_key >= old


def test_destroying_again_spares_the_life_after(keys):
    erasure = keys.list_erasure(ANN, 1_000)
    keys.destroy(erasure)
    new = keys.persons([ANN])[ANN]
    keys.destroy(erasure)
    assert keys.person(ANN).number == new.number


def test_after_an_erasure_the_day_goes_on_under_a_new_key(keys):
    old = keys.day(20_000)
    erasure = keys.list_erasure(ANN, 1_000)
    assert keys.day(20_000).number > erasure.last_key >= old.number


def test_another_process_drops_what_was_destroyed(keys, path):
    number = keys.persons([ANN])[ANN].number
    day = keys.day(20_000).number
    other = KeysDb(path, RING)
    assert other.by_number(number) and other.day(20_000).number == day
    assert other.refresh() is False
    keys.destroy(keys.list_erasure(ANN, 1_000), [day])
    assert other.refresh() is True
    assert other.erasures[ANN].at_ms == 1_000
    with pytest.raises(SealBroken):
        other.by_number(number)
    assert other.day(20_000).number > day


def test_days_past_are_destroyed_together(keys):
    numbers = [keys.day(day).number for day in (10, 11, 12)]
    person = keys.persons([ANN])[ANN].number
    assert keys.destroy_days(before=12) == 2
    for number in numbers[:2]:
        with pytest.raises(SealBroken):
            keys.by_number(number)
    assert keys.by_number(numbers[2]) and keys.by_number(person)


def test_rewrapping_moves_every_key_to_the_new_ring(keys, path):
    sealed = keys.persons([ANN])[ANN].cipher.seal(b"x", b"t", b"r")
    day = keys.day(5).number
    rotated = RING.rotated()
    assert keys.rewrap(rotated) == 2
    assert keys.person(ANN).cipher.open(sealed, b"t", b"r") == b"x"
    assert KeysDb(path, rotated).day(5).number == day
    with pytest.raises(SealBroken):
        KeysDb(path, RING).person(ANN)


def test_a_restored_file_learns_of_erasures_and_numbers_since(keys, tmp_path):
    keys.persons([ANN])
    copy = back_up(tmp_path / "keys.db", tmp_path / "kept", date(2026, 11, 20))
    keys.persons([BEN])
    erasure = keys.list_erasure(ANN, 1_000)
    restored = KeysDb(copy, RING)
    restored.restore_erasure(erasure)
    restored.destroy(erasure)
    assert restored.person(ANN) is None
    assert restored.persons([BEN])[BEN].number > erasure.last_key


def test_backups_are_daily_kept_thirty_days_and_subject_to_erasure(keys, tmp_path):
    kept = tmp_path / "kept"
    keys.persons([ANN, BEN])
    secrets = wrapped_bytes(tmp_path / "keys.db")
    first = date(2026, 1, 1)
    for day in range(40):
        back_up(tmp_path / "keys.db", kept, first + timedelta(days=day))
    names = sorted(path.name for path in kept.iterdir())
    assert len(names) == 31 and names[0] == "keys-20260110.db"
    assert os.stat(kept / names[0]).st_mode & 0o077 == 0
    keys.destroy(keys.list_erasure(ANN, 1_000))
    assert destroy_in_backups(kept, tmp_path / "keys.db") == 31
    for path in kept.iterdir():
        assert secrets[0] not in path.read_bytes() and secrets[1] in path.read_bytes()


def test_a_newer_file_is_refused(keys, path):
    apsw.Connection(str(path)).pragma("user_version", 99)
    with pytest.raises(StoreError, match="schema 99"):
        KeysDb(path, RING)
