"""Small things beside decisions (labels, list entries, consents, settings), sealed, names included."""

from __future__ import annotations

from typing import Any

import apsw
import msgspec

from watchword.ports import Change, Record
from watchword.stores.sqlite import SqliteStore
from watchword.stores.sqlite_desk import Desk
from watchword.stores.sqlite_seals import Seals

TABLE = b"record"
_SELECT = "select type, name, owner, key, decided_ms, body from record"
_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(tuple[str, bytes])


class SqliteRecords:
    """See `ports.Records`. A record is found by the keyed hash of its name; one about a person is under their key."""

    def __init__(self, store: SqliteStore) -> None:
        self._store = store

    async def put(self, record: Record) -> None:
        """See `ports.Records.put`."""
        await self._store.write(lambda desk: put(desk, record))

    async def get(self, kind: str, name: str) -> Record | None:
        """See `ports.Records.get`."""
        found = await self._store.read(
            lambda connection, seals: select(
                connection, seals, "where type=? and name=?", kind, seals.names.of(kind, name)
            )
        )
        return found[0] if found else None

    async def change(self, kind: str, name: str, change: Change) -> Record | None:
        """See `ports.Records.change`."""
        found: Record | None = await self._store.write(lambda desk: changed(desk, kind, name, change))
        return found

    async def all(self, kind: str, owner: bytes | None = None) -> tuple[Record, ...]:
        """See `ports.Records.all`."""
        where, values = ("where type=? and owner=?", (kind, owner)) if owner else ("where type=?", (kind,))
        found = await self._store.read(lambda connection, seals: select(connection, seals, where, *values))
        return tuple(found)

    async def version(self) -> int:
        """See `ports.Records.version`."""
        statement = "select coalesce((select value from meta where name='records'), 0)"
        return int(await self._store.read(lambda connection, _: connection.execute(statement).get))


def put(desk: Desk, record: Record) -> None:
    """Writes a record in place of one of the same kind and name."""
    name = desk.seals.names.of(record.kind, record.name)
    plain = _encoder.encode((record.name, record.body))
    number, seal = desk.seals.of_owner(record.owner, TABLE, name)
    body = seal.seal(plain, TABLE, name)
    desk.connection.execute("delete from record where type=? and name=?", (record.kind, name))
    desk.connection.execute(
        "insert into record(type, name, owner, key, decided_ms, body) values(?, ?, ?, ?, ?, ?)",
        (record.kind, name, record.owner, number, record.at_ms, body),
    )
    desk.count_records()
    desk.note_keys()


def changed(desk: Desk, kind: str, name: str, change: Change) -> Record | None:
    """What `change` made of a record, written; None where it is gone."""
    row = (kind, desk.seals.names.of(kind, name))
    found = select(desk.connection, desk.seals, "where type=? and name=?", *row)
    before = found[0] if found else None
    after = change(before)
    if after is None:
        desk.connection.execute("delete from record where type=? and name=?", row)
        if desk.connection.changes():
            desk.count_records()
    elif after != before:
        put(desk, after)
    return after


def select(connection: apsw.Connection, seals: Seals, where: str, *values: Any) -> list[Record]:
    """The records found, oldest first; those whose key was destroyed are left out."""
    rows = connection.execute(f"{_SELECT} {where} order by seq", values).fetchall()
    return [record for row in rows if (record := _read(seals, row)) is not None]


def _read(seals: Seals, row: tuple[Any, ...]) -> Record | None:
    kind, name, owner, number, at_ms, body = row
    plain = seals.open_if_there(number, body, TABLE, name)
    if plain is None:
        return None
    named, content = _decoder.decode(plain)
    return Record(kind, named, content, owner, at_ms)
