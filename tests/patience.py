"""Has everything in this process wait as long as it takes: a busy machine or a slow disk fails no test."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from watchword import engine
from watchword.bootstrap import stopped
from watchword.stores import sqlite_schema
from watchword.stores.sqlite import COMMIT_DEADLINE_S, Files, SqliteStore

PATIENCE_S = 60.0


def be_patient() -> None:
    """No part of an engine is late and no commit is withdrawn, unless a test says so; locked files are waited for."""
    engine.perf_counter_ns = stopped  # type: ignore[attr-defined]
    sqlite_schema.PATIENCE_S = PATIENCE_S
    SqliteStore.__init__ = _patiently(SqliteStore.__init__)  # type: ignore[method-assign]


def _patiently(open_store: Any) -> Any:
    def opened(self: SqliteStore, files: Files, *more: Any) -> None:
        given = files.commit_deadline_s
        open_store(self, replace(files, commit_deadline_s=PATIENCE_S if given == COMMIT_DEADLINE_S else given), *more)

    return opened
