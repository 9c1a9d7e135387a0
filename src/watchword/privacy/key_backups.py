"""Backups of `keys.db`: apart from the data's, few, and themselves subject to erasure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path

import apsw

from watchword.privacy.keys_db import Erasure, connect

KEPT_DAYS = 30
_PATTERN = "keys-????????.db"


def back_up(keys: Path, directory: Path, today: date) -> Path:
    """Copies `keys` to `directory`/keys-YYYYMMDD.db, once a day, and removes copies older than 30 days."""
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    target = directory / f"keys-{today:%Y%m%d}.db"
    if not target.exists():
        beside = target.with_suffix(".new")
        beside.unlink(missing_ok=True)
        _copy(keys, beside)
        beside.replace(target)
    oldest = f"keys-{today - timedelta(days=KEPT_DAYS):%Y%m%d}.db"
    for path in directory.glob(_PATTERN):
        if path.name < oldest:
            path.unlink()
    return target


def destroy_in_backups(directory: Path, erasure: Erasure, numbers: Sequence[int] = ()) -> int:
    """Destroys a person's keys, and those of `numbers`, in every backup within reach; in how many there were any.

    Copies elsewhere are the reason why backups older than 30 days must not be kept, and why the list of erasures is
    applied again after a restore.
    """
    return sum(_destroy(path, erasure, numbers) for path in sorted(directory.glob(_PATTERN)))


def _copy(source: Path, target: Path) -> None:
    reading, writing = apsw.Connection(str(source), flags=apsw.SQLITE_OPEN_READONLY), apsw.Connection(str(target))
    target.chmod(0o600)
    with writing.backup("main", reading, "main") as backup:
        while not backup.done:
            backup.step(1_000)
    writing.pragma("journal_mode", "delete")
    writing.close()
    reading.close()


def _destroy(path: Path, erasure: Erasure, numbers: Sequence[int]) -> bool:
    connection = connect(path)
    try:
        with connection:
            connection.execute("insert or replace into erasure values(?, ?, ?)", erasure)
            rows = connection.execute(
                "delete from key where owner=? and number<=? returning number", (erasure.owner, erasure.last_key)
            ).fetchall()
            connection.executemany("delete from key where number=?", ((number,) for number in numbers))
        connection.pragma("journal_mode", "delete")
        return bool(rows)
    finally:
        connection.close()
