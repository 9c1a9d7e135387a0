"""`kill -9` of the server under live sessions: pages reconnect and go on; nothing acknowledged is lost or counted twice."""

from __future__ import annotations

import asyncio
import json
import os
import random
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.snippets import PATIENT, free_port
from tests.web.tabs import keys
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake

WATCHWORD = (sys.executable, "-c", "from watchword.cli import main; main()")
BATCH = 10
BLOCKED = 4403


class Server:
    """A `watchword serve` on one directory, that can be killed and started again on the same port."""

    def __init__(self, directory: Path) -> None:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("WATCHWORD_", "FRAUD_"))}
        patient = {name: str(most) for name, most in PATIENT.items()}
        own = {"WATCHWORD_DATA_DIR": str(directory / "data"), "WATCHWORD_FEEDS_REFRESH": "false"}
        self.environment = kept | patient | own
        self.port, self.log = free_port(), directory / "log"
        command = [*WATCHWORD, "keys", "create", "pages", "--role", "service"]
        made = subprocess.run(command, env=self.environment, capture_output=True, text=True, check=True)
        self.key = made.stdout.split()[-1]
        self.process: subprocess.Popen[bytes] | None = None

    async def start(self) -> None:
        command = [*WATCHWORD, "serve", "--port", str(self.port)]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(command, env=self.environment, stderr=log)
        async with httpx.AsyncClient() as client:
            ends = time.monotonic() + 300
            while True:
                assert time.monotonic() < ends and self.process.poll() is None
                try:
                    await client.get(f"http://127.0.0.1:{self.port}/ready", timeout=60)
                    return
                except httpx.TransportError:
                    await asyncio.sleep(0.05)

    def kill(self) -> None:
        assert self.process is not None
        self.process.kill()
        assert self.process.wait() == -9

    async def ask(self, client: httpx.AsyncClient, method: str, path: str, **more: Any) -> Any:
        headers = {"authorization": f"Bearer {self.key}"}
        answer = await client.request(
            method, f"http://127.0.0.1:{self.port}{path}", headers=headers, timeout=60, **more
        )
        assert answer.is_success, answer.text
        return answer.json()


class Page:
    """A page that types on, whatever becomes of its connection, and remembers what was acknowledged."""

    def __init__(self, server: Server, number: int) -> None:
        self.server, self.user, self.session = server, f"user-{number}", f"session-{number}"
        self.token = self.nonce = ""
        self.acknowledged = self.reconnects = 0
        self.over = 0
        self.on = True

    async def open(self, client: httpx.AsyncClient) -> None:
        body = {"userId": self.user, "sessionId": self.session}
        self.token = (await self.server.ask(client, "POST", "/api/v1/sessions", json=body))["sessionToken"]

    async def live(self) -> None:
        """Types until it is told to stop, or shown out."""
        chance = random.Random(self.user)
        while self.on and not self.over:
            try:
                async with connect(f"{self.url}&nonce={self.nonce}", compression=None, ping_interval=None) as socket:
                    await self._type(socket, chance)
            except ConnectionClosed as closed:
                self.over = closed.rcvd.code if closed.rcvd and closed.rcvd.code >= 4400 else 0
            except (OSError, InvalidHandshake, TimeoutError):
                pass
            self.reconnects += 1
            await asyncio.sleep(chance.uniform(0.05, 0.4))

    async def durable(self) -> int:
        """What the service says it has of this page's stream."""
        async with connect(f"{self.url}&nonce={self.nonce}") as socket:
            welcome = json.loads(await socket.recv())
            assert welcome["nonce"] == self.nonce
            return int(welcome["seq"])

    @property
    def url(self) -> str:
        return f"ws://127.0.0.1:{self.server.port}/api/v1/behavior/{self.session}?token={self.token}"

    async def _type(self, socket: ClientConnection, chance: random.Random) -> None:
        welcome = json.loads(await socket.recv())
        if welcome["type"] != "welcome":
            await socket.recv()
        if welcome["nonce"] == self.nonce:
            assert welcome["seq"] >= self.acknowledged, (welcome, self.acknowledged)
        else:
            assert not self.nonce, f"{self.session}: the stream was forgotten"
        self.nonce, durable = welcome["nonce"], welcome["seq"]
        self.acknowledged = durable
        while self.on:
            for ahead in range(2):
                first = durable + 1 + ahead * BATCH
                said = {"sessionId": self.session, "nonce": self.nonce, "firstSeq": first, "events": keys(first, BATCH)}
                await socket.send(json.dumps(said))
            durable += 2 * BATCH
            while self.acknowledged < durable:
                answer = json.loads(await socket.recv())
                assert answer["type"] != "error", answer
                if answer["type"] == "risk_update":
                    self.acknowledged = answer["seq"]
            await asyncio.sleep(chance.uniform(0.2, 0.8))


async def play(directory: Path, pages: int, kills: int, blocked: int) -> None:
    server, chance = Server(directory), random.Random(3)
    await server.start()
    everybody = [Page(server, number) for number in range(pages)]
    limits = httpx.Limits(max_connections=8)
    try:
        async with httpx.AsyncClient(limits=limits, timeout=120) as client:
            await asyncio.gather(*(page.open(client) for page in everybody))
        lives = [asyncio.create_task(page.live()) for page in everybody]
        stopped = everybody[:blocked]
        async with httpx.AsyncClient() as client:
            while sum(page.acknowledged > 0 for page in everybody) < pages:
                await asyncio.sleep(0.05)
            for page in stopped:
                for _ in range(4):
                    await server.ask(client, "POST", f"/api/v1/sessions/{page.session}/mpin", json={"mpin": "0000"})
        for _ in range(kills):
            seen = [page.acknowledged for page in everybody]
            await asyncio.sleep(1 + chance.random())
            server.kill()
            await server.start()
            while any(
                page.acknowledged <= before for page, before in zip(everybody[blocked:], seen[blocked:], strict=True)
            ):
                await asyncio.sleep(0.05)
        for page in everybody:
            page.on = False
        await asyncio.gather(*lives)
        await check(server, everybody, stopped)
    finally:
        server.kill()


async def check(server: Server, everybody: list[Page], stopped: list[Page]) -> None:
    assert {page.over for page in stopped} == {BLOCKED}
    assert {page.over for page in everybody if page not in stopped} == {0}
    async with httpx.AsyncClient() as client:
        for page in everybody:
            view = await server.ask(client, "GET", f"/api/v1/sessions/{page.session}")
            if page in stopped:
                assert (view["end"], view["level"]) == ("blocked", "high_risk")
                assert view["samples"] >= page.acknowledged
                async with connect(page.url) as socket:
                    assert json.loads(await socket.recv())["type"] == "session_blocked"
                    await socket.wait_closed()
                assert socket.close_code == BLOCKED
            else:
                assert view["end"] is None
                assert view["samples"] == await page.durable() >= page.acknowledged, page.session


@pytest.mark.slow
async def test_killed_once_under_twenty_sessions(tmp_path: Path) -> None:
    await play(tmp_path, 20, 1, 2)


@pytest.mark.slow
async def test_killed_three_times_under_five_hundred_sessions(tmp_path: Path) -> None:
    await play(tmp_path, 500, 3, 8)
