"""Whatever is sent: no 5xx, no hang, no half effect."""

from __future__ import annotations

import asyncio
from collections import Counter, defaultdict
from datetime import datetime
from typing import Any

import msgspec
import pytest
import schemathesis
import schemathesis.openapi.checks
from hypothesis import HealthCheck, settings
from tests.web.bodies import Bodies
from tests.web.house import NOON, House

from watchword.ports import Query
from watchword.state.log import Log
from watchword.state.plan import USER_LOGINS
from watchword.web.schema import document


@pytest.fixture
def house() -> House:
    """In memory, where logs can be looked into."""
    return House()


ALLOWED = {200, 400, 409, 413, 422}


class Oracle:
    """What the service must hold after these answers: one decision an id, and every log-in once in its user's log."""

    def __init__(self) -> None:
        self.bodies: dict[str, Any] = {}
        self.decisions: dict[str, str] = {}
        self.logins: dict[str, list[int]] = defaultdict(list)

    def note(self, body: bytes, answer: Any) -> None:
        if answer.status_code != 200:
            return
        event, decision = msgspec.json.decode(body), answer.json()
        assert decision["eventId"] == event["id"]
        assert self.decisions.setdefault(event["id"], decision["id"]) == decision["id"]
        if event["id"] in self.bodies:
            return
        self.bodies[event["id"]] = event
        user = event.get("userId") or event.get("globalUserId")
        if user and decision["type"] == "login":
            self.logins[user].append(int(datetime.fromisoformat(event["occurredAt"]).timestamp() * 1000))


async def play(house: House, bodies: list[bytes], oracle: Oracle) -> Counter[int]:
    statuses: Counter[int] = Counter()
    async with house.caller("service") as client:
        for body in bodies:
            house.ticks += 1
            answer = await asyncio.wait_for(client.post("/api/v1/events", content=body), 60)
            statuses[answer.status_code] += 1
            if answer.status_code != 200:
                assert answer.headers["content-type"] == "application/problem+json", body
                assert answer.json()["requestId"]
            oracle.note(body, answer)
    return statuses


async def agrees(house: House, oracle: Oracle) -> None:
    """The service's state against the oracle's."""
    engine, store = house.service.engine, house.service.engine.store
    held: set[str] = set()
    query = Query(limit=500)
    while True:
        page = await store.history(query)
        held |= {decision.id for decision in page.decisions}
        if page.cursor is None:
            break
        query = msgspec.structs.replace(query, cursor=page.cursor)
    assert held == set(oracle.decisions.values())
    for user, times in oracle.logins.items():
        row = bytes((USER_LOGINS.number,)) + engine.pseudonyms.of("user", user)
        log = Log(USER_LOGINS, store.packed(row))  # type: ignore[attr-defined]
        found = log.count(max(times), 86_400_000 * 2)
        assert (found.total, len(log)) == (len(times), len(times)), user


def mixed(seed: int, count: int) -> list[bytes]:
    source = Bodies(seed, document(), NOON)
    makers = (source.rubbish, source.broken, lambda: msgspec.json.encode(source.valid()))
    bodies = [makers[number % 3]() for number in range(count)]
    return [body for one in bodies for body in ((one, one) if len(one) % 7 == 0 else (one,))][:count]


async def test_random_bodies_in_short(house: House) -> None:
    oracle = Oracle()
    statuses = await play(house, mixed(1, 900), oracle)
    assert set(statuses) <= ALLOWED
    await agrees(house, oracle)


@pytest.mark.slow
async def test_20_000_random_bodies(house: House) -> None:
    oracle = Oracle()
    statuses = await play(house, mixed(2, 20_000), oracle)
    assert sum(statuses.values()) == 20_000
    assert set(statuses) <= ALLOWED
    await agrees(house, oracle)


async def test_of_schema_valid_bodies_at_least_three_in_ten_are_accepted(house: House) -> None:
    source, oracle = Bodies(3, document(), NOON), Oracle()
    statuses = await play(house, [msgspec.json.encode(source.valid()) for _ in range(1000)], oracle)
    assert statuses[200] >= 300
    assert set(statuses) <= ALLOWED
    await agrees(house, oracle)


async def test_an_oracle_that_is_wrong_is_found_out(house: House) -> None:
    oracle = Oracle()
    await play(house, mixed(4, 300), oracle)
    user = next(iter(oracle.logins))
    oracle.logins[user].append(oracle.logins[user][0])
    with pytest.raises(AssertionError):
        await agrees(house, oracle)


def described() -> Any:
    """The whole API as schemathesis sees it, asked with an admin's key; streams end at once."""
    house = House()
    house.service.stream.close()
    schema = schemathesis.openapi.from_asgi("/schema/openapi.json", house.app)

    @schema.auth()
    class Key:
        def get(self, case: Any, context: Any) -> str:
            return house.keys["admin"]

        def set(self, case: Any, data: str, context: Any) -> None:
            case.headers = {**(case.headers or {}), "Authorization": f"Bearer {data}"}

    return schema


SCHEMA = described()
TIMES_AND_CURSORS = schemathesis.checks.CHECKS.get_one("positive_data_acceptance")
"""Not asked: a schema can not say which times are too old, or which cursors were given."""


@pytest.mark.slow
@SCHEMA.parametrize()
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
def test_the_whole_api_does_as_described(case: Any) -> None:
    case.call_and_validate(excluded_checks=[TIMES_AND_CURSORS])
