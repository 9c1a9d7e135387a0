"""An event made ready for judgement: entities as keyed hashes, facts, and the plan of the state it touches."""

from __future__ import annotations

import msgspec
from msgspec import Struct

from watchword.enrichment.facts import NETWORK_KINDS, Facts
from watchword.events.account_activity import AccountActivity
from watchword.events.api_call import ApiCall
from watchword.events.event import Event
from watchword.events.login import Login
from watchword.events.pseudonym import Pseudonyms, short
from watchword.state.plan import (
    DEVICE_LOGINS, IP_CALLS, IP_LOGINS, USER_CALLS, USER_CHANGES, USER_INCIDENTS, USER_LINKS, USER_LOGINS, Plan, Touch,
)  # fmt: skip


_encoder = msgspec.msgpack.Encoder(order="deterministic")


class Entities(Struct, frozen=True):
    """Keyed hashes of what an event touches; None where it has no such entity."""

    user: bytes | None = None
    ip: bytes | None = None
    device: bytes | None = None
    session: bytes | None = None


class Assessment(Struct, frozen=True):
    """Everything the store and the judge need of one event. `machine` callers are expected to be scripts."""

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


class Received(Struct, frozen=True):
    """How an event came in: when, by which channel, and whether from a machine's key."""

    at_ms: int
    source: str = "api"
    machine: bool = False


def identify(event: Event, facts: Facts, pseudonyms: Pseudonyms) -> Entities:
    """The keyed hashes of an event's entities. Without a fingerprint a device is its user agent, seen per user."""
    of = pseudonyms.of
    return Entities(
        of("user", event.user_id) if event.user_id is not None else None,
        of("ip", event.ip) if event.ip is not None else None,
        _device(event, facts, pseudonyms),
        of("session", event.session_id) if event.session_id is not None else None,
    )


def _device(event: Event, facts: Facts, pseudonyms: Pseudonyms) -> bytes | None:
    if event.device_hash is not None:
        return pseudonyms.of("device", event.device_hash)
    if event.user_id is None or not event.user_agent:
        return None
    agent = facts.agent
    look = f"{event.user_id}|{agent.browser}|{agent.os}|{agent.device}" if agent.browser else event.user_agent
    return pseudonyms.of("look", look)


def prepare(event: Event, facts: Facts, pseudonyms: Pseudonyms, received: Received) -> Assessment:
    """The assessment of an event that arrived as `received`."""
    at_ms = event.occurred_ms
    entities = identify(event, facts, pseudonyms)
    event_key = pseudonyms.of("event", event.id)
    touches = (*_link(event, entities, pseudonyms, received.source, event_key), *_touches(event, facts, entities, pseudonyms))
    crowd = entities.ip if isinstance(event, Login) else None
    return Assessment(
        event=event,
        kind=str(event.__struct_config__.tag),
        source=received.source,
        received_ms=received.at_ms,
        at_ms=at_ms,
        event_key=event_key,
        fingerprint=pseudonyms.digest("content", _encoder.encode(event)),
        entities=entities,
        facts=facts,
        plan=Plan(at_ms, touches, entities.user, crowd),
        machine=received.machine,
    )


def _link(
    event: Event, entities: Entities, pseudonyms: Pseudonyms, source: str, event_key: bytes
) -> tuple[Touch, ...]:
    if entities.user is None or (event.session_id is None and event.correlation_id is None):
        return ()
    of = pseudonyms.of
    values = (
        short(of("what", f"{event.__struct_config__.tag}|{getattr(event, 'result', '')}")),
        short(of("source", source)),
        short(entities.session) if entities.session else 0,
        short(of("correlation", event.correlation_id)) if event.correlation_id else 0,
        short(event_key),
        short(event_key[8:]),
    )
    return (Touch(USER_LINKS, entities.user, values, int(event.succeeded)),)


def _touches(event: Event, facts: Facts, entities: Entities, pseudonyms: Pseudonyms) -> list[Touch]:
    who, where, what = (short(key) if key else 0 for key in (entities.user, entities.ip, entities.device))
    flags = int(event.succeeded) | NETWORK_KINDS.index(facts.network.kind) << 1
    touches: list[Touch] = []
    if isinstance(event, Login):
        if entities.user:
            touches += Touch(USER_LOGINS, entities.user, (where, what), flags), Touch(USER_INCIDENTS, entities.user)
        if entities.ip and facts.network.special != "loopback":
            touches.append(Touch(IP_LOGINS, entities.ip, (who, what), flags))
        if entities.device and event.device_hash is not None:
            touches.append(Touch(DEVICE_LOGINS, entities.device, (who,), flags))
    elif isinstance(event, ApiCall):
        if entities.user:
            touches.append(Touch(USER_CALLS, entities.user, (), flags))
        elif entities.ip:
            touches.append(Touch(IP_CALLS, entities.ip, (), flags))
    elif isinstance(event, AccountActivity) and entities.user:
        activity = short(pseudonyms.of("activity", event.activity))
        touches.append(Touch(USER_CHANGES, entities.user, (activity,), flags))
        touches += Touch(USER_LOGINS, entities.user), Touch(USER_INCIDENTS, entities.user)
    return touches
