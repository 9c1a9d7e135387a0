"""`make bench-stream`: sessions over real WebSockets, SQLite with every commit synced before it is acknowledged.

A `watchword serve` process is fed by another process. (a) As much as it takes, the server on one core, its client on
the other: 64 sessions, batches of 25, four under way in each. Events a second and core are events by the server's own
CPU time (user and system, all threads), so that neither the client nor the neighbours on this machine count. (b) 5,000
sessions at once, each with a batch of 25 every 4 seconds, for two minutes: the time from the moment a batch was due
until its risk update, and the server's memory. Samples come from the seeded people of `learning/typists.py`, who type,
move and click; several sessions share each of their streams. Both phases last long enough that behaviour is looked at
many times in every session.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import subprocess
import sys
import tempfile
from collections import deque
from pathlib import Path
from time import perf_counter
from typing import Any, cast

import msgspec
import uvloop

from benchmarks.http import _WATCHWORD, _command, _free_port, _wait_until_ready, cpu_ms
from benchmarks.measuring import announce, baseline_us, conclude, percentile

BATCH = 25
PEOPLE = 250
FLOOD_SESSIONS, FLOOD_PEOPLE, FLOOD_BATCHES, UNDER_WAY = 64, 16, 2_500, 4
LIVE_SESSIONS, PERIOD_S, HELD_S = 5_000, 4.0, 120.0
PAUSE_MS = 2_000.0
SEED = 26


def main() -> None:
    """Starts the server, has it fed twice, and prints the figures."""
    announce("Behaviour over WebSockets: SQLite, synchronous=FULL, batches of 25, durable before they are acknowledged")
    figures: dict[str, Any] = {}
    for phase in given.only or ("flood", "hold"):
        with tempfile.TemporaryDirectory() as directory:
            figures |= _with_server(directory, phase)
    conclude(figures)


def _with_server(directory: str, phase: str) -> dict[str, Any]:
    environment = os.environ | {"WATCHWORD_DATA_DIR": directory, "WATCHWORD_FEEDS_REFRESH": "false"}
    environment["WATCHWORD_CONSOLE"] = "false"
    key = _command(environment, "keys", "create", "benchmark", "--role", "service").splitlines()[-1]
    port, cores = _free_port(), sorted(os.sched_getaffinity(0))
    with Path(directory, "log").open("wb") as log:
        server = subprocess.Popen([*_WATCHWORD, "serve", "--port", str(port)], env=environment, stderr=log)
    try:
        _wait_until_ready(server, port)
        if phase == "hold":
            return _hold(server.pid, port, key)
        os.sched_setaffinity(server.pid, cores[:1])
        return _flood(server.pid, port, key)
    finally:
        server.terminate()
        server.wait(30)
        said = Path(directory, "log").read_text().strip().splitlines()[-3:]
        print(f"{phase}: {size_mb(directory):,.0f} MB on disk; the server said: {said}\n", flush=True)


def _flood(server: int, port: int, key: str) -> dict[str, Any]:
    yardstick = baseline_us()
    found = _ask(port, key, "flood", server)
    events, spent_s = found["events"], found["cpu_ms"] / 1000
    per_core, baselines = events / spent_s, spent_s / events * 1e6 * BATCH / yardstick
    print(f"{events:,} events in {found['seconds']:.1f} s ({events / found['seconds']:,.0f}/s)")
    print(f"{spent_s:.1f} s of CPU: {per_core:,.0f} events a second and core; {baselines:,.0f} x the baseline a batch")
    return {"events_per_s_core": round(per_core)}


def _hold(server: int, port: int, key: str) -> dict[str, Any]:
    found = _ask(port, key, "hold", server)
    memory = found["memory_mb"]
    rate, busy = found["events"] / found["seconds"], found["cpu_ms"] / found["seconds"] / 10
    print(f"{found['sessions']:,} sessions, {rate:,.0f} events/s for {found['seconds']:.0f} s, server CPU {busy:.0f} %")
    print(", ".join(f"p{share} {value:.1f} ms" for share, value in found["ms"].items()))
    shown = [f"{own:.0f} ({whole:.0f})" for own, whole in memory]
    print(
        f"own memory (resident with mapped files), MB: {shown[0]} before, {shown[1]} with all sockets open, then",
        *shown[2:],
    )
    return {"sessions": found["sessions"], "p99_ms": round(found["ms"]["99"], 1), "mb": round(memory[-1][0])}


def _ask(port: int, key: str, phase: str, server: int) -> dict[str, Any]:
    """Runs a phase in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.stream", phase, "--port", str(port), "--server", str(server)]
    answer = subprocess.run(command, env=os.environ | {"BENCH_KEY": key}, stdout=subprocess.PIPE, check=True)
    found: dict[str, Any] = json.loads(answer.stdout)
    return found


def memory_mb(process: int) -> tuple[float, float]:
    """A process's own memory, and what is resident with the pages of files it has mapped (the database), in MB."""
    text = Path(f"/proc/{process}/status").read_text()
    own, whole = (int(text.partition(name)[2].split()[0]) / 1024 for name in ("RssAnon:", "VmRSS:"))
    return own, whole


def size_mb(directory: str) -> float:
    """What lies in a directory, in megabytes."""
    return sum(file.stat().st_size for file in Path(directory).rglob("*") if file.is_file()) / 1e6


def streams(people: int, batches: int) -> list[list[bytes]]:
    """For each person the samples of that many batches, as JSON lists, numbered from 1."""
    return [_stream(number, batches) for number in range(people)]


def _stream(number: int, batches: int) -> list[bytes]:
    from watchword.learning.typists import Sitting, make_typist, numbered, sit

    person, samples, at_ms, session = make_typist(SEED, number), [], 0.0, 0
    while len(samples) < batches * BATCH:
        for one in sit(person, session, Sitting(secret=11, text=60, strokes=12)):
            samples.append(msgspec.structs.replace(one, t=one.t + at_ms))  # type: ignore[type-var]
        at_ms = cast(float, samples[-1].t) + PAUSE_MS
        session += 1
    encoded = [msgspec.json.encode(one) for one in numbered(cast(Any, samples[: batches * BATCH]))]
    return [b"[" + b",".join(encoded[at : at + BATCH]) + b"]" for at in range(0, len(encoded), BATCH)]


class Page(asyncio.Protocol):
    """One session's socket: shakes hands, then sends frames and notes when each was answered."""

    def __init__(self, session: tuple[str, str, str], samples: list[bytes]) -> None:
        self.user, self.session, self.token = session
        self.samples = samples
        self.open: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.latencies: list[float] = []
        self.sent = self.answered = 0
        self.refusal = b""
        self._due: deque[float] = deque()
        self._buffer = b""
        self._head = b""
        self.on_answer: Any = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Asks for the upgrade."""
        self._transport = cast(asyncio.Transport, transport)
        self._transport.write(
            f"GET /api/v1/behavior/{self.session}?token={self.token} HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\n"
            "Connection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
            "\r\n".encode()
        )

    def data_received(self, data: bytes) -> None:
        """Takes whole frames."""
        self._buffer += data
        if not self._head and not self.open.done():
            head, found, rest = self._buffer.partition(b"\r\n\r\n")
            if not found:
                return
            if not head.startswith(b"HTTP/1.1 101"):
                self.open.set_exception(RuntimeError(head[:200].decode("latin-1")))
                return
            self._head, self._buffer = b"-", rest
        while (frame := self._frame()) is not None:
            self._take(*frame)

    def connection_lost(self, error: Exception | None) -> None:
        """Says so where it was not meant."""
        if not self.open.done():
            self.open.set_exception(error or RuntimeError("the server hung up"))

    def send(self, due: float) -> None:
        """Sends the next batch, which was due then."""
        body = b'%b"firstSeq":%d,"events":%b}' % (self._head, 1 + self.sent * BATCH, self.samples[self.sent])
        self._transport.write(framed(1, body))
        self._due.append(due)
        self.sent += 1

    def close(self) -> None:
        """Hangs up."""
        self._transport.abort()

    def _frame(self) -> tuple[int, bytes] | None:
        buffer = self._buffer
        if len(buffer) < 2:
            return None
        size, at = buffer[1] & 127, 2
        if size == 126:
            size, at = int.from_bytes(buffer[2:4], "big"), 4
        if len(buffer) < at + size:
            return None
        self._buffer = buffer[at + size :]
        return buffer[0] & 15, buffer[at : at + size]

    def _take(self, opcode: int, body: bytes) -> None:
        if opcode == 9:
            self._transport.write(framed(10, body))
        elif body.startswith(b'{"type":"risk_update"'):
            durable = int(body[body.index(b'"seq":') + 6 : body.index(b",", 22)]) // BATCH
            while self.answered < durable:
                self.latencies.append((perf_counter() - self._due.popleft()) * 1000)
                self.answered += 1
                if self.on_answer is not None:
                    self.on_answer(self)
        elif b'"welcome"' in body:
            nonce = json.loads(body)["nonce"]
            self._head = f'{{"sessionId":"{self.session}","userId":"{self.user}","nonce":"{nonce}",'.encode()
            if not self.open.done():
                self.open.set_result(None)
        elif b'"error"' in body or opcode == 8:
            self.refusal = self.refusal or body[:300]


def framed(opcode: int, body: bytes) -> bytes:
    """A client's frame; the mask is 0, which costs the server what any mask does."""
    size = len(body)
    if size < 126:
        return bytes((0x80 | opcode, 0x80 | size)) + b"\0\0\0\0" + body
    if size < 65_536:
        return bytes((0x80 | opcode, 0xFE)) + size.to_bytes(2, "big") + b"\0\0\0\0" + body
    return bytes((0x80 | opcode, 0xFF)) + size.to_bytes(8, "big") + b"\0\0\0\0" + body


async def open_sessions(port: int, key: str, count: int) -> list[tuple[str, str, str]]:
    """User, session and token of that many new sessions."""
    opened: list[tuple[str, str, str]] = []
    numbers = iter(range(count))

    async def client() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for number in numbers:
            user, session = f"user-{number}", f"session-{number}"
            body = json.dumps({"userId": user, "sessionId": session, "method": "pin"}).encode()
            head = f"POST /api/v1/sessions HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {key}\r\n"
            writer.write(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
            answer = (await reader.readuntil(b"\r\n\r\n")).lower()
            length = int(answer.partition(b"content-length: ")[2].split(b"\r\n", 1)[0])
            told = json.loads(await reader.readexactly(length))
            opened.append((user, session, told["sessionToken"]))
        writer.close()

    await asyncio.gather(*(client() for _ in range(16)))
    return opened


async def join(port: int, sessions: list[tuple[str, str, str]], samples: list[list[bytes]]) -> list[Page]:
    """A page with an open socket for each session."""
    loop, pages = asyncio.get_running_loop(), []
    for at in range(0, len(sessions), 50):
        made = []
        for number, session in enumerate(sessions[at : at + 50], at):
            page = Page(session, samples[number % len(samples)])
            await loop.create_connection(lambda page=page: page, "127.0.0.1", port)  # type: ignore[misc]
            made.append(page)
        await asyncio.gather(*(page.open for page in made))
        pages += made
    return pages


async def flood(port: int, key: str, server: int) -> dict[str, Any]:
    """Every session sends as fast as it is answered, with some batches under way."""
    samples = streams(FLOOD_PEOPLE, FLOOD_BATCHES)
    pages = await join(port, await open_sessions(port, key, FLOOD_SESSIONS), samples)
    done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    left = len(pages)

    def go_on(page: Page) -> None:
        nonlocal left
        if page.sent < FLOOD_BATCHES:
            page.send(perf_counter())
        elif page.answered == FLOOD_BATCHES:
            left -= 1
            if not left:
                done.set_result(None)

    spent, began = cpu_ms(server), perf_counter()
    for page in pages:
        page.on_answer = go_on
        for _ in range(UNDER_WAY):
            page.send(perf_counter())
    await watched(done, pages)
    seconds, spent = perf_counter() - began, cpu_ms(server) - spent
    return {"events": FLOOD_SESSIONS * FLOOD_BATCHES * BATCH, "seconds": seconds, "cpu_ms": spent}


async def watched(done: asyncio.Future[None], pages: list[Page]) -> None:
    """Waits, unless a page was refused something."""
    while not done.done():
        await asyncio.wait((done,), timeout=2)
        for page in pages:
            if page.refusal:
                raise RuntimeError(page.refusal.decode("latin-1"))


async def hold(port: int, key: str, server: int) -> dict[str, Any]:
    """Every session sends a batch each period, spread over it, whether or not the last one was answered."""
    rounds = round(HELD_S / PERIOD_S)
    samples = streams(PEOPLE, rounds)
    before = memory_mb(server)
    pages = await join(port, await open_sessions(port, key, LIVE_SESSIONS), samples)
    memory, spent, began = [before, memory_mb(server)], cpu_ms(server), perf_counter()
    for at in range(rounds):
        for number, page in enumerate(pages):
            due = began + PERIOD_S * (at + number / len(pages))
            if (wait := due - perf_counter()) > 0.002:
                await asyncio.sleep(wait)
            page.send(due)
        if at % 10 == 9:
            memory.append(memory_mb(server))
    seconds, spent = perf_counter() - began, cpu_ms(server) - spent
    await asyncio.sleep(2)
    refused = [page.refusal for page in pages if page.refusal]
    if refused or any(page.answered < rounds for page in pages):
        raise RuntimeError(f"unanswered: {sum(rounds - page.answered for page in pages)}; {refused[:3]}")
    latencies = [one for page in pages for one in page.latencies]
    shares = {f"{share:g}": percentile(latencies, share / 100) for share in (50, 90, 99, 99.9)}
    shares["max"] = max(latencies)
    events = len(pages) * rounds * BATCH
    return {
        "sessions": len(pages),
        "events": events,
        "seconds": seconds,
        "cpu_ms": spent,
        "ms": shares,
        "memory_mb": memory,
    }


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("phase", nargs="?", choices=("flood", "hold"))
    parser.add_argument("--port", type=int)
    parser.add_argument("--server", type=int)
    parser.add_argument("--only", nargs="*", choices=("flood", "hold"))
    given = parser.parse_args()
    if given.phase is None:
        main()
    else:
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[1:] or {0})
        work = {"flood": flood, "hold": hold}[given.phase]
        print(json.dumps(uvloop.run(work(given.port, os.environ["BENCH_KEY"], given.server))))
