"""What a stranger can do to the server with bytes: the real protocol on a real socket."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterable

import pytest
from tests.security.wire import Wire, status_of

from watchword.web import bounds
from watchword.web.bounds import MAX_HEAD_BYTES


def login(wire: Wire) -> bytes:
    event = {
        "type": "login", "id": "raw-1", "occurredAt": wire.room.clock.now.isoformat(), "userId": "ada", "ip": "192.0.2.10",
        "result": "success",
    }  # fmt: skip
    return json.dumps(event).encode()


def chunked(body: bytes, trailers: Iterable[bytes] = ()) -> bytes:
    return b"%x\r\n%b\r\n0\r\n%b\r\n" % (len(body), body, b"".join(trailers))


async def test_what_follows_a_body_is_no_header(wire: Wire) -> None:
    key = wire.room.keys["service"].encode()
    head = b"POST /api/v1/events HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n"
    late = b"Authorization: Bearer %b\r\n" % key
    assert status_of(await wire.say(head + b"\r\n" + chunked(login(wire), [late]))) == 401
    assert wire.seen == []
    assert (
        status_of(await wire.say(head + late + b"\r\n" + chunked(login(wire), [b"X-Forwarded-For: 1.1.1.1\r\n"])))
        == 200
    )


@pytest.mark.parametrize(
    "framing",
    [
        b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n",
        b"Content-Length: 4\r\nContent-Length: 300\r\n",
        b"Content-Length: -1\r\n",
        b"Content-Length: +4\r\n",
        b"Content-Length: 99999999999999999999999999\r\n",
        b"Content-Length : 4\r\n",
        b"Transfer-Encoding: xchunked\r\n",
        b"Transfer-Encoding: chunked, identity\r\n",
        b"Transfer-Encoding:\r\n chunked\r\n",
        b"X: a\x00b\r\n",
    ],
)
async def test_lengths_that_two_servers_may_read_differently_are_refused(wire: Wire, framing: bytes) -> None:
    key = wire.room.keys["service"].encode()
    head = b"POST /api/v1/events HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %b\r\n%b\r\n" % (key, framing)
    heard = await wire.say(head + chunked(login(wire)))
    assert status_of(heard) == 400
    assert b"application/problem+json" in heard and b"nosniff" in heard
    assert wire.seen == []


async def test_a_length_with_thousands_of_digits_is_a_length(wire: Wire) -> None:
    key, body = wire.room.keys["service"].encode(), login(wire)
    head = b"POST /api/v1/events HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %b\r\nContent-Length: %b%d\r\n\r\n"
    assert status_of(await wire.say(head % (key, b"0" * 5_000, len(body)) + body)) == 200


@pytest.mark.parametrize(
    "head", [b"X-Much: " + b"y" * 1_000_000, b"\r\n".join(b"x-%d: %b" % (n, b"y" * 400) for n in range(2_000))]
)
async def test_a_head_has_an_end(wire: Wire, head: bytes) -> None:
    heard = await wire.say(b"GET /health HTTP/1.1\r\nHost: x\r\n" + head, b"\r\n\r\n", pause_s=0.05)
    assert status_of(heard) in (431, 0)


async def test_so_have_trailers(wire: Wire) -> None:
    key = wire.room.keys["service"].encode()
    head = (
        b"POST /api/v1/events HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %b\r\nTransfer-Encoding: chunked\r\n\r\n"
        % key
    )
    heard = await wire.say(head + b"5\r\nabcde\r\n0\r\nX-Late: ", *[b"y" * MAX_HEAD_BYTES] * 4, pause_s=0.01)
    assert status_of(heard) in (431, 0)


async def test_whoever_sends_slowly_is_shown_out(wire: Wire, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, seconds in (("HEAD_S", 0.1), ("WHOLE_S", 0.2), ("LOOK_S", 0.05)):
        monkeypatch.setattr(bounds, name, seconds)
    key = wire.room.keys["service"].encode()
    started = (
        b"POST /api/v1/events HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %b\r\nContent-Length: 300\r\n\r\n{" % key
    )
    began = asyncio.get_running_loop().time()
    assert await wire.say(b"") == b""
    assert await wire.say(b"GET /health HTTP/1.1\r\nX: ") == b""
    assert await wire.say(b"\r\n\r\n") == b""
    assert await wire.say(started) == b""
    assert asyncio.get_running_loop().time() - began < 60, "it was silence, not the server, that ended one of them"


async def test_a_form_of_any_size_costs_nothing(wire: Wire) -> None:
    kinds = (b"application/x-www-form-urlencoded", b"multipart/form-data; boundary=XX")
    for kind in kinds:
        head = b"POST /console/sign-in HTTP/1.1\r\nHost: x\r\nContent-Type: %b\r\n" % kind
        assert status_of(await wire.say(head + b"Content-Length: 300000000\r\n\r\nkey=")) == 413
        flood = (b"%x\r\n%b\r\n" % (60_000, b"key=" + b"a" * 59_996)) * 3
        assert status_of(await wire.say(head + b"Transfer-Encoding: chunked\r\n\r\n" + flood + b"0\r\n\r\n")) in (
            400,
            413,
        )


async def test_an_announced_body_is_refused_before_it_is_read(wire: Wire) -> None:
    key = wire.room.keys["service"].encode()
    for path in (b"/api/v1/events", b"/api/v1/events/batch", b"/api/v1/labels"):
        head = b"POST %b HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %b\r\nContent-Length: 1000000000\r\n\r\n"
        assert status_of(await wire.say(head % (path, key))) == 413
        assert status_of(await wire.say(head % (path, b"wrong"))) == 401
