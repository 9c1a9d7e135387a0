"""Rates: whom they stop, and whom they must not."""

from __future__ import annotations

from datetime import timedelta

import pytest
from msgspec.structs import replace
from tests.plays import burst, crowd, gap_of
from tests.stage import HOME, Stage, codes, points, untold

from watchword.enrichment.facts import Agent, Hint, Network
from watchword.events.login import Login

ELSEWHERE = replace(HOME, network=Network(asn=9009, hosting=True), place=None)


async def _besiege(stage: Stage, attempts: int = 30, **fields: object) -> None:
    stage.facts = ELSEWHERE
    for number in range(attempts):
        await stage.login(result="failure", device_fingerprint="script", ip=f"185.1.1.{number % 4}", **fields)  # type: ignore[arg-type]
        stage.now += gap_of(number, 1.2)
    stage.facts = HOME


async def test_the_owner_is_asked_to_verify_while_somebody_else_guesses() -> None:
    stage = Stage()
    await stage.settle_in(8)
    await _besiege(stage)
    decision = await stage.login()
    assert "RAPID_LOGINS" in codes(decision)
    assert points(decision, "RAPID_LOGINS") >= 90
    assert decision.action == "verify"
    assert decision.relief is not None
    assert decision.relief.startswith("The device and its kind of network (access) were the user's before the burst")


@pytest.mark.parametrize(
    "changes",
    [
        {"device_fingerprint": "another"},
        {"result": "failure"},
    ],
)
async def test_nobody_else_is_relieved(changes: dict[str, str]) -> None:
    stage = Stage()
    await stage.settle_in(8)
    await _besiege(stage)
    decision = await stage.login(**changes)
    assert decision.action == "block"
    assert decision.relief is None


async def test_the_owners_device_on_a_kind_of_network_he_never_had_is_not_relieved() -> None:
    stage = Stage()
    await stage.settle_in(8)
    await _besiege(stage)
    stage.at(vpn=True)
    assert (await stage.login()).action == "block"


async def test_a_device_first_seen_in_the_burst_is_not_relieved() -> None:
    stage = Stage()
    await stage.login()
    stage.wait(seconds=1)
    for number in range(8):
        stage.facts = ELSEWHERE
        await stage.login(result="failure", device_fingerprint="script", ip=f"185.1.1.{number}")
        stage.wait(seconds=1)
    stage.facts = HOME
    decision = await stage.login()
    assert decision.relief is None
    assert decision.action == "block"


async def test_other_evidence_acts_as_ever_beside_relief() -> None:
    stage = Stage()
    await stage.settle_in(8)
    await stage.login()
    await _besiege(stage)
    stage.facts = replace(HOME, place=replace(HOME.place, lat=-33.9, lng=151.2, country="AU"))
    decision = await stage.login()
    assert "IMPOSSIBLE_TRAVEL" in codes(decision)
    assert decision.action == "block"
    assert decision.relief is None


async def test_people_at_a_carriers_address_are_not_locked_out_by_a_guesser_there() -> None:
    """At an address known for a crowd somebody guesses at many; a customer of the same carrier logs in."""
    stage = Stage()
    await crowd(stage, 25, 4)
    for number in range(20):
        await stage.login(user=f"victim-{number}", ip="81.1.0.7", result="failure", device_fingerprint="script")
        stage.now += gap_of(number, 1.5)
    decision = await stage.login(user="worker-3", ip="81.1.0.7")
    assert "RAPID_LOGINS_IP" in codes(decision)
    assert decision.action == "verify"
    assert decision.relief is not None


async def test_an_office_that_mostly_succeeds_is_not_evaluable() -> None:
    stage = Stage()
    await crowd(stage, 25, 4)
    decision = await burst(stage, 60, users=60, failed=20, within_s=3000)
    assert untold(decision) == {
        "HOURLY_LOGINS_IP": "CROWD", "FAILED_LOGINS_IP": "CROWD", "MANY_USERS_IP": "CROWD",
    }  # fmt: skip


async def test_one_log_in_by_two_channels_counts_once() -> None:
    stage = Stage()
    for number in range(5):
        for source in ("api", "log"):
            decision = await stage.login(source=source, session_id=f"s{number}")
        stage.wait(seconds=2)
    assert codes(decision) == []
    assert len((await stage.profile()).times) == 5


async def test_an_event_too_late_for_its_windows_says_so() -> None:
    stage = Stage()
    await stage.login()
    stage.now -= timedelta(hours=26)
    decision = await stage.login()
    assert untold(decision)["RAPID_LOGINS"] == "TOO_LATE"
    assert untold(decision)["RAPID_LOGINS_IP"] == "TOO_LATE"
    assert codes(decision) == []


async def test_late_events_are_judged_by_their_own_time() -> None:
    """Six attempts within a minute, told later and backwards: the one told last is judged with what is known."""
    stage = Stage()
    await stage.login()
    later = stage.now
    for second in range(50, 0, -10):
        stage.now = later - timedelta(minutes=40) + timedelta(seconds=second)
        decision = await stage.login(result="failure")
        assert "RAPID_LOGINS" not in codes(decision)
    stage.now = later - timedelta(minutes=40) + timedelta(seconds=55)
    assert "RAPID_LOGINS" in codes(await stage.login(result="failure"))


async def test_loopback_is_nobodys_address() -> None:
    stage = Stage()
    stage.facts = replace(HOME, place=None, network=Network(special="loopback"))
    decision = await burst(stage, 40, users=40, within_s=50)
    assert codes(decision) == []


async def test_saturated_windows_say_at_least() -> None:
    stage = Stage()
    decision = await burst(stage, 1100, failed=1100, within_s=50)
    evidence = next(one for one in decision.evidence if one.code == "RAPID_LOGINS")
    assert evidence.details["atLeast"] is True
    assert evidence.message.startswith("At least 1024 log-in attempts")


async def test_machine_callers_are_exempt_from_evidence_of_scripts_only() -> None:
    stage = Stage()
    stage.facts = replace(HOME, agent=Agent(automation="Python", tool="scripted"))
    login = {"user_id": "robot", "ip": "81.1.1.1", "result": "success"}
    assert codes(await stage.play(Login, **login)) == ["SCRIPTED_CLIENT"]
    assert codes(await stage.play(Login, machine=True, **login)) == []
    stage.facts = replace(HOME, hints=(Hint("NO_ACCEPT_LANGUAGE", 0.7, "No Accept-Language"),))
    assert codes(await stage.play(Login, machine=True, **login)) == []
    stage.facts = replace(HOME, agent=Agent(automation="HeadlessChrome", tool="headless"))
    assert codes(await stage.play(Login, machine=True, **login)) == ["AUTOMATED_BROWSER"]
    stage.facts = replace(HOME, network=Network(tor=True))
    assert codes(await stage.play(Login, machine=True, **login)) == ["TOR"]


async def test_a_monitoring_check_with_a_machines_key_may_be_regular() -> None:
    stage = Stage()
    for _ in range(20):
        decision = await stage.play(Login, machine=True, user_id="probe", ip="81.1.1.1", result="success")
        assert codes(decision) == []
        stage.wait(seconds=30)


async def test_switched_off_families_find_nothing() -> None:
    stage = Stage(deviceFingerprintEnabled=False, behavioralAnalysisEnabled=False)
    await stage.settle_in(20)
    stage.wait(hours=12)
    decision = await stage.login(device_fingerprint="another")
    assert codes(decision) == []
