"""Looks into a data directory behind the store's back."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import apsw

from watchword.errors import SealBroken
from watchword.privacy.keyring import KeyRing
from watchword.privacy.keys_db import KeysDb
from watchword.stores.sqlite_seals import Seals

BODIES = {
    "decision": "event", "state": "entity", "record": "name", "audit": "seq", "session": "seq", "sample": "seq",
    "risk": "seq", "behavior": "cast(type || user as blob)",
}  # fmt: skip


def query(directory: Path, statement: str, *values: object) -> list[tuple]:
    connection = apsw.Connection(str(directory / "watchword.db"))
    try:
        return connection.execute(statement, values).fetchall()
    finally:
        connection.close()


def change(directory: Path, statement: str, *values: object) -> None:
    query(directory, statement, *values)


def opened(data: Path, keys: Path | None = None) -> Iterator[tuple[str, bytes]]:
    """Every sealed body of `data` that opens with the keys in `keys` (default: its own), by table."""
    ring = KeyRing.open(keys or data)
    keys_db = KeysDb((keys or data) / "keys.db", ring)
    seals = Seals(keys_db, ring)
    for table, column in BODIES.items():
        for place, number, body in query(data, f"select {column}, key, body from {table} where body is not null"):
            row = place if isinstance(place, bytes) else place.to_bytes(8, "big")
            try:
                yield table, seals.open(number, body, table.encode(), row)
            except SealBroken:
                continue
    keys_db.close()
