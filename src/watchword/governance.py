"""What is changed while the service runs: settings and rules, lists and overrides. Versioned, audited, live at once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import msgspec
from msgspec import Struct

from watchword.errors import InvalidInput, NotFound
from watchword.events.pseudonym import Pseudonyms
from watchword.policy.lists import Entry, checked
from watchword.policy.settings import EngineSettings
from watchword.policy.world import World
from watchword.ports import Ledger, Record, Records

VERSION, ENTRY = "settings", "entry"
MakeWorld = Callable[[EngineSettings, tuple[Entry, ...], int], World]
"""From settings, list entries and the version to a world. Raises ConfigurationError for what does not hold."""


class Version(Struct, frozen=True, rename="camel"):
    """One version of the settings: who changed what, when and why. Version 0 is what the process started with."""

    version: int
    at_ms: int
    actor: str
    reason: str
    patch: dict[str, Any]
    settings: dict[str, Any]


class Desk(Struct, frozen=True):
    """Where changes are kept and noted, and what time it is. Entries that name a user are that person's, and go too."""

    records: Records
    ledger: Ledger
    clock: Callable[[], datetime]
    pseudonyms: Pseudonyms


class Governance:
    """The live configuration of one engine. `apply` is given every new world; readers see it from then on."""

    def __init__(self, desk: Desk, base: EngineSettings, make: MakeWorld, apply: Callable[[World], None]) -> None:
        self._records = desk.records
        self._ledger = desk.ledger
        self._clock = desk.clock
        self._pseudonyms = desk.pseudonyms
        self._make = make
        self._apply = apply
        self._seen = -1
        self.settings = base
        self.version = 0
        self.entries: tuple[Entry, ...] = ()
        self._base = base

    async def refresh(self) -> bool:
        """Takes over what any process changed; whether there was anything. Call at start and every half second."""
        seen = await self._records.version()
        if seen == self._seen:
            return False
        entries = tuple([_entry(record) for record in await self._records.all(ENTRY)])
        versions = [_version(record) for record in await self._records.all(VERSION)]
        newest = max(versions, key=lambda version: version.version, default=self._base_version())
        changed = self._seen < 0 or (entries, newest.version) != (self.entries, self.version)
        if changed:
            settings = msgspec.convert(newest.settings, EngineSettings)
            world = self._make(settings, entries, newest.version)
            self.settings, self.entries, self.version = settings, entries, newest.version
            self._apply(world)
        self._seen = seen
        return changed

    async def change(self, patch: dict[str, Any], actor: str, reason: str = "") -> Version:
        """Merges a partial update into the settings. Raises InvalidInput or ConfigurationError naming the field."""
        await self.refresh()
        return await self._adopt(merged(self.document(), patch), patch, actor, reason)

    async def rollback(self, version: int, actor: str, reason: str = "") -> Version:
        """Makes an earlier version's settings current again, as a new version. Raises NotFound."""
        wanted = (
            self._base_version()
            if version == 0
            else next((v for v in await self.history() if v.version == version), None)
        )
        if wanted is None:
            raise NotFound(f"There is no version {version} of the settings.")
        return await self._adopt(wanted.settings, {"rollback": version}, actor, reason)

    async def history(self) -> tuple[Version, ...]:
        """Every version, newest first, down to the one the process started with."""
        kept = [_version(record) for record in await self._records.all(VERSION)]
        return (*sorted(kept, key=lambda version: -version.version), self._base_version())

    async def put_entry(self, entry: Entry, actor: str) -> Entry:
        """Adds or replaces a list entry or an override. Raises InvalidInput naming the field."""
        entry = checked(entry)
        owner = self._pseudonyms.of("user", entry.value) if entry.kind == "user" else None
        await self._records.put(Record(ENTRY, entry.id, msgspec.json.encode(entry), owner, self._now_ms()))
        subject = f"user:{entry.value}" if entry.kind == "user" else entry.id
        told = {"entry": entry.id, "kind": entry.kind, "action": entry.action, "reason": entry.reason}
        await self._ledger.note(actor, "list.put", subject, told)
        await self.refresh()
        return entry

    async def remove_entry(self, entry_id: str, actor: str) -> None:
        """Takes a list entry or an override away. Raises NotFound."""
        await self._records.change(ENTRY, entry_id, _take_away)
        await self._ledger.note(actor, "list.remove", entry_id, {})
        await self.refresh()

    def document(self) -> dict[str, Any]:
        """The settings in force, as they travel."""
        return dict(msgspec.to_builtins(self.settings))

    async def _adopt(self, document: dict[str, Any], patch: dict[str, Any], actor: str, reason: str) -> Version:
        settings = _settings(document)
        number = (await self.history())[0].version + 1
        self._make(settings, self.entries, number)
        version = Version(number, self._now_ms(), actor, reason, patch, msgspec.to_builtins(settings))
        await self._records.put(Record(VERSION, f"{number:012}", msgspec.json.encode(version), at_ms=version.at_ms))
        await self._ledger.note(actor, "settings.change", f"version {number}", {"patch": patch, "reason": reason})
        await self.refresh()
        return version

    def _now_ms(self) -> int:
        return int(self._clock().timestamp() * 1000)

    def _base_version(self) -> Version:
        return Version(0, 0, "start", "what the process started with", {}, msgspec.to_builtins(self._base))


def merged(document: dict[str, Any], patch: dict[str, Any]) -> dict[str, Any]:
    """The document with the patch laid over it: nested objects merge, everything else is replaced."""
    result = dict(document)
    for name, value in patch.items():
        before = result.get(name)
        result[name] = merged(before, value) if isinstance(before, dict) and isinstance(value, dict) else value
    return result


def _settings(document: dict[str, Any]) -> EngineSettings:
    try:
        return msgspec.convert(document, EngineSettings)
    except msgspec.ValidationError as error:
        text, _, path = str(error).partition(" - at `$")
        raise InvalidInput(text, path.strip(".`") or None) from None


def _version(record: Record) -> Version:
    return msgspec.json.decode(record.body, type=Version)


def _take_away(record: Record | None) -> None:
    if record is None:
        raise NotFound("There is no such entry.")


def _entry(record: Record) -> Entry:
    return msgspec.json.decode(record.body, type=Entry)
