"""What well-formed HTTP with ill-formed content can do: every answer is a problem document, never a 500."""

from __future__ import annotations

import json
from typing import Any

import pytest
from tests.web.house import NOON, House, login

ODD_NUMBERS = ("²", "٣", "9" * 25, "-1", "1e1", "")


def with_raw(field: str, raw: str, **changes: Any) -> str:
    """A log-in with a field whose JSON is given as it is."""
    return json.dumps(login(**changes))[:-1] + f', "{field}": {raw}}}'


@pytest.mark.parametrize("number", ["18446744073709551616", "-9223372036854775809", "9223372036854775808", "9" * 40])
async def test_a_number_that_can_not_be_kept_is_refused_by_field(number: str) -> None:
    house = House()
    for metadata in (f'{{"x": {number}}}', f'{{"x": [{{"y": {number}}}]}}'):
        answer = await house.ask("service", "POST", "/api/v1/events", content=with_raw("metadata", metadata))
        assert answer.status_code == 400, answer.text
        assert answer.json()["field"] == "metadata"
    answer = await house.ask("service", "POST", "/api/v1/events", content=behaviour(f'{{"x": {number}}}'))
    assert answer.status_code == 400 and answer.json()["field"] == "events"


def behaviour(sample: str) -> str:
    event = {"type": "behavior", "id": "b-1", "occurredAt": NOON.isoformat(), "userId": "ada", "sessionId": "s"}
    return json.dumps(event)[:-1] + f', "events": [{sample}]}}'


async def test_samples_are_no_deeper_than_what_can_be_read_again() -> None:
    house = House()
    sample = '{"event_type": "typing_pattern", "features": {"keystroke_intervals": [110, 120]}}'
    assert (await house.ask("service", "POST", "/api/v1/events", content=behaviour(sample))).status_code == 200
    for levels in (9, 200, 960):
        deep = behaviour('{"x": ' + "[" * levels + "]" * levels + "}")
        assert (await house.ask("service", "POST", "/api/v1/events", content=deep)).status_code == 400
    assert (await house.ask("analyst", "GET", "/api/v1/users/ada/export")).status_code == 200


@pytest.mark.parametrize("moment", ["0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59"])
async def test_a_time_that_is_in_no_year_is_refused(moment: str) -> None:
    house = House()
    answer = await house.send(login(user={"createdAt": moment}))
    assert answer.status_code == 400 and answer.json()["field"] == "user.createdAt"
    paid = {"id": "t", "amount": 1, "timestamp": moment}
    payment = {"type": "transaction", "id": "p-1", "occurredAt": NOON.isoformat(), "transactionData": paid}
    assert (await house.send(payment)).json()["field"] == "transactionData.timestamp"
    entry = {"list": "block", "kind": "asn", "value": "64511", "expiresAt": moment}
    assert (await house.ask("analyst", "POST", "/api/v1/lists", json=entry)).status_code == 400
    assert (await house.ask("analyst", "GET", "/api/v1/lists")).json() == {"entries": []}
    until = {"action": "block", "kind": "user", "value": "ada", "reason": "r", "expiresAt": moment}
    assert (await house.ask("analyst", "POST", "/api/v1/overrides", json=until)).status_code == 400
    assert (await house.ask("analyst", "GET", "/api/v1/overrides")).status_code == 200


async def test_a_flood_of_query_parameters_is_refused() -> None:
    house = House()
    for query in ("&".join("a" for _ in range(65)), "&" * 5_000, "limit=1&limit=2"):
        assert (await house.ask("viewer", "GET", f"/api/v1/decisions?{query}")).status_code == 400


@pytest.mark.parametrize("number", ODD_NUMBERS)
async def test_cursors_that_were_never_given_are_refused(number: str) -> None:
    house = House()
    await house.send(login())
    for cursor in (f"{number}-dec_{32 * '0'}", f"{number}-1", f"1-{number}", number):
        answer = await house.ask("viewer", "GET", "/api/v1/decisions", params={"cursor": cursor})
        assert answer.status_code in (200, 400), cursor


async def test_who_calls_is_said_once() -> None:
    house = House()
    good, bad = ("authorization", f"Bearer {house.keys['admin']}"), ("authorization", "Bearer ww_x_y")
    for headers in ([good, bad], [bad, good], [good, good]):
        assert (await house.ask(None, "GET", "/api/v1/decisions", headers=headers)).status_code == 400
        assert (await house.ask(None, "POST", "/api/v1/events", headers=headers, json=login())).status_code == 400


async def test_and_so_is_the_key_that_stands_for_an_id() -> None:
    house = House()
    keys = [("idempotency-key", "one"), ("idempotency-key", "two")]
    assert (await house.send(login(id=None), headers=keys)).status_code == 400
    lists = [("accept", "text/html"), ("accept", "application/json")]
    assert (await house.ask(None, "GET", "/schema", headers=lists)).status_code == 200


@pytest.mark.parametrize(
    "said",
    ["{}", "Basic {}", "Bearer{}", "Bearer\t{}", 'Bearer "{}"', "Bearer {},", "Bearer {}x", "Bearer x{}", "Bearer"],
)
async def test_only_the_very_key_opens(said: str) -> None:
    house = House()
    headers = {"authorization": said.format(house.keys["admin"])}
    assert (await house.ask(None, "GET", "/api/v1/decisions", headers=headers)).status_code == 401


async def test_a_fault_in_one_event_of_a_batch_is_told_there_and_nowhere_else(monkeypatch: pytest.MonkeyPatch) -> None:
    house = House()
    assess = house.service.engine.assess

    async def falter(event: Any, *more: Any) -> Any:
        if event.user_id == "mallory":
            raise RuntimeError("mallory@example.com")
        return await assess(event, *more)

    monkeypatch.setattr(house.service.engine, "assess", falter)
    events = [login(), login(userId="mallory"), login()]
    answer = await house.ask("service", "POST", "/api/v1/events/batch", json={"events": events})
    assert [item["status"] for item in answer.json()["results"]] == [200, 500, 200]
    assert "mallory@" not in answer.text


@pytest.mark.parametrize("method", ["HEAD", "OPTIONS", "TRACE", "PATCH", "PUT", "DELETE", "BREW"])
async def test_other_methods_do_nothing(method: str) -> None:
    house = House()
    for path in ("/api/v1/events", "/api/v1/events/batch", "/api/v1/decisions"):
        answer = await house.ask("admin", method, path)
        assert answer.status_code in (204, 405), (path, method)
        assert not any(name.startswith("access-control-") for name in answer.headers)


@pytest.mark.parametrize("secret", ["\x00", "ww__", "ww_" * 400, "é" * 90, "'; drop table api_key --"])
async def test_odd_keys_are_wrong_keys(secret: str) -> None:
    house = House()
    headers = {"authorization": f"Bearer {secret}".encode("latin-1", "replace")}
    assert (await house.ask(None, "GET", "/api/v1/decisions", headers=headers)).status_code == 401
