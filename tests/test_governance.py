"""Live configuration: merged, validated, versioned, audited, in force for the next event on every engine."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from watchword.bootstrap import memory_engine
from watchword.engine import Engine
from watchword.errors import ConfigurationError, InvalidInput, NotFound
from watchword.events.login import Login
from watchword.governance import Governance
from watchword.policy.lists import Entry
from watchword.ports import Record
from watchword.stores.memory_ledger import MemoryLedger
from watchword.stores.memory_records import MemoryRecords
from watchword.web.service import govern

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


def login(number: int) -> Login:
    """A log-in from an address that says nothing."""
    return Login(id=f"login-{number}", occurred_at=NOW, user_id="ana", ip="192.0.2.7", result="success")


@pytest.fixture
def engine() -> Engine:
    """An engine that stands still at noon."""
    return memory_engine(clock=lambda: NOW)


@pytest.fixture
async def governance(engine: Engine) -> Governance:
    """Its live configuration."""
    made = govern(engine, MemoryRecords(), MemoryLedger())
    await made.refresh()
    return made


async def test_a_change_merges_and_acts_on_the_next_event(engine: Engine, governance: Governance) -> None:
    await governance.change({"velocityThresholds": {"maxLoginsPerMinute": 7}, "monitorThreshold": 20}, "ana", "trial")
    assert engine.world.limits.velocity.max_logins_per_minute == 7
    assert engine.world.limits.velocity.max_logins_per_hour == 30
    assert engine.world.scheme.terms.monitor == 200_000
    decision = await engine.assess(login(1))
    assert decision.versions["policy"] == "v1"


@pytest.mark.parametrize(
    ("patch", "refusal"),
    [
        ({"autoBlockThreshold": 101}, InvalidInput),
        ({"autoBlockThreshold": "eighty"}, InvalidInput),
        ({"autoBlockTreshold": 80}, InvalidInput),
        ({"verificationThreshold": 90}, (ConfigurationError, InvalidInput)),
        ({"policies": [{"name": "bad", "sentence": "x", "when": "score >", "action": "block"}]}, ConfigurationError),
    ],
)
async def test_what_does_not_hold_changes_nothing(governance: Governance, patch: dict, refusal: type) -> None:  # type: ignore[type-arg]
    before = governance.document()
    with pytest.raises(refusal):
        await governance.change(patch, "ana")
    assert governance.document() == before
    assert [version.version for version in await governance.history()] == [0]


async def test_rollback_is_a_new_version(engine: Engine, governance: Governance) -> None:
    await governance.change({"mode": "monitor"}, "ana")
    await governance.change({"monitorThreshold": 25}, "bo")
    await governance.rollback(0, "ana", "it bothered people")
    assert engine.world.mode == "enforce"
    assert [version.version for version in await governance.history()] == [3, 2, 1, 0]
    with pytest.raises(NotFound):
        await governance.rollback(9, "ana")


async def test_another_process_follows(engine: Engine) -> None:
    records, ledger = MemoryRecords(), MemoryLedger()
    here, there = govern(memory_engine(), records, ledger), govern(engine, records, ledger)
    await here.change({"mode": "monitor"}, "ana")
    assert engine.world.mode == "enforce"
    assert await there.refresh()
    assert engine.world.mode == "monitor"
    assert not await there.refresh()


async def test_entries_act_and_go(engine: Engine, governance: Governance) -> None:
    await governance.put_entry(Entry(id="1", kind="ip", value="192.0.2.0/24", action="block", reason="attack"), "ana")
    assert (await engine.assess(login(1))).action == "block"
    await governance.remove_entry("1", "ana")
    assert (await engine.assess(login(2))).action == "allow"
    with pytest.raises(NotFound):
        await governance.remove_entry("1", "ana")


async def test_every_change_is_audited(engine: Engine) -> None:
    ledger = MemoryLedger()
    governance = govern(engine, MemoryRecords(), ledger)
    await governance.change({"mode": "monitor"}, "ana", "watch first")
    await governance.put_entry(Entry(id="1", kind="country", value="XX", action="block"), "bo")
    acts = [(entry.actor, entry.act) for entry in ledger.entries]
    assert acts == [("ana", "settings.change"), ("bo", "list.put")]


async def test_other_records_change_nothing(engine: Engine) -> None:
    records = MemoryRecords()
    governance = govern(engine, records, MemoryLedger())
    await governance.refresh()
    before = engine.world
    await records.put(Record("session", "1", b""))
    assert not await governance.refresh()
    assert engine.world is before


async def test_entries_about_a_person_are_that_persons(engine: Engine) -> None:
    records = MemoryRecords()
    governance = govern(engine, records, MemoryLedger())
    await governance.put_entry(Entry(id="1", kind="user", value="ana", action="block"), "bo")
    await governance.put_entry(Entry(id="2", kind="country", value="XX", action="block"), "bo")
    assert [record.name for record in records.of(engine.pseudonyms.of("user", "ana"))] == ["1"]
