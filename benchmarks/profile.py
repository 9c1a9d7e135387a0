"""Where the time of an assessment goes: microseconds a log-in, stage by stage, on the workload of `bench-assess`.

Every stage is a function that the product calls anyway, timed from outside. A stage's time is its own, without that of
the stages inside it and without what the stop-watches themselves take. A figure is the mean over all log-ins of the
least that each of them took in a few runs from the same start: what the code costs, not what else the machine did.
Instrumented code runs a little slower than it does otherwise; the shares are what to read.
"""

from __future__ import annotations

import asyncio
import gc
from collections import Counter
from collections.abc import Awaitable, Callable
from datetime import timedelta
from time import perf_counter_ns
from typing import Any

from msgspec.structs import replace

from benchmarks.assess import LOGINS, USERS, VirtualClock, rules
from benchmarks.measuring import announce, conclude
from benchmarks.workloads import START, history, people, traffic
from watchword import engine as story
from watchword.bootstrap import memory_engine
from watchword.census import Keeper
from watchword.engine import Engine
from watchword.enrichment.sources import open_enricher
from watchword.policy import judge as judging
from watchword.policy import reckoning
from watchword.stores.memory import MemoryStore
from watchword.stores.transition import Workspace

EVENTS, RUNS = 5_000, 5
STAGES = {
    "engine": "the order of things, time, failing open",
    "enrich": "facts of address and client",
    "prepare": "keyed hashes, fingerprint, which logs are touched",
    "store": "seen before? erased?",
    "observe": "logs and profile looked up, the event put into its windows",
    "judge": "context and decision put together",
    "signals": "all detectors, findings weighed",
    "reckon": "thresholds, floor, lists",
    "scorecard": "one score and its contributions",
    "rules": "twenty rules",
    "learn": "the profile after the log-in",
    "write": "what changed is kept, what rests is packed",
    "record": "the decision kept",
    "tell": "the population's counts",
}


class Watch:
    """Stop-watches within stop-watches; `take` gives what every stage took by itself, in nanoseconds."""

    def __init__(self) -> None:
        self._own: Counter[str] = Counter()
        self._open: list[list[Any]] = [["", 0]]
        self._within_ns = self._around_ns = 0

    def timed(self, stage: str, function: Callable[..., Any]) -> Callable[..., Any]:
        """The function with its time counted as that stage's."""

        def run(*given: Any) -> Any:
            began = self._begin(stage)
            try:
                return function(*given)
            finally:
                self._end(began)

        return run

    def timed_async(self, stage: str, function: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
        """The same for a coroutine that never waits."""

        async def run(*given: Any) -> Any:
            began = self._begin(stage)
            try:
                return await function(*given)
            finally:
                self._end(began)

        return run

    def calibrate(self) -> None:
        """Measures what a stop-watch adds to its own stage and to the one around it."""
        inner = self.timed("inner", lambda: None)
        outer = self.timed("outer", lambda: [inner() for _ in range(1000)])
        plain = self.timed("plain", lambda: [None for _ in range(1000)])
        taken = [(outer(), plain(), self.take())[2] for _ in range(50)]
        self._within_ns = min(one["inner"] for one in taken) // 1000
        self._around_ns = min(one["outer"] - one["plain"] for one in taken) // 1000

    def take(self) -> Counter[str]:
        """What was counted since the last call."""
        taken, self._own = self._own, Counter()
        return taken

    def _begin(self, stage: str) -> int:
        self._open.append([stage, 0])
        return perf_counter_ns()

    def _end(self, began: int) -> None:
        taken = perf_counter_ns() - began
        stage, inside = self._open.pop()
        self._own[stage] += taken - inside - self._within_ns
        self._open[-1][1] += taken + self._around_ns


def instrument(watch: Watch) -> None:
    """Puts a stop-watch around every stage that is a function or a method."""
    stages: tuple[tuple[Any, str, str], ...] = (
        (Engine, "_enrich", "enrich"),
        (story, "prepare", "prepare"),
        (Workspace, "observe", "observe"),
        (Engine, "_judge", "judge"),
        (judging, "detect", "signals"),
        (judging, "reckon", "reckon"),
        (reckoning, "matching", "rules"),
        (judging, "teach", "learn"),
        (MemoryStore, "_commit", "write"),
        (MemoryStore, "_remember", "record"),
        (Keeper, "__call__", "tell"),
    )
    for owner, name, stage in stages:
        setattr(owner, name, watch.timed(stage, getattr(owner, name)))
    for owner, name, stage in ((Engine, "assess", "engine"), (MemoryStore, "decide", "store")):
        setattr(owner, name, watch.timed_async(stage, getattr(owner, name)))


async def profile(watch: Watch) -> list[Counter[str]]:
    """What every stage of every log-in took in one run: a fresh engine, its history, then the events."""
    clock = VirtualClock(START)
    enricher = open_enricher(None)
    enricher.warm()
    engine = memory_engine(enricher, clock, policies=rules())
    engine.ticks = perf_counter_ns
    who = people(USERS)
    for event in history(who, LOGINS):
        clock.now = event.occurred_at
        await engine.assess(event)
    scheme = replace(engine.world.scheme, scorecard=watch.timed("scorecard", engine.world.scheme.scorecard))
    engine.world = replace(engine.world, scheme=scheme)
    watch.take()
    taken = []
    events = list(traffic(who, EVENTS, START + timedelta(days=80)))
    gc.collect()
    gc.freeze()
    for event in events:
        clock.now = event.occurred_at
        await engine.assess(event)
        taken.append(watch.take())
    return taken


def measure() -> Counter[str]:
    """The nanoseconds of every stage, summed over the least that each log-in took in a few runs."""
    watch = Watch()
    watch.calibrate()
    instrument(watch)
    runs = [asyncio.run(profile(watch)) for _ in range(RUNS)]
    least = [Counter({stage: min(one[stage] for one in same) for stage in STAGES}) for same in zip(*runs, strict=True)]
    return sum(least, Counter[str]())


def main() -> None:
    """Prints the table."""
    announce("bench-profile")
    taken = measure()
    whole = sum(taken.values())
    print(f"{'stage':<10} {'us':>6} {'share':>6}")
    for stage, meaning in STAGES.items():
        print(f"{stage:<10} {taken[stage] / EVENTS / 1000:>6.1f} {taken[stage] / whole:>6.1%}  {meaning}")
    print(f"{'all':<10} {whole / EVENTS / 1000:>6.1f}")
    conclude({stage: round(taken[stage] / EVENTS / 1000, 2) for stage in STAGES})


if __name__ == "__main__":
    main()
