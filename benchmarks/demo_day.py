"""The demo day: what was caught and who was bothered, for both scorecards, summed over days of several seeds.

Read first: a simulation. An attack is caught when each of its log-ins with the right password was verified or blocked,
and where there was none, when any attempt was. The days are of seeds that nothing was chosen by.
"""

from __future__ import annotations

import argparse
import asyncio
from collections import Counter
from datetime import UTC, datetime
from time import perf_counter
from typing import Any

from benchmarks.measuring import announce, conclude
from watchword.bootstrap import memory_engine
from watchword.enrichment.sources import open_enricher
from watchword.learning.day import Day, Plan, make_day
from watchword.learning.intelligence import equipped
from watchword.learning.replay import VirtualClock, replay
from watchword.learning.tally import Tally
from watchword.learning.trial import real_addresses

SEEDS = tuple(range(2001, 2009))
BEFORE = datetime(2026, 11, 20, tzinfo=UTC)


async def judge(day: Day, scorecard: str, before: Tally, during: Tally) -> None:
    """Replays the weeks before the day and the day itself."""
    clock = VirtualClock()
    engine = memory_engine(equipped(open_enricher(None), day), clock, scorecard=scorecard)
    engine.ticks = lambda: 0
    async for judged in replay(engine, clock, day.history):
        before.add(*judged)
    async for judged in replay(engine, clock, day.events):
        during.add(*judged)


def show(name: str, tallies: list[tuple[Tally, Tally]]) -> dict[str, Any]:
    """Prints the sums over all days; returns the shares bothered and caught."""
    honest, causes = Counter[str](), Counter[str]()
    kinds: dict[str, Counter[str]] = {}
    for _, during in tallies:
        honest += during.honest
        causes += during.bothered_by
        for kind, counts in during.by_truth().items():
            kinds.setdefault(kind, Counter[str]()).update(counts)
    weeks = Counter[str]()
    for before, _ in tallies:
        weeks += before.honest
    bothered = (honest["verify"] + honest["block"]) / honest.total()
    attacks = sum(counts["attacks"] for counts in kinds.values())
    caught = sum(counts["caught"] for counts in kinds.values()) / attacks
    print(f"\n{name}: {caught:.1%} of {attacks} attacks caught, {bothered:.2%} of {honest.total():,} log-ins bothered")
    print(f"  verified {honest['verify']}, blocked {honest['block']}, monitored {honest['monitor']}; {dict(causes)}")
    print(f"  the weeks before: {(weeks['verify'] + weeks['block']) / weeks.total():.2%} of {weeks.total():,} bothered")
    for kind, counts in sorted(kinds.items()):
        print(f"  {kind:<10} {counts['caught']:>4} of {counts['attacks']:>4} caught, "
              f"{counts['stopped']:>5} of {counts['attempts']:>5} attempts stopped")  # fmt: skip
    return {"bothered": round(bothered, 4), "caught": round(caught, 4)}


def main() -> None:
    """Measures and prints; the last line is that of the demo's scorecard."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--seed", type=int, action="append")
    options = asked.parse_args()
    announce("bench-demo_day")
    began, book = perf_counter(), real_addresses()
    days = [make_day(Plan(seed=seed), book, BEFORE) for seed in options.seed or SEEDS]
    figures = {}
    for scorecard in ("weighted_average", "log_odds"):
        tallies = [(Tally(), Tally()) for _ in days]
        for day, pair in zip(days, tallies, strict=True):
            asyncio.run(judge(day, scorecard, *pair))
        figures[scorecard] = show(scorecard, tallies)
    print(f"\n{perf_counter() - began:.0f} s")
    conclude(figures["log_odds"])


if __name__ == "__main__":
    main()
