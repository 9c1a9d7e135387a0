"""Settings in, engine out: the only file that knows which adapters run."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime
from time import perf_counter_ns
from typing import Any

import msgspec

from watchword import signals
from watchword.actions.messages import Messages
from watchword.catalog import discover
from watchword.census import Keeper
from watchword.engine import Clock, Engine
from watchword.enrichment.nothing import NullEnricher
from watchword.events.pseudonym import Pseudonyms
from watchword.policy.lists import Entry, Lists
from watchword.policy.settings import EngineSettings, build_world
from watchword.policy.world import Tell, World
from watchword.ports import Enricher
from watchword.signals.signal import Signal
from watchword.state.population import Population
from watchword.stores.memory import MemoryStore


def system_clock() -> datetime:
    """The time now, aware, UTC."""
    return datetime.now(UTC)


def all_signals() -> tuple[Signal, ...]:
    """Every signal there is, shipped or installed."""
    return tuple(discover(signals, Signal, "watchword.signals").values())


def memory_engine(
    enricher: Enricher | None = None, clock: Clock = system_clock, keep: int = 100_000, **changes: Any
) -> Engine:
    """An engine that keeps everything in memory: scans, tests, trials. `changes` are live settings by wire name."""
    settings = msgspec.convert(changes, EngineSettings)
    world = build_world(settings, all_signals(), perf_counter_ns, tell=messages_of(settings))
    pseudonyms = Pseudonyms(secrets.token_bytes(32))
    engine = Engine(MemoryStore(keep), enricher or NullEnricher(), world, pseudonyms, clock)
    keep_census(engine)
    return engine


def messages_of(settings: EngineSettings) -> Tell:
    """What people who are stopped are told."""
    return Messages(settings.support_contact, settings.messages).tell


def keep_census(engine: Engine, start: Population | None = None) -> Keeper:
    """Has what the engine learns counted, and its world renewed with the counts."""

    def publish(population: Population) -> None:
        engine.world = msgspec.structs.replace(engine.world, population=population)

    keeper = Keeper(publish, start)
    engine.listen(keeper)
    if start is not None:
        publish(start)
    return keeper


def make_world(engine: Engine, settings: EngineSettings, entries: tuple[Entry, ...], version: int) -> World:
    """A world of live settings and lists around the engine's present population."""
    world = build_world(settings, all_signals(), perf_counter_ns, Lists(entries), messages_of(settings), f"v{version}")
    return msgspec.structs.replace(world, population=engine.world.population)
