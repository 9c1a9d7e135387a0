"""One directory, one writer thread: the store that `serve` uses by default.

What lies in it: `watchword.db` (decisions, state, audit), `keys.db` (persons' keys), `deployment.keys` (the ring).
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from threading import Thread
from typing import Any, TypeVar

import apsw
from msgspec import Struct
from msgspec.structs import replace

from watchword.errors import Conflict, StoreError
from watchword.policy.assessment import Assessment
from watchword.policy.decision import Decision
from watchword.ports import Judge, Page, Query, Recorded, SessionKey, Spread, Step, Stepped, Tally
from watchword.privacy.key_backups import back_up, destroy_in_backups
from watchword.privacy.keyring import KeyRing
from watchword.privacy.keys_db import FILE_NAME as KEYS_NAME
from watchword.privacy.keys_db import Erasure, KeysDb
from watchword.privacy.retention import Retention
from watchword.state.profile import Profile
from watchword.state.profile import unpack as unpack_profile
from watchword.stores import sqlite_history as history
from watchword.stores.sqlite_audit import Chain
from watchword.stores.sqlite_desk import Desk
from watchword.stores.sqlite_erasure import again, is_due, note
from watchword.stores.sqlite_retention import Housekeeping
from watchword.stores.sqlite_rows import Versions
from watchword.stores.sqlite_schema import FILE_NAME, bring_up, connect, create
from watchword.stores.sqlite_seals import Seals
from watchword.stores.sqlite_state import StateRows
from watchword.stores.sqlite_tally import tally
from watchword.stores.sqlite_writer import Call, Item, Job, Work, Writer
from watchword.stores.transition import PROFILE, Workspace

T = TypeVar("T")
Reading = Callable[[apsw.Connection, Seals], T]
BACKUPS = "key-backups"
COMMIT_DEADLINE_S = 2.0
RETRY_LATE_S = 1.0
MAX_LATE = 100_000


def _wall_ms() -> int:
    return time.time_ns() // 1_000_000


class Files(Struct, frozen=True):
    """How the files are opened. `seal=False` and `vfs` exist for tests."""

    directory: Path
    seal: bool = True
    vfs: str | None = None
    commit_deadline_s: float = COMMIT_DEADLINE_S
    retention: Retention = Retention()
    now_ms: Callable[[], int] = _wall_ms


class SqliteStore:
    """A store in one directory. See `ports.Store`; used by one event loop, shared with other processes.

    Raises StoreError when it is opened on data of a newer release, or with keys that are not the data's.
    """

    def __init__(self, files: Files, ring: KeyRing) -> None:
        self._files = files
        files.directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        path = files.directory / FILE_NAME
        create(path)
        self.keys = KeysDb(files.directory / KEYS_NAME, ring, files.vfs)
        self._seals = Seals(self.keys, ring, files.seal)
        connection = connect(path, files.vfs)
        bring_up(connection)
        desk = _desk(connection, self._seals, ring)
        _make_good(desk)
        self.ledger_key = ring.derive("ledger")
        self.housekeeping = Housekeeping(files.retention, files.now_ms, self._back_up_aside)
        self._writer = Writer(desk, self.housekeeping, files.now_ms)
        self._reader = _reader(files)
        self._reading = ThreadPoolExecutor(1, "watchword-reader")
        self._versions = Versions(self._reader)
        self._flying: deque[Item | Call] = deque()
        self._watch: asyncio.TimerHandle | None = None
        self._late: dict[bytes, tuple[Assessment, Decision]] = {}
        self._backup: Thread | None = None
        self._writer.start()

    @property
    def directory(self) -> Path:
        """Where everything lies."""
        return self._files.directory

    def close(self) -> None:
        """Writes what is waiting and closes the files."""
        self._writer.stop()
        self._reading.shutdown()
        if self._backup is not None:
            self._backup.join()
        for closing in (self._reader, self._writer.connection, self.keys):
            closing.close()

    async def decide(self, assessment: Assessment, judge: Judge) -> Recorded:
        """See `ports.Store.decide`."""
        late = self._late.get(assessment.event_key)
        if late is not None:
            if late[0].fingerprint != assessment.fingerprint:
                raise Conflict("This id was used for another event.")
            return Recorded(late[1], fresh=False)
        loop = asyncio.get_running_loop()
        item = Item(assessment, judge, loop.create_future(), loop.time() + self._files.commit_deadline_s)
        self._send(item, loop)
        return await item.answer

    async def step(self, key: SessionKey, step: Step) -> Stepped:
        """See `ports.SessionStore.advance`. Raises StoreError, too, where it was not committed by the deadline."""
        loop = asyncio.get_running_loop()
        call = Call(key, step, loop.create_future(), loop.time() + self._files.commit_deadline_s)
        self._send(call, loop)
        return await call.answer

    def record_late(self, assessment: Assessment, answer: Decision) -> None:
        """See `ports.Store.record_late`."""
        if len(self._late) >= MAX_LATE:
            self._late.pop(next(iter(self._late)))
        self._late[assessment.event_key] = assessment, answer
        self._send_late(assessment.event_key)

    async def preview(self, assessment: Assessment, judge: Judge) -> Decision:
        """See `ports.Store.preview`."""

        def work(connection: apsw.Connection, seals: Seals) -> Decision:
            workspace = Workspace(StateRows(connection, seals).read)
            return judge(assessment, workspace.observe(assessment.plan)).decision

        return await self.read(work)

    async def decision(self, decision_id: str) -> Decision | None:
        """See `ports.Store.decision`."""
        key = _event_key(decision_id)
        if key is None:
            return None
        if key in self._late:
            return self._late[key][1]
        return await self.read(lambda connection, seals: history.one(connection, seals, self._versions, key))

    async def history(self, query: Query) -> Page:
        """See `ports.Store.history`."""
        return await self.read(lambda connection, seals: history.page(connection, seals, self._versions, query))

    async def profile(self, owner: bytes) -> Profile | None:
        """See `ports.Store.profile`."""
        packed = await self.read(lambda connection, seals: StateRows(connection, seals).read(PROFILE + owner))
        return unpack_profile(packed) if packed else None

    async def tally(self, since_ms: int | None, until_ms: int | None) -> Tally:
        """See `ports.Statistics.tally`."""
        return await self.read_apart(lambda connection, _: tally(connection, since_ms, until_ms))

    async def spread(self, query: Query, step_ms: int) -> tuple[Spread, ...]:
        """See `ports.Statistics.spread`."""
        return await self.read_apart(lambda connection, _: history.spread(connection, query, step_ms))

    async def write(self, work: Work) -> Any:
        """Runs `work` on the writer, in a transaction of its own, durable when this returns."""
        job = Job(work, asyncio.get_running_loop().create_future())
        self._writer.submit(job)
        return await job.answer

    async def read(self, work: Reading[T]) -> T:
        """Runs `work` on the reading thread, in one read transaction. It must be short."""
        run = partial(self._read, self._reader, work)
        return await asyncio.get_running_loop().run_in_executor(self._reading, run)

    async def read_apart(self, work: Reading[T]) -> T:
        """Runs `work` on a connection and thread of its own, for what takes long."""
        return await asyncio.to_thread(self._read_apart, work)

    async def forget_backups(self) -> None:
        """Destroys in the backups of `keys.db` within reach what `keys.db` no longer has."""
        directory = self._files.directory
        await asyncio.to_thread(destroy_in_backups, directory / BACKUPS, directory / KEYS_NAME)

    def state_bytes(self) -> int:
        """What state and persons' keys take on disk, decisions left out. Walks the tables: for measurements."""
        select = "select coalesce(sum(pgsize), 0) from dbstat where name='state'"
        connection = _reader(self._files)
        try:
            state: int = connection.execute(select).get
        finally:
            connection.close()
        keys = self._files.directory.glob(f"{KEYS_NAME}*")
        return state + sum(path.stat().st_size for path in keys)

    def keep_events(self, days: int) -> None:
        """Changes for how many days events are kept, from the next housekeeping on."""
        self.housekeeping.retention = replace(self.housekeeping.retention, events=days)

    def keep_samples(self, days: int) -> None:
        """Changes for how many days raw samples are kept, from the next housekeeping on."""
        self.housekeeping.retention = replace(self.housekeeping.retention, samples=days)

    def back_up_keys(self) -> None:
        """Makes the day's backup of `keys.db`, where there is none, and removes those older than 30 days."""
        directory, today = self._files.directory, datetime.fromtimestamp(self._files.now_ms() / 1000, UTC).date()
        back_up(directory / KEYS_NAME, directory / BACKUPS, today)

    def _back_up_aside(self) -> None:
        def work() -> None:
            with suppress(apsw.Error, OSError):  # tried again with the next housekeeping
                self.back_up_keys()

        self._backup = Thread(target=work, name="watchword-key-backup", daemon=True)
        self._backup.start()

    def _read_apart(self, work: Reading[T]) -> T:
        connection = _reader(self._files)
        try:
            return self._read(connection, work)
        finally:
            connection.close()

    def _read(self, connection: apsw.Connection, work: Reading[T]) -> T:
        self.keys.refresh()
        connection.execute("begin")
        try:
            return work(connection, self._seals)
        finally:
            connection.execute("rollback")

    def _send(self, item: Item | Call, loop: asyncio.AbstractEventLoop) -> None:
        self._flying.append(item)
        if self._watch is None:
            self._watch = loop.call_later(self._files.commit_deadline_s / 4, self._withdraw_late, loop)
        self._writer.submit(item)

    def _withdraw_late(self, loop: asyncio.AbstractEventLoop) -> None:
        now = loop.time()
        flying = self._flying
        while flying and (flying[0].answer.done() or flying[0].deadline <= now):
            item = flying.popleft()
            if not item.answer.done() and self._writer.withdraw(item):
                item.answer.set_exception(StoreError("It was not committed by its deadline."))
        again = self._files.commit_deadline_s / 4
        self._watch = loop.call_later(again, self._withdraw_late, loop) if flying else None

    def _send_late(self, event_key: bytes) -> None:
        assessment, answer = self._late[event_key]
        future = asyncio.get_running_loop().create_future()
        future.add_done_callback(partial(self._finish_late, event_key))
        self._writer.submit(Item(assessment, answer, future))

    def _finish_late(self, event_key: bytes, future: asyncio.Future[Recorded]) -> None:
        if isinstance(future.exception(), StoreError):
            future.get_loop().call_later(RETRY_LATE_S, self._send_late, event_key)
        else:
            self._late.pop(event_key, None)


def _desk(connection: apsw.Connection, seals: Seals, ring: KeyRing) -> Desk:
    meta: dict[str, Any] = dict(_rows(connection, "select name, value from meta"))
    last_key = int(meta.get("last_key", 0))
    mark = seals.check(meta.get("mark"), last_key)
    connection.execute("insert or ignore into meta values('mark', ?)", (mark,))
    chain = Chain(connection, seals, ring.derive("ledger"))
    return Desk(connection, seals, chain, Versions(connection), StateRows(connection, seals), last_key)


def _rows(connection: apsw.Connection, statement: str) -> Any:
    return connection.execute(statement).fetchall()


def _event_key(decision_id: str) -> bytes | None:
    try:
        return bytes.fromhex(decision_id.removeprefix("dec_"))
    except ValueError:
        return None


def _reader(files: Files) -> apsw.Connection:
    connection = connect(files.directory / FILE_NAME, files.vfs)
    connection.pragma("query_only", True)
    return connection


def _make_good(desk: Desk) -> None:
    """Applies every listed erasure again: after a crash in the middle of one, or a restored copy of either file."""
    keys = desk.seals.keys
    listed = {
        row[0]: Erasure(*row) for row in _rows(desk.connection, "select owner, at_ms, last_key, shared from erasure")
    }
    for erasure in listed.values():
        keys.restore_erasure(erasure)
    for erasure in list(keys.erasures.values()):
        with desk.connection:
            note(desk, erasure)
        steps = again(desk, erasure) if is_due(desk, erasure) else iter(())
        while _stepped(desk, steps):
            pass


def _stepped(desk: Desk, steps: Iterator[Erasure]) -> bool:
    more: Erasure | None = None
    with desk.connection:
        more = next(steps, None)
    return more is not None
