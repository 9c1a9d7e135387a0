"""What happened to an account, and what ends an alarm."""

from __future__ import annotations

from msgspec.structs import replace
from tests.stage import HOME, LONDON, Stage, codes, points


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
