"""WebSockets as uvicorn speaks them, with bounds: fragments, unread answers, handshakes that do not end.

Whoever has no session yet must cost no memory and hold no connection: uvicorn's own protocol collects any number of
empty fragments, answers pings that nobody reads, and waits for ever for a peer that hung up without a word.
"""

from __future__ import annotations

from asyncio.transports import BaseTransport
from typing import Any

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.frames import Frame

from watchword.web.corking import Corked

MAX_MESSAGE_BYTES = 160_000
"""What is read of one message; longer ones end the connection (1009). Batches may have 128,000 bytes."""

MAX_FRAGMENTS = 256
"""Into how many frames a message may be cut."""

MAX_UNREAD_BYTES = 262_144
"""How much may wait for a peer that does not read, before it is cut off."""

PING_S, PONG_S = 30.0, 20.0
CLOSING_S = 5.0
INVALID_DATA, POLICY_VIOLATION = 1007, 1008


SERVER: dict[str, Any] = {
    "http": "watchword.web.bounds:BoundedProtocol",
    "ws": "watchword.web.framing:BoundedSocket",
    "ws_max_size": MAX_MESSAGE_BYTES,
    "ws_ping_interval": PING_S,
    "ws_ping_timeout": PONG_S,
    "ws_per_message_deflate": False,
    "access_log": False,
    "log_level": "warning",
}
"""How uvicorn is to speak, wherever it is started. Compression would cost 40 kB a socket, and open zip bombs."""


class BoundedSocket(WebSocketsSansIOProtocol):
    """A WebSocket connection, from its handshake on."""

    def connection_made(self, transport: BaseTransport) -> None:
        """Takes the connection over from HTTP."""
        if isinstance(transport, Corked):
            transport = transport.bare()
        super().connection_made(transport)
        self.close_timeout = CLOSING_S

    def data_received(self, data: bytes) -> None:
        """Takes what came; the first of it is the whole handshake, or there is none."""
        super().data_received(data)
        if not self.handshake_initiated:
            self.transport.close()

    def handle_cont(self, event: Frame) -> None:
        """A message goes on."""
        if len(self.frames) >= MAX_FRAGMENTS:
            self._fail(POLICY_VIOLATION, "too many fragments")
        elif not self.close_sent:
            super().handle_cont(event)

    def handle_ping(self) -> None:
        """Answers a ping, if the answers before it were read."""
        if self.transport.get_write_buffer_size() > MAX_UNREAD_BYTES:
            self.transport.abort()
        else:
            super().handle_ping()

    def send_receive_event_to_app(self) -> None:
        """Hands a whole message on; text that is none ends the connection."""
        if self.curr_msg_data_type == "text":
            try:
                b"".join(self.frames).decode()
            except UnicodeDecodeError:
                self._fail(INVALID_DATA, "not UTF-8")
                return
        self.curr_msg_data_type = "bytes"
        super().send_receive_event_to_app()

    def keepalive_timeout(self) -> None:
        """Nobody is there any more: what was still to be sent is not waited for."""
        super().keepalive_timeout()
        self._cut_off_later()

    def handle_parser_exception(self) -> None:
        """What came is no WebSocket; the reason is sent, if anybody reads it."""
        super().handle_parser_exception()
        self._cut_off_later()

    async def send(self, message: Any) -> None:
        """Sends on, and sees to it that a closing connection ends even where nobody reads."""
        await super().send(message)
        if message["type"] == "websocket.close":
            self._cut_off_later()

    def _fail(self, code: int, reason: str) -> None:
        if not self.close_sent:
            self.frames = []
            self.conn.fail(code, reason)
            self.handle_parser_exception()

    def _cut_off_later(self) -> None:
        self.loop.call_later(2 * CLOSING_S, self.transport.abort)
