"""Live sessions and templates in SQLite. See `ports.SessionStore` and `ports.Templates`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import apsw
from msgspec.structs import replace

from watchword.behaviour.template import Template, pack, unpack
from watchword.ports import Risen, SessionKey, Step, Stepped
from watchword.state.person import pack as pack_person
from watchword.state.session import STAGES, Session, Stage
from watchword.stores import sqlite_session_rows as rows
from watchword.stores.sqlite import SqliteStore
from watchword.stores.sqlite_desk import Desk
from watchword.stores.sqlite_seals import Seals


class SqliteSessions:
    """See `ports.SessionStore` and `ports.Templates`."""

    def __init__(self, store: SqliteStore, now_ms: Callable[[], int]) -> None:
        self._store = store
        self._now_ms = now_ms

    async def advance(self, key: SessionKey, step: Step) -> Stepped:
        """See `ports.SessionStore.advance`."""
        return await self._store.step(key, step)

    async def session(self, key: bytes) -> Session | None:
        """See `ports.SessionStore.session`."""
        row = await self._store.read(lambda connection, seals: rows.newest(connection, seals, key))
        return row.session if row is not None else None

    async def find(
        self,
        owner: bytes | None = None,
        session: bytes | None = None,
        stages: tuple[Stage, ...] = (),
        since_ms: int | None = None,
        limit: int = 100,
    ) -> tuple[tuple[SessionKey, Session], ...]:
        """See `ports.SessionStore.find`."""
        given: list[tuple[str, Any]] = [("user=?", owner), ("session=?", session), ("occurred_ms>=?", since_ms)]
        asked = [(term, value) for term, value in given if value is not None]
        terms = [term for term, _ in asked]
        if stages:
            terms.append(f"level in ({', '.join(str(STAGES.index(one)) for one in stages)})")
        where = f"where {' and '.join(terms) or 'true'} order by seq desc limit ?"
        values = (*(value for _, value in asked), limit)
        found = await self._store.read(lambda connection, seals: rows.rows_where(connection, seals, where, *values))
        return tuple((row.names, row.session) for row in found)

    async def risen(self, key: bytes, batches: int = 0) -> Risen:
        """See `ports.SessionStore.risen`."""

        def work(connection: apsw.Connection, seals: Seals) -> Risen:
            row = rows.newest(connection, seals, key)
            return rows.risen(connection, seals, row.seq, batches) if row is not None else Risen()

        return await self._store.read(work)

    async def endings(self, since: int) -> tuple[int, tuple[bytes, ...]]:
        """See `ports.SessionStore.endings`."""

        def work(connection: apsw.Connection, _seals: Seals) -> tuple[int, tuple[bytes, ...]]:
            last = int(connection.execute("select coalesce(max(seq), 0) from ending").get)
            if since < 0 or last <= since:
                return last, ()
            select = "select entity from ending where seq>? order by seq"
            found: list[Any] = connection.execute(select, (since,)).fetchall()
            return last, tuple(key for (key,) in found)

        return await self._store.read(work)

    async def template(self, owner: bytes) -> Template:
        """See `ports.Templates.template`."""
        return await self._store.read(lambda connection, seals: rows.read_template(connection, seals, owner))

    async def change(self, owner: bytes, change: Callable[[Template], Template | None]) -> Template:
        """See `ports.Templates.change`."""
        changed: Template = await self._store.write(lambda desk: _change(desk, owner, change, self._now_ms()))
        return changed

    async def unlearn(self, owner: bytes) -> None:
        """See `ports.Templates.unlearn`."""
        await self._store.write(lambda desk: _unlearn(desk, owner, self._now_ms()))

    async def all(self) -> tuple[tuple[bytes, Template], ...]:
        """See `ports.Templates.all`."""

        def work(connection: apsw.Connection, seals: Seals) -> tuple[tuple[bytes, Template], ...]:
            select = "select user, key, body from behavior where type='template' order by seq"
            kind, found = rows.TEMPLATE.encode(), []
            kept: list[Any] = connection.execute(select).fetchall()
            for owner, number, body in kept:
                plain = seals.open_if_there(number, body, rows.BEHAVIOR, kind + owner)
                if plain is not None:
                    found.append((owner, unpack(plain)))
            return tuple(found)

        return await self._store.read_apart(work)

    async def version(self) -> int:
        """See `ports.Templates.version`."""
        select = "select coalesce((select value from meta where name='templates'), 0)"
        return int(await self._store.read(lambda connection, _: connection.execute(select).get))


def _change(desk: Desk, owner: bytes, change: Callable[[Template], Template | None], now_ms: int) -> Template:
    after = change(rows.read_template(desk.connection, desk.seals, owner))
    desk.connection.execute(rows.TEMPLATES)
    if after is None:
        desk.connection.execute("delete from behavior where type=? and user=?", (rows.TEMPLATE, owner))
        return Template()
    key = desk.seals.of_persons([owner]).get(owner)
    rows.write_kept(desk.connection, desk.seals, rows.TEMPLATE, [(owner, key, pack(after))], now_ms)
    desk.note_keys()
    return after


def _unlearn(desk: Desk, owner: bytes, now_ms: int) -> None:
    connection = desk.connection
    connection.execute("delete from behavior where type=? and user=?", (rows.TEMPLATE, owner))
    connection.execute(rows.TEMPLATES)
    sessions: list[Any] = connection.execute("select seq from session where user=?", (owner,)).fetchall()
    for (seq,) in sessions:
        connection.execute("delete from sample where seq>=? and seq<?", rows.span_of(seq))
    person = rows.read_person(connection, desk.seals, owner)
    if person is not None and person.waiting:
        key = desk.seals.of_persons([owner]).get(owner)
        kept = pack_person(replace(person, waiting=()))
        rows.write_kept(connection, desk.seals, rows.PERSON, [(owner, key, kept)], now_ms)
        desk.note_keys()
