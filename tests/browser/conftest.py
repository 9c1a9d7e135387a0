"""Chromium in front of a service with a console."""

from __future__ import annotations

import asyncio
import shutil
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec
import pytest
import uvicorn
from tests.browser.bounds import bound_calls
from tests.browser.town import Town
from tests.sdk.desk import until_started

from watchword.ports import Query
from watchword.web.labels import LabelOut
from watchword.web.serving import Lifespan

FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
)  # fmt: skip


@dataclass
class Served:
    """The service on a port of this machine."""

    base: str
    app: Lifespan
    town: Town
    loop: asyncio.AbstractEventLoop

    def decision(self, code: str) -> str:
        """The id of the newest decision in which that code is evidence."""
        return self.run(self.town.deployment.engine.store.history(Query(code=code, limit=1))).decisions[0].id

    def labels(self) -> dict[str, str]:
        """What was said of decisions, by their ids."""
        kept = self.run(self.town.deployment.records.all("label"))
        return {one.decision_id: one.label for one in (msgspec.json.decode(one.body, type=LabelOut) for one in kept)}

    def run(self, question: Any) -> Any:
        """Asks the service something, on its own loop."""
        return asyncio.run_coroutine_threadsafe(question, self.loop).result(60)


@dataclass
class Tab:
    """A page, with everything in it that should not have happened."""

    page: Any
    served: Served
    wrong: list[str] = field(default_factory=list)

    def open(self, path: str) -> None:
        """Opens a page of the console."""
        self.page.goto(f"{self.served.base}/console/{path}")

    def at(self, path: str) -> bool:
        """Waits until the address is that of a page of the console."""
        self.page.wait_for_url(f"**/console/{path}")
        return True


def serve(directory: Path, running: bool) -> Iterator[Served]:
    town = Town(directory, running)
    app = town.app()
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="critical", timeout_graceful_shutdown=1))
    loop = asyncio.new_event_loop()

    async def fill_and_serve() -> None:
        await town.fill()
        await server.serve()

    thread = threading.Thread(target=lambda: loop.run_until_complete(fill_and_serve()), daemon=True)
    thread.start()
    until_started(server, thread)
    port = server.servers[0].sockets[0].getsockname()[1]
    yield Served(f"http://127.0.0.1:{port}", app, town, loop)
    server.should_exit = True
    thread.join(60)
    loop.close()


@pytest.fixture(scope="session")
def still(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A service in which time stands."""
    yield from serve(tmp_path_factory.mktemp("still") / "data", False)


@pytest.fixture(scope="session")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A service in which things go on happening."""
    yield from serve(tmp_path_factory.mktemp("running") / "data", True)


@pytest.fixture(scope="module")
def launched() -> Iterator[Any]:
    """A browser for one file: while it runs it has an event loop of its own, in which no other test could be run."""
    found = shutil.which("chromium")
    if found is None:
        pytest.skip("chromium is not installed")
    sync_api = pytest.importorskip("playwright.sync_api")
    bound_calls()
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=list(FLAGS))
        yield browser
        browser.close()


@pytest.fixture
def chromium(launched: Any) -> Iterator[Any]:
    """A browser without anything in it; what a test left open is closed after it."""
    yield launched
    for context in list(launched.contexts):
        context.close()


def tab(chromium: Any, served: Served, **options: Any) -> Tab:
    """A tab, signed in as an admin."""
    context = chromium.new_context(**({"viewport": {"width": 1440, "height": 900}} | options))
    made = Tab(context.new_page(), served)
    note = made.wrong.append
    made.page.on("console", lambda m: note(f"{m.type}: {m.text}") if m.type in ("error", "warning") else None)
    made.page.on("pageerror", lambda error: note(f"script: {error}"))
    made.page.on("request", lambda r: note(f"external: {r.url}") if not r.url.startswith(served.base) else None)
    made.page.goto(served.app.invite(served.base))
    made.at("live")
    return made
