"""What is done to all that the memory store keeps of one person."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from watchword.events.pseudonym import Pseudonyms
from watchword.privacy.export import told
from watchword.privacy.session_export import told_behaviour
from watchword.state.incidents import incident_touches
from watchword.state.profile import Profile
from watchword.stores.memory import MemoryStore
from watchword.stores.memory_records import MemoryRecords
from watchword.stores.memory_sessions import MemorySessions


class MemoryPeople:
    """See `ports.People`."""

    def __init__(
        self,
        store: MemoryStore,
        records: MemoryRecords,
        pseudonyms: Pseudonyms,
        clock: Callable[[], datetime],
        sessions: MemorySessions | None = None,
    ) -> None:
        self._store = store
        self._records = records
        self._pseudonyms = pseudonyms
        self._clock = clock
        self._sessions = sessions or MemorySessions()
        self._erased: dict[bytes, int] = {}

    async def export(self, user_id: str) -> dict[str, Any]:
        """See `ports.People.export`."""
        owner = self._pseudonyms.of("user", user_id)
        profile = await self._store.profile(owner)
        everything = told(profile, self._store.decisions_of(owner), self._records.of(owner))
        behaviour = told_behaviour(
            self._sessions.of(owner), self._sessions.person(owner), await self._sessions.template(owner)
        )
        return {"userId": user_id} | everything | behaviour

    async def erase(self, user_id: str) -> int:
        """See `ports.People.erase`."""
        owner = self._pseudonyms.of("user", user_id)
        at_ms = int(self._clock().timestamp() * 1000)
        self._store.erase(owner, at_ms)
        self._erased[owner] = at_ms
        self._records.forget(owner)
        self._sessions.forget(owner)
        return at_ms

    async def change_profile(self, user_id: str, change: Callable[[Profile], Profile | None]) -> bool:
        """See `ports.People.change_profile`."""
        return self._store.change_profile(self._pseudonyms.of("user", user_id), change)

    async def note_incident(self, user_id: str, incident: int, at_ms: int) -> None:
        """See `ports.People.note_incident`."""
        for touch in incident_touches(self._pseudonyms.of("user", user_id), (incident,)):
            self._store.note(touch, at_ms)

    def erased_ms(self, user_id: str) -> int:
        """See `ports.People.erased_ms`."""
        return self._erased.get(self._pseudonyms.of("user", user_id), 0)
