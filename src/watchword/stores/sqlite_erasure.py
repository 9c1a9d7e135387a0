"""Erasing one person: their key is destroyed, their rows deleted, and rows of others that shared a key sealed anew.

The erasure is listed first, durably, so that whatever interrupts it is made good at the next start. What a person left
under a key of the day (log-ins that failed before the first that succeeded) shares that key with others: theirs are
sealed under a new key of that day, and the old one is destroyed too.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from watchword.privacy.keys_db import Erasure
from watchword.stores import sqlite_audit, sqlite_rows, sqlite_state
from watchword.stores.sqlite_desk import Desk
from watchword.stores.sqlite_session_retention import forget_sessions

CHUNK = 1_000
_TABLES = {
    "decision": ("seq", "event", sqlite_rows.TABLE),
    "state": ("id", "entity", sqlite_state.TABLE),
    "record": ("seq", "name", b"record"),
    "audit": ("seq", "seq", sqlite_audit.TABLE),
}
_OWNERS = {
    "decision": "user", "state": "entity", "record": "owner", "audit": "user", "session": "user", "behavior": "user"
}  # fmt: skip


def erase(desk: Desk, owner: bytes, at_ms: int) -> Iterator[Erasure]:
    """Erases a person, one transaction a step. Each step may be followed by other writers' work."""
    erasure = desk.seals.keys.list_erasure(owner, at_ms)
    note(desk, erasure)
    yield erasure
    yield from again(desk, erasure)


def note(desk: Desk, erasure: Erasure) -> None:
    """Lists an erasure in the data as well, from where a restored `keys.db` learns of it."""
    desk.connection.execute("insert or replace into erasure values(?, ?, ?, ?)", erasure)


def is_due(desk: Desk, erasure: Erasure) -> bool:
    """Whether something from before the erasure is (still, or again) here."""
    key = desk.seals.of_person(erasure.owner)
    alive = key is not None and key.number <= erasure.last_key
    return (
        alive
        or desk.seals.keys.has(erasure.numbers)
        or any(
            desk.connection.execute(
                f"select 1 from {table} where {column}=? and key<=? limit 1", _span(erasure)
            ).fetchone()
            for table, column in _OWNERS.items()
        )
    )


def again(desk: Desk, erasure: Erasure) -> Iterator[Erasure]:
    """Carries out a listed erasure, or what is left of it."""
    shared = [number for number in _numbers(desk, erasure) | erasure.numbers if _is_shared(desk, number)]
    erasure = erasure.sharing(shared)
    desk.seals.keys.restore_erasure(erasure)
    note(desk, erasure)
    for table in _TABLES if shared else ():
        for _ in _seal_anew(desk, table, shared, erasure):
            yield erasure
    _forget(desk, erasure, shared)
    yield erasure


def _numbers(desk: Desk, erasure: Erasure) -> set[int]:
    found = (
        desk.connection.execute(f"select distinct key from {table} where {column}=? and key<=?", _span(erasure))
        for table, column in _OWNERS.items()
    )
    return {number for rows in found for (number,) in rows if number is not None and number > 0}


def _is_shared(desk: Desk, number: int) -> bool:
    key = desk.seals.by_number(number)
    return key is not None and not key.personal


def _seal_anew(desk: Desk, table: str, numbers: list[int], erasure: Erasure) -> Iterator[None]:
    order, row_column, name = _TABLES[table]
    last = -(1 << 63)
    bound = f"select max({order}) from (select {order} from {table} where {order}>? order by {order} limit {CHUNK})"
    while (until := desk.connection.execute(bound, (last,)).get) is not None:
        marks = ",".join("?" * len(numbers))
        rows = desk.connection.execute(
            f"select {order}, {row_column}, key, body from {table} where {order}>? and {order}<=? and key in ({marks}) "
            f"and {_OWNERS[table]} is not ?",
            (last, until, *numbers, erasure.owner),
        ).fetchall()
        changed = [_sealed(desk, name, row) for row in rows]
        desk.connection.executemany(f"update {table} set key=?, body=? where {order}=?", changed)
        last = until
        desk.forget_state()
        yield


def _sealed(desk: Desk, name: bytes, row: tuple[Any, ...]) -> tuple[int, bytes, int]:
    order, place, number, body = row
    place = place if isinstance(place, bytes) else place.to_bytes(8, "big")
    plain = desk.seals.open(number, body, name, place)
    key = desk.seals.keys.successor(number)
    return key.number, key.cipher.seal(plain, name, place), order


def _forget(desk: Desk, erasure: Erasure, shared: list[int]) -> None:
    span = _span(erasure)
    for table in ("decision", "record"):
        desk.connection.execute(f"delete from {table} where {_OWNERS[table]}=? and key<=?", span)
    desk.count_records()
    forget_sessions(desk, *span)
    desk.connection.execute("delete from state where entity=? and key<=?", span)
    desk.connection.execute("update audit set user=null where user=? and key<=?", span)
    desk.seals.keys.destroy(erasure, shared)
    desk.note_keys()
    desk.forget_state()


def _span(erasure: Erasure) -> tuple[bytes, int]:
    return erasure.owner, erasure.last_key
