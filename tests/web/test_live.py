"""The WebSocket of a session, by its documented words."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from tests.web.house import House
from tests.web.tabs import Salon, Tab, keys, served
from websockets.exceptions import ConnectionClosed, InvalidStatus

from watchword.errors import StoreError
from watchword.sessions.steps import Take
from watchword.web import live, rooms
from watchword.web.origins import Origins


@pytest.fixture
async def salon(house: House) -> AsyncIterator[Salon]:
    async with served(house) as opened:
        yield opened


async def closes(socket: Any) -> int:
    try:
        while True:
            await asyncio.wait_for(socket.recv(), 60)
    except ConnectionClosed as closed:
        return int(closed.rcvd.code) if closed.rcvd else 1006


async def test_every_message_is_answered_with_what_is_durable(salon: Salon) -> None:
    session, token = await salon.open()
    async with salon.tab(session, token) as tab:
        assert tab.welcome | {"nonce": "", "expiresAt": ""} == {
            "type": "welcome", "sessionId": session, "nonce": "", "seq": 0, "riskScore": 0, "level": "normal", "expiresAt": "",
        }  # fmt: skip
        for sent in (5, 30, 35):
            answer = await tab.ask(tab.batch(sent - tab.seq))
            assert (answer["type"], answer["seq"], answer["level"]) == ("risk_update", sent, "normal")
        assert (await tab.ask(keys(36, 1)[0]))["seq"] == 36
        assert (await tab.ask({"type": "ping"})) == {"type": "pong"}
        summary = {"event_type": "typing_pattern", "features": {"typing_speed": 65, "keystroke_intervals": [110, 120]}}
        assert (await tab.ask(summary))["type"] == "risk_update"
    assert (await salon.state(session))["samples"] >= 36


@pytest.mark.parametrize("way", ["url", "hello", "subprotocol", "bare subprotocol"])
async def test_the_token_may_come_in_four_ways(salon: Salon, way: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "HELLO_S", 0.1)
    session, token = await salon.open(sessionId="exam/42 ü")
    query = f"?token={token}" if way == "url" else ""
    offered: Any = {"subprotocol": ["watchword", f"watchword.token.{token}"], "bare subprotocol": ["watchword", token]}
    async with salon.knock(session, query, subprotocols=offered.get(way)) as socket:
        assert socket.subprotocol == ("watchword" if way in offered else None)
        if way == "hello":
            await socket.send(json.dumps({"type": "hello", "token": token}))
        tab = await Tab(socket, "ada", session).greeted()
        assert (await tab.type())["seq"] == 5


async def test_batches_under_way_are_answered_in_order(salon: Salon) -> None:
    session, token = await salon.open()
    async with salon.tab(session, token) as tab:
        for _ in range(60):
            await tab.say(tab.batch(20))
        assert [(await tab.hear())["seq"] for _ in range(60)] == list(range(20, 1201, 20))
    assert (await salon.state(session))["samples"] == 1200


async def test_a_stream_goes_on_where_it_was(salon: Salon) -> None:
    session, token = await salon.open()
    async with salon.tab(session, token) as first:
        await first.type(25)
    async with salon.tab(session, token, nonce=first.nonce) as again:
        assert (again.nonce, again.seq) == (first.nonce, 25)
        assert (await again.ask(again.batch(25, first=1)))["seq"] == 25
        assert (await again.ask(again.batch(30, first=11)))["seq"] == 40
        assert (await salon.state(session))["samples"] == 40
    async with salon.knock(session) as socket:
        await socket.send(
            json.dumps({"type": "hello", "token": token, "userId": "ada", "nonce": first.nonce, "lastSeq": 7})
        )
        resumed = await Tab(socket, "ada", session).greeted()
        assert (resumed.nonce, resumed.seq) == (first.nonce, 40)
    async with salon.tab(session, token, nonce="never-given-out") as other:
        assert other.nonce not in (first.nonce, "never-given-out") and other.seq == 0


async def test_what_follows_a_batch_that_the_store_lost_is_not_taken_either(salon: Salon) -> None:
    session, token = await salon.open()
    async with salon.tab(session, token) as first:
        assert (await first.type(5))["seq"] == 5
        sessions = salon.house.service.sessions
        store, lost = sessions._store, []

        class Full:
            """A disk that is full for one batch."""

            def __getattr__(self, name: str) -> Any:
                return getattr(store, name)

            async def advance(self, key: Any, step: Any) -> Any:
                if isinstance(step, Take) and not lost:
                    lost.append(step)
                    raise StoreError("The disk is full.")
                return await store.advance(key, step)

        sessions._store = Full()  # type: ignore[assignment]
        for _ in range(3):
            await first.say(first.batch(10))
        said, code = await first.rest()
        assert ([(one["type"], one["code"], one["seq"]) for one in said], code) == ([("error", "STORE", 5)], 1013)
    async with salon.tab(session, token, nonce=first.nonce) as again:
        assert (again.nonce, again.seq) == (first.nonce, 5), "what was not acknowledged is not covered"
        assert (await again.ask(again.batch(30)))["seq"] == 35
    assert (await salon.state(session))["samples"] == 35


async def test_a_gap_is_named_with_the_last_durable_sample_and_the_stream_goes_on(salon: Salon) -> None:
    session, token = await salon.open()
    async with salon.tab(session, token) as tab:
        assert (await tab.type(5))["seq"] == 5
        told = await tab.ask(tab.batch(5, first=8))
        assert (told["type"], told["code"], told["seq"]) == ("error", "GAP", 5) and "Sample 6" in told["message"]
        summary = {"event_type": "typing_pattern", "features": {"typing_speed": 65}}
        assert (await tab.ask(summary))["seq"] == 6
        assert (await tab.ask(tab.batch(7, first=6)))["seq"] == 12
    beacon = {"sessionId": session, "nonce": "mine", "firstSeq": 4, "events": keys(4, 3)}
    answer = await salon.ask("POST", f"/api/v1/sessions/{session}/events", token, json=beacon)
    assert (answer.status_code, answer.json()["code"]) == (409, "GAP") and "Sample 1" in answer.json()["detail"]
    assert (await salon.state(session))["samples"] == 12


async def test_each_tab_has_a_stream_of_its_own(salon: Salon) -> None:
    session, token = await salon.open()
    async with salon.tab(session, token) as one, salon.tab(session, token) as two:
        assert one.nonce != two.nonce
        await one.type(10)
        assert (await two.type(3))["seq"] == 3
    assert (await salon.state(session))["samples"] == 13


async def test_mpin_asked_once_answered_and_asked_again(salon: Salon) -> None:
    session, token = await salon.open()
    assert (await salon.ask("PUT", "/api/v1/users/ada/mpin", json={"mpin": "482913"})).status_code == 204
    async with salon.tab(session, token) as tab:
        for risk in (0.25, 0.5):
            await tab.say({"type": "mpin_verify", "mpin": "000000"})
            result = await tab.hear_until("mpin_result")
            assert (result["type"], result["verified"], result["riskScore"]) == ("mpin_result", False, risk)
        await tab.say({"type": "mpin_verify", "mpin": "000000"})
        asked = await tab.hear_until("mpin_required")
        assert asked["message"] == "Please verify your MPIN"
        async with salon.tab(session, token) as other:
            assert (await other.hear())["challengeId"] == asked["challengeId"]
            await other.say({"type": "mpin_verify", "mpin": "482913"})
            result = await other.hear_until("mpin_result")
            assert (result["verified"], result["riskScore"]) == (True, 0.65)
        async with salon.tab(session, token) as later:
            assert (await later.type())["type"] == "risk_update"


async def blocked(salon: Salon) -> tuple[str, str, float]:
    """A session that was blocked while two tabs were open, and the seconds until the second was shut."""
    session, token = await salon.open()
    async with salon.tab(session, token) as one, salon.tab(session, token) as two:
        await salon.fail(session, token, 4)
        began = asyncio.get_running_loop().time()
        for tab in (one, two):
            heard, code = await tab.rest()
            assert code == rooms.BLOCKED
            assert [said for said in heard if said["type"] == "session_blocked"] == [
                {"type": "session_blocked", "reason": "High risk behavior detected"}
            ]
        return session, token, asyncio.get_running_loop().time() - began


async def test_a_block_ends_every_socket_within_a_second(salon: Salon) -> None:
    """A busy machine may be late now and then, and not ten times in a row."""
    for _ in range(10):
        session, token, took_s = await blocked(salon)
        if took_s < 1:
            break
    assert took_s < 1
    async with salon.knock(session, f"?token={token}") as socket:
        assert json.loads(await socket.recv()) == {"type": "session_blocked", "reason": "High risk behavior detected"}
        assert await closes(socket) == rooms.BLOCKED
    answer = await salon.ask("GET", f"/api/v1/sessions/{session}", token)
    assert (answer.status_code, answer.json()["code"]) == (401, "BLOCKED")
    assert (await salon.state(session))["end"] == "blocked"


async def test_the_socket_whose_mpin_blocks_hears_it_once_and_in_order(salon: Salon) -> None:
    session, token = await salon.open()
    await salon.fail(session, token, 3)
    async with salon.tab(session, token) as tab:
        await tab.say({"type": "mpin_verify", "mpin": "0000"})
        heard, code = await tab.rest()
        kinds = [said["type"] for said in heard if said["type"] != "risk_update"]
        assert (kinds, code) == (["mpin_required", "mpin_result", "session_blocked"], rooms.BLOCKED)


async def test_log_out_ends_every_socket(salon: Salon) -> None:
    session, token = await salon.open()
    async with salon.tab(session, token) as tab:
        assert (await salon.ask("DELETE", f"/api/v1/sessions/{session}", token)).status_code == 204
        assert (await tab.rest())[1] == rooms.UNAUTHENTICATED
    async with salon.knock(session, f"?token={token}") as socket:
        assert await closes(socket) == rooms.UNAUTHENTICATED


async def test_a_change_in_one_tab_is_told_in_the_others(salon: Salon) -> None:
    session, token = await salon.open()
    async with salon.tab(session, token) as tab:
        await salon.fail(session, token, 3)
        assert (await tab.hear_until("mpin_required"))["challengeId"]


@pytest.mark.parametrize(
    ("said", "code", "field"),
    [
        ("{", "INVALID_INPUT", None),
        ("[]", "INVALID_INPUT", None),
        ({"type": "dance"}, "INVALID_INPUT", "type"),
        ({"type": "key", "seq": 1}, "INVALID_INPUT", "message.t"),
        ({"type": "mpin_verify"}, "INVALID_INPUT", "mpin"),
        ({"sessionId": "SELF", "firstSeq": 1, "events": []}, "INVALID_INPUT", "nonce"),
        ({"sessionId": "SELF", "nonce": "forged", "firstSeq": 1, "events": []}, "INVALID_INPUT", "nonce"),
        ({"sessionId": "other", "nonce": "NONCE", "firstSeq": 1, "events": []}, "NOT_YOURS_TO_SAY", "sessionId"),
        ({"sessionId": "SELF", "userId": "eve", "nonce": "NONCE", "firstSeq": 1}, "NOT_YOURS_TO_SAY", "userId"),
        ({"sessionId": "SELF", "nonce": "NONCE", "firstSeq": 2, "events": keys(1, 1)}, "INVALID_INPUT", "events[0].seq"),
        ({"sessionId": "SELF", "nonce": "NONCE", "firstSeq": 1, "riskScore": 0}, "NOT_YOURS_TO_SAY", "riskScore"),
    ],
)  # fmt: skip
async def test_what_is_wrong_is_named_and_the_stream_goes_on(salon: Salon, said: Any, code: str, field: str) -> None:
    session, token = await salon.open()
    async with salon.tab(session, token) as tab:
        text = (
            (said if isinstance(said, str) else json.dumps(said)).replace("SELF", session).replace("NONCE", tab.nonce)
        )
        answer = await tab.ask(text)
        assert (answer["type"], answer["code"], answer.get("field")) == ("error", code, field)
        assert (await tab.type())["seq"] == 5


async def test_who_has_no_token_is_shown_out(salon: Salon, monkeypatch: pytest.MonkeyPatch) -> None:
    session, token = await salon.open()
    other, _ = await salon.open("eve")
    for wrong in ("nonsense", token[:-1] + ("A" if token[-1] != "A" else "B"), salon.house.keys["service"]):
        async with salon.knock(session, f"?token={wrong}") as socket:
            assert json.loads(await socket.recv())["code"] == "UNAUTHENTICATED"
            assert await closes(socket) == rooms.UNAUTHENTICATED
    async with salon.knock(other, f"?token={token}") as socket:
        assert await closes(socket) == rooms.UNAUTHENTICATED
    async with salon.knock(session) as socket:
        await socket.send(json.dumps({"type": "hello", "token": token, "userId": "eve"}))
        assert await closes(socket) == rooms.UNAUTHENTICATED
    for hello in ("{", json.dumps(keys(1, 1)[0]), "x" * 5_000):
        async with salon.knock(session) as socket:
            await socket.send(hello)
            assert json.loads(await socket.recv())["type"] == "error"
            assert await closes(socket) == rooms.UNAUTHENTICATED


async def test_who_says_nothing_is_shown_out(house: House) -> None:
    object.__setattr__(house.service.rooms, "rules", rooms.RoomRules(hello_s=0.1, look_s=0.05))
    async with served(house) as salon:
        session, token = await salon.open()
        async with salon.knock(session) as socket:
            assert await closes(socket) == rooms.IDLE
        async with salon.tab(session, token) as tab:
            await tab.type()
            object.__setattr__(house.service.rooms, "rules", rooms.RoomRules(idle_s=0.3, look_s=0.05))
            assert (await tab.rest())[1] == rooms.IDLE


async def test_a_message_has_a_size(salon: Salon) -> None:
    session, token = await salon.open()
    async with salon.tab(session, token) as tab:
        await tab.say(json.dumps(tab.batch(1) | {"userId": "x" * 130_000}))
        heard, code = await tab.rest()
        assert (heard[0]["code"], code) == ("TOO_LARGE", rooms.TOO_BIG)
    async with salon.tab(session, token) as tab:
        await tab.say("x" * 400_000)
        assert (await tab.rest())[1] in (1009, 1006)


async def test_a_session_has_so_many_sockets(salon: Salon) -> None:
    session, token = await salon.open()
    most = salon.house.service.rooms.rules.of_session
    tabs = [salon.tab(session, token) for _ in range(most)]
    opened = [await tab.__aenter__() for tab in tabs]
    async with salon.knock(session, f"?token={token}") as socket:
        assert await closes(socket) == rooms.FLOOD
    for tab in tabs:
        await tab.__aexit__(None, None, None)
    assert (await opened[0].rest())[1] in (1000, 1006)
    async with salon.tab(session, token) as tab:
        assert (await tab.type())["seq"] == 5
    while len(salon.house.service.rooms):
        await asyncio.sleep(0.01)


async def test_pages_of_other_origins_open_no_socket(salon: Salon) -> None:
    session, token = await salon.open()
    query = f"?token={token}"
    own = f"http://127.0.0.1:{salon.port}"
    async with salon.knock(session, query, origin=own) as socket:
        await Tab(socket, "ada", session).greeted()
    with pytest.raises(InvalidStatus) as refused:
        async with salon.knock(session, query, origin="https://evil.example"):
            pass
    assert refused.value.response.status_code == 403
    assert b"application/problem+json" in str(refused.value.response.headers).encode()


async def test_allowed_origins_open_sockets_and_read_answers(tmp_path: Any) -> None:
    house = House(origins=Origins(["https://shop.example"]))
    async with served(house) as salon:
        session, token = await salon.open()
        async with salon.knock(session, f"?token={token}", origin="https://shop.example") as socket:
            await Tab(socket, "ada", session).greeted()
        path, origin = f"/api/v1/sessions/{session}", {"origin": "https://shop.example"}
        answer = await salon.ask("GET", path, token, headers=origin)
        assert answer.headers["access-control-allow-origin"] == "https://shop.example"
        asked = await salon.ask("OPTIONS", path, token, headers=origin | {"access-control-request-method": "DELETE"})
        assert asked.status_code == 204 and "DELETE" in asked.headers["access-control-allow-methods"]
        assert "authorization" in asked.headers["access-control-allow-headers"]
        refused = await salon.ask("GET", path, token, headers={"origin": "https://evil.example"})
        assert "access-control-allow-origin" not in refused.headers
        events = await salon.ask("POST", "/api/v1/events", json={}, headers=origin)
        assert events.headers["access-control-allow-origin"] == "https://shop.example"
        assert "access-control-allow-origin" not in (await salon.ask("GET", "/metrics", headers=origin)).headers


async def test_there_is_no_other_socket(salon: Salon) -> None:
    from websockets.asyncio.client import connect

    for path in ("/api/v1/events", "/", "/api/v1/behavior/", "/console"):
        with pytest.raises(InvalidStatus) as refused:
            async with connect(f"ws://127.0.0.1:{salon.port}{path}"):
                pass
        assert refused.value.response.status_code == 404


async def test_a_restart_says_so(house: House) -> None:
    async with served(house) as salon:
        session, token = await salon.open()
        async with salon.tab(session, token) as tab:
            await tab.type()
            salon.server.should_exit = True
            assert (await tab.rest())[1] == rooms.RESTART
