"""What is done to all that a SQLite store keeps of one person."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

import apsw

from watchword.events.pseudonym import Pseudonyms
from watchword.privacy.export import told
from watchword.privacy.keys_db import Erasure
from watchword.privacy.session_export import told_behaviour
from watchword.state.incidents import incident_touches
from watchword.state.plan import Plan
from watchword.state.profile import Profile, unpack
from watchword.stores import sqlite_erasure as erasure
from watchword.stores import sqlite_records as records
from watchword.stores import sqlite_rows as rows
from watchword.stores import sqlite_session_rows as session_rows
from watchword.stores.sqlite import SqliteStore
from watchword.stores.sqlite_desk import Desk
from watchword.stores.sqlite_rows import Versions
from watchword.stores.sqlite_seals import Seals
from watchword.stores.sqlite_state import StateRows
from watchword.stores.transition import PROFILE, Workspace

Change = Callable[[Profile], Profile | None]


class SqlitePeople:
    """See `ports.People`."""

    def __init__(self, store: SqliteStore, pseudonyms: Pseudonyms, clock: Callable[[], datetime]) -> None:
        self._store = store
        self._pseudonyms = pseudonyms
        self._clock = clock

    async def export(self, user_id: str) -> dict[str, Any]:
        """See `ports.People.export`."""
        owner = self._pseudonyms.of("user", user_id)
        return {"userId": user_id} | await self._store.read(lambda reader, seals: _everything(reader, seals, owner))

    async def erase(self, user_id: str) -> int:
        """See `ports.People.erase`. Returns once the keys are destroyed, in backups within reach too."""
        owner, at_ms = self._pseudonyms.of("user", user_id), self._now_ms()
        steps: list[Iterator[Erasure]] = []

        def step(desk: Desk) -> bool:
            if not steps:
                steps.append(erasure.erase(desk, owner, at_ms))
            return next(steps[0], None) is None

        while not await self._store.write(step):
            pass
        await self._store.forget_backups()
        return at_ms

    async def change_profile(self, user_id: str, change: Change) -> bool:
        """See `ports.People.change_profile`."""
        owner, now_ms = self._pseudonyms.of("user", user_id), self._now_ms()
        return bool(await self._store.write(lambda desk: _change(desk, owner, change, now_ms)))

    async def note_incident(self, user_id: str, incident: int, at_ms: int) -> None:
        """See `ports.People.note_incident`."""
        touches = incident_touches(self._pseudonyms.of("user", user_id), (incident,))
        now_ms = self._now_ms()

        def work(desk: Desk) -> None:
            workspace = Workspace(desk.state.read)
            workspace.observe(Plan(at_ms, touches))
            desk.save(workspace, at_ms, now_ms)

        await self._store.write(work)

    def erased_ms(self, user_id: str) -> int:
        """See `ports.People.erased_ms`."""
        erasure = self._store.keys.erasures.get(self._pseudonyms.of("user", user_id))
        return erasure.at_ms if erasure is not None else 0

    def _now_ms(self) -> int:
        return int(self._clock().timestamp() * 1000)


def _everything(connection: apsw.Connection, seals: Seals, owner: bytes) -> dict[str, Any]:
    packed = StateRows(connection, seals).read(PROFILE + owner)
    every = connection.execute(
        "select event, key, versions, body from decision where user=? order by occurred_ms, seq", (owner,)
    ).fetchall()
    versions = Versions(connection)
    decisions = [found for row in every if (found := rows.read(seals, versions, row)) is not None]
    kept = records.select(connection, seals, "where owner=?", owner)
    sessions = [
        (row.session, session_rows.risen(connection, seals, row.seq, None))
        for row in session_rows.rows_where(connection, seals, "where user=? order by seq", owner)
    ]
    person = session_rows.read_person(connection, seals, owner)
    behaviour = told_behaviour(sessions, person, session_rows.read_template(connection, seals, owner))
    return told(unpack(packed) if packed else None, decisions, kept) | behaviour


def _change(desk: Desk, owner: bytes, change: Change, now_ms: int) -> bool:
    bundle = desk.state.user(owner)
    before = bundle.parts.get(PROFILE[0])
    after = change(unpack(before[1] if before else None))
    if after is None:
        bundle.parts.pop(PROFILE[0], None)
        desk.state.write([bundle], now_ms)
        return before is not None
    bundle.key = bundle.key or desk.seals.of_persons([owner]).get(owner)
    workspace = Workspace(desk.state.read)
    workspace.keep(owner, after)
    desk.save(workspace, 0, now_ms)
    desk.note_keys()
    return before is not None
