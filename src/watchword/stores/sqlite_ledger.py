"""The audit log of a SQLite store: notes, pages of them, and the check of the chain."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

import apsw
from msgspec import Struct

from watchword.errors import SealBroken
from watchword.events.pseudonym import Pseudonyms
from watchword.policy.decision import ACTIONS, Decision
from watchword.privacy import ledger
from watchword.privacy.ledger import GENESIS, Act, Link, Verification
from watchword.stores import sqlite_rows as rows
from watchword.stores.sqlite import SqliteStore
from watchword.stores.sqlite_audit import TABLE
from watchword.stores.sqlite_rows import LEVEL_NAMES, Versions
from watchword.stores.sqlite_seals import Seals

PERSON = "user:"
_EVERY = """select audit.seq, commitment, head, audit.key, audit.body, decision.event, decision.key, decision.versions,
    decision.body, score, level, action, occurred_ms from audit left join decision using (seq) order by audit.seq"""


class Noted(Struct, frozen=True):
    """An entry that can be read, with its place in the chain."""

    seq: int
    act: Act


class SqliteLedger:
    """See `ports.Ledger`. Decisions are entries of the same chain; their records are the decisions themselves."""

    def __init__(self, store: SqliteStore, pseudonyms: Pseudonyms, clock: Callable[[], datetime]) -> None:
        self._store = store
        self._pseudonyms = pseudonyms
        self._clock = clock

    async def note(self, actor: str, act: str, subject: str, particulars: dict[str, Any]) -> None:
        """See `ports.Ledger.note`."""
        entry = Act(int(self._clock().timestamp() * 1000), actor, act, subject, particulars)
        person = subject.startswith(PERSON)
        owner = self._pseudonyms.of("user", subject.removeprefix(PERSON)) if person else None
        await self._store.write(lambda desk: desk.note(entry, owner))

    async def entries(self, before: int | None = None, limit: int = 50) -> list[Noted]:
        """What was noted, newest first, of entries before `before`. Entries of erased persons are left out."""
        bound = 1 << 62 if before is None else before
        return await self._store.read(lambda connection, seals: _page(connection, seals, bound, limit))

    async def verify(self) -> Verification:
        """Walks the whole chain; every record that can still be opened is compared with what was committed to."""
        return await self._store.read_apart(lambda connection, seals: check(connection, seals, self._store.ledger_key))


def check(connection: apsw.Connection, seals: Seals, key: bytes) -> Verification:
    """The verification of a store's chain."""
    first = connection.execute("select seq from audit order by seq").fetchone()
    select = "select seq, head from anchor where seq=?"
    start = connection.execute(select, (first[0] - 1,)).fetchone() if first else None
    versions = Versions(connection)
    every = connection.execute(_EVERY)
    return ledger.verify(key, _links(every, seals, versions), start or (0, GENESIS))


def _page(connection: apsw.Connection, seals: Seals, before: int, limit: int) -> list[Noted]:
    select = "select seq, key, body from audit where seq<? and body is not null order by seq desc limit ?"
    found: Any = connection.execute(select, (before, limit))
    opened = ((seq, seals.open_if_there(key, body, TABLE, _place(seq))) for seq, key, body in found)
    return [Noted(seq, ledger.unpack(plain)) for seq, plain in opened if plain is not None]


def _links(every: Any, seals: Seals, versions: Versions) -> Iterator[Link]:
    for seq, commitment, head, key, body, *decision in every:
        try:
            if body is not None:
                plain = seals.open_if_there(key, body, TABLE, _place(seq))
            else:
                plain = _plain(seals, versions, decision)
            yield Link(seq, commitment, head, plain)
        except SealBroken:
            yield Link(seq, commitment, head, b"")


def _plain(seals: Seals, versions: Versions, columns: list[Any]) -> bytes | None:
    event, key, version, body, *shown = columns
    if event is None:
        return None
    plain = seals.open_if_there(key, body, rows.TABLE, event)
    if plain is None:
        return None
    decision = rows.unpack(plain, event, versions, version)
    return plain + versions.body(version) if _shown(decision) == shown else b""


def _shown(decision: Decision) -> list[int]:
    """What stands in plain columns, which nothing seals."""
    level, action = LEVEL_NAMES.index(decision.level), ACTIONS.index(decision.action)
    return [decision.score, level, action, decision.event.occurred_ms]


def _place(seq: int) -> bytes:
    return seq.to_bytes(8, "big")
