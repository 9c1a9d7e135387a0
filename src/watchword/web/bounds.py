"""HTTP/1.1 as uvicorn speaks it, with bounds: how long a head may be, and how long a caller may take to send.

Whoever needs no key yet must cost no memory and hold no connection: uvicorn's own parser takes heads of any length,
waits for the rest of a request for ever, and hands the trailers of a body on as if they were headers.
"""

from __future__ import annotations

import asyncio
from typing import Any

import msgspec
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from watchword.web.corking import Corked
from watchword.web.problems import MEDIA_TYPE

MAX_HEAD_BYTES = 65_536
"""Bytes that may come before a head ends or a body goes on; one chunk of the socket more may pass."""

HEAD_S = 15.0
"""How long a connection may take for the head of a request."""

WHOLE_S = 60.0
"""How long a request may take to be there as a whole."""

LOOK_S = 5.0
_PROBLEMS = {
    400: ("MALFORMED", "This is no HTTP that is understood here."),
    431: ("HEAD_TOO_LARGE", f"The head of a request has at most {MAX_HEAD_BYTES:,} bytes."),
}


class BoundedProtocol(HttpToolsProtocol):
    """A connection. What is refused before the application sees it is answered with a problem document, too."""

    def __init__(self, *given: Any, **more: Any) -> None:
        super().__init__(*given, **more)
        self._stalled_bytes = 0
        self._in_head = self._arriving = True
        self._since_s = self.loop.time()
        self._watch: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Starts to watch the clock."""
        super().connection_made(Corked(transport, self.loop))  # type: ignore[arg-type]
        self._watch = self.loop.call_later(LOOK_S, self._look)

    def connection_lost(self, exc: Exception | None) -> None:
        """Stops watching."""
        if self._watch is not None:
            self._watch.cancel()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Takes what came, and refuses a head (or the end of a chunked body) that does not end."""
        self._stalled_bytes += len(data)
        super().data_received(data)
        if self._stalled_bytes > MAX_HEAD_BYTES and not self.transport.is_closing():
            self._refuse(431)

    def send_400_response(self, msg: str) -> None:
        """Answers what can not be parsed."""
        self._refuse(400)

    def on_message_begin(self) -> None:
        """A request begins."""
        super().on_message_begin()
        self._in_head = self._arriving = True
        self._since_s = self.loop.time()

    def on_header(self, name: bytes, value: bytes) -> None:
        """Takes a header; what comes after the head is a trailer, which is left out (RFC 9110, 6.5.1)."""
        if self._in_head:
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """The head is there."""
        self._in_head = False
        self._stalled_bytes = 0
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """The body goes on."""
        self._stalled_bytes = 0
        super().on_body(body)

    def on_message_complete(self) -> None:
        """The request is there."""
        self._arriving = False
        self._stalled_bytes = 0
        super().on_message_complete()

    def on_response_complete(self) -> None:
        """An answer is given; the next request may take its time again."""
        self._since_s = self.loop.time()
        super().on_response_complete()

    def handle_websocket_upgrade(self) -> None:
        """Hands the connection over; its new protocol has a clock of its own."""
        if self._watch is not None:
            self._watch.cancel()
        super().handle_websocket_upgrade()

    def _look(self) -> None:
        idle = self.cycle is None or self.cycle.response_complete
        patience_s = HEAD_S if idle and (self._in_head or not self._arriving) else WHOLE_S
        if (self._arriving or idle) and self.loop.time() - self._since_s > patience_s:
            self.transport.close()
        else:
            self._watch = self.loop.call_later(LOOK_S, self._look)

    def _refuse(self, status: int) -> None:
        if self.cycle is not None and self.cycle.response_started and not self.cycle.response_complete:
            self.transport.close()
            return
        code, detail = _PROBLEMS[status]
        kind = f"urn:watchword:problem:{code.lower().replace('_', '-')}"
        title = STATUS_LINE[status].split(b" ", 2)[2].strip().decode()
        body = msgspec.json.encode({"type": kind, "title": title, "status": status, "code": code, "detail": detail})
        head = f"content-type: {MEDIA_TYPE}\r\ncontent-length: {len(body)}\r\nconnection: close\r\n"
        self.transport.write(STATUS_LINE[status] + head.encode() + b"x-content-type-options: nosniff\r\n\r\n" + body)
        self.transport.close()
