"""What is kept of a person's behaviour, in a form they can read and take elsewhere."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec

from watchword.behaviour.template import Template
from watchword.events.sample_log import unpack
from watchword.policy.session_messages import told
from watchword.ports import Risen
from watchword.state.person import Person
from watchword.state.session import Session

HIDDEN = {"token", "user_id", "challenge_id"}
"""Not theirs to read: what proves a session, and what they know already."""


def told_behaviour(
    sessions: Iterable[tuple[Session, Risen]], person: Person | None, template: Template
) -> dict[str, Any]:
    """Sessions with their risk and samples, the template, and what else is kept; never the MPIN's hash."""
    return {
        "sessions": [_session(session, risen) for session, risen in sessions],
        "behavior": {
            "template": [
                {"of": name, "accepted": shelf.accepted, "entries": [
                    {"atMs": one.at_ms, "count": one.count, "values": one.values.tolist()} for one in shelf.entries
                ]}
                for name, shelf in template.shelves.items()
            ],
            "person": _person(person) if person is not None else None,
        },
    }  # fmt: skip


def _session(session: Session, risen: Risen) -> dict[str, Any]:
    kept = {name: getattr(session, name) for name in session.__struct_fields__ if name not in HIDDEN}
    kept["counted"] = {name: getattr(session.counted, name) for name in session.counted.__struct_fields__}
    batches = [unpack(one) for one in risen.logged]
    plain: dict[str, Any] = msgspec.to_builtins(kept)
    return plain | {
        "changes": msgspec.to_builtins(told(risen.changes)),
        "samples": [msgspec.to_builtins(one) for batch in batches for one in batch.events],
    }


def _person(person: Person) -> dict[str, Any]:
    return {
        "mpinSetMs": person.pin.set_ms or None,
        "confirmedBeneficiaries": len(person.beneficiaries),
        "waitingSessions": len(person.waiting),
        "learntSessions": person.learnt,
        "finishedSessions": person.finished,
    }
