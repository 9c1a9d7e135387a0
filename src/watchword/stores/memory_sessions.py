"""Live sessions and templates in this process's memory: for tests, trials and the in-process library."""

from __future__ import annotations

from collections.abc import Callable
from itertools import islice

from msgspec.structs import replace

from watchword.behaviour.template import Template
from watchword.ports import Risen, SessionKey, Step, Stepped
from watchword.state.person import Person
from watchword.state.session import Change, Session, Stage

MAX_BATCHES = 2_000
MAX_ENDED = 10_000
"""Ended sessions kept; the oldest go first."""


class Kept:
    """One session with its history."""

    __slots__ = ("changes", "key", "logged", "session")

    def __init__(self, key: SessionKey, session: Session) -> None:
        self.key = key
        self.session = session
        self.changes: list[Change] = []
        self.logged: list[bytes] = []


class MemorySessions:
    """See `ports.SessionStore` and `ports.Templates`."""

    def __init__(self) -> None:
        self._sessions: dict[bytes, Kept] = {}
        self._older: dict[bytes, list[Kept]] = {}
        self._people: dict[bytes, Person] = {}
        self._templates: dict[bytes, Template] = {}
        self._ended: dict[int, bytes] = {}
        self._endings = 0
        self._version = 0

    async def advance(self, key: SessionKey, step: Step) -> Stepped:
        """See `ports.SessionStore.advance`."""
        kept = self._sessions.get(key.key)
        person = self._people.get(key.owner)
        stepped = step(kept.session if kept else None, lambda: person or Person())
        if stepped.person is not None:
            self._people[key.owner] = stepped.person
        if stepped.session is not None:
            self._keep(key, kept, stepped, stepped.session)
        return stepped

    async def session(self, key: bytes) -> Session | None:
        """See `ports.SessionStore.session`."""
        kept = self._sessions.get(key)
        return kept.session if kept else None

    async def find(
        self,
        owner: bytes | None = None,
        session: bytes | None = None,
        stages: tuple[Stage, ...] = (),
        since_ms: int | None = None,
        limit: int = 100,
    ) -> tuple[tuple[SessionKey, Session], ...]:
        """See `ports.SessionStore.find`."""
        every = [*self._sessions.values(), *(one for older in self._older.values() for one in older)]
        found = [
            (kept.key, kept.session)
            for kept in every
            if (owner is None or kept.key.owner == owner)
            and (session is None or kept.key.session == session)
            and (not stages or kept.session.stage in stages)
            and (since_ms is None or kept.session.opened_ms >= since_ms)
        ]
        return tuple(sorted(found, key=lambda one: -one[1].opened_ms)[:limit])

    async def risen(self, key: bytes, batches: int = 0) -> Risen:
        """See `ports.SessionStore.risen`."""
        kept = self._sessions.get(key)
        if kept is None:
            return Risen()
        return Risen(tuple(kept.changes), tuple(kept.logged[len(kept.logged) - batches :]) if batches else ())

    async def endings(self, since: int) -> tuple[int, tuple[bytes, ...]]:
        """See `ports.SessionStore.endings`."""
        if since < 0:
            return self._endings, ()
        return self._endings, tuple(key for number, key in self._ended.items() if number > since)

    async def template(self, owner: bytes) -> Template:
        """See `ports.Templates.template`."""
        return self._templates.get(owner) or Template()

    async def change(self, owner: bytes, change: Callable[[Template], Template | None]) -> Template:
        """See `ports.Templates.change`."""
        after = change(self._templates.get(owner) or Template())
        self._version += 1
        if after is None:
            self._templates.pop(owner, None)
            return Template()
        self._templates[owner] = after
        return after

    async def unlearn(self, owner: bytes) -> None:
        """See `ports.Templates.unlearn`."""
        for kept in [*self._sessions.values(), *(one for older in self._older.values() for one in older)]:
            if kept.key.owner == owner:
                kept.logged.clear()
        if owner in self._people:
            self._people[owner] = replace(self._people[owner], waiting=())
        self._templates.pop(owner, None)
        self._version += 1

    async def all(self) -> tuple[tuple[bytes, Template], ...]:
        """See `ports.Templates.all`."""
        return tuple(self._templates.items())

    async def version(self) -> int:
        """See `ports.Templates.version`."""
        return self._version

    def of(self, owner: bytes) -> list[tuple[Session, Risen]]:
        """Every session of a person with its whole history."""
        every = [*self._sessions.values(), *(one for older in self._older.values() for one in older)]
        mine = [kept for kept in every if kept.key.owner == owner]
        return [(kept.session, Risen(tuple(kept.changes), tuple(kept.logged))) for kept in mine]

    def person(self, owner: bytes) -> Person | None:
        """What is kept of a person beside sessions and template."""
        return self._people.get(owner)

    def forget(self, owner: bytes) -> None:
        """Drops everything of that person. Their live sessions are over."""
        for key in [key for key, kept in self._sessions.items() if kept.key.owner == owner]:
            self._end(key)
            del self._sessions[key]
            self._older.pop(key, None)
        self._people.pop(owner, None)
        if self._templates.pop(owner, None) is not None:
            self._version += 1

    def _keep(self, key: SessionKey, kept: Kept | None, stepped: Stepped, session: Session) -> None:
        if kept is None or stepped.fresh:
            if kept is not None:
                self._older.setdefault(key.key, []).append(kept)
            kept = self._sessions[key.key] = Kept(key, session)
        elif kept.session.live and not session.live:
            self._end(key.key)
        kept.session = session
        kept.changes += stepped.changes
        if stepped.logged is not None:
            kept.logged.append(stepped.logged)
            del kept.logged[: len(kept.logged) - MAX_BATCHES]

    def _end(self, key: bytes) -> None:
        self._endings += 1
        self._ended[self._endings] = key
        if len(self._ended) > MAX_ENDED:
            for number in list(islice(self._ended, len(self._ended) - MAX_ENDED)):
                old = self._ended.pop(number)
                kept = self._sessions.get(old)
                if kept is not None and not kept.session.live:
                    del self._sessions[old]
