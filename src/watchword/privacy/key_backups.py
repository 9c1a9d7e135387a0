"""Backups of `keys.db`: apart from the data's, few, and themselves subject to erasure."""

from __future__ import annotations

import secrets
from datetime import date, timedelta
from pathlib import Path

import apsw

from watchword.privacy.keys_db import connect

KEPT_DAYS = 30
_PATTERN = "keys-????????.db"


def back_up(keys: Path, directory: Path, today: date) -> Path:
    """Copies `keys` to `directory`/keys-YYYYMMDD.db, once a day, and removes copies older than 30 days."""
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    target = directory / f"keys-{today:%Y%m%d}.db"
    if not target.exists():
        beside = target.with_suffix(f".{secrets.token_hex(4)}.new")
        try:
            _copy(keys, beside)
            beside.replace(target)
        finally:
            beside.unlink(missing_ok=True)
    oldest = f"keys-{today - timedelta(days=KEPT_DAYS):%Y%m%d}.db"
    for path in directory.glob(_PATTERN):
        if path.name < oldest:
            path.unlink()
    return target


def destroy_in_backups(directory: Path, keys: Path) -> int:
    """Destroys in every backup within reach what `keys` no longer has; in how many there was any.

    Copies elsewhere are the reason why backups older than 30 days must not be kept, and why the list of erasures is
    applied again after a restore.
    """
    return sum(_destroy(path, keys) for path in sorted(directory.glob(_PATTERN)))


def _copy(source: Path, target: Path) -> None:
    reading, writing = apsw.Connection(str(source), flags=apsw.SQLITE_OPEN_READONLY), apsw.Connection(str(target))
    target.chmod(0o600)
    with writing.backup("main", reading, "main") as backup:
        while not backup.done:
            backup.step(1_000)
    writing.pragma("journal_mode", "delete")
    writing.close()
    reading.close()


def _destroy(path: Path, keys: Path) -> bool:
    connection = connect(path)
    try:
        connection.execute("attach ? as today", (str(keys),))
        connection.execute("insert or replace into main.erasure select * from today.erasure")
        connection.execute("delete from main.key where number not in (select number from today.key)")
        found = connection.changes() > 0
        connection.execute("detach today")
        connection.pragma("journal_mode", "delete")
        return found
    finally:
        connection.close()
