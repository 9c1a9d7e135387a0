"""Stores for tests: one in memory, one in a directory, with an engine around either."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec

from watchword.bootstrap import memory_engine
from watchword.engine import Engine
from watchword.events.login import Login
from watchword.events.pseudonym import Pseudonyms
from watchword.policy.decision import Decision
from watchword.ports import Ledger, People, Records, Store
from watchword.privacy.keyring import KeyRing
from watchword.stores.memory import MemoryStore
from watchword.stores.memory_ledger import MemoryLedger
from watchword.stores.memory_people import MemoryPeople
from watchword.stores.memory_records import MemoryRecords
from watchword.stores.sqlite import Files, SqliteStore
from watchword.stores.sqlite_ledger import SqliteLedger
from watchword.stores.sqlite_people import SqlitePeople
from watchword.stores.sqlite_records import SqliteRecords

START = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
AGENT = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/126.0.0.0 Safari/537.36"


@dataclass
class Clock:
    """A clock that stands still until it is told to go on."""

    now: datetime = START

    def __call__(self) -> datetime:
        return self.now

    def ms(self) -> int:
        return int(self.now.timestamp() * 1000)

    def forward(self, **by: float) -> None:
        self.now += timedelta(**by)


@dataclass
class Place:
    """A store, its companions, and an engine in front of it."""

    store: Store
    records: Records
    people: People
    ledger: Ledger
    engine: Engine
    pseudonyms: Pseudonyms
    clock: Clock
    _closing: list[Any] = field(default_factory=list)

    async def login(self, user: str, **fields: Any) -> Decision:
        return await self.engine.assess(login(user, **({"occurred_at": self.clock.now} | fields)))

    def close(self) -> None:
        for one in self._closing:
            one.close()
        self._closing.clear()


_count = iter(range(10**9))


def login(user: str, **fields: Any) -> Login:
    defaults: dict[str, Any] = {
        "id": f"event-{next(_count)}",
        "occurred_at": START,
        "user_id": user,
        "ip": "203.0.113.7",
        "user_agent": AGENT,
        "result": "success",
    }
    return Login(**(defaults | fields))


def in_memory(clock: Clock | None = None) -> Place:
    clock = clock or Clock()
    engine = memory_engine(clock=clock)
    records = MemoryRecords()
    assert isinstance(engine.store, MemoryStore)
    people = MemoryPeople(engine.store, records, engine.pseudonyms, clock)
    return Place(engine.store, records, people, MemoryLedger(), engine, engine.pseudonyms, clock)


def in_directory(directory: Path, clock: Clock | None = None, **options: Any) -> Place:
    clock = clock or Clock()
    directory.mkdir(exist_ok=True)
    ring = KeyRing.open(directory)
    pseudonyms = Pseudonyms(ring.derive("pseudonyms"))
    store = SqliteStore(msgspec.structs.replace(Files(directory, now_ms=clock.ms), **options), ring)
    model = memory_engine(clock=clock)
    engine = Engine(store, model.enricher, model.world, pseudonyms, clock)
    ledger = SqliteLedger(store, pseudonyms, clock)
    people = SqlitePeople(store, pseudonyms, clock)
    return Place(store, SqliteRecords(store), people, ledger, engine, pseudonyms, clock, [store])
