"""Records in memory."""

from __future__ import annotations

from watchword.ports import Record


class MemoryRecords:
    """See `ports.Records`."""

    def __init__(self) -> None:
        self._kept: dict[tuple[str, str], Record] = {}

    async def put(self, record: Record) -> None:
        """See `ports.Records.put`."""
        self._kept[record.kind, record.name] = record

    async def get(self, kind: str, name: str) -> Record | None:
        """See `ports.Records.get`."""
        return self._kept.get((kind, name))

    async def drop(self, kind: str, name: str) -> bool:
        """See `ports.Records.drop`."""
        return self._kept.pop((kind, name), None) is not None

    async def all(self, kind: str, owner: bytes | None = None) -> tuple[Record, ...]:
        """See `ports.Records.all`."""
        return tuple(one for one in self._kept.values() if one.kind == kind and owner in (None, one.owner))

    def of(self, owner: bytes) -> tuple[Record, ...]:
        """Every record about that person, of whatever kind."""
        return tuple(one for one in self._kept.values() if one.owner == owner)

    def forget(self, owner: bytes) -> None:
        """Drops every record about that person."""
        self._kept = {name: one for name, one in self._kept.items() if one.owner != owner}
