"""Allow- and block-lists, and overrides by hand: entries with reason and end, live at once, each change audited."""

from __future__ import annotations

import secrets
from datetime import datetime
from typing import Literal

from msgspec import Struct

from watchword.errors import InvalidInput, NotFound
from watchword.events.codec import from_ms
from watchword.events.event import Moment, Record, Text
from watchword.policy.decision import Action
from watchword.policy.lists import Entry, Kind
from watchword.web.endpoint import Call, endpoint


class ListEntryIn(Record, kw_only=True):
    """An entry to add. `value`: a user id, an address or CIDR, a device, an AS number, a country, an e-mail domain."""

    list: Literal["allow", "block"]
    kind: Kind
    value: Text
    reason: Text | None = None
    expires_at: Moment | None = None


class OverrideIn(Record, kw_only=True):
    """An action set by hand for whoever the value names, with the reason why, and when it ends."""

    action: Action
    kind: Kind
    value: Text
    reason: Text
    expires_at: Moment


class EntryOut(Struct, frozen=True, rename="camel"):
    """An entry as it stands. `action` is what it does; on a list it is the list's name too."""

    id: str
    kind: Kind
    value: str
    action: Action
    reason: str | None
    by: str
    created_at: datetime
    expires_at: datetime | None


class Entries(Struct, frozen=True):
    """All entries, oldest first."""

    entries: list[EntryOut]


@endpoint("GET", "/api/v1/lists", gives=Entries)
async def read_lists(call: Call) -> Entries:
    """The allow- and block-lists."""
    return await _read(call, override=False)


@endpoint(
    "POST", "/api/v1/lists", takes=ListEntryIn, gives=EntryOut, status=201, problems=(503,),
    example={"list": "block", "kind": "ip", "value": "203.0.113.0/24", "reason": "credential stuffing"},
)  # fmt: skip
async def add_list_entry(call: Call) -> EntryOut:
    """Adds an entry to a list. The same value once more on the same list takes the place of the former entry."""
    given: ListEntryIn = call.body
    return await _add(call, given, given.list, override=False)


@endpoint("DELETE", "/api/v1/lists/{entryId}", status=204, problems=(404, 503))
async def remove_list_entry(call: Call) -> None:
    """Takes an entry off its list."""
    await _remove(call, call.path["entryId"], override=False)


@endpoint("GET", "/api/v1/overrides", gives=Entries)
async def read_overrides(call: Call) -> Entries:
    """The overrides that stand."""
    return await _read(call, override=True)


@endpoint(
    "POST", "/api/v1/overrides", takes=OverrideIn, gives=EntryOut, status=201, problems=(503,),
    example={
        "action": "verify", "kind": "user", "value": "ada", "reason": "phished?", "expiresAt": "2099-01-01T00:00:00Z",
    },
)  # fmt: skip
async def add_override(call: Call) -> EntryOut:
    """Sets an action by hand until it ends: it decides alone, whatever score, rules and lists say."""
    given: OverrideIn = call.body
    return await _add(call, given, given.action, override=True)


@endpoint("DELETE", "/api/v1/overrides/{overrideId}", status=204, problems=(404, 503))
async def remove_override(call: Call) -> None:
    """Ends an override."""
    await _remove(call, call.path["overrideId"], override=True)


async def _read(call: Call, override: bool) -> Entries:
    kind = "overrides" if override else "lists"
    await call.service.ledger.note(call.who.actor, f"{kind}.read", "", {})
    return Entries([told(entry) for entry in call.service.governance.entries if entry.override == override])


async def _add(call: Call, given: ListEntryIn | OverrideIn, action: Action, override: bool) -> EntryOut:
    now_ms = int(call.service.engine.clock().timestamp() * 1000)
    entry = Entry(
        id=_same(call, given, action, override) or f"entry-{secrets.token_hex(8)}",
        kind=given.kind, value=given.value, action=action, override=override, reason=given.reason or "",
        by=call.who.actor, since_ms=now_ms,
        until_ms=int(given.expires_at.timestamp() * 1000) if given.expires_at else None,
    )  # fmt: skip
    try:
        return told(await call.service.governance.put_entry(entry, call.who.actor))
    except InvalidInput as error:
        raise InvalidInput(str(error), "expiresAt" if error.field == "until" else error.field) from None


def _same(call: Call, given: ListEntryIn | OverrideIn, action: Action, override: bool) -> str | None:
    for entry in call.service.governance.entries:
        alike = (entry.override, entry.kind, entry.value) == (override, given.kind, given.value)
        if alike and (override or entry.action == action):
            return entry.id
    return None


async def _remove(call: Call, entry_id: str, override: bool) -> None:
    if not any(entry.id == entry_id and entry.override == override for entry in call.service.governance.entries):
        raise NotFound("There is no such entry.")
    await call.service.governance.remove_entry(entry_id, call.who.actor)


def told(entry: Entry) -> EntryOut:
    """An entry as it travels."""
    return EntryOut(
        entry.id, entry.kind, entry.value, entry.action, entry.reason or None, entry.by, from_ms(entry.since_ms),
        from_ms(entry.until_ms) if entry.until_ms is not None else None,
    )  # fmt: skip
