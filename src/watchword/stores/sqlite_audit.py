"""The audit chain in SQLite: its end, to which entries are added inside the transaction of what they record."""

from __future__ import annotations

import os

import apsw

from watchword.privacy import ledger
from watchword.privacy.ledger import GENESIS, Act
from watchword.stores.sqlite_seals import Seals

TABLE = b"audit"
_Row = tuple[int, bytes | None, int | None, bytes, bytes, bytes | None]


class Chain:
    """The end of the chain, as one connection knows it. Entries are kept back until `write`."""

    def __init__(self, connection: apsw.Connection, seals: Seals, key: bytes) -> None:
        self._connection = connection
        self._seals = seals
        self._key = key
        self._rows: list[_Row] = []
        self._seq, self._head = 0, GENESIS

    def reload(self) -> None:
        """Reads the end anew: after another process wrote, or after a rollback."""
        self._rows.clear()
        row = self._connection.execute("select seq, head from audit order by seq desc limit 1").fetchone()
        row = row or self._connection.execute("select seq, head from anchor order by seq desc").fetchone()
        self._seq, self._head = row or (0, GENESIS)

    def add(self, plain: bytes) -> int:
        """Commits to `plain` (nonce and record), which is stored elsewhere; the entry's sequence number."""
        return self._append(ledger.commit(plain), None, None, None)

    def note(self, act: Act, user: bytes | None) -> int:
        """Adds an entry whose record is stored here: under the person's key where it is about one."""
        plain = ledger.pack(act, os.urandom(ledger.NONCE_BYTES))
        row = (self._seq + 1).to_bytes(8, "big")
        number, seal = self._seals.of_owner(user, TABLE, row)
        body = seal.seal(plain, TABLE, row)
        return self._append(ledger.commit(plain), user, number, body)

    def anchor(self, now_ms: int) -> None:
        """Writes down where the chain stands now, so that what is older can be dropped one day."""
        values = (self._seq, self._head, now_ms)
        self._connection.execute("insert or ignore into anchor values(?, ?, ?)", values)

    def write(self) -> None:
        """Writes the entries kept back."""
        self._connection.executemany("insert into audit values(?, ?, ?, ?, ?, ?)", self._rows)
        self._rows.clear()

    def _append(self, commitment: bytes, user: bytes | None, number: int | None, body: bytes | None) -> int:
        self._seq += 1
        self._head = ledger.chain(self._key, self._head, self._seq, commitment)
        self._rows.append((self._seq, user, number, commitment, self._head, body))
        return self._seq
