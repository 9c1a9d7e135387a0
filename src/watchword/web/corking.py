"""A transport that sends the head of an answer together with the body behind it: one system call less an answer."""

from __future__ import annotations

import asyncio
from typing import Any

HEAD = b"HTTP/1.1 "


class Corked:
    """Wraps a transport. A head is held until the next write, or the loop's next turn, whichever comes first."""

    __slots__ = ("_held", "_loop", "_transport")

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        self._transport = transport
        self._loop = loop
        self._held = b""

    def write(self, chunk: bytes) -> None:
        """Sends bytes, a head's with the next ones."""
        if self._held:
            held, self._held = self._held, b""
            self._transport.write(held + chunk)
        elif chunk.startswith(HEAD):
            self._held = chunk
            self._loop.call_soon(self.flush)
        else:
            self._transport.write(chunk)

    def bare(self) -> asyncio.Transport:
        """The transport alone: for another protocol that takes the connection over."""
        self.flush()
        return self._transport

    def flush(self) -> None:
        """Sends what is held."""
        if self._held:
            held, self._held = self._held, b""
            self._transport.write(held)

    def close(self) -> None:
        """Sends what is held, then closes."""
        self.flush()
        self._transport.close()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)
