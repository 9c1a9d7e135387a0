"""The steps of sessions in one transaction: each touched session is read once and written once."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import suppress

from msgspec.structs import replace

from watchword.errors import SealBroken
from watchword.events.sample_log import deflate
from watchword.ports import SessionKey, Step, Stepped
from watchword.privacy.cipher import Seal
from watchword.privacy.keys_db import Key
from watchword.state.person import Person
from watchword.state.person import pack as pack_person
from watchword.state.session import Change, Session, pack, pack_changes
from watchword.stores.sqlite_desk import Desk
from watchword.stores.sqlite_seals import NOT_SEALED
from watchword.stores.sqlite_session_rows import (
    COUNT_BITS,
    PERSON,
    RISK,
    SAMPLE,
    SELECT,
    SESSION,
    Row,
    newest,
    place_of,
    read_person,
    read_row,
    stage_of,
    write_kept,
)  # fmt: skip


class SessionBatch:
    """The session steps of one transaction. Nothing is written before `write`."""

    def __init__(self, desk: Desk, now_ms: Callable[[], int]) -> None:
        self._desk = desk
        self._now_ms = now_ms
        self._rows: dict[bytes, Row] = {}
        self._new: list[Row] = []
        self._touched: dict[int, Row] = {}
        self._logged: list[tuple[Row, int, bytes]] = []
        self._risk: list[tuple[Row, int, tuple[Change, ...]]] = []
        self._persons: dict[bytes, Person] = {}
        self._changed: dict[bytes, Person] = {}
        self._ended: list[bytes] = []

    def foresee(self, keys: Iterable[bytes]) -> None:
        """Reads at once what these steps will ask for."""
        known = self._desk.sessions
        wanted = {(key,) for key in keys if key not in known and key not in self._rows}
        if not wanted:
            return
        select = f"{SELECT} where seq=(select max(seq) from session where entity=?)"
        for found in self._desk.connection.executemany(select, wanted):
            with suppress(SealBroken):  # whoever asks for it again is told
                self._rows[found[1]] = read_row(self._desk.seals, found)

    def step(self, key: SessionKey, step: Step) -> Stepped:
        """Runs one step in the state that the batch has reached. What it raises leaves that state as it was."""
        row = self._rows.get(key.key) or self._desk.sessions.get(key.key)
        if row is None and key.key != key.owner:
            row = newest(self._desk.connection, self._desk.seals, key.key)
        stepped = step(row.session if row is not None else None, lambda: self._person(key.owner))
        if stepped.logged is not None:
            stepped = replace(stepped, logged=deflate(stepped.logged))
        if stepped.person is not None:
            self._persons[key.owner] = self._changed[key.owner] = stepped.person
        if stepped.session is not None:
            self._take(key, row, stepped, stepped.session)
        return stepped

    def write(self) -> None:
        """Writes what the steps made; new keys are durable before the first row that uses them."""
        if not self._touched and not self._changed:
            return
        desk, now_ms = self._desk, self._now_ms()
        keys = self._keys()
        self._number()
        self._write_sessions(now_ms)
        connection = desk.connection
        connection.executemany("insert into sample values(?, ?, ?, ?)", self._samples(now_ms))
        connection.executemany("insert into risk values(?, ?, ?, ?)", self._steps(now_ms))
        if self._changed:
            rows = [(owner, keys.get(owner), pack_person(person)) for owner, person in self._changed.items()]
            write_kept(connection, desk.seals, PERSON, rows, now_ms)
        ended = ((key, now_ms) for key in self._ended)
        connection.executemany("insert into ending(entity, decided_ms) values(?, ?)", ended)
        desk.sessions.update(self._rows)
        desk.trim_sessions()
        desk.note_keys()

    def _person(self, owner: bytes) -> Person:
        person = self._persons.get(owner)
        if person is None:
            person = read_person(self._desk.connection, self._desk.seals, owner) or Person()
            self._persons[owner] = person
        return person

    def _take(self, key: SessionKey, row: Row | None, stepped: Stepped, session: Session) -> None:
        before = row.session if row is not None and not stepped.fresh else None
        if row is None or stepped.fresh:
            row = Row(key, session)
            self._new.append(row)
        elif self._rows.get(key.key) is not row:
            row = Row(row.names, session, row.seq, row.key)
        row.session = session
        self._rows[key.key] = row
        self._touched[id(row)] = row
        if stepped.logged is not None:
            self._logged.append((row, session.batches, stepped.logged))
        if stepped.changes:
            self._risk.append((row, session.changes, stepped.changes))
        if session.end and before is not None and not before.end:
            self._ended.append(key.key)

    def _keys(self) -> dict[bytes, Key]:
        """The keys of the persons who have rows to write, made where there are none."""
        without = {row.names.owner for row in self._new} | set(self._changed)
        keys = self._desk.seals.of_persons(without) if without else {}
        for row in self._new:
            row.key = keys.get(row.names.owner)
        return keys

    def _number(self) -> None:
        if self._new:
            last = self._desk.connection.execute("select coalesce(max(seq), 0) from session").get
            for row in self._new:
                last += 1
                row.seq = last

    def _write_sessions(self, now_ms: int) -> None:
        fresh = {id(row) for row in self._new}
        connection = self._desk.connection
        connection.executemany(
            "insert into session(seq, entity, session, user, key, occurred_ms, decided_ms, level, score, body) "
            "values(?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [(*self._head(row), *self._body(row, now_ms)) for row in self._new],
        )
        connection.executemany(
            "update session set decided_ms=?, level=?, score=?, body=? where seq=?",
            [(*self._body(row, now_ms), row.seq) for row in self._touched.values() if id(row) not in fresh],
        )

    def _head(self, row: Row) -> tuple[int, bytes, bytes, bytes, int, int]:
        names = row.names
        return row.seq, names.key, names.session, names.owner, self._sealing(row)[0], row.session.opened_ms

    def _body(self, row: Row, now_ms: int) -> tuple[int, int, int, bytes]:
        sealed = self._sealing(row)[1].seal(pack(row.session), SESSION, place_of(row.seq))
        return now_ms, stage_of(row.session), row.session.risk, sealed

    def _samples(self, now_ms: int) -> Iterable[tuple[int, int, int, bytes]]:
        for row, count, logged in self._logged:
            seq = (row.seq << COUNT_BITS) + count
            number, seal = self._sealing(row)
            yield seq, number, now_ms, seal.seal(logged, SAMPLE, place_of(seq))

    def _steps(self, now_ms: int) -> Iterable[tuple[int, int, int, bytes]]:
        for row, count, changes in self._risk:
            seq = (row.seq << COUNT_BITS) + count
            number, seal = self._sealing(row)
            yield seq, number, now_ms, seal.seal(pack_changes(changes), RISK, place_of(seq))

    def _sealing(self, row: Row) -> tuple[int, Seal]:
        if row.key is not None:
            return row.key.number, row.key.cipher
        return NOT_SEALED, self._desk.seals.of_deployment(SESSION, row.names.key)[1]
