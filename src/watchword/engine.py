"""READ FIRST. The whole story of an event: enrich -> decide -> tell.

    event ──► enrich (facts from reference data) ──► decide (one transaction: observe, judge, record) ──► tell
                                                         │
                                        signals ► evidence ► score ► action   (pure; `policy/judge.py`)

What counts as fraud stands in the rows above; here is only the order of things, time, and failing open.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from time import perf_counter_ns

from watchword.events.codec import check_time, normalise
from watchword.events.event import Event
from watchword.events.pseudonym import Pseudonyms
from watchword.policy.assessment import Assessment, Received, prepare
from watchword.policy.decision import Decision
from watchword.policy.judge import Verdict, judge
from watchword.policy.world import World
from watchword.ports import Enricher, Recorded, Store
from watchword.state.observed import Observed

Listener = Callable[[Recorded], None]
Clock = Callable[[], datetime]


class Engine:
    """Judges events. Made by `bootstrap.open_engine`; safe for many tasks of one event loop."""

    def __init__(self, store: Store, enricher: Enricher, world: World, pseudonyms: Pseudonyms, clock: Clock) -> None:
        self.store = store
        self.world = world
        self.enricher = enricher
        self.pseudonyms = pseudonyms
        self.clock = clock
        self.retention = timedelta(days=90)
        self._listeners: list[Listener] = []

    async def assess(self, event: Event, source: str = "api", machine: bool = False) -> Decision:
        """The decision on an event, recorded; the recorded one where the event was judged before.

        Raises InvalidInput (TooOld, TooFarAhead), Conflict, Erased.
        """
        recorded = await self.store.decide(self._prepare(event, source, machine), self._judge)
        for listener in self._listeners:
            listener(recorded)
        return recorded.decision

    async def preview(self, event: Event, source: str = "api", machine: bool = False) -> Decision:
        """The decision that `assess` would make now, without any effect."""
        return await self.store.preview(self._prepare(event, source, machine), self._judge)

    def listen(self, listener: Listener) -> None:
        """Has `listener` told of every decision, after it was recorded."""
        self._listeners.append(listener)

    def _prepare(self, event: Event, source: str, machine: bool) -> Assessment:
        now = self.clock()
        event = normalise(event)
        check_time(event.occurred_at, now, self.retention)
        received = Received(int(now.timestamp() * 1000), source, machine)
        facts = self.enricher.enrich(event, received.at_ms)
        return prepare(event, facts, self.pseudonyms, received)

    def _judge(self, assessment: Assessment, observed: Observed) -> Verdict:
        return judge(assessment, observed, self.world, perf_counter_ns)
