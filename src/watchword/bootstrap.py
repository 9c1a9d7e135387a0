"""Settings in, engine out: the only file that knows which adapters run."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime

from watchword import signals
from watchword.catalog import discover
from watchword.engine import Clock, Engine
from watchword.enrichment.nothing import NullEnricher
from watchword.events.pseudonym import Pseudonyms
from watchword.policy.world import World
from watchword.ports import Enricher
from watchword.signals.signal import Signal
from watchword.stores.memory import MemoryStore


def system_clock() -> datetime:
    """The time now, aware, UTC."""
    return datetime.now(UTC)


def memory_engine(enricher: Enricher | None = None, clock: Clock = system_clock, keep: int = 100_000) -> Engine:
    """An engine that keeps everything in memory: scans, tests, trials."""
    found = tuple(discover(signals, Signal, "watchword.signals").values())
    world = World(signals=found)
    return Engine(MemoryStore(keep), enricher or NullEnricher(), world, Pseudonyms(secrets.token_bytes(32)), clock)
