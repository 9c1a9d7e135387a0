"""The WebSocket of a session: a handshake, a token, a greeting; then `web/socket.py` goes on.

The token may stand in the first message (`{"type":"hello","token":TOKEN}`) or in a subprotocol beside `watchword`,
which keeps it out of every log on the way, or in the URL (`?token=`); only then no hello is waited for.
"""

from __future__ import annotations

import asyncio

from msgspec import Struct

from watchword.errors import Forbidden, InvalidInput, NotFound, Unauthenticated, WatchwordError
from watchword.policy.session_messages import encode
from watchword.sessions.records import Claim
from watchword.web.asgi import Message, Receive, Scope, Send
from watchword.web.authentication import header
from watchword.web.edge import Visit, own_headers, refuse_socket
from watchword.web.incoming import Hello, read_hello
from watchword.web.intake import parameters
from watchword.web.limits import is_local, network_of
from watchword.web.rooms import UNAUTHENTICATED
from watchword.web.service import Service
from watchword.web.socket import Closing, Desk, Place, Socket, told_of

PATH = "/api/v1/behavior/"
SUBPROTOCOL = "watchword"
BEARER = "watchword.token."
MAX_ID = 256
MAX_HELLO_BYTES = 2_000
HELLO_S = 1.0
"""How long a socket whose token came with the handshake may take to say hello; then it is greeted without."""


class Knock(Struct, frozen=True):
    """What a handshake says: which session, with what token, to go on with which stream, in which subprotocol.

    `hello_s` is how long a first message is waited for; it must come where there is no token yet.
    """

    session_id: str
    token: str | None
    nonce: str | None
    subprotocol: str | None
    hello_s: float


class _Gone(Exception):
    """The peer went away."""


class Live:
    """The application behind `/api/v1/behavior/{sessionId}`."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._rooms = service.rooms
        self._desk = Desk(service.sessions, service.rooms, service.paces)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        seen: Visit = scope["visit"]
        counted = None if is_local(seen.address) else network_of(seen.address)
        try:
            knock = self._look_at(scope)
            self._rooms.greet(counted)
        except WatchwordError as error:
            await refuse_socket(scope, send, error)
            return
        try:
            await send({"type": "websocket.accept", "subprotocol": knock.subprotocol, "headers": own_headers(seen)})
            claim, nonce = await self._identify(knock, receive, seen)
        except _Gone:
            return
        except Exception as error:  # the handshake is the edge
            await _show_out(error, seen, send)
            return
        finally:
            self._rooms.part(counted)
        await self._sit(claim, nonce, receive, send, seen)

    def _look_at(self, scope: Scope) -> Knock:
        headers = scope["headers"]
        origin, host = header(headers, b"origin", once=False), header(headers, b"host", once=False)
        if not self._service.origins.admits(origin, host):
            raise Forbidden("Pages of this origin may not open a session's socket; see WATCHWORD_ALLOWED_ORIGINS.")
        session_id: str = scope["path"].removeprefix(PATH)
        if not 0 < len(session_id) <= MAX_ID:
            raise NotFound("A session's socket is at /api/v1/behavior/{sessionId}.")
        asked = parameters(scope["query_string"])
        offered: list[str] = scope.get("subprotocols") or []
        shown = next((one for one in offered if one != SUBPROTOCOL), None)
        token = asked.get("token") or (shown.removeprefix(BEARER) if shown else None)
        hello_s = 0.0 if asked.get("token") else HELLO_S if token else self._rooms.rules.hello_s
        subprotocol = SUBPROTOCOL if SUBPROTOCOL in offered else shown
        return Knock(session_id, token, asked.get("nonce"), subprotocol, hello_s)

    async def _identify(self, knock: Knock, receive: Receive, seen: Visit) -> tuple[Claim, str | None]:
        hello = Hello()
        if knock.hello_s:
            try:
                async with asyncio.timeout(knock.hello_s):
                    hello = read_hello(_body_of(await receive()))
            except TimeoutError:
                if knock.token is None:
                    raise
        try:
            token = knock.token or hello.token or ""
            claim = await self._service.sessions.admit(knock.session_id, token, hello.user_id)
        except Unauthenticated:
            self._service.limits.count_wrong(seen.address)
            raise
        return claim, hello.nonce or knock.nonce

    async def _sit(self, claim: Claim, nonce: str | None, receive: Receive, send: Send, seen: Visit) -> None:
        socket: Socket | None = None
        try:
            self._service.paces.enter(claim.key)
            stream = await self._service.sessions.join(claim, nonce)
            socket = Socket(self._desk, Place(claim, stream.nonce, stream.last_seq, seen.request_id), send)
            self._rooms.enter(socket)
            await socket.run(receive, stream.messages)
        except Exception as error:  # the socket is the edge
            await _show_out(error, seen, send)
        finally:
            if socket is not None:
                self._rooms.leave(socket)


async def _show_out(error: Exception, seen: Visit, send: Send) -> None:
    """Tells why the socket can not be, and closes it; a hello that is none counts as a wrong token."""
    closing = Closing(UNAUTHENTICATED, "no valid hello")
    try:
        for one in told_of(error, seen.request_id):
            if isinstance(one, Closing):
                closing = one
            else:
                await send({"type": "websocket.send", "text": encode(one).decode()})
        await send({"type": "websocket.close", "code": closing.code, "reason": closing.reason})
    except Exception:  # the peer went away
        return


def _body_of(message: Message) -> bytes:
    if message["type"] != "websocket.receive":
        raise _Gone
    body: bytes = message.get("bytes") or (message.get("text") or "").encode()
    if len(body) > MAX_HELLO_BYTES:
        raise InvalidInput(f"A hello has at most {MAX_HELLO_BYTES:,} bytes.")
    return body
