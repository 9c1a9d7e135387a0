"""A room behind a real socket, served by the real protocol."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import uvicorn
from tests.web.console.room import Room

from watchword.events.event import Event
from watchword.ports import Recorded
from watchword.web.framing import SERVER


class Wire:
    """A room behind a socket, and raw requests to it."""

    def __init__(self, room: Room, port: int) -> None:
        self.room = room
        self.port = port
        self.seen: list[Event] = []
        room.engine.listen(self._note)

    def _note(self, recorded: Recorded) -> None:
        self.seen.append(recorded.decision.event)

    async def say(self, *pieces: bytes, wait_s: float = 60.0, pause_s: float = 0.0) -> bytes:
        """Sends pieces on a connection of its own; what comes back until the server closes or is silent."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        heard = b""
        try:
            for piece in pieces:
                writer.write(piece)
                await writer.drain()
                await asyncio.sleep(pause_s)
            while True:
                got = await asyncio.wait_for(reader.read(65_536), wait_s)
                heard += got
                if not got or _is_whole(heard):
                    return heard
        except (TimeoutError, ConnectionError):
            return heard
        finally:
            writer.close()


def _is_whole(heard: bytes) -> bool:
    head, _, body = heard.partition(b"\r\n\r\n")
    lengths = [int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.startswith(b"content-length:")]
    return bool(lengths) and len(body) >= lengths[0]


def status_of(heard: bytes) -> int:
    return int(heard.split(b" ", 2)[1]) if heard.startswith(b"HTTP/1.1 ") else 0


@asynccontextmanager
async def wired(room: Room) -> AsyncIterator[Wire]:
    """The room, served for as long as this is open."""
    config = uvicorn.Config(
        room.app, port=0, lifespan="off", timeout_graceful_shutdown=1, **(SERVER | {"log_level": "critical"})
    )  # fmt: skip
    server = uvicorn.Server(config)
    running = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.01)
    try:
        yield Wire(room, server.servers[0].sockets[0].getsockname()[1])
    finally:
        server.should_exit = True
        await running
