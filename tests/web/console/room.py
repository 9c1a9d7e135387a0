"""The console over a whole service in memory: places by address, a clock set by hand, visitors of every role."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import httpx
from tests.web.house import Clock

from watchword.bootstrap import memory_engine
from watchword.enrichment.facts import Agent, Facts, Network, Place
from watchword.events.event import Event
from watchword.events.login import Login
from watchword.policy.decision import Decision
from watchword.ports import ROLES, Role
from watchword.sessions.records import Claim, Opening, Transaction
from watchword.web.app import create_app
from watchword.web.console.desk import open_console
from watchword.web.console.records import Visitor
from watchword.web.console.routes import console_routes
from watchword.web.service import memory_service

HOME, ABROAD, HOSTED = "192.0.2.10", "198.51.100.20", "203.0.113.30"
PLACES = {
    HOME: Facts(
        place=Place(41.15, -8.61, 10, "PT", "Porto"), network=Network(asn=64497), agent=Agent("Chrome", 141, "Windows")
    ),
    ABROAD: Facts(
        place=Place(43.65, -79.38, 25, "CA", "Toronto"), network=Network(asn=64502), agent=Agent("Chrome", 141, "Linux")
    ),
    HOSTED: Facts(place=Place(39.04, -77.49, 25, "US", "Ashburn"), network=Network(asn=64511, hosting=True)),
}
_numbers = count(1)


class Atlas:
    """Places by address. See `ports.Enricher`."""

    def enrich(self, event: Event, now_ms: int) -> Facts:
        return PLACES.get(event.ip or "", Facts())


class Room:
    """A service with its console mounted, and keys of all roles."""

    def __init__(self, **settings: Any) -> None:
        self.clock = Clock()
        self.engine = memory_engine(Atlas(), self.clock, **settings)
        self.service = memory_service(self.engine)
        self.console = open_console(self.service)
        self.now_s = 1_000_000.0
        self.console.doors.now = lambda: self.now_s
        self.app = create_app(self.service, console_routes(self.console))
        self.keys: dict[Role, str] = {role: self.service.keys.create(f"the {role}", role)[1] for role in ROLES}

    def browser(self, host: str = "127.0.0.1", address: str = "127.0.0.1") -> httpx.AsyncClient:
        """A client without a key: cookies and forms, as a browser has them."""
        transport = httpx.ASGITransport(app=self.app, client=(address, 40_000))
        return httpx.AsyncClient(transport=transport, base_url=f"http://{host}", headers={"accept": "text/html"})

    async def signed_in(self, role: Role) -> Guest:
        """A browser that is signed in with that role's key."""
        client = self.browser()
        answer = await client.post("/console/sign-in", data={"key": self.keys[role]})
        assert answer.status_code == 200, answer.text
        return Guest(client)

    async def log_in(self, user: str = "ada", ip: str = HOME, **more: Any) -> Decision:
        """A log-in now."""
        fields: dict[str, Any] = {"result": "success", "method": "password", "occurred_at": self.clock.now} | more
        return await self.engine.assess(Login(id=f"event-{next(_numbers)}", user_id=user, ip=ip, **fields))

    async def sit(self, user: str = "ada", session_id: str = "s1", amount: float = 6_000) -> Claim:
        """A session in which a large transaction was made."""
        await self.service.sessions.open(Opening(user_id=user, session_id=session_id, method="pin"))
        claim = await self.service.sessions.claim(session_id, user)
        await self.service.sessions.context(claim, Transaction(id=f"{session_id}-{amount}", amount=amount))
        return claim

    async def a_day(self) -> list[Decision]:
        """Ada at home for weeks, then somebody else from Toronto; a guesser; others who are left alone."""
        self.clock.now = datetime(2026, 10, 20, 12, 0, tzinfo=UTC)
        found = []
        for _ in range(31):
            found.append(await self.log_in())
            self.clock.now += timedelta(days=1)
        self.clock.now = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
        found += [await self.log_in(), await self.log_in("bob", HOSTED)]
        await self.sit("ada", "s-ada")
        self.clock.now += timedelta(minutes=38)
        found.append(await self.log_in(ip=ABROAD))
        for _ in range(12):
            self.clock.now += timedelta(seconds=2)
            found.append(await self.log_in("eve@example.com", HOSTED, result="failure"))
        return found

    def invite(self, role: Role = "admin") -> str:
        """The path of a one-time link."""
        return f"/console/enter/{self.console.doors.invite(Visitor('the operator', role))}"

    def acts(self) -> list[tuple[str, str, str]]:
        """Actor, act and subject of every entry of the audit log."""
        return [(one.actor, one.act, one.subject) for one in self.service.ledger.entries]  # type: ignore[attr-defined]


class Guest:
    """A signed-in browser."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self.client = client

    async def open(self, path: str) -> httpx.Response:
        """A page of the console."""
        return await self.client.get(f"/console/{path}")

    async def post(self, path: str, page: str = "live", **fields: Any) -> httpx.Response:
        """Posts a form with the token that `page` carries."""
        token = re.search(r'data-csrf="([^"]+)"', (await self.open(page)).text)
        assert token is not None
        return await self.client.post(f"/console/{path}", data={"csrf": token[1], **fields})
