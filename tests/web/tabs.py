"""Browser tabs on a real socket: a house served by uvicorn as `watchword serve` does, and WebSocket clients of it."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import asynccontextmanager, contextmanager
from functools import cache
from itertools import count
from typing import Any
from urllib.parse import quote

import httpx
import msgspec
import uvicorn
from tests.web.house import House
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from watchword.learning.typists import Sitting, make_typist, sit
from watchword.web.framing import SERVER

Said = dict[str, Any]


class Tab:
    """One open socket of a session. `nonce` and `seq` are what it was greeted with."""

    def __init__(self, socket: ClientConnection, user: str, session: str) -> None:
        self.socket, self.user, self.session = socket, user, session
        self.nonce, self.seq, self.welcome = "", 0, dict[str, Any]()

    async def greeted(self) -> Tab:
        """Waits for the greeting."""
        self.welcome = await self.hear()
        assert self.welcome["type"] == "welcome", self.welcome
        self.nonce, self.seq = self.welcome["nonce"], self.welcome["seq"]
        return self

    async def say(self, said: Any) -> None:
        await self.socket.send(said if isinstance(said, str | bytes) else json.dumps(said))

    async def hear(self, patience_s: float = 60.0) -> Said:
        said: Said = json.loads(await asyncio.wait_for(self.socket.recv(), patience_s))
        return said

    async def ask(self, said: Any) -> Said:
        await self.say(said)
        return await self.hear()

    async def hear_until(self, kind: str) -> Said:
        """The next message of that type; others are passed over."""
        while (said := await self.hear())["type"] != kind:
            pass
        return said

    async def rest(self) -> tuple[list[Said], int]:
        """What is still said, and the code with which the server hangs up."""
        heard: list[Said] = []
        try:
            while True:
                heard.append(await self.hear())
        except ConnectionClosed as closed:
            return heard, closed.rcvd.code if closed.rcvd else 1006

    def batch(self, many: int = 5, first: int | None = None, **changes: Any) -> Said:
        """The next keys of this tab's stream, or those from `first` on."""
        begin = self.seq + 1 if first is None else first
        if first is None:
            self.seq += many
        events = keys(begin, many)
        return {"sessionId": self.session, "nonce": self.nonce, "firstSeq": begin, "events": events} | changes

    async def type(self, many: int = 5) -> Said:
        """Sends the next keys; the answer."""
        return await self.ask(self.batch(many))


@cache
def _typed() -> tuple[Said, ...]:
    samples = sit(make_typist(26, 1), 0, Sitting(secret=0, text=2_000))
    decoded: list[Said] = msgspec.json.decode(msgspec.json.encode(samples))
    return tuple(decoded)


def keys(first: int, many: int) -> list[Said]:
    """Samples of somebody who types a long text, from that number on."""
    typed = _typed()
    return [typed[(seq - 1) % len(typed)] | {"seq": seq} for seq in range(first, first + many)]


class Salon:
    """A house behind a socket."""

    def __init__(self, house: House, port: int, server: uvicorn.Server) -> None:
        self.house, self.port, self.server = house, port, server
        self._numbers = count(1)

    async def ask(self, method: str, path: str, token: str | None = None, **more: Any) -> httpx.Response:
        """A request by a session's token, or by the service's key."""
        headers = {"authorization": f"Bearer {token or self.house.keys['service']}"} | more.pop("headers", {})
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{self.port}") as client:
            return await client.request(method, path, headers=headers, **more)

    async def open(self, user: str = "ada", **more: Any) -> tuple[str, str]:
        """A new session: its id and token."""
        answer = await self.ask("POST", "/api/v1/sessions", json={"userId": user, "method": "pin"} | more)
        assert answer.status_code == 201, answer.text
        return answer.json()["sessionId"], answer.json()["sessionToken"]

    @asynccontextmanager
    async def knock(self, session: str, query: str = "", **more: Any) -> AsyncIterator[ClientConnection]:
        """A socket that has said nothing yet."""
        url = f"ws://127.0.0.1:{self.port}/api/v1/behavior/{quote(session, safe='')}{query}"
        async with connect(url, compression=None, **more) as socket:
            yield socket

    @asynccontextmanager
    async def tab(
        self, session: str, token: str, user: str = "ada", nonce: str | None = None, **more: Any
    ) -> AsyncIterator[Tab]:
        """A greeted tab."""
        query = f"?token={token}" + (f"&nonce={nonce}" if nonce else "")
        async with self.knock(session, query, **more) as socket:
            yield await Tab(socket, user, session).greeted()

    async def state(self, session: str, **query: Any) -> Said:
        answer = await self.ask("GET", f"/api/v1/sessions/{quote(session, safe='')}", params=query)
        assert answer.status_code == 200, answer.text
        found: Said = answer.json()
        return found

    async def fail(self, session: str, token: str, times: int) -> Said:
        """Answers with a wrong MPIN so many times."""
        for _ in range(times):
            answer = await self.ask("POST", f"/api/v1/sessions/{session}/mpin", token, json={"mpin": "0000"})
            assert answer.status_code == 200, answer.text
        found: Said = answer.json()
        return found


@asynccontextmanager
async def served(house: House) -> AsyncIterator[Salon]:
    """The house, served for as long as this is open."""
    options = SERVER | {"log_level": "critical"}
    server = uvicorn.Server(
        uvicorn.Config(house.app, port=0, lifespan="off", timeout_graceful_shutdown=1, loop="none", **options)
    )
    running = asyncio.create_task(server.serve())
    while not server.started:
        assert not running.done(), running.exception()
        await asyncio.sleep(0.01)
    try:
        yield Salon(house, server.servers[0].sockets[0].getsockname()[1], server)
    finally:
        server.should_exit = True
        await running


@contextmanager
def beside(house: House) -> Iterator[tuple[Salon, Callable[[Coroutine[Any, Any, Any]], Any]]]:
    """The house, served by a thread of its own, and what asks it something there; closed at the end."""
    loop, ready, stop, opened = asyncio.new_event_loop(), threading.Event(), asyncio.Event(), list[Salon]()

    async def serve() -> None:
        async with served(house) as salon:
            opened.append(salon)
            ready.set()
            await stop.wait()

    thread = threading.Thread(target=lambda: loop.run_until_complete(serve()), daemon=True)
    thread.start()
    assert ready.wait(60)
    yield opened[0], lambda question: asyncio.run_coroutine_threadsafe(question, loop).result(60)
    loop.call_soon_threadsafe(stop.set)
    thread.join(10)
    loop.close()
    house.close()
