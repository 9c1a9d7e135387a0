"""What a deployment costs as it grows: bytes a user and the p50 of an assessment, at 1,000 to 1,000,000 users.

Users arrive in groups, each with three log-ins over eight days, one group after another, so that windows age out as in
life and what is left is the profile. In memory every log-in goes through the engine; on SQLite those of the first group
do, and the others get copies of their profiles, written by the store's own writer, each sealed under a key of its own.
The bytes are those of the state: packed rows with the tables that hold them, on SQLite the pages of the state table and
`keys.db`. Decisions are counted by themselves, caches are bounded. The p50 is that of log-ins of users drawn from
everybody, one at a time.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import tempfile
from collections.abc import Awaitable, Callable
from datetime import timedelta
from functools import partial
from pathlib import Path
from time import perf_counter
from typing import cast

from msgspec import Struct
from msgspec.structs import replace

from benchmarks.assess import VirtualClock
from benchmarks.measuring import announce, conclude, percentile
from benchmarks.workloads import START, Person, history, people, traffic
from watchword.bootstrap import memory_engine, sqlite_engine
from watchword.engine import Engine
from watchword.enrichment.sources import open_enricher
from watchword.state.profile import Profile
from watchword.stores.memory import MemoryStore
from watchword.stores.sqlite import SqliteStore
from watchword.stores.sqlite_desk import Desk

SIZES = (1_000, 10_000, 100_000, 1_000_000)
LOGINS, GROUP, PROBES, TOGETHER, PLANTED = 3, 1_000, 3_000, 64, 500
GROUP_DAYS = timedelta(days=12)

Arrive = Callable[[int], Awaitable[None]]


class Trial(Struct, frozen=True):
    """An engine that grows: how the users of a group arrive, and what is held by then."""

    engine: Engine
    clock: VirtualClock
    arrive: Arrive
    held: Callable[[], int]


def group(number: int) -> list[Person]:
    """The users of one group."""
    return [replace(one, name=f"{one.name}-{number}", device=f"{one.device}-{number}") for one in people(GROUP, number)]


async def log_in(engine: Engine, clock: VirtualClock, number: int) -> None:
    """Lets a group arrive: their log-ins, after those of the groups before."""
    batch = []
    for told in history(group(number), LOGINS, seed=number):
        event = replace(told, id=f"{told.id}-{number}", occurred_at=told.occurred_at + number * GROUP_DAYS)
        clock.now = max(clock.now, event.occurred_at)
        batch.append(engine.assess(event))
        if len(batch) == TOGETHER:
            await asyncio.gather(*batch)
            batch.clear()
    await asyncio.gather(*batch)


async def plant(engine: Engine, clock: VirtualClock, number: int) -> None:
    """Lets a group arrive by giving them profiles of the first group, which logs in itself."""
    if number == 0:
        await log_in(engine, clock, number)
        return
    store, owner_of = cast(SqliteStore, engine.store), partial(engine.pseudonyms.of, "user")
    known = [profile for one in group(0) if (profile := await store.profile(owner_of(one.name))) is not None]
    owners = [owner_of(one.name) for one in group(number)]
    for start in range(0, GROUP, PLANTED):
        await store.write(partial(write_profiles, owners=owners[start : start + PLANTED], profiles=known))


def write_profiles(desk: Desk, owners: list[bytes], profiles: list[Profile]) -> None:
    """Writes a profile for each owner, under a new key of theirs."""
    workspace = desk.bench()
    for number, owner in enumerate(owners):
        workspace.keep(owner, profiles[number % len(profiles)])
    for owner, key in desk.seals.of_persons(owners).items():
        desk.state.user(owner).key = key
    now_ms = int(START.timestamp() * 1000)
    desk.save(workspace, now_ms, now_ms)
    desk.note_keys()
    desk.forget_state()


async def probe(trial: Trial, groups: int) -> float:
    """The p50 in microseconds of assessments of random users."""
    rng = random.Random(groups)
    drawn = [one for number in rng.sample(range(groups), min(groups, 50)) for one in group(number)]
    begins = trial.clock.now + timedelta(hours=1)
    taken = []
    for event in traffic(rng.sample(drawn, 1_000), PROBES, begins, seed=groups):
        trial.clock.now = max(trial.clock.now, event.occurred_at)
        began = perf_counter()
        await trial.engine.assess(event)
        taken.append((perf_counter() - began) * 1e6)
    return percentile(taken, 0.5)


async def grow(trial: Trial, sizes: tuple[int, ...]) -> dict[str, list[float]]:
    """The figures at every size."""
    figures: dict[str, list[float]] = {"users": [], "p50_us": [], "bytes_per_user": []}
    groups = 0
    for users in sizes:
        while groups * GROUP < users:
            await trial.arrive(groups)
            groups += 1
        a_user = trial.held() / users
        p50 = await probe(trial, groups)
        print(f"{users:>9,} users: p50 {p50:6.1f} us, {a_user:6.0f} bytes a user", flush=True)
        for name, value in zip(figures, (users, round(p50, 1), round(a_user)), strict=True):
            figures[name].append(value)
    return figures


async def in_memory(sizes: tuple[int, ...]) -> dict[str, list[float]]:
    """The figures of the memory store."""
    clock = VirtualClock(START)
    engine = memory_engine(open_enricher(None), clock, keep=1_000)
    store = cast(MemoryStore, engine.store)
    return await grow(Trial(engine, clock, partial(log_in, engine, clock), store.state_bytes), sizes)


async def on_sqlite(folder: Path, sizes: tuple[int, ...]) -> dict[str, list[float]]:
    """The figures of the SQLite store."""
    clock = VirtualClock(START)
    async with sqlite_engine(folder, open_enricher(None), clock) as engine:
        store = cast(SqliteStore, engine.store)
        return await grow(Trial(engine, clock, partial(plant, engine, clock), store.state_bytes), sizes)


def main() -> None:
    """Measures in memory, then on SQLite."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--users", type=int, default=SIZES[-1], help="how far to grow")
    sizes = tuple(size for size in SIZES if size <= parser.parse_args().users)
    announce("bench-growth")
    print("memory")
    figures = asyncio.run(in_memory(sizes))
    print("SQLite")
    with tempfile.TemporaryDirectory() as folder:
        sqlite = asyncio.run(on_sqlite(Path(folder), sizes))
    conclude({**figures, "sqlite_p50_us": sqlite["p50_us"], "sqlite_bytes_per_user": sqlite["bytes_per_user"]})


if __name__ == "__main__":
    main()
