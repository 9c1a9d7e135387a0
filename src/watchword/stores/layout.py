"""How a decision becomes bytes: fields by position, in an order that only grows. Half the size of named fields."""

from __future__ import annotations

from functools import reduce
from operator import or_
from types import UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

import msgspec
from msgspec import NODEFAULT, Struct
from msgspec.structs import replace

from watchword.enrichment.facts import Agent, Facts, Hint, Network, Place
from watchword.events.codec import KINDS
from watchword.events.event import Event
from watchword.policy.decision import Decision, Degraded, Floor, PolicyEffect, Terms
from watchword.scoring.evidence import Evidence
from watchword.signals.signal import NotEvaluable
from watchword.stores.deflation import grow, shrink

_EVENT = (
    "id occurred_at user_id session_id ip user_agent headers correlation_id device_fingerprint geolocation user "
    "identifiers consent metadata global_user_id"
)
_OF_KINDS = {
    "account_activity": "activity result",
    "api_call": "endpoint method status",
    "behavior": "events",
    "demand_registration": "event_id drop_id",
    "label": "label target_event_id decision_id note",
    "login": "result method endpoint behavior",
    "logout": "reason",
    "purchase": "status quantity",
    "queue_join": "event_id drop_id",
    "transaction": "transaction_data",
    "verification": "method result decision_id",
}
ORDER: dict[type[Struct], str] = {
    Decision: (
        "source decided_ms facts score level action would_act mode evidence contributions not_evaluable floor relief "
        "policies shadow degraded latency_us durable learnt logins linked debug blend logits"
    ),
    Facts: "place network agent hints email_domain disposable_email missing utc_offset_min",
    Place: "lat lng radius_km country city region timezone source",
    Network: (
        "asn organisation country special hosting vpn proxy residential_proxy tor relay cdn satellite known_bot "
        "abuse_sources abuse_weight abuse_count flag_weight mobile"
    ),
    Agent: "browser browser_version os os_version device automation tool",
    Hint: "code weight message sign",
    Evidence: "type code severity score confidence message details",
    NotEvaluable: "code reason",
    Floor: "name was now",
    PolicyEffect: "name mode action change needs becomes score",
    Degraded: "part reason",
}
for kind in KINDS:
    ORDER[kind] = f"{_EVENT} {_OF_KINDS[str(kind.__struct_config__.tag)]}".strip()
"""The stored order. Names are appended, never moved or removed: rows written by every release must be read."""

APART = {Decision: ("id", "event", "versions", "terms"), Facts: ("versions",)}
"""Fields kept beside the body: the row's own key, the event (of many kinds), and what thousands of rows share."""


class Shared(Struct, frozen=True, array_like=True):
    """What thousands of decisions have in common: versions, those of their facts, and the terms of the scorecard."""

    versions: dict[str, Any] = {}
    facts: dict[str, str] = {}
    terms: Terms = Terms()


def stored_fields(kind: type[Struct]) -> list[str]:
    """The names of the positions in which values of `kind` are stored."""
    listed = ORDER[kind].split()
    own = [field.name for field in msgspec.structs.fields(kind) if field.name not in APART.get(kind, ())]
    return listed + [name for name in own if name not in listed]


def _mirror(kind: type[Struct]) -> type[Struct]:
    known = _mirrors.get(kind)
    if known is not None:
        return known
    hints = get_type_hints(kind)
    defaults = {field.name: _default(field) for field in msgspec.structs.fields(kind)}
    fields = [(name, _mirrored(hints.get(name, Any)), defaults.get(name)) for name in stored_fields(kind)]
    tag = kind.__struct_config__.tag if issubclass(kind, Event) else None
    made = msgspec.defstruct(f"Stored{kind.__name__}", fields, array_like=True, omit_defaults=True, tag=tag, gc=False)
    _mirrors[kind] = made
    return made


def _default(field: msgspec.structs.FieldInfo) -> Any:
    default = field.default if field.default is not NODEFAULT else None
    factory = type(default) if isinstance(default, Struct) else field.default_factory
    if factory is NODEFAULT:
        return default
    return msgspec.field(default_factory=_mirror(factory) if factory in ORDER else factory)


def _mirrored(hint: Any) -> Any:
    """The hint with records replaced by their mirrors, and everything else left unchecked."""
    if hint in ORDER:
        return _mirror(hint)
    inner = get_args(hint)
    if get_origin(hint) is tuple and inner[0] in ORDER:
        return tuple[_mirror(inner[0]), ...]  # type: ignore[misc]
    if get_origin(hint) in (Union, UnionType) and inner[0] in ORDER:
        return reduce(or_, (_mirrored(one) if one in ORDER else one for one in inner))
    return Any


_mirrors: dict[type[Struct], type[Struct]] = {}
_Decision = _mirror(Decision)
_events = {kind: _mirror(kind) for kind in KINDS}
_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(tuple[reduce(or_, _events.values()), _Decision])  # type: ignore[misc]
_kinds = {mirror: kind for kind, mirror in _events.items()}
_decision_fields = stored_fields(Decision)
_facts_fields = stored_fields(Facts)


def pack_decision(decision: Decision) -> bytes:
    """The decision as bytes, without what `APART` names of itself."""
    event = msgspec.convert(decision.event, _events[type(decision.event)], from_attributes=True)
    return shrink(_encoder.encode((event, msgspec.convert(decision, _Decision, from_attributes=True))))


def unpack_decision(packed: bytes, decision_id: str, shared: Shared) -> Decision:
    """The decision in those bytes, with its id and what it shares with others."""
    event, stored = _decoder.decode(grow(packed))
    whole = {name: getattr(stored, name) for name in _decision_fields}
    whole["facts"] = {name: getattr(stored.facts, name) for name in _facts_fields} | {"versions": shared.facts}
    whole |= {"id": decision_id, "versions": shared.versions, "terms": shared.terms, "event": event}
    decision = msgspec.convert(whole, Decision, from_attributes=True, strict=False)
    return replace(decision, event=msgspec.convert(event, _kinds[type(event)], from_attributes=True, strict=False))


def pack_shared(decision: Decision) -> bytes:
    """What a decision shares with others, as JSON text."""
    return msgspec.json.encode(Shared(decision.versions, decision.facts.versions, decision.terms))


def unpack_shared(packed: bytes) -> Shared:
    """What is in that text."""
    return msgspec.json.decode(packed, type=Shared)
