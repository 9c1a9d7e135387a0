"""Feedback: what a decision later proved to be."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

import msgspec
from msgspec import Meta, Struct

from watchword.errors import Conflict, InvalidInput, NotFound
from watchword.events.event import Moment, Record, Text
from watchword.events.label import Label
from watchword.policy.decision import Decision, decision_id
from watchword.ports import Record as Kept
from watchword.web import problems
from watchword.web.authentication import Caller
from watchword.web.endpoint import Call, endpoint
from watchword.web.service import Service

KIND = "label"
MAX_LABELS = 500
Verdict = Literal["fraud", "legitimate", "chargeback", "confirmed_by_user"]


class LabelIn(Record, kw_only=True):
    """What one decision proved to be. Names it by `decisionId`, or its event by `eventId`; `id` makes it idempotent."""

    label: Verdict
    decision_id: Text | None = None
    event_id: Text | None = None
    id: Text | None = None
    note: Text | None = None
    occurred_at: Moment | None = None


class LabelOut(Struct, frozen=True, rename="camel"):
    """A label as it is kept. `id` is that of the label's own event."""

    id: str
    decision_id: str
    label: Verdict
    by: str
    recorded_at: datetime


class LabelItem(Struct, frozen=True, rename="camel", omit_defaults=True):
    """What became of one label: the label, or the problem with it."""

    status: int
    label: LabelOut | None = None
    problem: problems.Problem | None = None


class LabelResults(Struct, frozen=True):
    """One result a label, in the order of the request."""

    results: list[LabelItem]


Several = Annotated[list[LabelIn], Meta(min_length=1, max_length=MAX_LABELS)]


@endpoint(
    "POST", "/api/v1/labels", takes=LabelIn | Several, gives=(LabelOut, LabelResults),
    problems=(404, 409, 410, 422, 503), max_bytes=500_000,
    example={"decisionId": "dec_0123456789abcdef0123456789abcdef", "label": "legitimate"},
)  # fmt: skip
async def add_labels(call: Call) -> LabelOut | LabelResults:
    """Says of one decision, or of several, what it proved to be.

    A log-in that was called legitimate, or was confirmed by its user, is learnt; one that was fraud never is. Service
    keys label only what they sent. The same label by the same key is one label.
    """
    if isinstance(call.body, LabelIn):
        return await add_label(call.service, call.who, call.body)
    return LabelResults([await _add_item(call, given) for given in call.body])


async def _add_item(call: Call, given: LabelIn) -> LabelItem:
    try:
        return LabelItem(200, label=await add_label(call.service, call.who, given))
    except Exception as error:  # the edge of an item: what others did stands
        problem = problems.told(error, call.request_id)
        return LabelItem(problem.status, problem=problem)


async def add_label(service: Service, caller: Caller, given: LabelIn) -> LabelOut:
    """The label that this caller gives a decision, kept. Raises NotFound, InvalidInput, what the engine raises."""
    if (given.decision_id is None) == (given.event_id is None):
        raise InvalidInput("A label names its decision by decisionId, or its event by eventId.", "decisionId")
    decision = await _look_up(service, caller, given.decision_id, given.event_id)
    if decision is None:
        raise NotFound("There is no such decision.")
    known = await service.records.get(KIND, _name(decision, given.label, caller))
    if known is not None:
        return msgspec.json.decode(known.body, type=LabelOut)
    event = _as_event(service, given, decision, caller)
    try:
        await service.engine.assess(event, caller.source)
    except Conflict:
        twin = await service.engine.store.decision(decision_id(service.engine.pseudonyms.of("event", event.id)))
        if given.id is not None or twin is None or not isinstance(twin.event, Label):
            raise
        event = twin.event
    return await _keep(service, caller, event, decision)


async def judge_label(service: Service, event: Label, caller: Caller) -> Decision:
    """Takes a label that came as an event: recorded like any other, and kept with the decision it is about, if any.

    Raises NotFound where that decision is not this caller's, InvalidInput where it is another user's.
    """
    about = await _look_up(service, caller, event.decision_id, event.target_event_id)
    if about is not None and event.user_id not in (None, about.event.user_id):
        raise InvalidInput("The decision is about another user.", "userId")
    decision = await service.engine.assess(event, caller.source, caller.key.machine)
    if about is not None:
        await _keep(service, caller, event, about)
    return decision


async def _look_up(service: Service, caller: Caller, named: str | None, event_id: str | None) -> Decision | None:
    if named is None and event_id is None:
        return None
    wanted = named or decision_id(service.engine.pseudonyms.of("event", str(event_id)))
    decision = await service.engine.store.decision(wanted)
    if decision is not None and caller.key.role == "service" and decision.source != caller.source:
        raise NotFound("There is no such decision.")
    return decision


async def _keep(service: Service, caller: Caller, event: Label, about: Decision) -> LabelOut:
    label = LabelOut(event.id, about.id, event.label, caller.actor, event.occurred_at)
    user = about.event.user_id
    owner = service.engine.pseudonyms.of("user", user) if user is not None else None
    name = _name(about, event.label, caller)
    await service.records.put(Kept(KIND, name, msgspec.json.encode(label), owner, event.occurred_ms))
    await service.ledger.note(caller.actor, "label.add", about.id, {"label": event.label})
    return label


def _name(about: Decision, label: str, caller: Caller) -> str:
    return f"{about.id}|{label}|{caller.source}"


def _as_event(service: Service, given: LabelIn, decision: Decision, caller: Caller) -> Label:
    name = _name(decision, given.label, caller)
    return Label(
        id=given.id or f"label-{service.engine.pseudonyms.of('label', name).hex()}",
        occurred_at=given.occurred_at or service.engine.clock(),
        user_id=decision.event.user_id,
        label=given.label,
        target_event_id=decision.event.id,
        decision_id=decision.id,
        note=given.note,
    )


async def labels_of(service: Service, decision: Decision) -> list[LabelOut]:
    """What was said of a decision, oldest first."""
    user = decision.event.user_id
    owner = service.engine.pseudonyms.of("user", user) if user is not None else None
    found = await service.records.all(KIND, owner)
    return [msgspec.json.decode(one.body, type=LabelOut) for one in found if one.name.startswith(f"{decision.id}|")]
