"""Records beside decisions, in memory."""

from __future__ import annotations

from watchword.ports import Change, Record


class MemoryRecords:
    """See `ports.Records`. Kept in the process."""

    def __init__(self) -> None:
        self._records: dict[tuple[str, str], Record] = {}
        self._version = 0

    async def put(self, record: Record) -> None:
        """See `ports.Records.put`."""
        self._records.pop((record.kind, record.name), None)
        self._records[record.kind, record.name] = record
        self._version += 1

    async def get(self, kind: str, name: str) -> Record | None:
        """See `ports.Records.get`."""
        return self._records.get((kind, name))

    async def change(self, kind: str, name: str, change: Change) -> Record | None:
        """See `ports.Records.change`."""
        before = self._records.get((kind, name))
        after = change(before)
        if after is None:
            self._version += self._records.pop((kind, name), None) is not None
        elif after != before:
            await self.put(after)
        return after

    async def all(self, kind: str, owner: bytes | None = None) -> tuple[Record, ...]:
        """See `ports.Records.all`."""
        return tuple(
            one for one in self._records.values() if one.kind == kind and (owner is None or one.owner == owner)
        )

    async def version(self) -> int:
        """See `ports.Records.version`."""
        return self._version

    def of(self, owner: bytes) -> tuple[Record, ...]:
        """Every record about one person."""
        return tuple(one for one in self._records.values() if one.owner == owner)

    def forget(self, owner: bytes) -> None:
        """Removes every record about one person."""
        for one in self.of(owner):
            del self._records[one.kind, one.name]
            self._version += 1
