"""What a deployment costs as it grows: bytes a user and the p50 of an assessment, at 1,000 to 1,000,000 users.

Every user has three log-ins behind them, days apart, so that windows have aged out as they do in life and what is left
is the profile. In memory the bytes are those of the process; on SQLite those of the data directory, decisions left out
(they are counted by themselves and go with the retention).
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import tempfile
from datetime import timedelta
from pathlib import Path
from time import perf_counter

from benchmarks.assess import VirtualClock
from benchmarks.measuring import announce, conclude, percentile
from benchmarks.workloads import START, history, people, traffic
from watchword.bootstrap import memory_engine, sqlite_engine
from watchword.engine import Engine
from watchword.enrichment.sources import open_enricher

SIZES = (1_000, 10_000, 100_000, 1_000_000)
LOGINS, PROBES, TOGETHER = 3, 3_000, 64


def resident_bytes() -> int:
    """What this process holds in memory."""
    gc.collect()
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096


async def fill(engine: Engine, clock: VirtualClock, users: int, already: int) -> None:
    """Adds users up to that number, each with their log-ins."""
    newcomers = people(users)[already:]
    batch = []
    for event in history(newcomers, LOGINS, seed=users):
        clock.now = max(clock.now, event.occurred_at)
        batch.append(engine.assess(event))
        if len(batch) == TOGETHER:
            await asyncio.gather(*batch)
            batch.clear()
    await asyncio.gather(*batch)


async def probe(engine: Engine, clock: VirtualClock, users: int) -> float:
    """The p50 in microseconds of assessments of random users."""
    taken = []
    for event in traffic(people(users), PROBES, START + timedelta(days=80, hours=users % 97), seed=users):
        clock.now = max(clock.now, event.occurred_at)
        began = perf_counter()
        await engine.assess(event)
        taken.append((perf_counter() - began) * 1e6)
    return percentile(taken, 0.5)


async def grow(engine: Engine, sizes: tuple[int, ...], clock: VirtualClock, held: object) -> dict[str, list[float]]:
    """The figures at every size."""
    figures: dict[str, list[float]] = {"users": [], "p50_us": [], "bytes_per_user": []}
    before, already = held(), 0  # type: ignore[operator]
    for users in sizes:
        await fill(engine, clock, users, already)
        already = users
        a_user = (held() - before) / users  # type: ignore[operator]
        p50 = await probe(engine, clock, users)
        print(f"{users:>9,} users: p50 {p50:6.1f} us, {a_user:6.0f} bytes a user", flush=True)
        for name, value in zip(figures, (users, round(p50, 1), round(a_user)), strict=True):
            figures[name].append(value)
    return figures


def main() -> None:
    """Measures in memory, then on SQLite."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--users", type=int, default=SIZES[-1], help="how far to grow")
    sizes = tuple(size for size in SIZES if size <= parser.parse_args().users)
    announce("bench-growth")
    clock = VirtualClock(START)
    print("memory")
    figures = asyncio.run(grow(memory_engine(open_enricher(None), clock, keep=1_000), sizes, clock, resident_bytes))
    print("SQLite")
    with tempfile.TemporaryDirectory() as folder:
        sqlite = asyncio.run(_on_sqlite(Path(folder), sizes))
    conclude({**figures, "sqlite_p50_us": sqlite["p50_us"], "sqlite_bytes_per_user": sqlite["bytes_per_user"]})


async def _on_sqlite(folder: Path, sizes: tuple[int, ...]) -> dict[str, list[float]]:
    clock = VirtualClock(START)
    async with sqlite_engine(folder, open_enricher(None), clock) as engine:
        return await grow(engine, sizes, clock, engine.store.state_bytes)  # type: ignore[attr-defined]


if __name__ == "__main__":
    main()
