"""What a hostile page can do with its socket: nothing that lowers its risk, nothing that hurts the server."""

from __future__ import annotations

import asyncio
import json
import random
import struct
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from msgspec import structs
from tests.web.house import House
from tests.web.tabs import Salon, keys, served
from websockets.exceptions import ConnectionClosed
from websockets.frames import Frame, Opcode

from watchword.web import framing, rooms
from watchword.web.pace import Paces, SessionRates


@pytest.fixture
async def salon() -> AsyncIterator[Salon]:
    house = House()
    async with served(house) as opened:
        yield opened
    house.close()


async def test_a_page_that_names_many_streams_stops_no_score_and_no_event(salon: Salon) -> None:
    session, token = await salon.open()
    for number in range(16):
        batch = {"sessionId": session, "nonce": f"mine-{number}", "firstSeq": 1, "events": keys(1, 1)}
        assert (await salon.ask("POST", f"/api/v1/sessions/{session}/events", token, json=batch)).status_code == 200
    asked = {"userId": "ada", "sessionId": session, "events": keys(1, 20), "nonce": "till", "firstSeq": 1}
    path = "/api/v1/behavior/score"
    refused = await salon.ask("POST", f"/api/v1/sessions/{session}/events", token, json=batch | {"nonce": "more"})
    assert refused.status_code == 400
    assert (await salon.ask("POST", path, token, json=asked | {"nonce": "more"})).status_code == 200
    assert (await salon.state(session))["samples"] == 16
    for nonce in ("till", "till", "s.not-given"):
        assert (await salon.ask("POST", path, json=asked | {"nonce": nonce})).status_code == 200
    assert (await salon.state(session))["samples"] == 36
    event = {
        "type": "behavior", "id": "b1", "occurredAt": salon.house.clock.now.isoformat(), "userId": "ada",
        "sessionId": session, "events": keys(1, 10),
    }  # fmt: skip
    assert (await salon.ask("POST", "/api/v1/events", json=event)).status_code == 200
    assert (await salon.state(session))["samples"] == 46


FORGERIES: tuple[dict[str, Any], ...] = (
    {"type": "risk_update", "seq": 9, "riskScore": 0, "level": "normal", "factors": []},
    {"type": "mpin_result", "verified": True, "attemptsLeft": 5, "riskScore": 0},
    {"type": "factor", "factor": "mpin_verified", "delta": -0.1},
    {"factors": [{"factor": "normal_typing", "delta": -1}]},
    {"type": "decision", "decision": "allow", "confidence": 1.0, "similarity_score": 1.0},
    {"type": "welcome", "riskScore": 0},
    {"type": "mpin_verify", "mpin": "0000", "verified": True},
    {"event_type": "typing_pattern", "features": {}, "riskScore": 0},
    {"event_type": "typing_pattern", "features": {"riskScore": 0, "factor": "mpin_verified", "trustScore": 100}},
    {"event_type": "transaction_context", "features": {"amount": 1, "confirmed": True, "mpin_verified": True}},
)


async def test_forged_factors_and_verdicts_change_nothing_and_are_noted(salon: Salon) -> None:
    session, token = await salon.open()
    await salon.fail(session, token, 3)
    before = await salon.state(session)
    async with salon.tab(session, token) as tab:
        asked = await tab.hear_until("mpin_required")
        for forged in FORGERIES:
            assert (await tab.ask(forged))["type"] in ("error", "risk_update")
            batch = {"sessionId": session, "nonce": tab.nonce, "firstSeq": 1, "events": [], **forged}
            batch.pop("type", None)
            await tab.ask(batch)
        in_sample = tab.batch(1, first=1)
        in_sample["events"][0] |= {"factor": "mpin_verified", "riskScore": 0}
        assert (await tab.ask(in_sample))["code"] == "NOT_YOURS_TO_SAY"
    after = await salon.state(session)
    assert after["riskScore"] >= before["riskScore"] == 0.75
    assert (after["challenge"], after["challengeId"]) == ("asked", asked["challengeId"])
    assert "forged_verdict" in after["flags"]


async def test_samples_sent_again_count_once_on_every_way(salon: Salon) -> None:
    session, token = await salon.open()
    async with salon.tab(session, token) as tab:
        rng = random.Random(1)
        clicks = [
            {
                "type": "pointer",
                "seq": seq,
                "t": 90.0 * seq + rng.uniform(0, 60),
                "kind": kind,
                "x": rng.uniform(5, 9),
                "y": 5.0,
            }
            for seq, kind in enumerate(("down", "up") * 10, 1)
        ]
        batch = {"sessionId": session, "nonce": tab.nonce, "firstSeq": 1, "events": clicks}
        for _ in range(5):
            await tab.say(batch)
            assert (await tab.hear_until("risk_update"))["seq"] == 20
        risk = (await salon.state(session))["riskScore"]
        for _ in range(3):
            await salon.ask("POST", f"/api/v1/sessions/{session}/events", token, json=batch)
    state = await salon.state(session)
    assert (state["samples"], state["riskScore"]) == (20, risk)
    assert sum(one["factor"] == "rapid_clicks" for one in state["changes"]) <= 1


async def test_old_sequence_numbers_bring_nothing_back(salon: Salon) -> None:
    """Typing well a thousand times over, from the same numbers or far ahead, earns what it may earn, and no more."""
    session, token = await salon.open()
    await salon.fail(session, token, 2)
    async with salon.tab(session, token) as tab:
        await tab.type(40)
        for _ in range(30):
            await tab.ask(tab.batch(40, first=1))
        ahead = await tab.ask(tab.batch(5, first=2**53 - 5))
        assert ahead["type"] in ("risk_update", "error")
        assert (await tab.ask(tab.batch(5, first=1)))["type"] in ("risk_update", "error")
    assert (await salon.state(session))["riskScore"] >= 0.5 - 0.1


async def test_another_sessions_token_and_nonce_open_nothing(salon: Salon) -> None:
    mine, token = await salon.open("eve")
    theirs, other = await salon.open("ada")
    async with salon.tab(theirs, other) as victim:
        async with salon.knock(theirs, f"?token={token}") as socket:
            assert json.loads(await socket.recv())["code"] == "UNAUTHENTICATED"
        async with salon.tab(mine, token, "eve", nonce=victim.nonce) as tab:
            assert tab.nonce != victim.nonce
            assert (await tab.ask(tab.batch(5) | {"nonce": victim.nonce}))["field"] == "nonce"
            assert (await tab.ask(tab.batch(5, first=1) | {"sessionId": theirs}))["code"] == "NOT_YOURS_TO_SAY"
        await victim.type()
    assert (await salon.state(theirs))["samples"] == 5
    assert "other_session" in (await salon.state(mine))["flags"]


async def test_brute_force_of_the_mpin_ends_the_session(salon: Salon) -> None:
    session, token = await salon.open()
    await salon.ask("PUT", "/api/v1/users/ada/mpin", json={"mpin": "482913"})
    async with salon.tab(session, token) as tab:
        for guess in range(40):
            await tab.say({"type": "mpin_verify", "mpin": f"{guess:06}"})
        heard, code = await tab.rest()
    assert code == rooms.BLOCKED
    assert not any(said.get("verified") for said in heard)
    state = await salon.state(session)
    assert state["end"] == "blocked"
    assert sum(one["factor"] == "mpin_failed" for one in state["changes"]) <= 5
    again, token = await salon.open()
    late = await salon.ask("POST", f"/api/v1/sessions/{again}/mpin", token, json={"mpin": "482913"})
    assert late.json()["attemptsLeft"] < 5 or not late.json()["verified"]


async def test_a_flood_is_slowed_down_and_shown_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("watchword.web.socket.MAX_SLOWED_S", 0.5)
    house = House()
    house.service = structs.replace(house.service, paces=Paces(SessionRates(per_s=500, burst=1_000), lambda: 0.0))
    house.app = house.remade()
    async with served(house) as salon:
        session, token = await salon.open()
        async with salon.tab(session, token) as tab:

            async def pour() -> None:
                while True:
                    await tab.say(tab.batch(100))

            pouring = asyncio.create_task(pour())
            heard, code = await tab.rest()
            with pytest.raises(ConnectionClosed):
                await pouring
        assert code == rooms.FLOOD
        assert heard[-1]["code"] == "FLOOD"
        answer = await salon.ask("POST", f"/api/v1/sessions/{session}/events", token, json=tab.batch(400))
        assert (answer.status_code, int(answer.headers["retry-after"])) == (429, 2)
    house.close()


def rss_kb() -> int:
    return int(Path("/proc/self/status").read_text().partition("VmRSS:")[2].split()[0])


def fuzzed(rng: random.Random, session: str, nonce: str) -> bytes | str:
    """A message: bytes, JSON of any shape, or one that is nearly right."""
    style = rng.random()
    if style < 0.2:
        return rng.randbytes(rng.randrange(300))
    if style < 0.45:
        return json.dumps(anything(rng, 4))
    said: dict[str, Any] = {
        "sessionId": session, "nonce": nonce, "firstSeq": 1 if rng.random() < 0.8 else rng.choice((5, 0, -1, 2**60, 1.5)),
        "events": [sample(rng, seq) for seq in range(1, rng.randrange(1, 30))],
    }  # fmt: skip
    if style < 0.6:
        said = rng.choice([*FORGERIES, sample(rng, 1), {"type": "ping"}, {"type": "hello", "token": "x"}])
    for _ in range(rng.randrange(3)):
        name = rng.choice([*said, "clock", "screen", "userId", "mpin", "type", "surprise"])
        said[name] = anything(rng, 2)
    text = json.dumps(said)
    return text[: rng.randrange(len(text))] if rng.random() < 0.1 else text


def sample(rng: random.Random, seq: int) -> dict[str, Any]:
    one = dict(rng.choice([*keys(seq, 1), {"type": "pointer", "seq": seq, "t": seq, "kind": "move", "x": 1, "y": 2},
                           {"type": "nav", "seq": seq, "t": 3, "page": "p", "action": "enter"},
                           {"type": "touch", "seq": seq, "t": 3, "phase": "start", "id": 1, "x": 3, "y": 4},
                           {"event_type": "mouse_pattern", "features": {"speed": 3}}]))  # fmt: skip
    if rng.random() < 0.03:
        one[rng.choice([*one, "trusted"])] = anything(rng, 1)
    return one


def anything(rng: random.Random, depth: int) -> Any:
    plain = [None, True, -1, 0, 1e308, 2**63, 2**200, "", "\x00", "ü" * 300, "key", "2026", rng.random() * 1e6]
    if depth and rng.random() < 0.4:
        return [anything(rng, depth - 1) for _ in range(rng.randrange(5))]
    if depth and rng.random() < 0.4:
        return {
            rng.choice(["type", "seq", "t", "events", "x"]): anything(rng, depth - 1) for _ in range(rng.randrange(5))
        }
    return rng.choice(plain)


async def fuzz(salon: Salon, seed: int, many: int) -> Counter[str]:
    """Sends so many fuzzed messages, on a new socket whenever one was closed; what was answered."""
    rng, kinds, sent = random.Random(seed), Counter[str](), 0
    session, token = await salon.open(f"user-{seed}")
    while sent < many:
        async with salon.tab(session, token, f"user-{seed}") as tab:
            try:
                while sent < many:
                    await tab.say(fuzzed(rng, session, tab.nonce))
                    sent += 1
                    said = await tab.hear()
                    kinds[said["code"] if said["type"] == "error" else said["type"]] += 1
            except ConnectionClosed as closed:
                kinds[f"closed {closed.rcvd.code if closed.rcvd else 1006}"] += 1
        if (await salon.state(session, userId=f"user-{seed}"))["end"]:
            session, token = await salon.open(f"user-{seed}")
    return kinds


async def fuzzing(many: int) -> None:
    house = House()
    house.service = structs.replace(house.service, paces=Paces(SessionRates(per_s=1e9, burst=1e9)))
    house.app = house.remade()
    async with served(house) as salon:
        await fuzz(salon, 0, 200)
        before = rss_kb()
        kinds = sum((await asyncio.gather(*(fuzz(salon, seed, many // 4) for seed in range(1, 5)))), Counter[str]())
        session, token = await salon.open("ada")
        async with salon.tab(session, token) as tab:
            assert (await tab.type())["seq"] == 5
        assert (await salon.ask("GET", "/health")).status_code == 200
    allowed = {
        "risk_update", "pong", "INVALID_INPUT", "NOT_YOURS_TO_SAY", "mpin_result", "mpin_required", "session_blocked",
        f"closed {rooms.BLOCKED}", "TOO_LARGE", f"closed {rooms.TOO_BIG}",
    }  # fmt: skip
    assert kinds.keys() <= allowed, kinds
    assert kinds["risk_update"] > many / 20 and kinds["INVALID_INPUT"] > many / 4
    assert rss_kb() - before < 60_000, rss_kb() - before
    house.close()


async def test_fuzzed_messages_in_short() -> None:
    await fuzzing(1_200)


@pytest.mark.slow
async def test_20_000_fuzzed_messages() -> None:
    await fuzzing(20_000)


# --- bytes below WebSocket messages -----------------------------------------------------------------------------------

SHAKE = (
    b"GET /api/v1/behavior/%b?token=%b HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)


async def raw(salon: Salon, *pieces: bytes, shake: bytes | None = None) -> bytes:
    """Speaks to the socket by hand; what comes back until the server hangs up."""
    session, token = await salon.open()
    reader, writer = await asyncio.open_connection("127.0.0.1", salon.port)
    writer.write(SHAKE % (session.encode(), token.encode()) if shake is None else shake)
    heard = await asyncio.wait_for(reader.read(4_096), 60)
    try:
        for piece in pieces:
            writer.write(piece)
            await writer.drain()
        while got := await asyncio.wait_for(reader.read(65_536), 60):
            heard += got
    except ConnectionError:
        pass
    finally:
        writer.close()
    return heard


def framed(opcode: Opcode, data: bytes, fin: bool = True, mask: bool = True) -> bytes:
    return Frame(opcode, data, fin).serialize(mask=mask)


@pytest.mark.parametrize(
    "pieces",
    [
        [b"\xff" * 200],
        [framed(Opcode.TEXT, b"\xff\xfe\xfd")],
        [framed(Opcode.TEXT, b"{}", mask=False)],
        [framed(Opcode.CONT, b"x")],
        [b"\x81\xff" + struct.pack("!Q", 2**62) + b"\0\0\0\0"],
        [b"\xc1\x80\0\0\0\0"],
        [framed(Opcode.TEXT, b"{", fin=False), *[framed(Opcode.CONT, b"", fin=False)] * (framing.MAX_FRAGMENTS + 5)],
        [framed(Opcode.CLOSE, b"\x03")],
    ],
    ids=["noise", "utf-8", "unmasked", "continuation", "huge", "reserved", "fragments", "close"],
)
async def test_frames_that_are_none_end_the_connection(salon: Salon, pieces: list[bytes]) -> None:
    heard = await raw(salon, *pieces)
    assert heard.startswith(b"HTTP/1.1 101")
    assert (await salon.ask("GET", "/health")).status_code == 200


async def test_pings_that_nobody_reads_cost_no_memory(salon: Salon) -> None:
    session, token = await salon.open()
    _unread, writer = await asyncio.open_connection("127.0.0.1", salon.port, limit=1024)
    writer.write(SHAKE % (session.encode(), token.encode()))
    before, flood = rss_kb(), framed(Opcode.PING, b"x" * 125) * 2_000

    async def pour() -> None:
        while True:
            writer.write(flood)
            await writer.drain()

    with pytest.raises((ConnectionError, TimeoutError)):
        await asyncio.wait_for(pour(), 5)
    writer.close()
    assert rss_kb() - before < 40_000
    assert (await salon.ask("GET", "/health")).status_code == 200


@pytest.mark.parametrize(
    "shake",
    [
        b"GET /api/v1/behavior/x HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n",
        b"POST /api/v1/behavior/x HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n",
        b"GET /api/v1/behavior/x HTTP/1.1\r\nHost: x\r\n" + b"".join(b"x-%d: 1\r\n" % n for n in range(200))
        + b"Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
        b"Sec-WebSocket-Version: 13\r\n\r\n",
        b"GET /api/v1/behavior/x?" + b"&".join(b"a=1" for _ in range(200)) + b" HTTP/1.1\r\nHost: x\r\n"
        b"Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
        b"Sec-WebSocket-Version: 13\r\n\r\n",
    ],
    ids=["no key", "post", "many headers", "many parameters"],
)  # fmt: skip
async def test_handshakes_that_are_none_hold_no_connection(salon: Salon, shake: bytes) -> None:
    heard = await raw(salon, shake=shake)
    assert not heard.startswith((b"HTTP/1.1 101", b"HTTP/1.1 5")), heard
    assert (await salon.ask("GET", "/health")).status_code == 200


async def test_strangers_hold_few_sockets(monkeypatch: pytest.MonkeyPatch) -> None:
    house = House(trusted_proxies=("127.0.0.1",))
    object.__setattr__(house.service.rooms, "rules", rooms.RoomRules(of_address=4))
    async with served(house) as salon:
        session, _ = await salon.open()
        from websockets.exceptions import InvalidStatus

        opened = [
            salon.knock(session, additional_headers={"x-forwarded-for": "203.0.113.7"}) for _ in range(5)
        ]  # fmt: skip
        for knock in opened[:4]:
            await knock.__aenter__()
        with pytest.raises(InvalidStatus) as refused:
            await opened[4].__aenter__()
        assert refused.value.response.status_code == 429
        for knock in opened[:4]:
            await knock.__aexit__(None, None, None)
    house.close()
