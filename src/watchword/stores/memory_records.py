"""Small documents in memory."""

from __future__ import annotations

import time

from watchword.ports import Record


class MemoryRecords:
    """See `ports.Records`. Kept in the process."""

    def __init__(self) -> None:
        self._records: dict[tuple[str, str], Record] = {}
        self._version = 0

    async def put(self, kind: str, name: str, body: bytes, owner: bytes | None = None) -> Record:
        """See `ports.Records.put`."""
        self._version += 1
        record = Record(kind, name, body, owner, self._version, time.time_ns() // 1_000_000)
        self._records[kind, name] = record
        return record

    async def get(self, kind: str, name: str) -> Record | None:
        """See `ports.Records.get`."""
        return self._records.get((kind, name))

    async def newest(self, kind: str, limit: int = 500, before: int | None = None) -> tuple[Record, ...]:
        """See `ports.Records.newest`."""
        found = (one for one in self._records.values() if one.kind == kind and (before is None or one.seq < before))
        return tuple(sorted(found, key=lambda one: -one.seq)[:limit])

    async def remove(self, kind: str, name: str) -> bool:
        """See `ports.Records.remove`."""
        found = self._records.pop((kind, name), None)
        self._version += found is not None
        return found is not None

    async def version(self) -> int:
        """See `ports.Records.version`."""
        return self._version
