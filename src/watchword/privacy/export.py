"""Everything kept of one person, in a form they can read and take elsewhere."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec
from msgspec import Struct

from watchword.policy.decision import Decision
from watchword.ports import Record
from watchword.state.profile import Profile


def told(profile: Profile | None, decisions: Iterable[Decision], records: Iterable[Record]) -> dict[str, Any]:
    """The profile, every decision with its event, and every record, ready to be encoded as JSON."""
    return {
        "profile": msgspec.to_builtins(_named(profile)) if profile else None,
        "decisions": [msgspec.to_builtins(_named(decision)) for decision in decisions],
        "records": [_record(record) for record in records],
    }


def _record(record: Record) -> dict[str, Any]:
    return {"kind": record.kind, "name": record.name, "atMs": record.at_ms, "body": msgspec.json.decode(record.body)}


def _named(value: Any) -> Any:
    """Structs as mappings, also those that are stored as arrays."""
    if isinstance(value, Struct):
        return {name: _named(getattr(value, name)) for name in value.__struct_fields__}
    if isinstance(value, list | tuple):
        return [_named(one) for one in value]
    if isinstance(value, dict):
        return {str(key): _named(one) for key, one in value.items()}
    return value
