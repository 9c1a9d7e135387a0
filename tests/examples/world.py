"""A Watchword that is really running: SQLite, HTTP, a webhook's receiver, a mail server; and people whom it knows."""

from __future__ import annotations

import asyncio
import re
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from itertools import count
from pathlib import Path
from typing import Any

import httpx
import msgspec
import uvicorn
from tests.delivery.servers import Hooks, Sink, mail_sink, webhook_sink

from watchword.bootstrap import Deployment
from watchword.config import Service, Settings
from watchword.policy.session_settings import SessionSettings
from watchword.policy.settings import EngineSettings
from watchword.web.framing import SERVER
from watchword.web.serving import serve_deployment

EXAMPLES = Path(__file__).parents[2] / "examples"
sys.path.insert(0, str(EXAMPLES))

from watchword_client import Watchword  # noqa: E402

Json = dict[str, Any]
SECRET = "hook-secret"
MAX_BATCH = 400
_numbers = count(1)


@dataclass
class World:
    """The service, and everything it tells."""

    url: str
    key: str
    admin: httpx.Client
    service: httpx.Client
    deployment: Deployment
    loop: asyncio.AbstractEventLoop
    hooks: Hooks
    sink: Sink

    def watchword(self, url: str | None = None) -> Watchword:
        """What a recipe talks to it by."""
        return Watchword(url or self.url, self.key, patience_s=60)

    def run(self, question: Any) -> Any:
        """Asks something on the service's own loop."""
        return asyncio.run_coroutine_threadsafe(question, self.loop).result(60)

    def teach(self, user: str, sittings: Sequence[Sequence[Any]]) -> None:
        """Lets a person come that often, by strong log-ins, over the API."""
        for samples in sittings:
            session = self.begin(user)
            self.stream(user, session, samples)
            assert self.service.delete(f"/api/v1/sessions/{session}", params={"userId": user}).status_code == 204
        self.begin(user)

    def begin(self, user: str, session: str | None = None) -> str:
        """A session, opened by a PIN."""
        session = session or new("s")
        body = {"userId": user, "sessionId": session, "method": "pin"}
        assert self.service.post("/api/v1/sessions", json=body).status_code == 201
        return session

    def stream(self, user: str, session: str, samples: Sequence[Any]) -> None:
        """What a page's collector sends to a session, for as long as it lives."""
        events, nonce = wire(samples), new("tab")
        for at in range(0, len(events), MAX_BATCH):
            batch = {"sessionId": session, "userId": user, "nonce": nonce, "firstSeq": at + 1}
            body = batch | {"events": events[at : at + MAX_BATCH]}
            answer = self.service.post(f"/api/v1/sessions/{session}/events", params={"userId": user}, json=body)
            if answer.status_code == 401:
                return
            assert answer.status_code == 200, answer.text

    def log_in(self, user: str, at: datetime, samples: Sequence[Any], **more: Any) -> Json:
        """A log-in of the past, with its form."""
        event = {
            "type": "login", "id": new("login"), "occurredAt": at.isoformat(), "userId": user, "ip": "192.0.2.10",
            "method": "password", "result": "success", "userAgent": AGENT, "behavior": {"events": wire(samples)},
        }  # fmt: skip
        answer = self.service.post("/api/v1/events", json=event | more)
        assert answer.status_code == 200, answer.text
        return answer.json()  # type: ignore[no-any-return]

    def enrol(self, user: str) -> str:
        """Gives a person an address, proven by the code that was sent there."""
        to, path = f"{user}@example.org", f"/api/v1/users/{user}/factors"
        made = self.service.post(path, json={"type": "email_otp", "to": to}).json()
        code = re.search(r"\b\d{6}\b", self.mail(to)[-1])
        assert code is not None
        proof = f"{path}/{made['factor']['id']}/proof"
        assert self.service.post(proof, json={"code": code[0]}).json()["proven"]
        return to

    def mail(self, to: str, least: int = 1) -> list[str]:
        """Letters to that address, oldest first: subject and text. Waits until there are so many."""

        def found() -> list[str]:
            mine = [one for one in self.sink.mails if one["To"] == to]
            bodies = [one.get_body(("plain",)) for one in mine]
            return [f"{one['Subject']}\n{body.get_content()}" for one, body in zip(mine, bodies, strict=True) if body]

        wait(lambda: len(found()) >= least)
        return found()

    def alert(self, type_: str, user: str, hooked: bool = True) -> Json:
        """The newest alert of that type about a person: in the list, in the audit log, and by webhook the same."""
        query = {"type": type_, "userId": user, "limit": 1}
        [listed] = self.admin.get("/api/v1/alerts", params=query).json()["alerts"]
        assert self.audited(listed["id"])["details"] == listed["details"]
        if hooked:
            wait(lambda: any(one["id"] == f"{listed['id']}.hook" for one in self.hooks.bodies))
            [body] = [one for one in self.hooks.bodies if one["id"] == f"{listed['id']}.hook"]
            assert body["type"] == "alert" and all(listed[name] == value for name, value in body["alert"].items())
        return listed  # type: ignore[no-any-return]

    def alerts(self, user: str) -> list[str]:
        """The types of the alerts about a person, newest first."""
        return [one["type"] for one in self.admin.get("/api/v1/alerts", params={"userId": user}).json()["alerts"]]

    def audited(self, alert: str) -> Json:
        """What the audit log has of an alert."""
        ledger: Any = self.deployment.ledger
        acts = [one.act for one in self.run(ledger.entries(limit=500)) if one.act.act == "alert.raise"]
        [act] = [one for one in acts if one.particulars["alert"] == alert]
        return act.particulars  # type: ignore[no-any-return]


AGENT = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36"
)


@contextmanager
def open_world(directory: Path) -> Iterator[World]:
    """A world of its own."""
    with webhook_sink() as (hooks, hook), mail_sink() as (sink, port):
        service = Service(
            data_dir=str(directory), feeds_refresh=False, log_level="error", alert_webhook_url=hook,
            alert_webhook_secret=SECRET, smtp_url=f"smtp://127.0.0.1:{port}", device_cookie="off",
        )  # fmt: skip
        engine = EngineSettings(sessions=SessionSettings(behavior_trust_now=True))
        deployment = Deployment(Settings(service, engine))
        keys = [deployment.keys.create(role, role)[1] for role in ("service", "admin")]
        app, loop = serve_deployment(deployment), asyncio.new_event_loop()
        server = uvicorn.Server(
            uvicorn.Config(app, port=0, timeout_graceful_shutdown=1, **(SERVER | {"log_level": "critical"}))
        )
        thread = threading.Thread(target=lambda: loop.run_until_complete(server.serve()), daemon=True)
        thread.start()
        wait(lambda: server.started)
        url = f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
        clients = [httpx.Client(base_url=url, headers={"authorization": f"Bearer {key}"}, timeout=60) for key in keys]
        yield World(url, keys[0], clients[1], clients[0], deployment, loop, hooks, sink)
        for client in clients:
            client.close()
        server.should_exit = True
        thread.join(60)
        loop.close()


@contextmanager
def served(app: Any) -> Iterator[httpx.Client]:
    """A recipe's application, on a port of its own."""
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="critical", timeout_graceful_shutdown=1))
    thread = threading.Thread(target=lambda: asyncio.run(server.serve()), daemon=True)
    thread.start()
    wait(lambda: server.started)
    port = server.servers[0].sockets[0].getsockname()[1]
    with httpx.Client(base_url=f"http://localhost:{port}", timeout=60) as client:
        yield client
    server.should_exit = True
    thread.join(60)


def wire(samples: Sequence[Any]) -> list[Json]:
    """Samples as they travel, numbered from 1."""
    events: list[Json] = msgspec.json.decode(msgspec.json.encode(tuple(samples)))
    return [one | {"seq": at} for at, one in enumerate(events, 1)]


def new(what: str) -> str:
    """A name that was not used before."""
    return f"{what}-{next(_numbers)}"


def wait(holds: Any, seconds: float = 60.0) -> None:
    """Until that holds."""
    until = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < until, "it did not happen"
        time.sleep(0.01)
