"""Recorded decisions: one, pages of history, and a live stream."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime
from time import monotonic
from typing import Annotated, Literal

import msgspec
from msgspec import Meta, Struct

from watchword.errors import Forbidden
from watchword.events.codec import address_of
from watchword.events.event import Moment, Text
from watchword.policy.decision import ACTIONS, Action, Decision, Level
from watchword.policy.explanation import WireDecision
from watchword.ports import Page, Query
from watchword.web.authentication import is_live
from watchword.web.endpoint import Call, Reply, endpoint
from watchword.web.events import show_decision
from watchword.web.stream import Line
from watchword.web.wire import shown

KindName = Literal[
    "account_activity", "api_call", "behavior", "demand_registration", "label", "login", "logout", "purchase",
    "queue_join", "transaction", "verification",
]  # fmt: skip
Score = Annotated[float, Meta(ge=0, le=100)]
MAX_ROUNDS = 40
KEY_S = 0.25
"""How often a stream looks whether its key still stands."""

PERSONAL = ("user_id", "ip", "device_fingerprint", "session_id")


class Filters(Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """Which decisions to list, newest first: equality, `[from, to)` by occurredAt, `[scoreFrom, scoreTo]`."""

    user_id: Text | None = None
    ip: Text | None = None
    device_fingerprint: Text | None = None
    session_id: Text | None = None
    type: KindName | None = None
    level: Level | None = None
    action: Action | None = None
    mode: Literal["enforce", "monitor", "disabled"] | None = None
    code: Text | None = None
    country: Annotated[str, Meta(pattern="^[A-Z]{2}$")] | None = None
    asn: Annotated[int, Meta(ge=0, le=4_294_967_295)] | None = None
    since: Moment | None = msgspec.field(name="from", default=None)
    until: Moment | None = msgspec.field(name="to", default=None)
    score_from: Score | None = None
    score_to: Score | None = None
    cursor: Text | None = None
    limit: Annotated[int, Meta(ge=1, le=500)] = 50


class DecisionPage(Struct, frozen=True, rename="camel"):
    """A page of history. `nextCursor` continues with older ones; null on the last page."""

    decisions: list[WireDecision]
    next_cursor: str | None


class StreamFilters(Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """Which decisions to be told of: all, or those at least as strict as `action`, of one `type`."""

    type: KindName | None = None
    action: Action = "allow"


@endpoint("GET", "/api/v1/decisions", query=Filters, gives=DecisionPage)
async def list_decisions(call: Call) -> Reply:
    """Decisions, newest first, in cursor pages. Service keys see only what they sent.

    A page may hold fewer than `limit` although there are more: go on while there is a `nextCursor`. Filters by user,
    address, device and session are not open to viewers.
    """
    query = to_query(call)
    history = call.service.engine.store.history
    page = await _own_page(call, query) if call.who.key.role == "service" else await history(query)
    if call.who.sees_persons:
        filters = {name: value for name, value in msgspec.to_builtins(call.query).items() if value is not None}
        about = {name: value for name, value in filters.items() if name not in ("userId", "cursor")}
        subject = f"user:{filters['userId']}" if "userId" in filters else ""
        await call.service.ledger.note(call.who.actor, "decisions.read", subject, about)
    decisions = b",".join(shown(call, decision) for decision in page.decisions)
    return Reply(b'{"decisions":[' + decisions + b'],"nextCursor":' + msgspec.json.encode(page.cursor) + b"}")


@endpoint("GET", "/api/v1/decisions/{decisionId}", gives=WireDecision, problems=(404,))
async def read_decision(call: Call) -> Reply:
    """One decision. Service keys see only what they sent."""
    return await show_decision(call, await call.service.engine.store.decision(call.path["decisionId"]))


@endpoint("GET", "/api/v1/decisions/stream", query=StreamFilters, media_type="text/event-stream", gives=str)
async def stream_decisions(call: Call) -> Reply:
    """Decisions as they are made, as server-sent events: `decision` with its id and the decision as data.

    Sent four times a second at most; where a reader is too slow, a `gap` event says how many were left out. Holds what
    this process decides.
    """
    if call.who.sees_persons:
        await call.service.ledger.note(call.who.actor, "decisions.stream", "", {})
    call.service.stream.make_room(call.who.key.id)
    return Reply(_lines(call), media_type="text/event-stream", headers={"cache-control": "no-store"})


async def _lines(call: Call) -> AsyncIterator[bytes]:
    """The stream, for as long as its key would be let in."""
    looked_s = 0.0
    async for line in call.service.stream.follow(lambda decision: _wanted(call, decision), call.who.key.id):
        if monotonic() - looked_s > KEY_S:
            looked_s = monotonic()
            if not is_live(call.service.keys, call.who.key):
                return
        yield _render(call, line)


def _wanted(call: Call, decision: Decision) -> bool:
    if call.who.key.role == "service" and decision.source != call.who.source:
        return False
    kind = decision.event.__struct_config__.tag
    return ACTIONS.index(decision.action) >= ACTIONS.index(call.query.action) and call.query.type in (None, kind)


def _render(call: Call, line: Line) -> bytes:
    if isinstance(line, int):
        return b'event: gap\ndata: {"left":%d}\n\n' % line if line else b": still here\n\n"
    return b"event: decision\nid: " + line.id.encode() + b"\ndata: " + shown(call, line) + b"\n\n"


def to_query(call: Call) -> Query:
    """The store's query: raw values become keyed hashes. Raises Forbidden where a viewer asks for a person."""
    filters: Filters = call.query
    if call.who.key.role == "viewer":
        for name in PERSONAL:
            if getattr(filters, name) is not None:
                raise Forbidden(f"Filters by {name} are open to analysts and admins only.")
    of = call.service.engine.pseudonyms.of
    return Query(
        user=of("user", filters.user_id) if filters.user_id else None,
        ip=of("ip", address_of(filters.ip) or filters.ip) if filters.ip else None,
        device=of("device", filters.device_fingerprint) if filters.device_fingerprint else None,
        session=of("session", filters.session_id) if filters.session_id else None,
        type=filters.type, level=filters.level, action=filters.action, mode=filters.mode, code=filters.code,
        country=filters.country, asn=filters.asn, since_ms=_ms(filters.since), until_ms=_ms(filters.until),
        score_from=_units(filters.score_from), score_to=_units(filters.score_to), cursor=filters.cursor,
        limit=filters.limit,
    )  # fmt: skip


async def _own_page(call: Call, query: Query) -> Page:
    found: list[Decision] = []
    for _ in range(MAX_ROUNDS):
        page = await call.service.engine.store.history(msgspec.structs.replace(query, limit=query.limit - len(found)))
        found += [decision for decision in page.decisions if decision.source == call.who.source]
        query = msgspec.structs.replace(query, cursor=page.cursor)
        if page.cursor is None or len(found) == query.limit:
            break
    return Page(tuple(found), query.cursor)


def _ms(moment: datetime | None) -> int | None:
    return None if moment is None else int(moment.timestamp() * 1000)


def _units(score: float | None) -> int | None:
    return None if score is None else round(score * 10_000)
