"""The file `watchword.db`: its tables, how it is opened, and how older ones are brought up to date."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

import apsw

from watchword.errors import StoreError

FILE_NAME = "watchword.db"
PATIENCE_S = 1.5
_NAP_S = 0.0005

FIRST = """
create table decision(
    seq integer primary key, event blob not null, content blob not null, user blob, ip blob, device blob, session blob,
    key integer not null, occurred_ms integer not null, decided_ms integer not null, type text not null,
    level integer not null, action integer not null, mode integer not null, learnt integer not null,
    score integer not null, codes text, country text, asn integer, versions integer, body blob not null);
create unique index decision_event on decision(event);
create index decision_time on decision(occurred_ms);
create index decision_user on decision(user, occurred_ms) where user is not null;
create index decision_ip on decision(ip, occurred_ms) where ip is not null;
create index decision_device on decision(device, occurred_ms) where device is not null;
create table state(
    id integer primary key, entity blob not null, key integer not null, decided_ms integer not null,
    body blob not null);
create table record(
    seq integer primary key, type text not null, name blob not null, owner blob, key integer not null,
    decided_ms integer not null, body blob not null);
create unique index record_name on record(type, name);
create index record_owner on record(owner) where owner is not null;
create table audit(
    seq integer primary key, user blob, key integer, commitment blob not null, head blob not null, body blob);
create index audit_user on audit(user) where user is not null;
create table anchor(seq integer primary key, head blob not null, decided_ms integer not null);
create table version(number integer primary key, body text not null unique);
create table erasure(
    owner blob primary key, at_ms integer not null, last_key integer not null, shared text not null) without rowid;
create table meta(name text primary key, value) without rowid;
"""
"""Plain columns are those the contract lists, times in milliseconds since 1970; every `body` is sealed."""

SESSIONS = """
create table session(
    seq integer primary key, entity blob not null, session blob not null, user blob not null, key integer not null,
    occurred_ms integer not null, decided_ms integer not null, level integer not null, score integer not null,
    body blob not null);
create index session_entity on session(entity, seq);
create index session_name on session(session, seq);
create index session_user on session(user, seq);
create index session_time on session(occurred_ms);
create table sample(seq integer primary key, key integer not null, decided_ms integer not null, body blob not null);
create table risk(seq integer primary key, key integer not null, decided_ms integer not null, body blob not null);
create table behavior(
    seq integer primary key, type text not null, user blob not null, key integer not null, decided_ms integer not null,
    body blob not null);
create unique index behavior_user on behavior(type, user);
create table ending(seq integer primary key, entity blob not null, decided_ms integer not null);
"""
"""Live sessions: `entity` is the keyed hash of user and session id, `session` that of the id alone."""

STEPS: tuple[str, ...] = (FIRST, SESSIONS)
"""How the schema grew, oldest first. A step that was released never changes; new ones are appended."""

SCHEMA_VERSION = len(STEPS)


def connect(path: Path, vfs: str | None = None, patience: Callable[[int], bool] | None = None) -> apsw.Connection:
    """An open database: write-ahead log, every commit synced, checkpoints left to the caller.

    A busy file is retried every half millisecond while `patience` (told the attempts so far) says so.
    """
    connection = apsw.Connection(str(path), vfs=vfs, statementcachesize=200)
    connection.set_busy_handler(patience or wait_a_little)
    for pragma, value in (
        ("journal_mode", "wal"),
        ("synchronous", "full"),
        ("wal_autocheckpoint", 0),
        ("cache_size", -65_536),
        ("mmap_size", 1 << 30),
        ("temp_store", "memory"),
    ):
        connection.pragma(pragma, value)
    return connection


def create(path: Path) -> None:
    """Makes the file where there is none, readable by its owner only."""
    os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))


def bring_up(connection: apsw.Connection, to: int = SCHEMA_VERSION) -> int:
    """Brings an older or empty file to this release's schema, whole or not at all; the version it had.

    Raises StoreError for a file of a newer release.
    """
    connection.execute("begin immediate")
    try:
        version = int(connection.pragma("user_version"))
        if version > SCHEMA_VERSION:
            raise StoreError(f"The store has schema {version}, this release knows {SCHEMA_VERSION}: use the newer one.")
        for step in STEPS[version:to]:
            connection.execute(step)
        if version < to:
            connection.pragma("user_version", to)
        connection.execute("commit")
    except BaseException:
        connection.execute("rollback")
        raise
    return version


def wait_a_little(attempts: int) -> bool:
    """The default patience: half a millisecond at a time, 1.5 s in all."""
    time.sleep(_NAP_S)
    return attempts * _NAP_S < PATIENCE_S
