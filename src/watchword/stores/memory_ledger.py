"""The audit log in memory."""

from __future__ import annotations

import time
from collections import deque
from typing import Any

from msgspec import Struct


class Entry(Struct, frozen=True):
    """One entry: who did what to whom, in milliseconds since 1970."""

    sequence: int
    at_ms: int
    actor: str
    act: str
    subject: str
    particulars: dict[str, Any]


class MemoryLedger:
    """The newest `keep` entries. See `ports.Ledger`."""

    def __init__(self, keep: int = 100_000) -> None:
        self.entries: deque[Entry] = deque(maxlen=keep)
        self._count = 0

    async def note(self, actor: str, act: str, subject: str, particulars: dict[str, Any]) -> None:
        """See `ports.Ledger.note`."""
        self._count += 1
        self.entries.append(Entry(self._count, time.time_ns() // 1_000_000, actor, act, subject, dict(particulars)))
