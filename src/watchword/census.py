"""Keeps the population of an engine: counts what is learnt, off the transaction, and renews the world's snapshot."""

from __future__ import annotations

from collections.abc import Callable

from watchword.policy.observation import attribute_values
from watchword.ports import Record, Recorded, Records
from watchword.state.population import Census, Population, pack, unpack

KIND, NAME = "population", "counts"
LEAST_NEWS = 32
NEWS_SHARE = 50
"""A snapshot is made when what was learnt since the last is a fiftieth of it: its cost stays a constant a log-in."""


class Keeper:
    """A listener of the engine. `publish` is given every new snapshot."""

    def __init__(self, publish: Callable[[Population], None], start: Population | None = None) -> None:
        self._publish = publish
        self._census = Census(start)
        self._known = start.total if start else 0.0
        self._news = 0
        self._unsaved = False

    def __call__(self, recorded: Recorded) -> None:
        """Counts a decision that was learnt."""
        decision = recorded.decision
        if not (recorded.fresh and decision.learnt):
            return
        at_ms = decision.event.occurred_ms
        self._census.add(attribute_values(decision), at_ms, decision.logins == 0)
        self._news += 1
        if self._news >= LEAST_NEWS + self._known / NEWS_SHARE:
            self._renew(at_ms)

    async def save(self, records: Records) -> None:
        """Keeps the newest snapshot for the next start, where it changed."""
        if self._unsaved:
            self._unsaved = False
            await records.put(Record(KIND, NAME, pack(self._census.snapshot(0))))

    def _renew(self, at_ms: int) -> None:
        snapshot = self._census.snapshot(at_ms)
        self._known, self._news, self._unsaved = snapshot.total, 0, True
        self._publish(snapshot)


async def saved(records: Records) -> Population | None:
    """The snapshot that an earlier process kept."""
    record = await records.get(KIND, NAME)
    return unpack(record.body) if record else None
