"""What a caller sees of a decision."""

from __future__ import annotations

import msgspec

from watchword.policy.decision import Decision
from watchword.policy.explanation import encode_wire
from watchword.web.endpoint import Call

HIDDEN = "hidden"


def shown(call: Call, decision: Decision) -> bytes:
    """The decision as JSON, as this caller may see it."""
    world = call.service.engine.world
    encoded = encode_wire(decision, world.tell, world.offer)
    return redact(encoded) if call.who.key.role == "viewer" else encoded


def redact(wire: bytes) -> bytes:
    """The decision without what is personal: who, which event, and what evidence says of places and addresses."""
    seen = msgspec.json.decode(wire)
    seen |= {"eventId": HIDDEN, "userId": None, "aiAnalysis": seen["cause"]}
    seen.pop("debug", None)
    seen["evidence"] = [one | {"message": HIDDEN, "details": {}} for one in seen["evidence"]]
    return msgspec.json.encode(seen)
