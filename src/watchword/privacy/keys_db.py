"""`keys.db`: one key a person and a few keys a day, wrapped by the deployment's ring. Destroying a key erases."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import RLock
from typing import Any, NamedTuple

import apsw

from watchword.errors import SealBroken, StoreError
from watchword.privacy.cipher import KEY_BYTES, Cipher
from watchword.privacy.keyring import KeyRing

FILE_NAME = "keys.db"
SCHEMA_VERSION = 1
_CACHED_KEYS = 16_384
_PATIENCE_S = 30.0
_DAY = b"day\0"
_SCHEMA = """
create table key(number integer primary key, owner blob not null, ring integer not null, wrapped blob not null);
create index key_owner on key(owner, number);
create table erasure(
    owner blob primary key, at_ms integer not null, last_key integer not null, shared text not null) without rowid;
create table issued(last_key integer not null);
insert into issued values(0);
create table api_key(id text primary key, ring integer not null, body blob not null) without rowid;
"""


class Key(NamedTuple):
    """A key and the number under which rows name it; `personal` where it is one person's, not a day's."""

    number: int
    cipher: Cipher
    personal: bool


class Erasure(NamedTuple):
    """Somebody was erased. Rows of `owner` under a key up to `last_key` are from before, whatever their times say.

    `shared` are the numbers (with commas between) of keys of days that also sealed rows of theirs.
    """

    owner: bytes
    at_ms: int
    last_key: int
    shared: str = ""

    @property
    def numbers(self) -> set[int]:
        """The numbers in `shared`."""
        return {int(number) for number in self.shared.split(",") if number}

    def sharing(self, numbers: Iterable[int]) -> Erasure:
        """This erasure with further numbers in `shared`."""
        return self._replace(shared=",".join(map(str, sorted(self.numbers.union(numbers)))))


class KeysDb:
    """The keys by which persons can be forgotten. `owner` is always a keyed hash.

    Every change is durable when its call returns. Numbers rise and are never given twice; `last_used` is the highest
    that this object gave or opened. Safe to use from several
    threads; several processes may share the file (`refresh` tells of the others' erasures).
    """

    def __init__(self, path: Path, ring: KeyRing, vfs: str | None = None) -> None:
        self._ring = ring
        self._lock = RLock()
        self._cached: dict[int, Key] = {}
        self._days: dict[int, Key] = {}
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
        self._connection = connect(path, vfs)
        self._version = -1
        self.last_used = 0
        self.erasures: dict[bytes, Erasure] = {}
        self.refresh()

    def close(self) -> None:
        """Closes the file; the object is of no use afterwards."""
        with self._lock:
            self._connection.close()

    @property
    def is_new(self) -> bool:
        """Whether no key was ever issued here."""
        with self._lock:
            return self._last_key() == 0

    def refresh(self) -> bool:
        """Drops cached keys that other processes may have destroyed; whether there were new erasures."""
        with self._lock:
            version = self._connection.pragma("data_version")
            if version == self._version:
                return False
            self._version = version
            return self._read_erasures()

    def person(self, owner: bytes) -> Key | None:
        """The key of a person, or None."""
        with self._lock:
            row = self._execute("select number, ring, wrapped from key where owner=? order by number desc", owner)
            return None if row is None else self._unwrap(row[0], owner, row[1], row[2])

    def persons(self, owners: Iterable[bytes]) -> dict[bytes, Key]:
        """The keys of persons, made where there are none: durable before this returns, in one commit."""
        with self._lock:
            found = {owner: self.person(owner) for owner in owners}
            if None not in found.values():
                return {owner: key for owner, key in found.items() if key}
            with self._change():
                return {owner: self.person(owner) or self._issue(owner) for owner in found}

    def day(self, day: int) -> Key:
        """The key of a day (days since 1970), for rows that belong to nobody who ever succeeded.

        After an erasure the day goes on under a new key, so that the old one can be destroyed.
        """
        with self._lock:
            key = self._days.get(day)
            if key is None:
                key = self._days[day] = self._find_or_issue(_day_owner(day))
            return key

    def by_number(self, number: int) -> Key:
        """The key that rows name by `number`. Raises SealBroken where it was destroyed."""
        known = self._cached.get(number)
        if known is not None:
            return known
        with self._lock:
            row = self._execute("select owner, ring, wrapped from key where number=?", number)
            if row is None:
                raise SealBroken(f"Key {number} was destroyed, or never was.")
            return self._unwrap(number, *row)

    def list_erasure(self, owner: bytes, at_ms: int) -> Erasure:
        """Writes down that `owner` is to be forgotten; what follows can be repeated until it is done."""
        with self._change():
            known = self.erasures.get(owner)
            erasure = Erasure(owner, at_ms, self._last_key(), known.shared if known else "")
            self._list(erasure)
            self._days.clear()
            return erasure

    def restore_erasure(self, erasure: Erasure) -> None:
        """Takes over an erasure, or what more is known of one: also where this file was restored from its backup."""
        with self._change():
            known = self.erasures.get(erasure.owner, erasure)
            newer = max(known, erasure, key=lambda one: one.at_ms)
            self._list(newer.sharing(known.numbers | erasure.numbers))
            self._raise_last_key(erasure.last_key)

    def has(self, numbers: Iterable[int]) -> bool:
        """Whether any of those keys is (still, or again) here."""
        with self._lock:
            return any(self._execute("select 1 from key where number=?", number) for number in numbers)

    def destroy(self, erasure: Erasure, numbers: Iterable[int] = ()) -> None:
        """Destroys the person's keys up to the erasure, and those of `numbers`: overwritten, and out of the journal."""
        with self._lock:
            with self._change():
                self._raise_last_key(erasure.last_key)
                self._connection.execute(
                    "delete from key where owner=? and number<=?", (erasure.owner, erasure.last_key)
                )
                self._connection.executemany("delete from key where number=?", ((number,) for number in numbers))
            self._cached.clear()
            self._days.clear()
            self.truncate_journal()

    def destroy_days(self, before: int) -> int:
        """Destroys the keys of days before `before` (days since 1970), of which no row is left; how many there were."""
        with self._lock:
            with self._change():
                rows = self._connection.execute(
                    "delete from key where owner>=? and owner<? returning number", (_day_owner(0), _day_owner(before))
                ).fetchall()
            self._cached.clear()
            if rows:
                self.truncate_journal()
            return len(rows)

    def reserve(self, last_key: int) -> None:
        """Never issues a number up to `last_key` again: what a restored, older file must be told."""
        with self._change():
            self._raise_last_key(last_key)

    def rewrap(self, ring: KeyRing) -> int:
        """Wraps every key anew under `ring`'s active key, in one commit; how many there were."""
        with self._lock:
            with self._change():
                rows = self._connection.execute("select number, owner, ring, wrapped from key").fetchall()
                self._connection.executemany(
                    "update key set ring=?, wrapped=? where number=?",
                    ((ring.active, _rewrapped(self._ring, ring, row), row[0]) for row in rows),
                )
            self._ring = ring
            self._cached.clear()
            self._days.clear()
            self.truncate_journal()
            return len(rows)

    def truncate_journal(self) -> None:
        """Moves the journal into the file and empties it, after its readers. Raises StoreError when they never end."""
        deadline = time.monotonic() + _PATIENCE_S
        while self._execute("pragma wal_checkpoint(truncate)")[0]:
            if time.monotonic() > deadline:
                raise StoreError(
                    "keys.db: another process keeps its journal open, so a destroyed key may remain in it."
                )
            time.sleep(0.001)

    @contextmanager
    def _change(self) -> Iterator[None]:
        with self._lock, self._connection:
            yield

    def successor(self, number: int) -> Key:
        """The key of the same day as key `number`, given after the newest erasure; made where there is none yet."""
        with self._lock:
            row = self._execute("select owner from key where number=?", number)
            if row is None:
                raise SealBroken(f"Key {number} was destroyed, or never was.")
            return self._find_or_issue(row[0])

    def _find_or_issue(self, owner: bytes) -> Key:
        floor = max((erasure.last_key for erasure in self.erasures.values()), default=0)
        with self._change():
            row = self._execute(
                "select number, ring, wrapped from key where owner=? and number>? order by number desc", owner, floor
            )
            return self._issue(owner) if row is None else self._unwrap(row[0], owner, row[1], row[2])

    def _issue(self, owner: bytes) -> Key:
        number = self._last_key() + 1
        plain = os.urandom(KEY_BYTES)
        wrapped = self._ring.cipher("wrap", owner).seal(plain, b"key", _place(number, owner))
        self._connection.execute("insert into key values(?, ?, ?, ?)", (number, owner, self._ring.active, wrapped))
        self.last_used = number
        return Key(number, Cipher(plain), not _is_day(owner))

    def _unwrap(self, number: int, owner: bytes, ring: int, wrapped: bytes) -> Key:
        plain = self._ring.cipher("wrap", owner, ring).open(wrapped, b"key", _place(number, owner))
        self.last_used = max(self.last_used, number)
        key = self._cached[number] = Key(number, Cipher(plain), not _is_day(owner))
        if len(self._cached) > _CACHED_KEYS:
            del self._cached[next(iter(self._cached))]
        return key

    def _last_key(self) -> int:
        row = self._execute("select max((select last_key from issued), coalesce((select max(number) from key), 0))")
        return int(row[0])

    def _raise_last_key(self, last_key: int) -> None:
        self._connection.execute("update issued set last_key=max(last_key, ?)", (max(last_key, self._last_key()),))

    def _list(self, erasure: Erasure) -> None:
        self._connection.execute("insert or replace into erasure values(?, ?, ?, ?)", erasure)
        self.erasures[erasure.owner] = erasure

    def _read_erasures(self) -> bool:
        rows = self._connection.execute("select owner, at_ms, last_key, shared from erasure")
        found = {row[0]: Erasure(*row) for row in rows}
        changed = found != self.erasures
        self.erasures = found
        if changed:
            self._cached.clear()
        self._days.clear()
        return changed

    def _execute(self, statement: str, *values: bytes | int) -> Any:
        return self._connection.execute(statement, values).fetchone()


def connect(path: Path, vfs: str | None = None) -> apsw.Connection:
    """An open `keys.db` that overwrites what it deletes. Raises StoreError for one of a newer release."""
    connection = apsw.Connection(str(path), vfs=vfs)
    connection.set_busy_handler(_wait)
    connection.transaction_mode = "IMMEDIATE"
    for pragma, value in (("journal_mode", "wal"), ("synchronous", "full"), ("secure_delete", "on")):
        connection.pragma(pragma, value)
    _bring_up(connection)
    return connection


def _bring_up(connection: apsw.Connection) -> None:
    with connection:
        version = connection.pragma("user_version")
        if version > SCHEMA_VERSION:
            raise StoreError(
                f"keys.db has schema {version}, this release knows {SCHEMA_VERSION}: use the newer release."
            )
        if version == 0:
            connection.execute(_SCHEMA)
            connection.pragma("user_version", SCHEMA_VERSION)


def _wait(attempts: int) -> bool:
    time.sleep(0.0005)
    return attempts < _PATIENCE_S / 0.0005


def _day_owner(day: int) -> bytes:
    return _DAY + day.to_bytes(4, "big")


def _is_day(owner: bytes) -> bool:
    return len(owner) == len(_day_owner(0)) and owner.startswith(_DAY)


def _place(number: int, owner: bytes) -> bytes:
    return number.to_bytes(8, "big") + owner


def _rewrapped(old: KeyRing, new: KeyRing, row: Any) -> bytes:
    number, owner, ring, wrapped = row
    plain = old.cipher("wrap", owner, ring).open(wrapped, b"key", _place(number, owner))
    return new.cipher("wrap", owner).seal(plain, b"key", _place(number, owner))
