"""Sessions in SQLite: rows, what seals them, and reading them. Samples and risk lie behind their session's number.

A session's row has the number `seq`; its batches of samples and steps of its risk have `seq` in the high bits and their
own count in the low twenty, so that they lie together and need no index.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import apsw

from watchword.behaviour.template import Template
from watchword.behaviour.template import unpack as unpack_template
from watchword.errors import SealBroken, StoreError
from watchword.ports import Risen, SessionKey
from watchword.privacy.keys_db import Key
from watchword.state.person import Person
from watchword.state.person import unpack as unpack_person
from watchword.state.session import STAGES, Session, unpack, unpack_changes
from watchword.stores.sqlite_seals import Seals

SESSION, SAMPLE, RISK, BEHAVIOR = b"session", b"sample", b"risk", b"behavior"
PERSON, TEMPLATE = "person", "template"
COUNT_BITS = 20
SELECT = "select seq, entity, session, user, key, body from session"
TEMPLATES = "insert into meta values('templates', 1) on conflict(name) do update set value=value+1"
"""Says that templates changed, so that other processes look."""


class Row:
    """A session as the writer keeps it: where it lies, and under which key. `seq` 0 has no row yet."""

    __slots__ = ("key", "names", "seq", "session")

    def __init__(self, names: SessionKey, session: Session, seq: int = 0, key: Key | None = None) -> None:
        self.names = names
        self.session = session
        self.seq = seq
        self.key = key


def place_of(seq: int) -> bytes:
    """The associated data of a numbered row."""
    return seq.to_bytes(8, "big")


def span_of(seq: int) -> tuple[int, int]:
    """Between which numbers a session's samples and steps lie: [first, last)."""
    return seq << COUNT_BITS, (seq + 1) << COUNT_BITS


def stage_of(session: Session) -> int:
    """What stands in the column `level`: 0 live, 1 asked, 2 blocked, 3 ended otherwise."""
    return STAGES.index(session.stage)


def read_row(seals: Seals, found: Any) -> Row:
    """A row of `SELECT`. Raises SealBroken."""
    seq, entity, session, user, number, body = found
    key = seals.by_number(number)
    plain = key.cipher.open(body, SESSION, place_of(seq)) if key else seals.open(number, body, SESSION, place_of(seq))
    return Row(SessionKey(entity, session, user), unpack(plain), seq, key)


def rows_where(connection: apsw.Connection, seals: Seals, where: str, *values: Any) -> list[Row]:
    """The rows that can be opened."""
    found = []
    kept: list[Any] = connection.execute(f"{SELECT} {where}", values).fetchall()
    for one in kept:
        try:
            found.append(read_row(seals, one))
        except SealBroken:
            if seals.by_number(one[4]) is not None:
                raise StoreError("A session's row does not open: wrong key, or altered.") from None
    return found


def newest(connection: apsw.Connection, seals: Seals, key: bytes) -> Row | None:
    """The newest session under a key."""
    found = rows_where(connection, seals, "where entity=? order by seq desc limit 1", key)
    return found[0] if found else None


def risen(connection: apsw.Connection, seals: Seals, seq: int, batches: int | None) -> Risen:
    """A session's history, with at most so many of its newest batches; None for all."""
    span = span_of(seq)
    steps = connection.execute("select seq, key, body from risk where seq>=? and seq<? order by seq", span).fetchall()
    changes = tuple(change for one in steps for change in unpack_changes(_open(seals, RISK, one)))
    limit = -1 if batches is None else batches
    select = "select seq, key, body from sample where seq>=? and seq<? order by seq desc limit ?"
    logged = connection.execute(select, (*span, limit)).fetchall()
    return Risen(changes, tuple(_open(seals, SAMPLE, one) for one in reversed(logged)))


def read_person(connection: apsw.Connection, seals: Seals, owner: bytes) -> Person | None:
    """What is kept of a person beside sessions and template."""
    plain = read_kept(connection, seals, PERSON, owner)
    return unpack_person(plain) if plain is not None else None


def read_template(connection: apsw.Connection, seals: Seals, owner: bytes) -> Template:
    """A person's template."""
    return unpack_template(read_kept(connection, seals, TEMPLATE, owner))


def read_kept(connection: apsw.Connection, seals: Seals, kind: str, owner: bytes) -> bytes | None:
    """The plain bytes of one of a person's rows; None where there is none, or its key was destroyed."""
    select = "select key, body from behavior where type=? and user=?"
    found = connection.execute(select, (kind, owner)).fetchone()
    return seals.open_if_there(found[0], found[1], BEHAVIOR, kind.encode() + owner) if found else None


def write_kept(
    connection: apsw.Connection, seals: Seals, kind: str, rows: Iterable[tuple[bytes, Key | None, bytes]], now_ms: int
) -> None:
    """Writes rows of persons: owner, key and plain bytes. Without a key they are not sealed."""
    values = []
    for owner, key, plain in rows:
        row = kind.encode() + owner
        number, seal = (key.number, key.cipher) if key is not None else seals.of_deployment(BEHAVIOR, row)
        values.append((kind, owner, number, now_ms, seal.seal(plain, BEHAVIOR, row)))
    connection.executemany(
        "insert into behavior(type, user, key, decided_ms, body) values(?, ?, ?, ?, ?) on conflict(type, user) "
        "do update set key=excluded.key, decided_ms=excluded.decided_ms, body=excluded.body",
        values,
    )


def delete_sessions(connection: apsw.Connection, seqs: Iterable[int]) -> None:
    """Deletes sessions with their samples and steps."""
    for seq in seqs:
        for table in ("sample", "risk"):
            connection.execute(f"delete from {table} where seq>=? and seq<?", span_of(seq))
        connection.execute("delete from session where seq=?", (seq,))


def _open(seals: Seals, table: bytes, found: Any) -> bytes:
    seq, number, body = found
    return seals.open(number, body, table, place_of(seq))
