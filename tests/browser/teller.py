"""The demo bank, served on a port of this machine."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import uvicorn
from tests.sdk.desk import until_started

from watchword.bootstrap import Deployment
from watchword.config import Service, Settings
from watchword.policy.session_settings import SessionSettings
from watchword.policy.settings import EngineSettings
from watchword.ports import Query
from watchword.sessions.records import SessionView
from watchword.web.bank import USERS, Account, Bank, serve_bank
from watchword.web.framing import SERVER
from watchword.web.serving import Lifespan


@dataclass
class Teller:
    """Asks the bank's server what it saw."""

    base: str
    bank: Bank
    deployment: Deployment
    app: Lifespan
    loop: asyncio.AbstractEventLoop

    @property
    def address(self) -> str:
        """Where the bank is. Names, not numbers: some things work on localhost only."""
        return f"{self.base}/demo"

    def run(self, question: Any) -> Any:
        """Asks something on the service's own loop."""
        return asyncio.run_coroutine_threadsafe(question, self.loop).result(60)

    def session(self, account: Account = "you") -> SessionView:
        """The newest session of that customer."""
        return self.run(self._newest(account))

    def codes(self, account: Account = "you") -> set[str]:
        """Everything that speaks against the customer's newest log-in, session and the newest browser."""
        owner = self.deployment.engine.pseudonyms.of("user", USERS[account])
        logins = self.run(self.deployment.engine.store.history(Query(user=owner, type="login", limit=1))).decisions
        evidence = [one for decision in logins for one in decision.evidence]
        found = {one.code for one in evidence}
        found |= {sign for one in evidence for sign in one.details.get("signs", ())}
        found |= {code for codes in list(self.bank.browsers)[-1:] for code in codes}
        if self.bank.opened.get(USERS[account]):
            found |= set(self.session(account).bots)
        return found

    async def _newest(self, account: Account) -> SessionView:
        return await self.deployment.sessions.state(self.bank.opened[USERS[account]], USERS[account])


@contextmanager
def open_bank(taught: bool) -> Iterator[Teller]:
    """A bank of its own; `taught` where Ines is known."""
    settings = EngineSettings(sessions=SessionSettings(behavior_trust_now=True))
    deployment = Deployment(Settings(Service(store="memory", feeds_refresh=False, log_level="error"), settings))
    app, bank = serve_bank(deployment)
    server = uvicorn.Server(
        uvicorn.Config(app, port=0, timeout_graceful_shutdown=1, **(SERVER | {"log_level": "critical"}))
    )
    loop = asyncio.new_event_loop()

    async def teach_and_serve() -> None:
        await deployment.start()
        if taught:
            await bank.teach()
        await server.serve()

    thread = threading.Thread(target=lambda: loop.run_until_complete(teach_and_serve()), daemon=True)
    thread.start()
    until_started(server, thread)
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        yield Teller(f"http://localhost:{port}", bank, deployment, app, loop)
    finally:
        server.should_exit = True
        thread.join(60)
        loop.close()
