"""Two servers on one directory: a session that one blocks is dead on the other within a second."""

from __future__ import annotations

import asyncio
import json
import time
from pathlib import Path

import httpx
from tests.durability.test_live_kill import BLOCKED, Page, Server
from tests.snippets import free_port
from tests.web.tabs import keys
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed


async def test_a_block_is_everywhere_within_a_second(tmp_path: Path) -> None:
    here, there = Server(tmp_path), Server.__new__(Server)
    there.__dict__ |= here.__dict__ | {"port": free_port(), "process": None}
    await asyncio.gather(here.start(), there.start())
    try:
        async with httpx.AsyncClient() as client:
            page = Page(here, 1)
            await page.open(client)
            page.server = there
            async with connect(page.url) as socket:
                nonce = json.loads(await socket.recv())["nonce"]
                batch = {"sessionId": page.session, "nonce": nonce, "firstSeq": 1, "events": keys(1, 20)}
                await socket.send(json.dumps(batch))
                assert json.loads(await socket.recv())["seq"] == 20
                for _ in range(4):
                    path = f"/api/v1/sessions/{page.session}/mpin"
                    await here.ask(client, "POST", path, json={"mpin": "0000"})
                began, heard = time.monotonic(), list[str]()
                try:
                    while True:
                        heard.append(json.loads(await asyncio.wait_for(socket.recv(), 5))["type"])
                except ConnectionClosed:
                    assert time.monotonic() - began < 1.5
                assert (socket.close_code, heard[-1]) == (BLOCKED, "session_blocked")
            answer = await client.get(
                f"http://127.0.0.1:{there.port}/api/v1/sessions/{page.session}",
                headers={"authorization": f"Bearer {page.token}"},
            )
            assert (answer.status_code, answer.json()["code"]) == (401, "BLOCKED")
    finally:
        here.kill()
        there.kill()
