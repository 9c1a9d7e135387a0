"""What happened to an account, and what ends an alarm."""

from __future__ import annotations

from msgspec.structs import replace
from tests.stage import HOME, LONDON, Stage, codes, points

from watchword.state.incidents import FRAUD
from watchword.state.plan import USER_INCIDENTS, Touch


async def test_the_owner_ends_the_alarm_by_passing_a_challenge() -> None:
    stage = Stage()
    await stage.settle_in(10)
    stage.facts = replace(HOME, place=LONDON)
    stolen = await stage.login(device_fingerprint="thief")
    await stage.label(stolen, "fraud")
    stage.facts = HOME
    stage.wait(hours=1)
    asked = await stage.login()
    assert codes(asked) == ["COMPROMISED"]
    assert asked.action == "verify"
    stage.wait(seconds=30)
    await stage.answer(asked)
    stage.wait(hours=1)
    assert codes(await stage.login()) == []


async def test_a_history_stays_at_its_lowest_after_the_owner_passed() -> None:
    stage = Stage()
    await stage.settle_in(10)
    for _ in range(9):
        await stage.activity("reset_password", result="failure")
        stage.wait(minutes=5)
    asked = await stage.login()
    assert points(asked, "INCIDENT_HISTORY") == 69
    await stage.answer(asked)
    stage.wait(days=2)
    later = await stage.login()
    assert points(later, "INCIDENT_HISTORY") == 40
    assert later.action == "monitor"


async def test_a_sensitive_change_from_a_new_place_must_be_verified() -> None:
    stage = Stage()
    await stage.settle_in(10)
    await stage.login()
    stage.wait(minutes=2)
    assert (await stage.activity("update_password")).action == "monitor"
    stage.facts = replace(HOME, place=LONDON)
    decision = await stage.activity("update_email")
    assert {"SENSITIVE_CHANGE", "NEW_COUNTRY"} <= set(codes(decision))
    assert decision.action == "verify"
    assert "sensitive_change_from_new_place" in [rule.name for rule in decision.policies]


async def test_what_is_not_sensitive_is_not_noticed() -> None:
    stage = Stage()
    await stage.login()
    assert codes(await stage.activity("profile_update")) == []


async def test_a_failed_log_in_before_a_change_is_no_log_in() -> None:
    stage = Stage()
    await stage.login(result="failure")
    assert codes(await stage.activity("update_email")) == []


async def test_failed_resets_do_not_push_a_label_out() -> None:
    stage = Stage()
    await stage.settle_in(10)
    for _ in range(2):
        await stage.label(await stage.login(device_fingerprint="thief"), "fraud")
    stage.wait(seconds=1)
    assert (await stage.login()).would_act == "block"
    for _ in range(1024):
        await stage.activity("reset_password", result="failure")
    stage.wait(minutes=5)
    blocked = await stage.login()
    assert blocked.would_act == "block"
    found = next(one for one in blocked.evidence if one.code == "COMPROMISED")
    assert found.details["labels"] == 2


async def test_failed_resets_do_not_push_the_owners_word_out() -> None:
    stage = Stage()
    await stage.settle_in(10)
    for _ in range(2):
        await stage.label(await stage.login(device_fingerprint="thief"), "fraud")
    stage.wait(minutes=1)
    await stage.answer(await stage.login())
    for _ in range(1024):
        await stage.activity("reset_password", result="failure")
    stage.wait(minutes=5)
    assert "COMPROMISED" not in codes(await stage.login())


async def test_labels_from_before_they_had_a_log_count_once_and_on() -> None:
    stage = Stage()
    await stage.settle_in(10)
    fraud = await stage.login(device_fingerprint="thief")
    owner = stage.engine.pseudonyms.of("user", "ada")
    stage.engine.store.note(Touch(USER_INCIDENTS, owner, (FRAUD,)), round(stage.now.timestamp() * 1000))  # type: ignore[attr-defined]
    stage.wait(seconds=1)
    old = await stage.login()
    assert next(one for one in old.evidence if one.code == "COMPROMISED").details["labels"] == 1
    await stage.label(fraud, "fraud")
    stage.wait(seconds=1)
    both = await stage.login()
    assert next(one for one in both.evidence if one.code == "COMPROMISED").details["labels"] == 2
