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

from msgspec.structs import replace

from watchword.enrichment.facts import Facts
from watchword.errors import StoreError
from watchword.events.codec import check_time, normalise
from watchword.events.event import Event
from watchword.events.pseudonym import Pseudonyms
from watchword.policy.assessment import Assessment, Received, prepare
from watchword.policy.breaker import Breaker
from watchword.policy.decision import Action, Decision, Degraded
from watchword.policy.judge import ENRICHMENT, Verdict, fail_open, judge
from watchword.policy.pace import Ticks
from watchword.policy.rulebook import Rulebook
from watchword.policy.tallies import Tallies
from watchword.policy.world import World
from watchword.ports import Enricher, Recorded, Store
from watchword.rhythms import PART, Rhythms
from watchword.scoring.log_odds import scorecard
from watchword.state.observed import Observed

Listener = Callable[[Recorded], None]
Clock = Callable[[], datetime]
MS = 1_000_000
ODDS = scorecard()


class Engine:
    """Judges events. Made by `bootstrap.open_engine`; safe for many tasks of one event loop.

    Fails open: a part that is down or late is named in the decision and counted in `tallies`. While the store can not
    answer, `store_down` is answered, unless a list or an override says otherwise.
    """

    def __init__(self, store: Store, enricher: Enricher, world: World, pseudonyms: Pseudonyms, clock: Clock) -> None:
        self.store = store
        self.world = world
        self.enricher = enricher
        self.pseudonyms = pseudonyms
        self.clock = clock
        self.ticks: Ticks = perf_counter_ns
        self.retention = timedelta(days=90)
        self.store_down: Action = "allow"
        self.breaker = Breaker()
        self.tallies = Tallies()
        self.rhythms: Rhythms | None = None
        self._listeners: list[Listener] = []

    async def assess(self, event: Event, source: str = "api", machine: bool = False) -> Decision:
        """The decision on an event, recorded; the recorded one where the event was judged before.

        Raises InvalidInput (TooOld, TooFarAhead), Conflict, Erased.
        """
        assessment = self._prepare(event, source, machine)
        if assessment.form is not None and self.rhythms is not None:
            assessment = await self.rhythms.read(assessment)
        try:
            recorded = await self.store.decide(assessment, self._judge)
        except StoreError as error:
            recorded = self._answer_alone(assessment, error)
        if recorded.fresh:
            self.tallies.note(recorded.decision)
        for listener in self._listeners:
            listener(recorded)
        if assessment.rhythm is not None:
            await self._learn(assessment, recorded)
        return recorded.decision

    async def preview(self, event: Event, source: str = "api", machine: bool = False) -> Decision:
        """The decision that `assess` would make now, without any effect."""
        assessment = self._prepare(event, source, machine)
        if assessment.form is not None and self.rhythms is not None:
            assessment = await self.rhythms.read(assessment)
        return await self.store.preview(assessment, self._judge)

    async def odds(self, event: Event) -> Decision:
        """The decision on an event by the log-odds scorecard alone, without any effect, whichever scorecard is live."""
        scheme = replace(self.world.scheme, scorecard=ODDS, rulebook=Rulebook())
        world = replace(self.world, scheme=scheme, variants=(), enabled=True, model_wanted=False)
        assessment = self._prepare(event, "odds", machine=False)
        return await self.store.preview(assessment, lambda one, seen: judge(one, seen, world, self.ticks))

    def listen(self, listener: Listener) -> None:
        """Has `listener` told of every decision, after it was recorded."""
        self._listeners.append(listener)

    def _prepare(self, event: Event, source: str, machine: bool) -> Assessment:
        now = self.clock()
        event = normalise(event)
        check_time(event.occurred_at, now, self.retention)
        now_ms, began = int(now.timestamp() * 1000), self.ticks()
        facts = self._enrich(event, now_ms, began)
        return prepare(event, facts, self.pseudonyms, Received(now_ms, source, machine, self.ticks() - began))

    def _enrich(self, event: Event, now_ms: int, ticks: int) -> Facts:
        if ENRICHMENT in self.breaker.left_out(ticks // MS):
            return Facts(missing={ENRICHMENT: "left out for a while: it was late"})
        try:
            return self.enricher.enrich(event, now_ms)
        except Exception as error:  # a plug-in call: the edge
            return Facts(missing={ENRICHMENT: type(error).__name__})

    def _judge(self, assessment: Assessment, observed: Observed) -> Verdict:
        now_ms = self.ticks() // MS
        self.breaker.count(now_ms, self.world.rest)
        verdict = judge(assessment, observed, self.world, self.ticks, self.breaker.left_out(now_ms))
        if verdict.late:
            self.breaker.strike(verdict.late, now_ms, self.world.rest)
        return verdict

    async def _learn(self, assessment: Assessment, recorded: Recorded) -> None:
        """What of the form may be learnt is learnt after the decision; without it the template is an entry behind."""
        try:
            await self.rhythms.learn(assessment, recorded)  # type: ignore[union-attr]
        except StoreError:
            self.tallies.degraded[PART] += 1

    def _answer_alone(self, assessment: Assessment, error: StoreError) -> Recorded:
        answer = fail_open(assessment, self.world, self.store_down, [Degraded("store", str(error))])
        self.store.record_late(assessment, answer)
        return Recorded(answer)
