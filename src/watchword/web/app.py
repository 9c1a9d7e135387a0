"""The service: every endpoint found in this package, behind one gate, as an ASGI application."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, cast
from urllib.parse import unquote

import msgspec
from litestar import Litestar, Request, Response, route
from litestar.response import Stream
from litestar.types import ControllerRouterHandler
from msgspec import structs

from watchword import web
from watchword.catalog import discover
from watchword.web import live, problems
from watchword.web.asgi import App, Scope
from watchword.web.authentication import Gate, header
from watchword.web.edge import Edge, Visit
from watchword.web.endpoint import Call, Endpoint, Reply
from watchword.web.intake import CallerGone, parse_body, parse_query, read_body
from watchword.web.roles import ENDPOINTS
from watchword.web.service import Service
from watchword.web.session_tokens import admit, claim_of

NO_STORE = {"cache-control": "no-store"}
Asked = Request[Any, Any, Any]
Given = Response[Any] | Stream


def create_app(
    service: Service, extra: Sequence[ControllerRouterHandler] = (), on_shutdown: Sequence[Callable[[], Any]] = ()
) -> App:
    """The ASGI application. `extra` are Litestar routers beside the API (the console); `on_shutdown` is called last."""
    gate = Gate(service.keys, service.limits)
    found = endpoints()
    service.engine.listen(service.meters.count_decision)
    service.engine.listen(service.stream.publish)
    app = Litestar(
        route_handlers=[*(handler(path, several, service, gate) for path, several in by_path(found)), *extra],
        exception_handlers={Exception: answer_problem},
        openapi_config=None,
        logging_config=None,
        request_max_body_size=None,
        on_shutdown=[service.stream.close, service.rooms.close, *on_shutdown],
    )
    service.sessions.listen(service.rooms.tell)
    service.step_up.follow(service.sessions)
    raw = {one.path: one.raw(service, gate) for one in found if one.raw}
    return Edge(cast(App, app), service, raw, {live.PATH: live.Live(service)})


def endpoints() -> list[Endpoint]:
    """Every endpoint there is. Raises ValueError where the table of roles and the endpoints differ."""
    found = discover(web, Endpoint)
    if found.keys() != ENDPOINTS.keys():
        raise ValueError(f"endpoints without roles, or roles without endpoint: {found.keys() ^ ENDPOINTS.keys()}")
    return list(found.values())


def by_path(found: Iterable[Endpoint]) -> Iterator[tuple[str, dict[str, Endpoint]]]:
    """The endpoints that Litestar routes, by path and method."""
    paths: dict[str, dict[str, Endpoint]] = {}
    for one in found:
        if one.answer is not None:
            paths.setdefault(one.path, {})[one.method] = one
    yield from paths.items()


def handler(path: str, several: dict[str, Endpoint], service: Service, gate: Gate) -> ControllerRouterHandler:
    """All endpoints of a path as one Litestar handler, so that `Allow` names each of their methods."""

    async def handle(request: Asked) -> Given:
        return await _answer(several[request.method], service, gate, request)

    return route(path.replace("}", ":str}"), http_method=cast(Any, list(several)), status_code=200, name=path)(handle)


async def _answer(one: Endpoint, service: Service, gate: Gate, request: Asked) -> Given:
    scope = cast(Scope, request.scope)
    seen: Visit = scope["visit"]
    headers = scope["headers"]
    caller, token = admit(gate, service, one.name, scope)
    query = parse_query(scope["query_string"], one.query)
    call = Call(
        service=service, caller=caller, path=_path(request, seen), query=query, body=None, request_id=seen.request_id,
        accept=(header(headers, b"accept", once=False) or b"").decode("latin-1"), headers=headers,
        address=seen.address, token=token,
    )  # fmt: skip
    if token is not None and "sessionId" in call.path:
        user_id = getattr(query, "user_id", None)
        call = structs.replace(call, claim=await claim_of(call, call.path["sessionId"], user_id))
    if one.takes is not None:
        body = await read_body(cast(Any, request.receive), headers, one.max_bytes)
        call = structs.replace(call, body=parse_body(body, one.takes))
    return respond(one, await one.answer(call))  # type: ignore[misc]


def respond(one: Endpoint, found: Any) -> Given:
    """What the endpoint's function returned, as a response."""
    if found is None:
        return Response(None, status_code=204, headers=NO_STORE)
    reply = found if isinstance(found, Reply) else Reply(msgspec.json.encode(found), one.media_type, one.status)
    headers = NO_STORE | reply.headers
    if isinstance(reply.body, bytes):
        return Response(reply.body, status_code=reply.status, media_type=reply.media_type, headers=headers)
    return Stream(reply.body, status_code=reply.status, media_type=reply.media_type, headers=headers)


def answer_problem(request: Asked, error: Exception) -> Response[bytes]:
    """Every error that reaches Litestar, as a problem document."""
    if isinstance(error, CallerGone):
        raise error
    made = problems.answer(error, cast(Scope, request.scope)["visit"].request_id)
    headers = NO_STORE | dict(made.headers)
    return Response(made.body, status_code=made.status, media_type=problems.MEDIA_TYPE, headers=headers)


def _path(request: Asked, seen: Visit) -> dict[str, str]:
    return {name: unquote(str(value)) if seen.encoded else str(value) for name, value in request.path_params.items()}
