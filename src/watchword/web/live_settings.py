"""The live settings: read, change in part, look back, roll back. Live at once, everywhere within a second, audited."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

import msgspec
from msgspec import Meta, Struct

from watchword.events.codec import from_ms
from watchword.events.event import Record, Text
from watchword.governance import Version
from watchword.policy.settings import EngineSettings
from watchword.web.admin import BASE, Envelope
from watchword.web.endpoint import Call, Reply, endpoint


class Why(Struct, frozen=True, forbid_unknown_fields=True):
    """Why the settings are changed; kept in the history and the audit log."""

    reason: Text | None = None


class VersionOut(Struct, frozen=True, rename="camel"):
    """One version of the settings: who changed what, when, why, and what they were then."""

    version: int
    changed_at: datetime | None
    by: str
    reason: str
    patch: dict[str, Any]
    settings: dict[str, Any]


class Versions(Struct, frozen=True):
    """Every version, newest first; the last is what the process started with."""

    versions: list[VersionOut]


class Rollback(Record, kw_only=True):
    """To which version to go back."""

    version: Annotated[int, Meta(ge=0, le=1_000_000_000)]
    reason: Text | None = None


@endpoint("GET", BASE + "/config", gives=Envelope[EngineSettings])
async def read_config(call: Call) -> Reply:
    """The settings in force. The `etag` is their version."""
    return _current(call)


@endpoint(
    "PUT", BASE + "/config", takes=dict[str, Any], documented=EngineSettings, query=Why, gives=Envelope[EngineSettings],
    problems=(503,), example={"velocityThresholds": {"maxLoginsPerMinute": 8}},
)  # fmt: skip
async def change_config(call: Call) -> Reply:
    """Changes some settings: nested objects merge, all else is replaced. What is wrong is refused whole."""
    await call.service.governance.change(call.body, call.who.actor, call.query.reason or "")
    return _current(call)


@endpoint("GET", BASE + "/config/history", gives=Envelope[Versions], problems=(503,))
async def read_history(call: Call) -> Envelope[Versions]:
    """Every version of the settings, newest first."""
    return Envelope(data=Versions([_told(version) for version in await call.service.governance.history()]))


@endpoint(
    "POST", BASE + "/config/rollback", takes=Rollback, gives=Envelope[EngineSettings], problems=(404, 503),
    example={"version": 0, "reason": "too strict"},
)  # fmt: skip
async def roll_back(call: Call) -> Reply:
    """Makes the settings of an earlier version current again, as a new version."""
    await call.service.governance.rollback(call.body.version, call.who.actor, call.body.reason or "")
    return _current(call)


def _current(call: Call) -> Reply:
    governance = call.service.governance
    body = msgspec.json.encode(Envelope(data=governance.document()))
    return Reply(body, headers={"etag": f'"{governance.version}"'})


def _told(version: Version) -> VersionOut:
    at = from_ms(version.at_ms) if version.at_ms else None
    return VersionOut(version.version, at, version.actor, version.reason, version.patch, version.settings)
