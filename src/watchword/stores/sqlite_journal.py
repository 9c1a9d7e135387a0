"""Moves a long journal (the write-ahead log) back into the database beside the writer, who goes on committing."""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress

import apsw

MOVE = "pragma wal_checkpoint(passive)"


class Mover:
    """One connection and one thread of their own.

    What was committed before the move began is copied and synced here; what came meanwhile is little, and moved by the
    writer itself, so that the journal is empty for a moment and begins anew instead of growing.
    """

    def __init__(self, beside: apsw.Connection) -> None:
        self._connection = apsw.Connection(beside.db_filename("main"), vfs=beside.open_vfs)
        for pragma, value in (("synchronous", "full"), ("wal_autocheckpoint", 0)):
            self._connection.pragma(pragma, value)
        self._thread = ThreadPoolExecutor(1, "watchword-journal")
        self._moving: Future[None] | None = None

    def moved(self) -> bool:
        """Begins a move where none is under way; True once when one is done, and the writer is to move the rest."""
        if self._moving is None:
            self._moving = self._thread.submit(self._move)
        elif self._moving.done():
            self._moving = None
            return True
        return False

    def close(self) -> None:
        """Waits for a move under way, and closes the connection."""
        self._thread.shutdown()
        self._connection.close()

    def _move(self) -> None:
        with suppress(apsw.Error):  # what could not be moved stays in the journal, and is tried again
            self._connection.execute(MOVE)
