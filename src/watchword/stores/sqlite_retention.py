"""Deletes what has been kept long enough, in small pieces between batches, while the service runs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from watchword.privacy.retention import Retention
from watchword.state.plan import DAY_MS, HOUR_MS
from watchword.stores import sqlite_state as state
from watchword.stores.sqlite_desk import Desk
from watchword.stores.sqlite_session_retention import drop_samples, drop_sessions
from watchword.stores.transition import PROFILE

CHUNK = 250
CYCLE_MS = HOUR_MS
AT_REST_MS = 2 * DAY_MS
_OLDEST = "select seq from decision where occurred_ms<? order by occurred_ms limit ?"
_NEXT = "select id, entity, key, decided_ms, body from state where id>? order by id limit ?"
_ANCHOR = "select max(seq) from anchor where decided_ms<?"


class Housekeeping:
    """The chores of one store. `retention` may be replaced at any time; `now_ms` is the wall clock.

    Once an hour everything is gone through, one piece (at most 250 rows) a call; then `after` is called.
    """

    def __init__(self, retention: Retention, now_ms: Callable[[], int], after: Callable[[], None]) -> None:
        self.retention = retention
        self._now_ms = now_ms
        self._after = after
        self._pieces: Iterator[None] | None = None
        self._due_ms = 0

    @property
    def due(self) -> bool:
        """Whether there is something to do."""
        return self._pieces is not None or self._now_ms() >= self._due_ms

    def step(self, desk: Desk) -> bool:
        """Does one piece, inside the caller's transaction; whether there may be more."""
        now_ms = self._now_ms()
        if self._pieces is None:
            if now_ms < self._due_ms:
                return False
            self._due_ms = now_ms + CYCLE_MS
            self._pieces = self._all(desk, now_ms)
        try:
            next(self._pieces)
        except BaseException as end:
            self._pieces = None
            if not isinstance(end, StopIteration):
                raise
        return self._pieces is not None

    def _all(self, desk: Desk, now_ms: int) -> Iterator[None]:
        yield from _drop_events(desk, self.retention.events_before(now_ms))
        yield from drop_samples(desk, self.retention.samples_before(now_ms))
        yield from drop_sessions(desk, now_ms, self.retention)
        yield from _drop_state(desk, now_ms, self.retention.profiles_before(now_ms))
        yield from _drop_audit(desk, now_ms, self.retention.audit_before(now_ms))
        desk.seals.keys.destroy_days(self.retention.days_before(now_ms))
        self._after()


def _drop_events(desk: Desk, before_ms: int) -> Iterator[None]:
    while True:
        desk.connection.execute(f"delete from decision where seq in ({_OLDEST})", (before_ms, CHUNK))
        if not desk.connection.changes():
            return
        yield


def _drop_state(desk: Desk, now_ms: int, profiles_before_ms: int) -> Iterator[None]:
    last = -(1 << 63)
    while rows := _rows(desk, last):
        for slot, entity, key, decided_ms, body in rows:
            if decided_ms < now_ms - AT_REST_MS:
                plain = desk.seals.open_if_there(key, body, state.TABLE, entity)
                parts = state.unpack(plain) if plain is not None else {}
                kept = {kind: part for kind, part in parts.items() if _kept(part[0], now_ms)}
                if decided_ms < profiles_before_ms:
                    kept.pop(PROFILE[0], None)
                if not kept:
                    desk.connection.execute("delete from state where id=?", (slot,))
        last = rows[-1][0]
        desk.forget_state()
        yield


def _rows(desk: Desk, last: int) -> Any:
    return desk.connection.execute(_NEXT, (last, CHUNK)).fetchall()


def _kept(expires_ms: int | None, now_ms: int) -> bool:
    return expires_ms is None or expires_ms >= now_ms


def _drop_audit(desk: Desk, now_ms: int, before_ms: int) -> Iterator[None]:
    desk.chain.anchor(now_ms)
    last = desk.connection.execute(_ANCHOR, (before_ms,)).get
    while last is not None:
        delete = "delete from audit where seq in (select seq from audit where seq<=? order by seq limit ?)"
        desk.connection.execute(delete, (last, CHUNK))
        if not desk.connection.changes():
            desk.connection.execute("delete from anchor where seq<?", (last,))
            return
        yield
