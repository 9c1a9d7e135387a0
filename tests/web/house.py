"""A whole service in memory with a clock that is set by hand, and callers of every role."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from time import perf_counter_ns
from typing import Any

import httpx
from msgspec import structs

from watchword.bootstrap import all_signals, keep_census, memory_engine, open_sessions
from watchword.engine import Engine
from watchword.enrichment.nothing import NullEnricher
from watchword.policy.settings import EngineSettings, build_world
from watchword.ports import ROLES, Role
from watchword.stores.sqlite import Files
from watchword.stores.sqlite_parts import SqliteParts, open_parts
from watchword.web.app import create_app
from watchword.web.limits import Limits, Rates
from watchword.web.metrics import Meters
from watchword.web.origins import Origins
from watchword.web.proxies import Proxies
from watchword.web.service import Service, govern, memory_service
from watchword.web.stream import Stream

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
_numbers = count(1)


class Clock:
    """The engine's time, moved by hand."""

    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> datetime:
        return self.now

    def pass_by(self, **lapse: float) -> None:
        self.now += timedelta(**lapse)


class House:
    """A service, its clock, and one caller of each role."""

    def __init__(
        self,
        rates: Rates | None = None,
        trusted_proxies: tuple[str, ...] = (),
        directory: Path | None = None,
        origins: Origins | None = None,
    ) -> None:
        """Keeps everything in memory, or in SQLite where there is a `directory`."""
        self.clock = Clock()
        self.ticks = 0.0
        limits = Limits(rates or Rates(analyst=10_000, viewer=10_000), clock=lambda: self.ticks)
        proxies = Proxies(trusted_proxies)
        self.parts = open_parts(Files(directory), None, self.clock) if directory else None
        self.service: Service = (
            self._on_disk(self.parts, limits, proxies)
            if self.parts
            else memory_service(memory_engine(clock=self.clock), limits, proxies)
        )
        if origins is not None:
            self.service = structs.replace(self.service, origins=origins)
        self.app = create_app(self.service)
        self.keys: dict[Role, str] = {role: self.service.keys.create(role, role)[1] for role in ROLES}

    def _on_disk(self, parts: SqliteParts, limits: Limits, proxies: Proxies) -> Service:
        world = build_world(EngineSettings(), all_signals(), perf_counter_ns)
        engine = Engine(parts.store, NullEnricher(), world, parts.pseudonyms, self.clock)
        keep_census(engine)
        sessions = open_sessions(engine, parts.records, parts.sessions, parts.sessions)
        return Service(
            engine=engine, keys=parts.keys, ledger=parts.ledger, records=parts.records, people=parts.people,
            statistics=parts.store, governance=govern(engine, parts.records, parts.ledger, sessions=sessions),
            sessions=sessions, limits=limits, proxies=proxies, meters=Meters(), stream=Stream(),
        )  # fmt: skip

    def remade(self) -> Any:
        """The application of the service as it is now."""
        return create_app(self.service)

    def close(self) -> None:
        """Closes the files, where there are any."""
        if self.parts:
            self.parts.close()

    @asynccontextmanager
    async def caller(
        self, role: Role | None = "service", address: str = "127.0.0.1"
    ) -> AsyncIterator[httpx.AsyncClient]:
        """A client with the key of that role, or with none."""
        headers = {"authorization": f"Bearer {self.keys[role]}"} if role else {}
        transport = httpx.ASGITransport(app=self.app, client=(address, 40_000), raise_app_exceptions=True)
        async with httpx.AsyncClient(transport=transport, base_url="http://watchword", headers=headers) as client:
            yield client

    async def ask(self, role: Role | None, method: str, path: str, **more: Any) -> httpx.Response:
        """One request by that role."""
        async with self.caller(role) as client:
            return await client.request(method, path, **more)

    async def send(self, event: dict[str, Any], role: Role = "service", **more: Any) -> httpx.Response:
        """Sends one event."""
        return await self.ask(role, "POST", "/api/v1/events", json=event, **more)

    async def acts(self) -> list[str]:
        """What callers did, as the audit log has it, in short."""
        ledger: Any = self.service.ledger
        entries = [one.act for one in reversed(await ledger.entries(limit=500))] if self.parts else ledger.entries
        return [f"{one.actor} {one.act} {one.subject}" for one in entries if ":" in one.actor]


def login(**changes: Any) -> dict[str, Any]:
    """A log-in at noon."""
    event = {
        "type": "login", "id": f"event-{next(_numbers)}", "occurredAt": NOON.isoformat(), "userId": "ada",
        "ip": "192.0.2.10", "result": "success",
    }  # fmt: skip
    return {name: value for name, value in (event | changes).items() if value is not None}
