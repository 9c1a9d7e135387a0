"""What one assessment costs in process: memory store, all signals, 20 rules, 1,000 users with 20 past log-ins."""

from __future__ import annotations

import asyncio
import gc
from collections import Counter
from datetime import datetime, timedelta
from time import perf_counter, perf_counter_ns

from benchmarks.measuring import announce, baseline_us, conclude, percentile
from benchmarks.workloads import START, history, people, traffic
from watchword.bootstrap import memory_engine
from watchword.engine import Engine
from watchword.enrichment.sources import open_enricher

USERS, LOGINS, EVENTS = 1_000, 20, 20_000


class VirtualClock:
    """A clock that stands where it is put."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now


def rules() -> list[dict[str, str]]:
    """Twenty live rules over what rules usually read."""
    templates = (
        'score > {n}.0 && country == "BR" && new_device',
        "vpn && logins_learnt < {n}",
        'type == "login" && failed_1h > {n} && !new_country',
        "asn == {n} && hour < 6",
    )
    return [
        {"name": f"rule_{n}", "sentence": f"Rule {n}", "when": templates[n % 4].format(n=n + 20), "action": "monitor"}
        for n in range(20)
    ]


async def measure(engine: Engine, clock: VirtualClock) -> tuple[list[float], Counter[str]]:
    """Microseconds of every assessment, and how many decisions had evidence."""
    who = people(USERS)
    for event in history(who, LOGINS):
        clock.now = event.occurred_at
        await engine.assess(event)
    taken, seen = [], Counter[str]()
    gc.collect()
    gc.freeze()
    for event in traffic(who, EVENTS, START + timedelta(days=80)):
        clock.now = event.occurred_at
        began = perf_counter()
        decision = await engine.assess(event)
        taken.append((perf_counter() - began) * 1e6)
        seen["evidence" if decision.evidence else "none"] += 1
    return taken, seen


def main() -> None:
    """Measures and prints."""
    announce("bench-assess")
    clock = VirtualClock(START)
    engine = memory_engine(open_enricher(None), clock, policies=rules())
    engine.ticks = perf_counter_ns
    taken, seen = asyncio.run(measure(engine, clock))
    print(f"{seen['evidence'] / EVENTS:.0%} of events with evidence, {len(engine.world.signals)} signals, 20 rules")
    p50, p99 = percentile(taken, 0.5), percentile(taken, 0.99)
    print(f"p50 is {p50 / baseline_us():.0f} x the baseline")
    conclude({"p50_us": round(p50, 1), "p99_us": round(p99, 1)})


if __name__ == "__main__":
    main()
