"""Events over HTTP: idempotency, lateness and bounds to the letter of the contract."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from tests.web.house import NOON, House, login


def at(**lapse: float) -> str:
    return (NOON + timedelta(**lapse)).isoformat()


async def test_an_event_is_answered_with_its_decision(house: House) -> None:
    answer = await house.send(login(id="one", userId="ada"))
    decision = answer.json()
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/json"
    assert (decision["eventId"], decision["userId"], decision["type"]) == ("one", "ada", "login")
    assert (decision["action"], decision["durable"]) == ("allow", True)
    assert decision["trustScore"] == 100 - decision["score"]


async def test_the_same_event_twice_is_one_event_with_one_decision(house: House) -> None:
    event = login()
    first = await house.send(event)
    house.clock.pass_by(hours=1)
    assert (await house.send(event)).content == first.content
    assert await total(house) == 1


async def test_the_same_event_written_otherwise_is_the_same_event(house: House) -> None:
    event = login(occurredAt="2026-11-20T12:00:00Z")
    first = await house.send(event)
    other = dict(reversed(event.items())) | {"occurredAt": "2026-11-20T13:00:00+01:00"}
    other["globalUserId"] = other.pop("userId")
    assert (await house.send(other)).content == first.content


async def test_the_same_id_with_other_content_is_refused_and_has_no_effect(house: House) -> None:
    event = login()
    await house.send(event)
    for change in ({"ip": "192.0.2.99"}, {"result": "failure"}, {"occurredAt": at(seconds=-1)}, {"userAgent": "x"}):
        answer = await house.send(event | change)
        assert (answer.status_code, answer.json()["code"]) == (409, "ID_REUSED")
    assert await total(house) == 1


async def test_an_idempotency_key_stands_for_the_id(house: House) -> None:
    event = login(id=None)
    first = await house.send(event, headers={"idempotency-key": "key-1"})
    assert first.json()["eventId"] == "key-1"
    assert (await house.send(event | {"id": "key-1"})).content == first.content
    both = await house.send(event | {"id": "key-1"}, headers={"idempotency-key": "key-1"})
    assert both.content == first.content


async def test_id_and_idempotency_key_that_differ_are_refused(house: House) -> None:
    answer = await house.send(login(id="a"), headers={"idempotency-key": "b"})
    assert (answer.status_code, answer.json()["field"]) == (400, "id")


async def test_an_event_without_id_is_refused(house: House) -> None:
    answer = await house.send(login(id=None))
    assert (answer.status_code, answer.json()["field"]) == (400, "id")


async def test_twins_in_flight_get_the_same_answer(house: House) -> None:
    event = login()
    answers = await asyncio.gather(*(house.send(event) for _ in range(20)))
    assert len({answer.content for answer in answers}) == 1
    assert await total(house) == 1


@pytest.mark.parametrize(
    ("lapse", "status", "code"),
    [
        ({"minutes": 5}, 200, None),
        ({"minutes": 5, "milliseconds": 1}, 422, "IN_FUTURE"),
        ({"days": -90}, 200, None),
        ({"days": -90, "milliseconds": -1}, 422, "TOO_OLD"),
        ({"days": 300_000}, 422, "IN_FUTURE"),
    ],
)
async def test_the_time_of_an_event_has_bounds(house: House, lapse: Any, status: int, code: str | None) -> None:
    answer = await house.send(login(occurredAt=at(**lapse)))
    assert (answer.status_code, answer.json().get("code")) == (status, code)
    if code:
        assert answer.json()["field"] == "occurredAt"


async def test_a_late_event_counts_in_the_windows_of_its_own_time(house: House) -> None:
    for second in range(5):
        await house.send(login(result="failure", occurredAt=at(hours=-2, seconds=second)))
    await house.send(login())
    late = (await house.send(login(result="failure", occurredAt=at(hours=-2, seconds=30)))).json()
    assert "RAPID_LOGINS" in [one["code"] for one in late["evidence"]]
    now = (await house.send(login(result="failure"))).json()
    assert "RAPID_LOGINS" not in [one["code"] for one in now["evidence"]]


async def test_an_event_older_than_its_log_reaches_is_recorded_and_not_evaluable(house: House) -> None:
    await house.send(login())
    decision = (await house.send(login(occurredAt=at(hours=-26)))).json()
    assert "TOO_LATE" in {one["reason"] for one in decision["notEvaluable"]}
    assert decision["evidence"] == []
    assert await total(house) == 2


async def test_given_decisions_are_never_judged_again(house: House) -> None:
    first = login(result="failure", occurredAt=at(minutes=-1))
    answer = await house.send(first)
    for second in range(20):
        await house.send(login(result="failure", occurredAt=at(minutes=-1, seconds=-second)))
    assert (await house.send(first)).content == answer.content


@pytest.mark.parametrize("link", ["sessionId", "correlationId"])
async def test_one_log_in_by_two_channels_counts_once(house: House, link: str) -> None:
    for number in range(5):
        event = login(occurredAt=at(seconds=number), **{link: f"s{number}"})
        first = (await house.send(event, "service")).json()
        second = (
            await house.send(event | {"id": event["id"] + "-again", "occurredAt": at(seconds=number + 30)}, "admin")
        ).json()
        assert second["linked"] == first["id"]
    assert "RAPID_LOGINS" not in [one["code"] for one in second["evidence"]]


async def test_without_a_common_session_or_from_one_source_they_are_two(house: House) -> None:
    for event, role in ((login(), "admin"), (login(sessionId="s"), "service"), (login(sessionId="s"), "service")):
        assert "linked" not in (await house.send(event, role)).json()  # type: ignore[arg-type]
    far = login(sessionId="s", occurredAt=at(seconds=61))
    assert "linked" not in (await house.send(far, "admin")).json()


async def test_an_activity_with_a_kind_of_its_own_becomes_that_kind(house: House) -> None:
    activity = login(type="account_activity", activity="login")
    assert (await house.send(activity)).json()["type"] == "login"


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"userId": "u" * 256}, 200),
        ({"userId": "u" * 257}, 400),
        ({"userAgent": "a" * 2048}, 200),
        ({"userAgent": "a" * 2049}, 400),
        ({"headers": [["accept", "a" * 2048]]}, 200),
        ({"headers": [["accept", "a" * 2049]]}, 400),
        ({"metadata": {"m": "x" * 7_992}}, 200),
        ({"metadata": {"m": "x" * 7_993}}, 413),
        ({"metadata": {"a": {"b": {"c": {"d": {"e": {"f": {"g": {"h": 1}}}}}}}}}, 200),
        ({"metadata": {"a": {"b": {"c": {"d": {"e": {"f": {"g": {"h": {}}}}}}}}}}, 400),
        ({"metadata": {"anything": [1, None, {"goes": True}]}}, 200),
        ({"anything": 1}, 400),
    ],
    ids=lambda value: str(value)[:40],
)
async def test_bounds(house: House, change: dict[str, Any], status: int) -> None:
    assert (await house.send(login(**change))).status_code == status


async def test_a_body_over_64_kb_is_refused_before_it_is_read() -> None:
    house = House()
    taken = 0

    async def endless() -> Any:
        nonlocal taken
        while True:
            taken += 1
            yield b" " * 10_000

    answer = await house.ask("service", "POST", "/api/v1/events", content=endless())
    assert (answer.status_code, answer.json()["code"]) == (413, "TOO_LARGE")
    assert taken <= 8
    announced = await house.ask("service", "POST", "/api/v1/events", content=b"x", headers={"content-length": "64001"})
    assert announced.status_code == 413


async def test_a_body_of_exactly_64_kb_is_read(house: House) -> None:
    import msgspec

    event = msgspec.json.encode(login())
    padded = event + b" " * (64_000 - len(event))
    assert (await house.ask("service", "POST", "/api/v1/events", content=padded)).status_code == 200
    assert (await house.ask("service", "POST", "/api/v1/events", content=padded + b" ")).status_code == 413


@pytest.mark.parametrize(("role", "status"), [("service", 200), ("admin", 200)])
async def test_service_and_admin_keys_vouch_for_a_place(house: House, role: Any, status: int) -> None:
    event = login(geolocation={"lat": 59.9, "lng": 10.7, "trusted": True})
    assert (await house.send(event, role)).status_code == status


async def test_nobody_else_vouches_for_a_place(house: House) -> None:
    trial = {"ip": "192.0.2.1", "userId": "ada", "geolocation": {"lat": 1, "lng": 1, "trusted": True}}
    answer = await house.ask("analyst", "POST", "/api/admin/fraud/test-analysis", json=trial)
    assert answer.status_code == 403
    assert (await house.ask("admin", "POST", "/api/admin/fraud/test-analysis", json=trial)).status_code == 200


async def test_a_batch_judges_each_event_by_itself(house: House) -> None:
    good, bad = login(), login(ip="nowhere")
    answer = await house.ask(
        "service", "POST", "/api/v1/events/batch", json={"events": [good, bad, good, good | {"ip": "192.0.2.7"}]}
    )
    results = answer.json()["results"]
    assert answer.status_code == 200
    assert [one["status"] for one in results] == [200, 400, 200, 409]
    assert results[1]["problem"]["field"] == "ip"
    assert results[0]["decision"] == results[2]["decision"]
    assert await total(house) == 1


async def test_a_batch_is_bounded(house: House) -> None:
    for body in ({"events": []}, {"events": [login()] * 501}, {"events": [7]}, {"more": 1}, [login()]):
        answer = await house.ask("service", "POST", "/api/v1/events/batch", json=body)
        assert answer.status_code == 400
    assert await total(house) == 0


async def test_an_event_id_may_hold_anything(house: House) -> None:
    from urllib.parse import quote

    for event_id in ("a/b", "a b", "ä?&=#%2F", "..", "x" * 256, "\u0000"):
        sent = (await house.send(login(id=event_id))).json()
        read = await house.ask("service", "GET", f"/api/v1/events/{quote(event_id, safe='')}/decision")
        if event_id == "..":  # clients resolve dots before they send
            continue
        assert read.json() == sent


async def test_a_store_that_fails_is_answered_open_and_named(house: House) -> None:
    from watchword.errors import StoreError

    async def broken(*_: object) -> None:
        raise StoreError("disk full")

    decide, house.service.engine.store.decide = house.service.engine.store.decide, broken  # type: ignore[assignment]
    event = login()
    answer = await house.send(event)
    decision = answer.json()
    assert (answer.status_code, decision["action"], decision["durable"]) == (200, "allow", False)
    assert decision["degraded"][0]["part"] == "store"
    house.service.engine.store.decide = decide  # type: ignore[method-assign]
    assert (await house.send(event)).json()["id"] == decision["id"]


async def total(house: House) -> int:
    answer = await house.ask("admin", "GET", "/api/admin/fraud/statistics")
    return int(answer.json()["data"]["totalEvents"])
