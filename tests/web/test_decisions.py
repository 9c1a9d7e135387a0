"""History: filters, pages, who sees what, and the live stream."""

from __future__ import annotations

import asyncio
import json
from datetime import timedelta
from typing import Any

import httpx
import pytest
from tests.web.house import NOON, House, login

from watchword.ports import Recorded
from watchword.web.stream import MAX_WAITING, Stream


@pytest.fixture
async def told(house: House) -> House:
    """Ten log-ins of ada from the service, five failed ones of bob, an api_call by the admin."""
    for number in range(10):
        await house.send(login(id=f"a{number}", occurredAt=(NOON - timedelta(minutes=number)).isoformat()))
    for number in range(8):
        await house.send(
            login(
                id=f"b{number}",
                userId="bob",
                ip="198.51.100.9",
                result="failure",
                sessionId="s1",
                deviceFingerprint="d1",
            )
        )
    call = login(id="c0", type="api_call", endpoint="/transfer", result=None, userId="carl")
    await house.send(call, "admin")
    return house


async def listed(house: House, role: Any = "admin", **query: Any) -> list[dict[str, Any]]:
    answer = await house.ask(role, "GET", "/api/v1/decisions", params=query)
    assert answer.status_code == 200, answer.text
    return list(answer.json()["decisions"])


async def test_decisions_come_newest_first_in_pages_without_gap_or_repeat(told: House) -> None:
    whole = [one["id"] for one in await listed(told, limit=100)]
    seen: list[str] = []
    query: dict[str, Any] = {"limit": 4}
    while True:
        page = (await told.ask("admin", "GET", "/api/v1/decisions", params=query)).json()
        seen += [one["id"] for one in page["decisions"]]
        assert len(page["decisions"]) <= 4
        if page["nextCursor"] is None:
            break
        query["cursor"] = page["nextCursor"]
    assert seen == whole
    assert len(set(seen)) == 19
    times = [one["occurredAt"] for one in await listed(told, limit=100)]
    assert times == sorted(times, reverse=True)


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ({"userId": "bob"}, 8),
        ({"userId": "nobody"}, 0),
        ({"ip": "198.51.100.9"}, 8),
        ({"sessionId": "s1"}, 8),
        ({"deviceFingerprint": "d1"}, 8),
        ({"type": "api_call"}, 1),
        ({"type": "login", "userId": "ada"}, 10),
        ({"code": "RAPID_LOGINS"}, 3),
        ({"action": "block"}, 3),
        ({"level": "CRITICAL"}, 3),
        ({"scoreFrom": 80}, 3),
        ({"scoreTo": 0}, 16),
        ({"mode": "monitor"}, 0),
        ({"country": "NO"}, 0),
        ({"asn": 2119}, 0),
        ({"from": "2026-11-20T11:58:00Z", "userId": "ada"}, 3),
        ({"to": "2026-11-20T11:58:00Z", "userId": "ada"}, 7),
        ({"limit": 500}, 19),
    ],
    ids=str,
)
async def test_filters(told: House, query: dict[str, Any], count: int) -> None:
    assert len(await listed(told, **({"limit": 500} | query))) == count


@pytest.mark.parametrize(
    "query",
    [{"limit": 0}, {"limit": 501}, {"limit": "x"}, {"cursor": "nonsense"}, {"action": "perhaps"}, {"what": 1},
     {"from": "then"}, {"country": "norway"}, {"type": "null"}, {"scoreTo": "nan"}, {"limit": "1e3"}, {"scoreFrom": 101}],
    ids=str,
)  # fmt: skip
async def test_wrong_filters_are_named(told: House, query: dict[str, Any]) -> None:
    answer = await told.ask("admin", "GET", "/api/v1/decisions", params=query)
    assert answer.status_code == 400
    assert answer.json()["field"] == next(iter(query))


async def test_a_filter_given_twice_is_refused(told: House) -> None:
    answer = await told.ask("admin", "GET", "/api/v1/decisions?limit=1&limit=2")
    assert (answer.status_code, answer.json()["field"]) == (400, "limit")


async def test_a_service_sees_what_it_sent_and_no_more(told: House) -> None:
    assert len(await listed(told, "service", limit=100)) == 18
    pages = await listed(told, "service", limit=7)
    assert len(pages) == 7
    sent = (await listed(told, "admin", type="api_call"))[0]
    for path in (f"/api/v1/decisions/{sent['id']}", "/api/v1/events/c0/decision"):
        assert (await told.ask("service", "GET", path)).status_code == 404
        assert (await told.ask("admin", "GET", path)).json() == sent
    _, other = told.service.keys.create("other", "service")
    told.keys["service"] = other
    assert await listed(told, "service") == []


async def test_a_viewer_sees_decisions_without_persons(told: House) -> None:
    text = (await told.ask("viewer", "GET", "/api/v1/decisions", params={"limit": 100})).text
    one = (await listed(told, "admin", action="block"))[0]
    text += (await told.ask("viewer", "GET", f"/api/v1/decisions/{one['id']}")).text
    for personal in ('"ada"', '"bob"', "198.51.100.9", '"b7"', one["evidence"][0]["message"], "attempts"):
        assert personal not in text
    seen = (await told.ask("viewer", "GET", f"/api/v1/decisions/{one['id']}")).json()
    assert (seen["score"], seen["action"], seen["cause"]) == (one["score"], one["action"], one["cause"])
    assert [part["code"] for part in seen["evidence"]] == [part["code"] for part in one["evidence"]]


@pytest.mark.parametrize("name", ["userId", "ip", "deviceFingerprint", "sessionId"])
async def test_a_viewer_can_not_ask_for_a_person(told: House, name: str) -> None:
    assert (await told.ask("viewer", "GET", "/api/v1/decisions", params={name: "bob"})).status_code == 403


async def test_every_look_at_personal_data_is_audited(told: House) -> None:
    await listed(told, "analyst", userId="bob")
    await listed(told, "viewer")
    decision = (await listed(told, "admin"))[0]["id"]
    await told.ask("analyst", "GET", f"/api/v1/decisions/{decision}")
    acts = await told.acts()
    assert "analyst:analyst decisions.read user:bob" in acts
    assert f"analyst:analyst decision.read {decision}" in acts
    assert not [act for act in acts if act.startswith("viewer")]


async def test_unknown_decisions_are_not_found(house: House) -> None:
    for path in (
        "/api/v1/decisions/dec_nothing",
        "/api/v1/decisions/dec_" + "0" * 32,
        "/api/v1/events/nothing/decision",
    ):
        assert (await house.ask("admin", "GET", path)).status_code == 404


async def lines(house: House, role: Any, want: int, query: str = "") -> list[dict[str, Any]]:
    """Follows the stream over real ASGI until `want` decisions came."""
    found: list[dict[str, Any]] = []
    done = asyncio.Event()

    async def send(message: Any) -> None:
        for part in message.get("body", b"").decode().split("\n\n"):
            if part.startswith("event: decision"):
                found.append(json.loads(part.split("data: ")[1]))
        if len(found) >= want:
            done.set()

    async def receive() -> Any:
        await done.wait()
        return {"type": "http.disconnect"}

    scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "GET", "scheme": "http",
        "path": "/api/v1/decisions/stream", "raw_path": b"/api/v1/decisions/stream", "query_string": query.encode(),
        "root_path": "", "headers": [(b"authorization", f"Bearer {house.keys[role]}".encode())],
        "client": ("127.0.0.1", 1), "server": ("x", 80),
    }  # fmt: skip
    await asyncio.wait_for(house.app(scope, receive, send), 60)
    return found


async def test_the_stream_tells_of_decisions_as_they_are_made(house: House) -> None:
    readers = [asyncio.create_task(lines(house, role, 2)) for role in ("admin", "service", "viewer")]
    strict = asyncio.create_task(lines(house, "analyst", 1, "action=block"))
    while len(house.service.stream) < 4:
        await asyncio.sleep(0.01)
    for _ in range(2):
        await house.send(login())
    admin, service, viewer = [await reader for reader in readers]
    assert [one["userId"] for one in admin] == [one["userId"] for one in service] == ["ada", "ada"]
    assert [one["userId"] for one in viewer] == [None, None]
    for _ in range(7):
        await house.send(login(result="failure"))
    assert {one["action"] for one in await strict} == {"block"}
    assert len(house.service.stream) == 0


async def test_a_reader_who_is_too_slow_is_told_how_much_was_left_out() -> None:
    house = House()
    stream = Stream(beat_s=0)
    follower = stream.follow(lambda _decision: True)
    assert await anext(follower) == 0
    decision = await house.service.engine.store.decision((await house.send(login())).json()["id"])
    assert decision is not None
    reading = asyncio.create_task(anext(follower))
    await asyncio.sleep(0)
    for _ in range(MAX_WAITING + 5):
        stream.publish(Recorded(decision))
    assert await reading == 5
    for _ in range(MAX_WAITING):
        assert await anext(follower) == decision
    stream.publish(Recorded(decision, fresh=False))
    stream.close()
    assert [line async for line in follower] == []


async def test_the_stream_ends_when_the_service_does() -> None:
    async with httpx.AsyncClient() as _:
        stream = Stream()
        follower = stream.follow(lambda _decision: True)
        await anext(follower)
        stream.close()
        assert [line async for line in follower] == []
        assert len(stream) == 0
