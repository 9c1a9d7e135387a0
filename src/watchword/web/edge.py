"""The outermost layer: gives every request an id, an address and a time, and lets no error out but as a problem.

WebSockets go to the application that takes their path; answers to pages of allowed origins are opened to them.
"""

from __future__ import annotations

import logging
import re
import secrets
from collections.abc import Mapping, Sequence
from itertools import count
from time import perf_counter
from types import MappingProxyType

from watchword.errors import NotFound
from watchword.web import problems
from watchword.web.asgi import App, Headers, Message, Receive, Scope, Send
from watchword.web.authentication import header
from watchword.web.intake import CallerGone
from watchword.web.origins import is_shared, preflight, shared_with
from watchword.web.service import Service

_REQUEST_ID = re.compile(rb"[A-Za-z0-9._-]{1,64}\Z")
_run = secrets.token_hex(6)
_numbers = count(1)
_logger = logging.getLogger("watchword.web")


class Visit:
    """One request as the edge sees it; `scope["visit"]`."""

    __slots__ = ("address", "began_s", "encoded", "request_id")

    def __init__(self, request_id: str, address: str) -> None:
        self.request_id = request_id
        self.address = address
        self.began_s = perf_counter()
        self.encoded = False


class Edge:
    """Wraps the application. The applications in `raw`, by path, do all by themselves, without a router in between.

    `sockets` are the applications that take WebSockets, by the beginning of their path.
    """

    def __init__(
        self,
        app: App,
        service: Service,
        raw: Mapping[str, App] = MappingProxyType({}),
        sockets: Mapping[str, App] = MappingProxyType({}),
    ) -> None:
        self._app = app
        self._service = service
        self._raw = raw
        self._sockets = sockets

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            await self._answer(scope, receive, send)
        elif scope["type"] == "websocket":
            scope["visit"] = visit(scope, self._service)
            path: str = scope["path"]
            app = next((app for prefix, app in self._sockets.items() if path.startswith(prefix)), _no_socket)
            await app(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        scope["visit"] = seen = visit(scope, self._service)
        if self._service.origins and is_shared(scope["path"]):
            origin = header(scope["headers"], b"origin", once=False)
            if origin is not None and self._service.origins.lists(origin):
                if scope["method"] == "OPTIONS":
                    headers = [*preflight(origin, scope["path"]), *own_headers(seen)]
                    await send({"type": "http.response.start", "status": 204, "headers": headers})
                    await send({"type": "http.response.body", "body": b""})
                    return
                send = _shared(send, origin, scope["path"])
        raw = self._raw.get(scope["path"])
        await (raw or self._watch)(scope, receive, send)

    async def _watch(self, scope: Scope, receive: Receive, send: Send) -> None:
        seen: Visit = scope["visit"]
        status = 0

        async def send_on(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message.get("headers", ()), *own_headers(seen)]
            await send(message)

        try:
            await self._app(_decoded_once(scope), receive, send_on)
        except CallerGone:
            pass
        except Exception as error:
            if status:
                _logger.error("%s broke an answer off, request %s", type(error).__name__, seen.request_id)
                raise RuntimeError("answer broken off") from None
            await send_problem(send_on, error, seen)
        route = str(scope.get("path_template") or "unknown")
        self._service.meters.count_request(f"{_method(scope)} {route}", status, perf_counter() - seen.began_s)


def _shared(send: Send, origin: bytes, path: str) -> Send:
    async def send_on(message: Message) -> None:
        if message["type"] == "http.response.start":
            message["headers"] = [*message.get("headers", ()), *shared_with(origin, path)]
        await send(message)

    return send_on


async def _no_socket(scope: Scope, _receive: Receive, send: Send) -> None:
    await refuse_socket(scope, send, NotFound("No WebSocket is taken at this path."))


async def refuse_socket(scope: Scope, send: Send, error: BaseException) -> None:
    """Answers a handshake with a problem document, where the server can; else with a bare 403."""
    if "websocket.http.response" not in (scope.get("extensions") or {}):
        await send({"type": "websocket.close", "code": 1008})
        return
    seen: Visit = scope["visit"]
    answer = problems.answer(error, seen.request_id)
    own = [(name.encode(), value.encode()) for name, value in answer.headers]
    headers = [*own, *own_headers(seen), (b"content-type", problems.MEDIA_TYPE.encode())]
    await send({"type": "websocket.http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "websocket.http.response.body", "body": answer.body})


def visit(scope: Scope, service: Service) -> Visit:
    """The request's id (the caller's own, where it is well-formed) and the address it comes from."""
    peer = scope.get("client")
    given = None
    for name, value in scope["headers"]:
        if name == b"x-request-id":
            given = value
    request_id = given.decode() if given and _REQUEST_ID.match(given) else f"{_run}-{next(_numbers):x}"
    return Visit(request_id, service.proxies.client(peer[0] if peer else None, scope["headers"]))


def own_headers(seen: Visit) -> Headers:
    """The headers that every answer carries."""
    return [(b"x-request-id", seen.request_id.encode()), (b"x-content-type-options", b"nosniff")]


async def send_problem(
    send: Send, error: BaseException, seen: Visit, headers: Sequence[tuple[bytes, bytes]] = ()
) -> int:
    """Answers with the problem document of an error, and further headers; the status that was sent."""
    answer = problems.answer(error, seen.request_id)
    typed = (b"content-type", problems.MEDIA_TYPE.encode())
    own = [(name.encode(), value.encode()) for name, value in answer.headers]
    headers = [*headers, *own, typed, (b"content-length", b"%d" % len(answer.body))]
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": answer.body})
    return answer.status


def _method(scope: Scope) -> str:
    method: str = scope["method"]
    return method if method in ("GET", "POST", "PUT", "DELETE", "HEAD", "OPTIONS", "PATCH") else "OTHER"


def _decoded_once(scope: Scope) -> Scope:
    """Routes by the path as it was sent where a part of it holds an encoded slash, so that ids may hold slashes."""
    raw = scope.get("raw_path") or b""
    if b"%2f" in raw.lower():
        scope["path"] = raw.partition(b"?")[0].decode("latin-1")
        scope["visit"].encoded = True
    return scope
