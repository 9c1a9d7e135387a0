"""Keys that were ended stay ended, whoever else was at work."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from watchword.errors import NotFound
from watchword.privacy import api_keys
from watchword.privacy.api_keys import DAY_MS, ApiKeys
from watchword.privacy.keyring import KeyRing

RING = KeyRing.fresh()


class Clock:
    now_ms = 100 * DAY_MS + 5

    def __call__(self) -> int:
        return self.now_ms


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def two(tmp_path: Path, clock: Clock) -> Iterator[tuple[ApiKeys, ApiKeys]]:
    """The keys as two processes have them."""
    both = ApiKeys(tmp_path / "keys.db", RING, clock), ApiKeys(tmp_path / "keys.db", RING, clock)
    yield both
    for keys in both:
        keys.close()


def test_a_use_that_is_noted_late_does_not_revive_a_key(
    two: tuple[ApiKeys, ApiKeys], clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    here, there = two
    key, secret = here.create("shop", "service")
    there.all()
    monkeypatch.setattr(api_keys, "LOOK_EVERY_S", 1e9)
    here.revoke(key.id)
    clock.now_ms += DAY_MS
    there.find(secret)
    monkeypatch.setattr(api_keys, "LOOK_EVERY_S", 0.0)
    for side in two:
        assert side.find(secret) is None
        assert next(one for one in side.all() if one.id == key.id).revoked_ms is not None


def test_a_rotated_key_can_be_ended_before_its_day_is_over(two: tuple[ApiKeys, ApiKeys]) -> None:
    keys, _ = two
    leaked, old_secret = keys.create("shop", "service")
    _, new_secret = keys.rotate("shop")
    assert keys.find(old_secret) is not None
    assert keys.revoke(leaked.id).id == leaked.id
    assert keys.find(old_secret) is None and keys.find(new_secret) is not None
    with pytest.raises(NotFound):
        keys.revoke(leaked.id)


def test_a_name_ends_all_that_bear_it(two: tuple[ApiKeys, ApiKeys]) -> None:
    keys, _ = two
    _, old_secret = keys.create("shop", "service")
    fresh, new_secret = keys.rotate("shop")
    assert keys.revoke("shop").id == fresh.id
    assert keys.find(old_secret) is None and keys.find(new_secret) is None
