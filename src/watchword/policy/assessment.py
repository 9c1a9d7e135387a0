"""An event made ready for judgement: entities as keyed hashes, facts, and the plan of the state it touches."""

from __future__ import annotations

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from watchword.behaviour.rhythm import Rhythm
from watchword.enrichment.addresses import subscriber_of
from watchword.enrichment.facts import Facts
from watchword.events.account_activity import AccountActivity
from watchword.events.event import Event
from watchword.events.identifiers import hash_identifiers
from watchword.events.label import Label
from watchword.events.login import FormBehavior, Login
from watchword.events.pseudonym import Pseudonyms, short
from watchword.events.verification import Verification
from watchword.policy.touches import Entities, touches_of
from watchword.state.plan import USER_LINKS, Plan, Touch

_encoder = msgspec.msgpack.Encoder(order="deterministic")


class Assessment(Struct, frozen=True, gc=False):
    """Everything the store and the judge need of one event.

    `machine` callers are expected to be scripts; `answers` is the event key of what a verification or label is about;
    `gathered_ns` is how long enrichment took. `form` is how a log-in's form was filled in, which is compared (`rhythm`)
    and never stored.
    """

    event: Event
    kind: str
    source: str
    received_ms: int
    at_ms: int
    event_key: bytes
    fingerprint: bytes
    entities: Entities
    facts: Facts
    plan: Plan
    machine: bool = False
    answers: bytes | None = None
    gathered_ns: int = 0
    form: FormBehavior | None = None
    rhythm: Rhythm | None = None


class Received(Struct, frozen=True, gc=False):
    """How an event came in: when, by which channel, whether from a machine's key, and what enriching it took."""

    at_ms: int
    source: str = "api"
    machine: bool = False
    gathered_ns: int = 0


def identify(event: Event, facts: Facts, pseudonyms: Pseudonyms) -> Entities:
    """The keyed hashes of an event's entities. Without a fingerprint a device is its user agent, seen per user."""
    of = pseudonyms.of
    return Entities(
        of("user", event.user_id) if event.user_id is not None else None,
        of("ip", event.ip) if event.ip is not None else None,
        _device(event, facts, pseudonyms),
        of("session", event.session_id) if event.session_id is not None else None,
        of("ip", subscriber_of(event.ip)) if event.ip is not None else None,
    )


def _device(event: Event, facts: Facts, pseudonyms: Pseudonyms) -> bytes | None:
    if event.device_hash is not None:
        return pseudonyms.of("device", event.device_hash)
    if event.user_id is None or not event.user_agent:
        return None
    agent = facts.agent
    if not agent.browser:
        return pseudonyms.of_new("look", event.user_agent)
    return pseudonyms.of("look", f"{event.user_id}|{agent.browser}|{agent.os}|{agent.device}")


def prepare(event: Event, facts: Facts, pseudonyms: Pseudonyms, received: Received) -> Assessment:
    """The assessment of an event that arrived as `received`."""
    event = hash_identifiers(event, pseudonyms)
    at_ms = event.occurred_ms
    entities = identify(event, facts, pseudonyms)
    event_key = pseudonyms.of_new("event", event.id)
    touches = touches_of(event, facts, entities, pseudonyms)
    if entities.user is not None and (event.session_id is not None or event.correlation_id is not None):
        touches.insert(0, _link(event, entities, pseudonyms, received.source, event_key))
    fingerprint = pseudonyms.digest("content", _encoder.encode(event))
    crowd, form = None, None
    if isinstance(event, Login):
        crowd, form = entities.subscriber, event.behavior
        if form is not None:
            event = replace(event, behavior=None)
    return Assessment(
        event=event,
        kind=str(event.__struct_config__.tag),
        source=received.source,
        received_ms=received.at_ms,
        at_ms=at_ms,
        event_key=event_key,
        fingerprint=fingerprint,
        entities=entities,
        facts=facts,
        plan=Plan(at_ms, tuple(touches), entities.user, crowd),
        machine=received.machine,
        answers=_answered(event, pseudonyms),
        gathered_ns=received.gathered_ns,
        form=form,
    )


def _answered(event: Event, pseudonyms: Pseudonyms) -> bytes | None:
    if not isinstance(event, (Verification, Label)):
        return None
    if isinstance(event, Label) and event.target_event_id is not None:
        return pseudonyms.of("event", event.target_event_id)
    return _event_key(event.decision_id) if event.decision_id else None


def _event_key(decision_id: str) -> bytes | None:
    """The keyed hash of the event that a decision is on; None for what is no decision's id."""
    try:
        return bytes.fromhex(decision_id.removeprefix("dec_"))
    except ValueError:
        return None


def _thing(event: Event) -> str:
    return f"activity|{event.activity}" if isinstance(event, AccountActivity) else str(event.__struct_config__.tag)


def _link(event: Event, entities: Entities, pseudonyms: Pseudonyms, source: str, event_key: bytes) -> Touch:
    """What finds the same observation by another channel. Of a user's event with a session or correlation id."""
    assert entities.user is not None
    of = pseudonyms.of
    values = (
        short(of("what", f"{_thing(event)}|{getattr(event, 'result', '')}")),
        short(of("source", source)),
        short(entities.session) if entities.session else 0,
        short(of("correlation", event.correlation_id)) if event.correlation_id else 0,
        short(event_key),
        short(event_key[8:]),
    )
    return Touch(USER_LINKS, entities.user, values, int(event.succeeded))
