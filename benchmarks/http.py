"""`make bench-http`: one decision over HTTP, from a real server on SQLite with every commit synced.

A `watchword serve` process with keys, limits, metrics and console is asked by sixteen keep-alive connections of another
process. CPU time is the server's own (user and system, from /proc), so that neither the clients nor the neighbours on
this machine are counted. Before that, 1,000 users get 20 past log-ins each.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from socket import socket
from time import perf_counter, sleep
from typing import Any, cast

import uvloop

from benchmarks.measuring import announce, baseline_us, conclude, percentile
from benchmarks.workloads import START, history, people, traffic
from watchword.events.codec import encode_event
from watchword.events.event import Event

CONNECTIONS = 16
USERS, PAST = 1_000, 20
WARM_UP, MEASURED = 2_000, 20_000
BATCH = 500
SHARES = (50, 90, 99, 99.9)


def main() -> None:
    """Starts the server, has it asked, and prints the figures."""
    announce("One decision over HTTP: SQLite, synchronous=FULL, keys, limits and metrics on, 16 connections")
    with tempfile.TemporaryDirectory() as directory:
        environment = os.environ | {"WATCHWORD_DATA_DIR": directory, "WATCHWORD_FEEDS_REFRESH": "false"}
        key = _command(environment, "keys", "create", "benchmark", "--role", "service").splitlines()[-1]
        port = _free_port()
        with Path(directory, "log").open("wb") as log:
            server = subprocess.Popen([*_WATCHWORD, "serve", "--port", str(port)], env=environment, stderr=log)
        try:
            _wait_until_ready(server, port)
            conclude(_measure(server.pid, port, key))
        finally:
            server.terminate()
            server.wait(20)


_WATCHWORD = (sys.executable, "-c", "from watchword.cli import main; main()")


def _measure(server: int, port: int, key: str) -> dict[str, Any]:
    print("1,000 users with 20 past log-ins ...", flush=True)
    _ask(port, key, "fill")
    _ask(port, key, "warm")
    before, begin, yardstick = cpu_ms(server), perf_counter(), baseline_us()
    found = _ask(port, key, "measure")
    spent = cpu_ms(server) - before
    print(f"{MEASURED:,} decisions in {found['seconds']:.1f} s ({perf_counter() - begin:.1f} s with start), "
          f"{spent / MEASURED * 1000 / yardstick:,.0f} x the baseline each")  # fmt: skip
    print(", ".join(f"p{share} {value:.2f} ms" for share, value in found["ms"].items()))
    return {
        "cpu_ms_per_decision": round(spent / MEASURED, 4),
        "decisions_per_s": round(MEASURED / found["seconds"]),
        "p99_ms": round(found["ms"]["99"], 2),
    }


def cpu_ms(process: int) -> float:
    """CPU time of a process so far, user and system, in milliseconds."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) * 1000 / os.sysconf("SC_CLK_TCK")


def _ask(port: int, key: str, phase: str) -> dict[str, Any]:
    """Runs a phase in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.http", phase, "--port", str(port)]
    answer = subprocess.run(command, env=os.environ | {"BENCH_KEY": key}, stdout=subprocess.PIPE, check=True)
    found: dict[str, Any] = json.loads(answer.stdout)
    return found


def _command(environment: dict[str, str], *words: str) -> str:
    done = subprocess.run([*_WATCHWORD, *words], env=environment, stdout=subprocess.PIPE, check=True, text=True)
    return done.stdout.strip()


def _free_port() -> int:
    with socket() as listening:
        listening.bind(("127.0.0.1", 0))
        port: int = listening.getsockname()[1]
        return port


def _wait_until_ready(server: subprocess.Popen[bytes], port: int) -> None:
    while server.poll() is None:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/ready", timeout=1):
                return
        except OSError:
            sleep(0.1)
    raise SystemExit("the server did not become ready")


class Connection(asyncio.Protocol):
    """One keep-alive connection with one request under way."""

    def __init__(self, requests: Iterator[bytes], latencies: list[float]) -> None:
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._requests = requests
        self._latencies = latencies
        self._buffer = b""
        self._began = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Sends the first request."""
        self._transport = cast(asyncio.Transport, transport)
        self._send()

    def data_received(self, data: bytes) -> None:
        """Takes an answer; the next request follows when it is whole."""
        self._buffer += data
        head, _, body = self._buffer.partition(b"\r\n\r\n")
        at = head.find(b"content-length: ")
        if at < 0 or len(body) < int(head[at + 16 :].split(b"\r\n", 1)[0]):
            return
        if not head.startswith(b"HTTP/1.1 200"):
            self.done.set_exception(RuntimeError(self._buffer[:600].decode("latin-1")))
            return
        self._latencies.append((perf_counter() - self._began) * 1000)
        self._buffer = b""
        self._send()

    def connection_lost(self, error: Exception | None) -> None:
        """Ends the run where the server hung up."""
        if not self.done.done():
            self.done.set_exception(error or RuntimeError("the server hung up"))

    def _send(self) -> None:
        request = next(self._requests, None)
        if request is None:
            self.done.set_result(None)
            return
        self._began = perf_counter()
        self._transport.write(request)


async def _run(port: int, requests: list[bytes], connections: int) -> dict[str, Any]:
    latencies: list[float] = []
    waiting = iter(requests)
    loop = asyncio.get_running_loop()
    began = perf_counter()
    made = [
        await loop.create_connection(lambda: Connection(waiting, latencies), "127.0.0.1", port)
        for _ in range(connections)
    ]
    await asyncio.gather(*(protocol.done for _, protocol in made))
    seconds = perf_counter() - began
    return {"seconds": seconds, "ms": {f"{share:g}": percentile(latencies, share / 100) for share in SHARES}}


def _requests(phase: str, port: int, key: str) -> list[bytes]:
    who, now = people(USERS), datetime.now(UTC)
    if phase == "fill":
        past = [_moved(event, now - (START + timedelta(days=82))) for event in history(who, PAST)]
        batches = (past[at : at + BATCH] for at in range(0, len(past), BATCH))
        bodies = [b'{"events":[' + b",".join(encode_event(one) for one in batch) + b"]}" for batch in batches]
        return [_http("/api/v1/events/batch", port, key, body) for body in bodies]
    seed, count = (3, WARM_UP) if phase == "warm" else (4, MEASURED)
    events = traffic(who, count, now - timedelta(milliseconds=100 * count), seed)
    return [_http("/api/v1/events", port, key, encode_event(event)) for event in events]


def _moved(event: Event, by: timedelta) -> Event:
    from msgspec.structs import replace

    return replace(event, occurred_at=event.occurred_at + by)


def _http(path: str, port: int, key: str, body: bytes) -> bytes:
    head = (
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nAuthorization: Bearer {key}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("phase", nargs="?", choices=("fill", "warm", "measure"))
    parser.add_argument("--port", type=int)
    given = parser.parse_args()
    if given.phase is None:
        main()
    else:
        uvloop.install()
        asked = _requests(given.phase, given.port, os.environ["BENCH_KEY"])
        found = uvloop.run(_run(given.port, asked, 1 if given.phase == "fill" else CONNECTIONS))
        print(json.dumps(found))
