"""Deletes sessions, their raw samples and templates that have been kept long enough; and all of a person's."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from watchword.privacy.retention import DAY_MS, Retention
from watchword.stores.sqlite_desk import Desk
from watchword.stores.sqlite_session_rows import COUNT_BITS, TEMPLATES, delete_sessions

CHUNK = 250
SESSIONS = 50


def drop_samples(desk: Desk, before_ms: int) -> Iterator[None]:
    """Drops the raw samples of the sessions that are older than every younger one: numbers rise with time."""
    first = "select coalesce(min(seq), 1 << 42) from session where occurred_ms>=?"
    bound = desk.connection.execute(first, (before_ms,)).get << COUNT_BITS
    while True:
        oldest = "select seq from sample where seq<? order by seq limit ?"
        desk.connection.execute(f"delete from sample where seq in ({oldest})", (bound, CHUNK))
        if not desk.connection.changes():
            return
        yield


def drop_sessions(desk: Desk, now_ms: int, retention: Retention) -> Iterator[None]:
    """Drops sessions that are as old as events may be, people who were not seen for long, and old endings."""
    before_ms = retention.events_before(now_ms)
    old = "select seq from session where occurred_ms<? and decided_ms<? order by occurred_ms limit ?"
    while seqs := _rows(desk, old, before_ms, before_ms, SESSIONS):
        delete_sessions(desk.connection, [seq for (seq,) in seqs])
        desk.sessions.clear()
        yield
    last = "select max(seq) from ending"
    desk.connection.execute(f"delete from ending where decided_ms<? and seq<({last})", (now_ms - DAY_MS,))
    desk.connection.execute("delete from behavior where decided_ms<?", (retention.profiles_before(now_ms),))
    if desk.connection.changes():
        desk.connection.execute(TEMPLATES)
    yield


def forget_sessions(desk: Desk, owner: bytes, last_key: int) -> None:
    """Deletes the sessions, samples, template and all else of a person's behaviour under keys up to `last_key`.

    Their sessions that live are over: other processes find them among the endings.
    """
    connection = desk.connection
    mine = "select seq, entity, level from session where user=? and key<=?"
    found = _rows(desk, mine, owner, last_key)
    alive = "insert into ending(entity, decided_ms) values(?, (select coalesce(max(decided_ms), 0) from session))"
    connection.executemany(alive, [(entity,) for _, entity, level in found if level < 2])
    delete_sessions(connection, [seq for seq, _, _ in found])
    connection.execute("delete from behavior where user=? and key<=?", (owner, last_key))
    connection.execute(TEMPLATES)


def _rows(desk: Desk, select: str, *values: Any) -> list[Any]:
    return desk.connection.execute(select, values).fetchall()
