"""Two servers on one directory: a session that one blocks is dead on the other within a second."""

from __future__ import annotations

import asyncio
import json
import time
from contextlib import suppress
from pathlib import Path

import httpx
import pytest
from tests.durability.test_live_kill import BLOCKED, Page, Server
from tests.snippets import free_port
from tests.web.tabs import keys
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed


async def blocked(client: httpx.AsyncClient, here: Server, there: Server, number: int) -> float:
    """The seconds from a block here until the session's socket there was closed."""
    page = Page(here, number)
    await page.open(client)
    page.server = there
    async with connect(page.url) as socket:
        nonce = json.loads(await socket.recv())["nonce"]
        batch = {"sessionId": page.session, "nonce": nonce, "firstSeq": 1, "events": keys(1, 20)}
        await socket.send(json.dumps(batch))
        assert json.loads(await socket.recv())["seq"] == 20
        for _ in range(4):
            await here.ask(client, "POST", f"/api/v1/sessions/{page.session}/mpin", json={"mpin": "0000"})
        began, heard = time.monotonic(), list[str]()
        with suppress(ConnectionClosed):
            while True:
                heard.append(json.loads(await asyncio.wait_for(socket.recv(), 60))["type"])
        took_s = time.monotonic() - began
        assert (socket.close_code, heard[-1]) == (BLOCKED, "session_blocked")
    answer = await client.get(
        f"http://127.0.0.1:{there.port}/api/v1/sessions/{page.session}",
        headers={"authorization": f"Bearer {page.token}"},
    )
    assert (answer.status_code, answer.json()["code"]) == (401, "BLOCKED")
    return took_s


@pytest.mark.slow
async def test_a_block_is_everywhere_within_a_second(tmp_path: Path) -> None:
    """A busy machine may be late now and then, and not ten times in a row."""
    here, there = Server(tmp_path), Server.__new__(Server)
    there.__dict__ |= here.__dict__ | {"port": free_port(), "process": None}
    await asyncio.gather(here.start(), there.start())
    try:
        async with httpx.AsyncClient(timeout=60) as client:
            for number in range(10):
                if (took_s := await blocked(client, here, there, number)) < 1:
                    break
            assert took_s < 1
    finally:
        here.kill()
        there.kill()
