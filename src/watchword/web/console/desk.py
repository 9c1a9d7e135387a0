"""The real desk: the console over a running service."""

from __future__ import annotations

import asyncio
import time
from functools import partial
from importlib.metadata import version
from typing import Any

from watchword.bootstrap import Deployment
from watchword.engine import Clock as EngineClock
from watchword.errors import Forbidden
from watchword.ports import ApiKey, Role
from watchword.web.console.doors import Doors
from watchword.web.console.factor_desk import FactorsDesk
from watchword.web.console.governing import ListsDesk, RulesDesk, SettingsDesk
from watchword.web.console.history import DecisionsDesk
from watchword.web.console.persons import PeopleDesk
from watchword.web.console.reading import Desk
from watchword.web.console.records import Audited, Health, Key, Line, Seal, Visitor, Wire
from watchword.web.console.reference import FeedsDesk
from watchword.web.console.session_desk import SessionsDesk
from watchword.web.console.shell import Console
from watchword.web.console.watch import Watch
from watchword.web.health import store_fault
from watchword.web.service import Service

HEALTH_S = 2.0
VERIFY_S = 60.0
PATIENCE_S = 2.0


def open_console(service: Service, deployment: Deployment | None = None) -> Console:
    """The console of a service, with nobody signed in yet. It listens to the engine from now on.

    `deployment` adds what only a deployment has: feeds on disk, and a store that other processes share.
    """
    decisions = DecisionsDesk(service)
    shared = deployment is not None and deployment.settings.service.store != "memory"
    watch = Watch(decisions, decisions.line, partial(_is_erased, service), poll=shared)
    service.engine.listen(watch.tell)
    feeds, sessions = FeedsDesk(service, deployment), SessionsDesk(service)
    desk = Desk(
        decisions=decisions,
        people=PeopleDesk(service, decisions),
        sessions=sessions,
        factors=FactorsDesk(service),
        feeds=feeds,
        rules=RulesDesk(service, decisions, watch),
        settings=SettingsDesk(service),
        lists=ListsDesk(service),
        ledger=LedgerDesk(service),
        keys=KeysDesk(service),
        clock=ClockDesk(service, feeds, sessions),
    )
    return Console(desk, Doors(service.records, service.engine.pseudonyms.of), watch, service.limits)


def _is_erased(service: Service, line: Line) -> bool:
    """Whether a line speaks of a person who was erased since."""
    return line.user is not None and line.at_ms <= service.people.erased_ms(line.user)


class ClockDesk:
    """The engine's time, and how the service is; asked at most every two seconds."""

    def __init__(self, service: Service, feeds: FeedsDesk, sessions: SessionsDesk) -> None:
        self._service = service
        self._sessions = sessions
        self._feeds = feeds
        self._clock: EngineClock = service.engine.clock
        self._known: Health | None = None
        self._asked_s = 0.0

    def now_ms(self) -> int:
        """The time by which events happen."""
        return int(self._clock().timestamp() * 1000)

    async def health(self) -> Health:
        """Mode, missing parts, stale feeds, and how many sessions wait for an answer."""
        if self._known is None or time.monotonic() - self._asked_s > HEALTH_S:
            self._known = await self._ask()
            self._asked_s = time.monotonic()
        return self._known

    async def _ask(self) -> Health:
        settings = self._service.governance.settings
        fault = await store_fault(self._service)
        states = [feed.state for feed in await self._feeds.all()]
        stale = sum(state in ("stale", "failing") for state in states)
        mode = settings.mode if settings.enabled else "disabled"
        waiting = 0 if fault else await self._sessions.waiting()
        parts = {"store": fault} if fault else {}
        return Health(mode, version("watchword"), parts, stale, states.count("missing"), waiting)


class KeysDesk:
    """API keys, and who holds them."""

    def __init__(self, service: Service) -> None:
        self._keys = service.keys
        self._ledger = service.ledger

    async def all(self) -> list[Key]:
        """Every key, the newest first."""
        return [_key(one) for one in reversed(self._keys.all())]

    async def holder(self, secret: str) -> Visitor | None:
        """Whoever holds that key."""
        found = self._keys.find(secret) if secret else None
        return Visitor(found.name, found.role, found.id) if found is not None else None

    async def stands(self, visitor: Visitor) -> bool:
        """Whether the key behind a session is still good, and of the same role."""
        if visitor.key_id is None:
            return True
        found = next((one for one in self._keys.all() if one.id == visitor.key_id), None)
        return found is not None and found.revoked_ms is None and found.role == visitor.role

    async def create(self, name: str, role: Role, machine: bool, visitor: Visitor) -> str:
        """A new key's secret. Raises InvalidInput for a name in use."""
        made, secret = self._keys.create(name, role, machine)
        await self._ledger.note(visitor.actor, "key.create", made.id, {"name": name, "role": role})
        return secret

    async def revoke(self, name: str, visitor: Visitor) -> None:
        """Ends a key. Raises NotFound, and Forbidden for the key that is signed in with."""
        if name == visitor.key_id:
            raise Forbidden("This is the key you are signed in with. Sign in with another to revoke it.")
        ended = self._keys.revoke(name)
        await self._ledger.note(visitor.actor, "key.revoke", ended.id, {"name": ended.name})


class LedgerDesk:
    """The audit log. A chain is walked at most once a minute, and never waited for longer than two seconds."""

    def __init__(self, service: Service) -> None:
        self._ledger: Any = service.ledger
        self._clock = service.engine.clock
        self._walk: asyncio.Task[Seal] | None = None
        self._walked_s = 0.0

    async def note(self, actor: str, act: str, subject: str, particulars: Wire) -> None:
        """Appends one entry."""
        await self._ledger.note(actor, act, subject, particulars)

    async def entries(self, before: int | None, limit: int) -> list[Audited]:
        """Entries before that one, newest first."""
        if not callable(self._ledger.entries):
            kept = [one for one in reversed(self._ledger.entries) if before is None or one.sequence < before]
            return [_audited(one.sequence, one) for one in kept[:limit]]
        return [_audited(one.seq, one.act) for one in await self._ledger.entries(before, limit)]

    async def verify(self) -> Seal | None:
        """What the last walk along the chain found; None while the first one is under way."""
        if not hasattr(self._ledger, "verify"):
            return Seal(None, len(self._ledger.entries), None, self._now_ms())
        done = self._walk is not None and self._walk.done()
        if self._walk is None or (done and time.monotonic() - self._walked_s > VERIFY_S):
            self._walk = asyncio.create_task(self._verified())
        try:
            return await asyncio.wait_for(asyncio.shield(self._walk), PATIENCE_S)
        except TimeoutError:
            return None

    async def _verified(self) -> Seal:
        found = await self._ledger.verify()
        self._walked_s = time.monotonic()
        head, whole = found.head.hex(), found.broken is None
        return Seal(whole, found.entries, head, self._now_ms(), found.broken, found.reason, found.unlinkable)

    def _now_ms(self) -> int:
        return int(self._clock().timestamp() * 1000)


def _audited(sequence: int, act: Any) -> Audited:
    said = ", ".join(
        f"{name} {_plain(value)}" for name, value in act.particulars.items() if value not in (None, "", {})
    )
    return Audited(sequence, act.at_ms, act.actor, act.act, act.subject.removeprefix("user:") or None, said or None)


def _plain(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name} {_plain(inner)}" for name, inner in value.items())
    return ", ".join(map(_plain, value)) if isinstance(value, list | tuple) else str(value)


def _key(key: ApiKey) -> Key:
    return Key(key.id, key.name, key.role, key.created_ms or None, None, key.revoked_ms, key.machine)
