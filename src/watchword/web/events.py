"""Events in, decisions out. One event is the hot path: plain ASGI, no framework between socket and engine."""

from __future__ import annotations

import asyncio
from functools import reduce
from operator import or_
from time import perf_counter
from typing import Annotated, Any

import msgspec
from litestar.exceptions import MethodNotAllowedException
from msgspec import Meta

from watchword.errors import Forbidden, InvalidInput, NotFound
from watchword.events.behavior import Behavior
from watchword.events.codec import KINDS, MAX_BODY_BYTES, decode_event
from watchword.events.event import Event, Record
from watchword.events.label import Label
from watchword.policy.decision import Decision, decision_id
from watchword.policy.explanation import WireDecision, encode_wire
from watchword.web import problems
from watchword.web.asgi import Receive, Scope, Send
from watchword.web.authentication import Caller, Gate, header
from watchword.web.edge import Visit, own_headers, send_problem
from watchword.web.endpoint import Call, Endpoint, Reply, endpoint
from watchword.web.examples import LOGIN
from watchword.web.feeding import batch_of, feed
from watchword.web.intake import CallerGone, read_body
from watchword.web.labels import judge_label
from watchword.web.roles import SENDERS
from watchword.web.service import Service
from watchword.web.wire import shown

PATH = "/api/v1/events"
MAX_BATCH = 500
MAX_BATCH_BYTES = 2_000_000
VOUCHERS = ("service", "admin")
AnyEvent = reduce(or_, KINDS)


class Intake:
    """Judges one event, and answers with its decision once that is durable.

    The same `id` (or `Idempotency-Key`) with the same content is answered with the stored decision; with other content
    it is refused (409). Late and out-of-order events are judged by their `occurredAt`.
    """

    def __init__(self, service: Service, gate: Gate) -> None:
        self._service = service
        self._gate = gate

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        seen: Visit = scope["visit"]
        status = 200
        try:
            body = await self._decide(scope, receive, seen)
        except CallerGone:
            return
        except Exception as error:  # the request is the edge
            status = await send_problem(send, error, seen, own_headers(seen))
        else:
            headers = [*_HEADERS, (b"content-length", b"%d" % len(body)), *own_headers(seen)]
            await send({"type": "http.response.start", "status": 200, "headers": headers})
            await send({"type": "http.response.body", "body": body, "more_body": False})
        self._service.meters.count_request("POST /api/v1/events", status, perf_counter() - seen.began_s)

    async def _decide(self, scope: Scope, receive: Receive, seen: Visit) -> bytes:
        if scope["method"] != "POST":
            raise MethodNotAllowedException(headers={"Allow": "POST"})
        headers = scope["headers"]
        caller = self._gate.admit(header(headers, b"authorization"), seen.address, SENDERS)
        idempotency_key = header(headers, b"idempotency-key")
        body = await read_body(receive, headers, MAX_BODY_BYTES)
        event = decode_event(body, idempotency_key.decode("latin-1") if idempotency_key is not None else None)
        decision = await judge_event(self._service, event, caller)
        world = self._service.engine.world
        return encode_wire(decision, world.tell, world.offer)


_HEADERS = ((b"content-type", b"application/json"), (b"cache-control", b"no-store"))


async def judge_event(service: Service, event: Event, caller: Caller) -> Decision:
    """The decision on an event that this caller sent. Raises what the engine raises, Forbidden, NotFound."""
    check_claims(event, caller)
    if isinstance(event, Label):
        return await judge_label(service, event, caller)
    samples = batch_of(event) if isinstance(event, Behavior) else None
    decision = await service.engine.assess(event, caller.source, caller.key.machine)
    if samples is not None:
        await feed(service.sessions, samples)
    return decision


def check_claims(event: Event, caller: Caller) -> None:
    """Raises Forbidden where the caller may not vouch for the place of an event."""
    if event.geolocation is not None and event.geolocation.trusted and caller.key.role not in VOUCHERS:
        raise Forbidden("Only service and admin keys vouch for a place (geolocation.trusted).")


receive_event = Endpoint(
    method="POST", path=PATH, raw=Intake, takes=AnyEvent, gives=WireDecision, problems=(404, 409, 410, 422, 503),
    example=LOGIN,
)  # fmt: skip


class Batch(Record, kw_only=True):
    """Several events; each is judged by itself, in this order."""

    events: Annotated[list[dict[str, Any]], Meta(min_length=1, max_length=MAX_BATCH)]


class Item(msgspec.Struct, rename="camel", omit_defaults=True, frozen=True):
    """What became of one event: its decision, or the problem with it."""

    status: int
    decision: WireDecision | None = None
    problem: problems.Problem | None = None


class BatchAnswer(msgspec.Struct, frozen=True):
    """One result an event, in the order of the request."""

    results: list[Item]


class _RawBatch(msgspec.Struct, forbid_unknown_fields=True):
    events: Annotated[list[msgspec.Raw], Meta(min_length=1, max_length=MAX_BATCH)]


@endpoint(
    "POST", "/api/v1/events/batch", takes=_RawBatch, gives=BatchAnswer, max_bytes=MAX_BATCH_BYTES,
    documented=Batch, example={"events": [LOGIN]},
)  # fmt: skip
async def receive_batch(call: Call) -> Reply:
    """Judges up to 500 events, each by itself: one that is refused does not hold up the others.

    Always 200; look at the `status` of every result. Each event counts against the limit of the key.
    """
    events = [bytes(event) for event in call.body.events]
    for index, event in enumerate(events):
        if event[:1] != b"{":
            raise InvalidInput("An event is a JSON object.", f"events[{index}]")
    call.service.limits.charge(call.who.key, len(events) - 1)
    results = await asyncio.gather(*(_judge_item(call, event) for event in events))
    return Reply(b'{"results":[' + b",".join(results) + b"]}")


async def _judge_item(call: Call, body: bytes) -> bytes:
    try:
        decision = await judge_event(call.service, decode_event(body), call.who)
    except Exception as error:  # the edge of an item: what others of the batch did stands
        problem = problems.told(error, call.request_id)
        return msgspec.json.encode(Item(problem.status, problem=problem))
    world = call.service.engine.world
    return b'{"status":200,"decision":' + encode_wire(decision, world.tell, world.offer) + b"}"


@endpoint("GET", PATH + "/{eventId}/decision", gives=WireDecision, problems=(404,))
async def read_event_decision(call: Call) -> Reply:
    """The decision on the event with that id. Service keys see only what they sent."""
    key = call.service.engine.pseudonyms.of("event", call.path["eventId"])
    decision = await call.service.engine.store.decision(decision_id(key))
    return await show_decision(call, decision)


async def show_decision(call: Call, decision: Decision | None) -> Reply:
    """A decision as this caller may see it, audited where it shows personal data. Raises NotFound."""
    if decision is None or (call.who.key.role == "service" and decision.source != call.who.source):
        raise NotFound("There is no such decision.")
    if call.who.sees_persons:
        await call.service.ledger.note(call.who.actor, "decision.read", decision.id, {})
    return Reply(shown(call, decision))
