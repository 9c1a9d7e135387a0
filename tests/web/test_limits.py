"""Limits per key and per address, on a clock set by hand."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.web.house import House, login

from watchword.errors import LimitExceeded
from watchword.ports import ApiKey
from watchword.web import limits
from watchword.web.limits import Bucket, Limits, Rates

VIEWER = ApiKey("k1", "viewer", "viewer")
SERVICE = ApiKey("k2", "service", "service")


class Ticks:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def take_until_refused(counted: Limits, key: ApiKey) -> tuple[int, int]:
    for taken in range(20_001):
        try:
            counted.take(key)
        except LimitExceeded as error:
            return taken, error.retry_after_s
    raise AssertionError("never refused")


def test_the_defaults_are_the_contracts() -> None:
    counted = Limits(clock=Ticks())
    admin, analyst = ApiKey("k3", "a", "admin"), ApiKey("k4", "n", "analyst")
    assert [take_until_refused(counted, key)[0] for key in (SERVICE, admin, VIEWER, analyst)] == [
        10_000,
        10_000,
        50,
        50,
    ]
    assert Rates().wrong_keys_per_minute == 20


def test_tokens_come_back_with_time() -> None:
    ticks = Ticks()
    counted = Limits(clock=ticks)
    assert take_until_refused(counted, VIEWER) == (50, 1)
    ticks.now = 0.1
    assert take_until_refused(counted, VIEWER)[0] == 5
    ticks.now = 1000
    assert take_until_refused(counted, VIEWER)[0] == 50


def test_a_slow_rate_says_how_long_to_wait() -> None:
    counted = Limits(Rates(viewer=0.1), clock=Ticks())
    assert take_until_refused(counted, VIEWER) == (1, 10)


def test_one_key_does_not_use_up_anothers() -> None:
    counted = Limits(clock=Ticks())
    take_until_refused(counted, VIEWER)
    counted.take(ApiKey("k9", "other", "viewer"))


@given(st.lists(st.floats(0, 3), max_size=100), st.integers(1, 20))
def test_a_bucket_never_gives_more_than_its_rate_and_one_second(lapses: list[float], rate: int) -> None:
    bucket, now, given_out = Bucket(rate, 0.0), 0.0, 0
    for lapse in lapses:
        now += lapse
        wait_s = bucket.take(now)
        given_out += not wait_s
        assert 0 <= wait_s <= 1 / rate
    assert given_out <= rate * (now + 1) + 1e-6


def wrong(counted: Limits, address: str, times: int) -> int:
    return sum(_passes(counted, address) for _ in range(times))


def _passes(counted: Limits, address: str) -> bool:
    try:
        counted.count_wrong(address)
    except LimitExceeded:
        return False
    return True


def test_twenty_wrong_keys_a_minute_and_address() -> None:
    ticks = Ticks()
    counted = Limits(clock=ticks)
    assert wrong(counted, "192.0.2.1", 30) == 20
    assert wrong(counted, "192.0.2.2", 1) == 1
    ticks.now = 59.9
    assert wrong(counted, "192.0.2.1", 1) == 0
    ticks.now = 60.0
    assert wrong(counted, "192.0.2.1", 30) == 20


def test_refused_tries_do_not_make_the_wait_longer() -> None:
    ticks = Ticks()
    counted = Limits(clock=ticks)
    wrong(counted, "192.0.2.1", 20)
    for ticks.now in range(1, 60):
        assert wrong(counted, "192.0.2.1", 5) == 0
    ticks.now = 60.0
    assert wrong(counted, "192.0.2.1", 1) == 1


def test_an_ipv6_subscriber_is_one_address() -> None:
    counted = Limits(clock=Ticks())
    assert sum(wrong(counted, f"2001:db8::{number:x}", 1) for number in range(100)) == 20
    assert wrong(counted, "2001:db8:0:1::1", 1) == 1


@pytest.mark.parametrize("address", ["127.0.0.1", "127.8.8.8", "::1", limits.LOCAL])
def test_loopback_has_no_address_limit(address: str) -> None:
    assert wrong(Limits(clock=Ticks()), address, 500) == 500


def test_memory_stays_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MAX_ADDRESSES", 100)
    monkeypatch.setattr(limits, "MAX_KEYS", 100)
    counted = Limits(clock=Ticks())
    for number in range(1000):
        wrong(counted, f"10.0.{number // 250}.{number % 250}", 1)
        counted.take(ApiKey(f"key-{number}", "n", "viewer"))
    assert len(counted._wrong) <= 100
    assert len(counted._buckets) <= 100


async def test_over_http_a_key_over_its_limit_gets_429_with_retry_after() -> None:
    house = House(rates=Rates(service=3))
    statuses = [(await house.send(login())).status_code for _ in range(5)]
    assert statuses == [200, 200, 200, 429, 429]
    refused = await house.send(login())
    assert refused.headers["retry-after"] == "1"
    assert refused.json()["code"] == "LIMIT_EXCEEDED"
    house.ticks += 1
    assert (await house.send(login())).status_code == 200


async def test_a_batch_counts_by_its_events() -> None:
    house = House(rates=Rates(service=10))
    body = {"events": [login() for _ in range(8)]}
    statuses = [(await house.ask("service", "POST", "/api/v1/events/batch", json=body)).status_code for _ in range(3)]
    assert statuses == [200, 200, 429]
    house.ticks += 0.6
    assert (await house.send(login())).status_code == 429
    house.ticks += 0.2
    assert (await house.send(login())).status_code == 200


async def test_over_http_wrong_keys_are_limited_by_address(house: House) -> None:
    async with house.caller(None, "198.51.100.7") as guesser, house.caller("service", "198.51.100.7") as owner:
        statuses = []
        for number in range(22):
            guess = {"authorization": f"Bearer ww_{number}"}
            statuses.append((await guesser.get("/api/v1/decisions", headers=guess)).status_code)
        assert statuses == 20 * [401] + 2 * [429]
        assert (await owner.get("/api/v1/decisions")).status_code == 200
    async with house.caller(None, "198.51.100.8") as other:
        assert (await other.get("/api/v1/decisions", headers={"authorization": "Bearer ww_0"})).status_code == 401
