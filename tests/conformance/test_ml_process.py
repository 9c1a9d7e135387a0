"""`watchword ml` as a process of its own, over a real socket: the same answers, also after new models were trained."""

from __future__ import annotations

import asyncio
import os
import subprocess
import time
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from tests.conformance.test_ml import QUESTIONS, taught
from tests.durability.test_live_kill import WATCHWORD
from tests.snippets import free_port

from watchword.behaviour.mouse import MOUSE
from watchword.bootstrap import Deployment
from watchword.config import Service, Settings
from watchword.populations import keep
from watchword.stores.remote_ml import RemoteMl

PATIENCE_S = 120.0


@pytest.fixture
async def deployment(tmp_path: Path) -> AsyncIterator[Deployment]:
    made = Deployment(Settings(Service(data_dir=str(tmp_path), commit_deadline_ms=30_000)))
    of = made.engine.pseudonyms.of
    await made.parts.templates.change(of("user", "ada"), lambda _: taught(1, 25))
    await made.parts.templates.change(of("user", "ben"), lambda _: taught(3, 3))
    yield made
    await made.close()


@pytest.fixture
async def remote(deployment: Deployment, tmp_path: Path) -> AsyncIterator[RemoteMl]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("WATCHWORD_", "FRAUD_"))}
    port, (_, key) = free_port(), deployment.keys.create("ml", "service")
    command = [*WATCHWORD, "ml", "--port", str(port), "--data-dir", str(tmp_path)]
    process = subprocess.Popen(command, env=kept, stderr=subprocess.DEVNULL)
    made = RemoteMl(f"http://127.0.0.1:{port}", key, timeout_s=PATIENCE_S)
    try:
        await up(port, process)
        yield made
    finally:
        await made.close()
        process.terminate()
        assert process.wait(60) in (0, -15), "it ends when it is told"


async def up(port: int, process: subprocess.Popen[bytes]) -> None:
    ends = time.monotonic() + PATIENCE_S
    async with httpx.AsyncClient() as client:
        while time.monotonic() < ends and process.poll() is None:
            try:
                await client.get(f"http://127.0.0.1:{port}/health")
                return
            except httpx.TransportError:
                await asyncio.sleep(0.05)
    raise AssertionError("watchword ml does not answer")


@pytest.mark.slow
async def test_the_process_answers_as_the_engine_here_does(deployment: Deployment, remote: RemoteMl) -> None:
    for name, question in QUESTIONS.items():
        assert await remote.judge(question) == await deployment.ml.judge(question), name
    before = await deployment.ml.judge(QUESTIONS["owner"])
    model = MOUSE.train([taught(number, 8).shelf("mouse").entries for number in range(10, 18)])  # type: ignore[misc]
    await keep(deployment.records, {"mouse": model}, 8, {}, 1)
    await deployment.refresh_behaviour()
    after = await deployment.ml.judge(QUESTIONS["owner"])
    assert after != before
    ends = time.monotonic() + PATIENCE_S
    while await remote.judge(QUESTIONS["owner"]) != after:
        assert time.monotonic() < ends
        await asyncio.sleep(0.25)
    for name, question in QUESTIONS.items():
        assert await remote.judge(question) == await deployment.ml.judge(question), name
