"""Who was let in stays in for as long as that holds, and no longer; nobody takes all the seats."""

from __future__ import annotations

import asyncio

import pytest
from tests.security.wire import Wire, status_of
from tests.web.console.room import Guest, Room

from watchword.web.console.live import MOST_STREAMS
from watchword.web.stream import MAX_OF_ONE


async def opened(wire: Wire, head: bytes) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    reader, writer = await asyncio.open_connection("127.0.0.1", wire.port)
    writer.write(b"GET " + head + b"\r\n\r\n")
    await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 60)
    return reader, writer


async def rest_of(reader: asyncio.StreamReader) -> bytes:
    """What still comes until the server ends it."""
    return await asyncio.wait_for(reader.read(), 60)


async def test_a_revoked_key_hears_nothing_more(wire: Wire) -> None:
    key = wire.room.keys["analyst"].encode()
    head = b"/api/v1/decisions/stream HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer " + key
    reader, writer = await opened(wire, head)
    await wire.room.log_in("ada")
    assert b"ada" in await asyncio.wait_for(reader.readuntil(b"ada"), 60)
    wire.room.service.keys.revoke("the analyst")
    await asyncio.sleep(0.3)
    await wire.room.log_in("bob")
    assert b"bob" not in await rest_of(reader)
    writer.close()


async def test_nor_does_the_page_that_was_opened_with_it(wire: Wire) -> None:
    guest = await wire.room.signed_in("analyst")
    cookie = guest.client.cookies["watchword_console"].encode()
    reader, writer = await opened(
        wire, b"/console/live/stream HTTP/1.1\r\nHost: x\r\nConnection: close\r\nCookie: watchword_console=" + cookie
    )
    await asyncio.wait_for(reader.readuntil(b"event: tick"), 60)
    wire.room.service.keys.revoke("the analyst")
    await asyncio.sleep(0.3)
    await wire.room.log_in("bob")
    assert b"bob" not in await rest_of(reader)
    writer.close()


async def test_one_key_does_not_take_all_the_streams(wire: Wire) -> None:
    head = b"/api/v1/decisions/stream HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer %b"
    viewer, analyst = (head % wire.room.keys[role].encode() for role in ("viewer", "analyst"))
    streams = [await opened(wire, viewer) for _ in range(MAX_OF_ONE)]
    for reader, _ in streams:
        await asyncio.wait_for(reader.readuntil(b"still here"), 60)
    refused = await wire.say(b"GET " + viewer + b"\r\n\r\n")
    assert status_of(refused) == 429 and b"retry-after" in refused
    reader, writer = await opened(wire, analyst)
    assert b"still here" in await asyncio.wait_for(reader.readuntil(b"here"), 60)
    for _, other in [*streams, (reader, writer)]:
        other.close()


async def test_nor_one_visitor_all_the_live_pages(wire: Wire) -> None:
    guest = await wire.room.signed_in("viewer")
    cookie = guest.client.cookies["watchword_console"].encode()
    head = b"/console/live/stream HTTP/1.1\r\nHost: x\r\nConnection: close\r\nCookie: watchword_console=" + cookie
    streams = [await opened(wire, head) for _ in range(MOST_STREAMS)]
    for reader, _ in streams:
        await asyncio.wait_for(reader.readuntil(b"event: tick"), 60)
    assert status_of(await wire.say(b"GET " + head + b"\r\n\r\n")) == 429
    for _, other in streams:
        other.close()


async def test_a_one_time_link_opens_once_also_in_a_race() -> None:
    room = Room()
    link = room.invite()
    answers = await asyncio.gather(*(room.browser().get(link) for _ in range(20)))
    assert [answer.status_code for answer in answers].count(200) == 1


@pytest.mark.parametrize("change", ["role", "time", "name", "nonce", "signature"])
async def test_a_link_says_what_it_was_signed_for(change: str) -> None:
    room = Room()
    path, _, token = room.invite("viewer").rpartition("/")
    nonce, until, role, name, signature = token.split(".")
    forged = {
        "role": f"{nonce}.{until}.admin.{name}.{signature}",
        "time": f"{nonce}.{int(until) + 1}.{role}.{name}.{signature}",
        "name": f"{nonce}.{until}.{role}.{b'root'.hex()}.{signature}",
        "nonce": f"{'0' * 24}.{until}.{role}.{name}.{signature}",
        "signature": f"{nonce}.{until}.{role}.{name}.{'0' * 32}",
    }[change]
    assert (await room.browser().get(f"{path}/{forged}")).status_code == 401


@pytest.mark.parametrize("role", ["viewer", "analyst"])
async def test_a_form_from_elsewhere_changes_nothing(role: str) -> None:
    room = Room()
    guest = await room.signed_in(role)  # type: ignore[arg-type]
    forms = {
        "settings": {"reason": "r", "mode": "monitor"}, "settings/keys": {"name": "n", "role": "admin"},
        "settings/roll-back": {"version": "0"}, "policies": {"name": "x"}, "sign-out": {},
    }  # fmt: skip
    for path, fields in forms.items():
        for headers in ({}, {"x-csrf-token": "guess"}, {"sec-fetch-site": "cross-site"}, {"origin": "http://evil"}):
            answer = await guest.client.post(f"/console/{path}", data=fields, headers=headers)
            assert answer.status_code in (403, 404, 405), (path, headers, answer.status_code)
    assert len(room.service.keys.all()) == 4


@pytest.mark.parametrize(
    "target",
    [
        "https://evil.example/", "//evil.example", "/console//evil.example", "/console/\\evil", "/\\evil", "javascript:alert(1)",
        "/console/live\r\nSet-Cookie: a=b", "/consolevil", "/console/../..//evil", "/console/enter/x", '/console/"><script>',
    ],
)  # fmt: skip
async def test_after_signing_in_one_is_in_the_console(target: str) -> None:
    room = Room()
    answer = await room.browser().post("/console/sign-in", data={"key": room.keys["viewer"], "next": target})
    assert "evil" not in answer.text and "<script>" not in answer.text and "javascript:" not in answer.text
    assert "set-cookie: a=b" not in str(answer.headers).lower()


@pytest.mark.parametrize("path", ["decisions?asn=²", "decisions?asn=" + "9" * 30, "decisions?rows=²", "decisions?score=²", "audit?before=²",
                                  "audit?before=" + "9" * 30, "live?window=²", "decisions?trail=²:²", "decisions?trail=1-1:" + "9" * 30,
                                  "static/x/..%2f..%2fshell.py", "static/x//etc/passwd", "users/..%2f..", "enter/%00"])  # fmt: skip
async def test_no_address_breaks_a_page(path: str) -> None:
    room = Room()
    await room.log_in()
    guest: Guest = await room.signed_in("admin")
    answer = await guest.open(path)
    assert answer.status_code < 500
    assert "import annotations" not in answer.text and "root:" not in answer.text
