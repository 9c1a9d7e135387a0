"""Through the engine: parts that are late or down degrade, are named, counted and left out; lists hold all the same."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from msgspec.structs import replace
from tests.bench_of_evidence import KINDS, NOW, login, world

from watchword.engine import Engine
from watchword.enrichment.facts import Facts
from watchword.enrichment.nothing import NullEnricher
from watchword.errors import Conflict, StoreError
from watchword.events.event import Event
from watchword.events.pseudonym import Pseudonyms
from watchword.policy.assessment import Assessment
from watchword.policy.explanation import wire
from watchword.policy.lists import Entry, Lists
from watchword.ports import Judge, Recorded
from watchword.signals.signal import Signal
from watchword.stores.memory import MemoryStore

MS = 1_000_000


class Ticks:
    """A monotonic clock in the test's hands."""

    def __init__(self) -> None:
        self.now = 0

    def __call__(self) -> int:
        return self.now


class FrailStore(MemoryStore):
    """A memory store that can be told not to answer."""

    down = False

    async def decide(self, assessment: Assessment, judge: Judge) -> Recorded:
        if self.down:
            raise StoreError("the disk does not answer")
        return await super().decide(assessment, judge)


class SlowEnricher:
    """An enricher that takes its time, or fails."""

    def __init__(self, ticks: Ticks, takes_ms: int = 0) -> None:
        self.ticks, self.takes_ms, self.asked = ticks, takes_ms, 0
        self.fails = False

    def enrich(self, event: Event, now_ms: int) -> Facts:
        self.asked += 1
        self.ticks.now += self.takes_ms * MS
        if self.fails:
            raise OSError("no such file")
        return Facts()


def engine(enricher: Any = None, **settings: Any) -> Engine:
    made = Engine(
        FrailStore(),
        enricher or NullEnricher(),
        world(**settings),
        Pseudonyms(b"k" * 32),
        lambda: NOW + timedelta(seconds=1),
    )
    made.ticks = Ticks()
    return made


def slow_signal(ticks: Ticks, takes_ms: int) -> Signal:
    def detect(_context: Any) -> tuple[()]:
        ticks.now += takes_ms * MS
        return ()

    return Signal("slow", "DEVICE", KINDS, {}, detect)


async def test_a_late_signal_is_left_out_after_three_events_and_tried_again_after_its_rest() -> None:
    made = engine()
    made.world = replace(made.world, signals=(slow_signal(made.ticks, 11),))
    said = []
    for _ in range(5):
        said.append([one.reason for one in (await made.assess(login())).degraded])
    assert said == [["took 11.0 ms of 10"]] * 3 + [["left out for a while: it was late"]] * 2
    made.ticks.now += 30_000 * MS
    assert [one.reason for one in (await made.assess(login())).degraded] == ["took 11.0 ms of 10"]
    assert [one.reason for one in (await made.assess(login())).degraded] == ["left out for a while: it was late"]
    assert made.tallies.degraded == {"signals.slow": 7}


async def test_a_failing_signal_is_never_left_out() -> None:
    made = engine()

    def detect(context: Any) -> Any:
        if context.event.metadata.get("crafted"):
            raise ZeroDivisionError
        ran.append(context.event.id)
        return ()

    ran: list[str] = []
    made.world = replace(made.world, signals=(Signal("probe", "DEVICE", KINDS, {}, detect),))
    for _ in range(10):
        await made.assess(login(metadata={"crafted": 1}))
    await made.assess(login(id="honest"))
    assert ran == ["honest"]


async def test_late_enrichment_is_named_and_left_out_and_comes_back() -> None:
    ticks = Ticks()
    slow = SlowEnricher(ticks, takes_ms=12)
    made = engine(slow)
    made.ticks = ticks
    for _ in range(3):
        assert [one.part for one in (await made.assess(login())).degraded] == ["enrichment"]
    decision = await made.assess(login())
    assert slow.asked == 3
    assert decision.facts.missing == {"enrichment": "left out for a while: it was late"}
    ticks.now += 30_000 * MS
    await made.assess(login())
    assert slow.asked == 4


async def test_failing_enrichment_is_missing_facts() -> None:
    slow = SlowEnricher(Ticks())
    slow.fails = True
    decision = await engine(slow).assess(login())
    assert (decision.action, [(one.part, one.reason) for one in decision.degraded]) == (
        "allow",
        [("enrichment", "OSError")],
    )


async def test_while_the_store_is_down_the_answer_is_allow_not_durable_and_kept_under_its_id() -> None:
    made = engine()
    made.store.down = True
    event = login(id="late-1")
    answer = await made.assess(event)
    assert (answer.action, answer.durable, answer.evidence) == ("allow", False, ())
    assert [(one.part, one.reason) for one in answer.degraded] == [("store", "the disk does not answer")]
    assert wire(answer)["cause"] == "decided without store"
    assert wire(answer)["durable"] is False
    made.store.down = False
    again = await made.assess(event)
    assert again == answer
    assert await made.store.decision(answer.id) == answer
    with pytest.raises(Conflict):
        await made.assess(replace(event, ip="198.51.100.9"))
    assert made.tallies.degraded == {"store": 1}


async def test_by_setting_a_down_store_asks_for_verification() -> None:
    made = engine()
    made.store_down, made.store.down = "verify", True
    assert (await made.assess(login())).action == "verify"
    made.world = replace(made.world, mode="monitor")
    assert (await made.assess(login())).action == "allow"
    made.world = replace(made.world, enabled=False)
    assert (await made.assess(login())).mode == "disabled"


@pytest.mark.parametrize(("action", "override", "told"), [("block", False, "block"), ("verify", True, "verify")])
async def test_known_blocks_and_overrides_fail_closed(action: Any, override: bool, told: str) -> None:
    made = engine()
    made.store.down = True
    entry = Entry(id="lst_1", kind="user", value="ada", action=action, override=override, reason="r")
    made.world = replace(made.world, lists=Lists([entry]))
    assert (await made.assess(login())).action == told
    assert (await made.assess(login(user_id="bob"))).action == "allow"


async def test_matches_are_counted_and_a_repeated_event_is_not() -> None:
    from watchword.policy.rule import Policy

    rules = (
        Policy(name="always", sentence="s", when="true", action="monitor"),
        Policy(name="shadowed", sentence="s", when="true", action="block", mode="shadow"),
        Policy(name="fragile", sentence="s", when="has(metadata.x) && metadata.x > 1", action="block"),
    )
    made = engine(policies=rules)
    event = login(metadata={"x": "text"})
    for one in (event, event, login()):
        await made.assess(one)
    assert (made.tallies.matched["always"], made.tallies.shadowed["shadowed"], made.tallies.failed("fragile")) == (
        2,
        2,
        1,
    )
