"""API keys: shown once, kept hashed and sealed, seen and revoked across processes."""

import pytest

from watchword.errors import InvalidInput, NotFound
from watchword.privacy import api_keys
from watchword.privacy.api_keys import DAY_MS, ApiKeys
from watchword.privacy.keyring import KeyRing

RING = KeyRing.fresh()


@pytest.fixture
def clock():
    return [100 * DAY_MS + 5]


@pytest.fixture
def keys(tmp_path, clock):
    keys = ApiKeys(tmp_path / "keys.db", RING, lambda: clock[0])
    yield keys
    keys.close()


@pytest.fixture
def elsewhere(tmp_path, keys, clock, monkeypatch):
    """The same keys, opened by another process that looks each time."""
    monkeypatch.setattr(api_keys, "LOOK_EVERY_S", 0.0)
    other = ApiKeys(tmp_path / "keys.db", RING, lambda: clock[0])
    yield other
    other.close()


def test_a_key_is_found_by_its_secret_alone(keys, elsewhere):
    key, secret = keys.create("shop", "service", machine=True)
    assert secret.startswith(f"ww_{key.id}_")
    for side in (keys, elsewhere):
        found = side.find(secret)
        assert (found.name, found.role, found.machine) == ("shop", "service", True)
        for wrong in (
            secret + "x",
            secret[:-1],
            secret.upper(),
            "",
            "ww__",
            f"ww_{key.id}_",
            f"xx{secret[2:]}",
            "\ud800",
        ):
            assert side.find(wrong) is None


def test_neither_secret_nor_name_nor_hash_lies_in_the_file(keys, tmp_path):
    _, secret = keys.create("a-telling-name", "admin")
    content = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    told = secret.split("_", 2)[2]
    for planted in (told.encode(), b"a-telling-name", api_keys._digest(told), api_keys._digest(told).hex().encode()):
        assert planted not in content


def test_a_revoked_key_is_no_key_anywhere(keys, elsewhere):
    key, secret = keys.create("shop", "service")
    assert elsewhere.find(secret)
    elsewhere.revoke("shop")
    keys._looked = float("-inf")
    assert keys.find(secret) is None and elsewhere.find(secret) is None
    with pytest.raises(NotFound):
        keys.revoke(key.id)
    assert keys.all()[0].revoked_ms is not None


def test_names_of_live_keys_are_unique(keys, clock):
    keys.create("shop", "service")
    with pytest.raises(InvalidInput):
        keys.create("shop", "viewer")
    keys.revoke("shop")
    clock[0] += 1
    keys.create("shop", "viewer")
    assert [(key.name, key.role) for key in keys.all()] == [("shop", "service"), ("shop", "viewer")]


def test_a_rotated_key_works_for_another_day(keys, clock):
    _, old = keys.create("shop", "service", machine=True)
    new_key, new = keys.rotate("shop")
    assert new_key.machine and keys.find(old) and keys.find(new)
    clock[0] += api_keys.OVERLAP_MS
    assert keys.find(old) is None and keys.find(new)


def test_use_is_noted_to_the_day(keys, elsewhere, clock):
    _, secret = keys.create("shop", "service")
    assert keys.all()[0].used_ms is None
    assert keys.find(secret).used_ms == 100 * DAY_MS
    assert elsewhere.all()[0].used_ms == 100 * DAY_MS
    clock[0] += DAY_MS
    assert keys.find(secret).used_ms == 101 * DAY_MS


def test_a_key_made_elsewhere_works_at_once(tmp_path, keys, clock):
    other = ApiKeys(tmp_path / "keys.db", RING, lambda: clock[0])
    assert other.find("ww_0_0") is None
    _, secret = keys.create("shop", "service")
    assert other.find(secret) is not None
    other.close()
