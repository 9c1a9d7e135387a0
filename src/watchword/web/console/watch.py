"""Follows decisions as they are made, once for all who look: batches of them, their counts, and the newest few."""

from __future__ import annotations

import asyncio
import time
from collections import deque

from watchword.web.console.pulse import Pulse
from watchword.web.console.reading import Decisions
from watchword.web.console.records import Line

BATCH = 2_000
BACKFILL = 20_000
KEPT = 4_000
FRESH_S = 0.2


class Watch:
    """Reads on from where it was whenever somebody asks, at most five times a second."""

    def __init__(self, decisions: Decisions) -> None:
        self.pulse = Pulse()
        self.sequence: int | None = None
        self._decisions = decisions
        self._recent: deque[Line] = deque(maxlen=KEPT)
        self._lock = asyncio.Lock()
        self._read_s = 0.0

    async def catch_up(self) -> None:
        """Takes in what was decided since the last call."""
        async with self._lock:
            if time.monotonic() - self._read_s < FRESH_S:
                return
            more = True
            while more:
                lines, newest = await self._decisions.since(self.sequence, BACKFILL if self.sequence is None else BATCH)
                more = self.sequence is not None and len(lines) == BATCH
                for line in lines:
                    self.pulse.add(line)
                    self._recent.append(line)
                self.sequence = newest
            self._read_s = time.monotonic()

    def newer(self, sequence: int) -> list[Line]:
        """Decisions after that one, oldest first; the oldest are left out beyond what is kept."""
        found: list[Line] = []
        for line in reversed(self._recent):
            if line.sequence <= sequence:
                break
            found.append(line)
        return found[::-1]

    def newest(self, limit: int) -> list[Line]:
        """The newest decisions, newest first."""
        return [line for line, _ in zip(reversed(self._recent), range(limit), strict=False)]
