"""Judges the events of log files by an engine of their own, on a clock that shows the log's time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextlib import ExitStack, closing
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from time import monotonic

import msgspec

from watchword.bootstrap import Deployment, memory_engine
from watchword.config import Settings
from watchword.engine import Engine
from watchword.enrichment.sources import describe_sources, open_enricher
from watchword.errors import Conflict, Erased, InvalidInput
from watchword.events.event import Event
from watchword.streams.assemble import assemble
from watchword.streams.report import Report
from watchword.streams.sources import Source, Wanted, in_time_order, open_source
from watchword.streams.tally import Tally

TOGETHER = 64
"""Events handed to an engine at once whose store waits for a disk, so that it can commit them together."""
TOLD_EVERY = 512
KEPT_ANSWERS = 5_000
"""Decisions that a scan in memory keeps, to know an event again when another file repeats it."""

Progress = Callable[[int, int], None]
"""Told of bytes read of the files so far, and events judged."""


class LogClock:
    """Shows the latest time that the log told, and never one that has not come yet."""

    def __init__(self) -> None:
        self._at = datetime.fromtimestamp(0, UTC)
        self._real = datetime.now(UTC)

    def __call__(self) -> datetime:
        """The time by the log."""
        return self._at

    def pass_to(self, at: datetime) -> None:
        """The log tells `at`."""
        if at > self._at:
            self._at = min(at, self._real)


def opened(names: Sequence[str], wanted: Wanted, until: ExitStack) -> list[Source]:
    """The files, recognised, open until `until` closes. Raises Unreadable for the first that can not be read."""
    return [until.enter_context(closing(open_source(name, wanted))) for name in names]


async def scan_files(sources: Sequence[Source], settings: Settings, keep: bool, progress: Progress) -> Report:
    """The report on `sources`: by an engine in memory, or with `keep` by that of the settings' data directory.

    Either has the directory's feeds and city file; the latter also its live settings, lists and past decisions, and
    lives by the log's time: what it keeps for 90 days is kept for 90 days of the log.
    """
    clock = LogClock()
    _, first = next(in_time_order(sources), (None, None))
    if first is not None:
        clock.pass_to(first.occurred_at)
    folder = Path(settings.service.data_dir)
    credit = "; ".join(
        dict.fromkeys(one.attribution for one in describe_sources(folder) if one.used and one.attribution)
    )
    if not keep:
        live = msgspec.to_builtins(settings.engine)
        engine = memory_engine(open_enricher(folder), clock, KEPT_ANSWERS, **live)
        return await scan(sources, engine, clock, progress, credit=credit)
    deployment = Deployment(settings, clock)
    try:
        await deployment.start()
        return await scan(sources, deployment.engine, clock, progress, TOGETHER, credit)
    finally:
        await deployment.close()


async def scan(
    sources: Sequence[Source], engine: Engine, clock: LogClock, progress: Progress, together: int = 1, credit: str = ""
) -> Report:
    """The report on `sources`, judged by `engine`, whose clock is `clock`, `together` events at a time."""
    began = monotonic()
    tally = Tally()
    engine.listen(tally.take)
    engine.ticks = _at_leisure
    events = in_time_order(sources)
    while batch := list(islice(events, max(together, TOLD_EVERY))):
        for start in range(0, len(batch), together):
            await _judge(batch[start : start + together], engine, clock, tally)
        progress(sum(source.position for source in sources), tally.events)
    return assemble(tally, sources, monotonic() - began, credit)


def _at_leisure() -> int:
    """A stopwatch that stands still: nobody waits for a scan's decisions, so no part of one is late."""
    return 0


async def _judge(batch: Sequence[tuple[Source, Event]], engine: Engine, clock: LogClock, tally: Tally) -> None:
    judging = (_assess(source, event, engine, clock, tally) for source, event in batch)
    if len(batch) == 1:
        await next(judging)
    else:
        await asyncio.gather(*judging)


async def _assess(source: Source, event: Event, engine: Engine, clock: LogClock, tally: Tally) -> None:
    clock.pass_to(event.occurred_at)
    source.taken += 1
    try:
        await engine.assess(event, source=source.connector.name)
    except (InvalidInput, Conflict, Erased) as error:
        tally.refuse(event, error)
