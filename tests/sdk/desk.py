"""A page that uses the collector, and a server that keeps what it is sent: word for word, the way Watchword answers."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec
import uvicorn

from watchword.events.samples import Batch, Sample, decode_batch

STATIC = Path(__file__).parents[2] / "src" / "watchword" / "web" / "static"
CSP = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; worker-src blob:; img-src 'self'"
HEAD = '<!doctype html><html lang=en><meta charset=utf-8><meta name=viewport content="width=device-width"><title>Bank</title>'
SCRIPTS = '<script src="/js/watchword.js"></script><script src="/js/device-fingerprint.js"></script>'
PAGE = f"""{HEAD}{SCRIPTS}<link rel=stylesheet href="/page.css"><h1>Bank</h1>
<form id=login data-watchword action="/login" method=post>
<p><label>User <input name=user autocomplete=username></label></p>
<p><label>Password <input name=password type=password></label></p>
<p><label>Code <input name=code autocomplete="section-a one-time-code"></label></p>
<p><label>Card <input name=card autocomplete=cc-number></label></p>
<p><label>Secret note <textarea name=note data-watchword-secret></textarea></label></p>
<p><label>Amount <input name=amount></label></p>
<p><button type=button id=pay>Pay</button></p></form>
<p><label>Not declared <input name=outside></label></p><div id=tall></div>"""
CSS = "#tall{height:2000px}body{font:16px/1.5 system-ui;margin:2rem}input,textarea{font:inherit}:root{color-scheme:light dark}"


@dataclass
class Desk:
    """What arrived, and how the next things are answered."""

    base: str = ""
    token: str = "token-1"
    hellos: list[dict[str, Any]] = field(default_factory=list)
    frames: list[bytes] = field(default_factory=list)
    batches: list[Batch] = field(default_factory=list)
    requests: list[tuple[str, dict[str, str], bytes]] = field(default_factory=list)
    durable: dict[str, list[Sample]] = field(default_factory=dict)
    acknowledges: bool = True
    break_after: int | None = None
    blocked: bool = False
    mpin: str = "4711"
    attempts: int = 3
    level: str = "normal"
    sockets: list[asyncio.Queue[Any]] = field(default_factory=list)
    loop: asyncio.AbstractEventLoop | None = None

    def say(self, message: dict[str, Any] | int) -> None:
        """Sends a message on every socket, or closes them with a code."""
        assert self.loop is not None
        for queue in self.sockets:
            self.loop.call_soon_threadsafe(queue.put_nowait, message)

    def samples(self, kind: str | None = None) -> list[Any]:
        """Every durable sample, in order, of all streams."""
        found = [one for stream in self.durable.values() for one in stream]
        return found if kind is None else [one for one in found if type(one).__name__.lower() == kind]

    def wait(self, holds: Any, seconds: float = 60.0) -> None:
        """Until that holds."""
        until = time.monotonic() + seconds
        while not holds():
            assert time.monotonic() < until, (len(self.batches), self.hellos, self.samples()[-5:])
            time.sleep(0.02)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http":
            await self._answer(scope, receive, send)
        elif scope["type"] == "websocket":
            await self._stream(receive, send)

    async def _answer(self, scope: Any, receive: Any, send: Any) -> None:
        body = b""
        more = True
        while more:
            part = await receive()
            body += part.get("body", b"")
            more = part.get("more_body", False)
        path, method = scope["path"], scope["method"]
        query = scope["query_string"].decode()
        headers = {name.decode(): value.decode("latin-1") for name, value in scope["headers"]}
        self.requests.append((f"{method} {path}{'?' + query if query else ''}", headers, body))
        status, kind, content = self._find(method, path)
        own = [(b"content-type", kind.encode()), (b"content-security-policy", CSP.encode())]
        await send({"type": "http.response.start", "status": status, "headers": own})
        await send({"type": "http.response.body", "body": content})

    def _find(self, method: str, path: str) -> tuple[int, str, bytes]:
        if path.startswith("/js/"):
            return 200, "text/javascript", (STATIC / path[4:]).read_bytes()
        if path == "/favicon.ico":
            return 200, "image/x-icon", b""
        if path == "/page.css":
            return 200, "text/css", CSS.encode()
        if path.startswith("/api/v1/behavior/score"):
            score = {"trustScore": 91.5, "isAnomaly": False, "topReasons": [], "confidence": 0.5, "phase": "learning"}
            return 200, "application/json", msgspec.json.encode(score | {"aiAnalysis": ""})
        if method == "DELETE":
            return 204, "application/json", b""
        if path.startswith("/api/"):
            return 200, "application/json", b'{"id":"d1","known":false}'
        return 200, "text/html", PAGE.encode()

    async def _stream(self, receive: Any, send: Any) -> None:
        assert (await receive())["type"] == "websocket.connect"
        await send({"type": "websocket.accept", "subprotocol": "watchword"})
        queue: asyncio.Queue[Any] = asyncio.Queue()
        self.sockets.append(queue)
        speaker = asyncio.create_task(self._speak(queue, send))
        try:
            while (message := await receive())["type"] == "websocket.receive":
                text = message.get("text") or ""
                self.frames.append(text.encode())
                self._hear(msgspec.json.decode(text), text.encode(), queue)
        finally:
            self.sockets.remove(queue)
            speaker.cancel()

    async def _speak(self, queue: asyncio.Queue[Any], send: Any) -> None:
        while True:
            message = await queue.get()
            if isinstance(message, int):
                await send({"type": "websocket.close", "code": message})
                return
            await send({"type": "websocket.send", "text": msgspec.json.encode(message).decode()})

    def _hear(self, message: dict[str, Any], text: bytes, queue: asyncio.Queue[Any]) -> None:
        kind = message.get("type")
        if kind == "hello":
            self.hellos.append(message)
            for answer in self._welcome(message):
                queue.put_nowait(answer)
        elif kind == "mpin_verify":
            verified = message["mpin"] == self.mpin
            self.attempts -= not verified
            self.level = "normal" if verified else self.level
            queue.put_nowait(
                {"type": "mpin_result", "verified": verified, "attemptsLeft": self.attempts, "riskScore": 0.6}
            )
        else:
            self._take(decode_batch(text), queue)

    def _welcome(self, hello: dict[str, Any]) -> list[Any]:
        if hello.get("token") != self.token:
            return [4401]
        if self.blocked:
            return [4403]
        nonce = hello.get("nonce") or f"nonce-{len(self.durable)}"
        seq = len(self.durable.setdefault(nonce, []))
        told = {"sessionId": "s1", "nonce": nonce, "seq": seq, "riskScore": 0.1, "level": "normal"}
        return [{"type": "welcome", **told, "expiresAt": "2027-01-01T00:00:00Z"}]

    def _take(self, batch: Batch, queue: asyncio.Queue[Any]) -> None:
        self.batches.append(batch)
        kept = self.durable[batch.nonce]
        assert batch.first_seq <= len(kept) + 1, "a gap"
        kept.extend(one for one in batch.events if one.seq is not None and one.seq > len(kept))  # type: ignore[misc]
        if self.break_after is not None and len(self.batches) >= self.break_after:
            self.break_after = None
            queue.put_nowait(1011)
        elif self.acknowledges:
            told = {"seq": len(kept), "riskScore": 0.1, "level": self.level, "factors": []}
            queue.put_nowait({"type": "risk_update", **told})


def until_started(server: Any, thread: threading.Thread, seconds: float = 300.0) -> None:
    """Until a server of uvicorn's, which runs in that thread, serves. Whatever failed before that fails here."""
    until = time.monotonic() + seconds
    while not server.started:
        assert thread.is_alive(), "the server ended before it served: its fault was printed by its thread"
        assert time.monotonic() < until, f"the server did not come up within {seconds:g} s"
        time.sleep(0.01)


@contextmanager
def open_desk() -> Iterator[Desk]:
    """A desk on a port of this machine."""
    desk = Desk()
    config = uvicorn.Config(
        desk, port=0, log_level="critical", ws="websockets-sansio", lifespan="off", timeout_graceful_shutdown=1
    )
    server = uvicorn.Server(config)

    async def serve() -> None:
        desk.loop = asyncio.get_running_loop()
        await server.serve()

    thread = threading.Thread(target=lambda: asyncio.run(serve()), daemon=True)
    thread.start()
    until_started(server, thread)
    desk.base = f"http://localhost:{server.servers[0].sockets[0].getsockname()[1]}"
    try:
        yield desk
    finally:
        server.should_exit = True
        thread.join(60)
