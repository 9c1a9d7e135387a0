"""What somebody who knows how we judge may try, so as not to be seen."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from msgspec.structs import replace
from tests.stage import HOME, LONDON, NEW_YORK, Stage, codes, untold

from watchword.enrichment.facts import Network
from watchword.events.label import Label
from watchword.events.login import Login
from watchword.events.verification import Verification
from watchword.policy.decision import RANK
from watchword.policy.lists import Entry, Lists, checked
from watchword.state.profile import NETWORK_KINDS

MINUTE = timedelta(minutes=1)


async def guess(stage: Stage, times: int, gap_s: float = 2.0, **fields: Any) -> Any:
    for _ in range(times):
        stage.wait(seconds=gap_s)
        decision = await stage.login(result="failure", **fields)
    return decision


@pytest.mark.parametrize("tie", [{"session_id": "s"}, {"correlation_id": "c"}])
async def test_one_event_of_another_channel_does_not_hide_many(tie: dict[str, str]) -> None:
    stage = Stage()
    await guess(stage, 1, source="app", **tie)
    last = await guess(stage, 8, source="log", **tie)
    assert "RAPID_LOGINS" in codes(last) and last.linked is None


async def test_though_pairs_count_once_in_whatever_order_they_come() -> None:
    for order in ("aabb", "abab", "abba", "aaabbb", "ababab", "bbbaaa"):
        stage = Stage()
        for source in order:
            stage.wait(seconds=1)
            last = await stage.login(result="failure", source=source, session_id="s")
        log = await counted(stage)
        assert log == len(order) // 2, order
        assert last.linked is not None, order


async def test_and_three_channels_tell_one_thing_once() -> None:
    stage = Stage()
    for source in ("a", "b", "c", "a", "b", "c", "c"):
        stage.wait(seconds=1)
        await stage.login(result="failure", source=source, session_id="s")
    assert await counted(stage) == 3


async def counted(stage: Stage) -> int:
    """How many attempts the user's window holds, looked at from just after."""
    stage.engine.world = replace(stage.engine.world, debug=True)
    event = Login(
        id="look", occurred_at=stage.now + timedelta(seconds=1), user_id="ada", ip="192.0.2.99", result="success"
    )
    seen = await stage.engine.preview(event)
    return int(seen.debug["state"]["lastMinuteAndHour"]["user.logins"][0]) - 1  # type: ignore[index]


async def test_a_change_by_another_channel_is_no_other_change() -> None:
    stage = Stage()
    await stage.activity("update_email", session_id="s", source="app")
    other = await stage.activity("update_password", session_id="s", source="log")
    assert other.linked is None


SPELLINGS = {
    "203.0.113.7": ("::ffff:203.0.113.7", "::FFFF:CB00:7107", "0:0:0:0:0:ffff:203.0.113.7"),
    "2001:db8::1": ("2001:DB8::1", "2001:db8:0:0:0:0:0:1", "2001:0db8::0001", "2001:db8::1%eth0"),
}


@pytest.mark.parametrize("plain", SPELLINGS)
async def test_an_address_spelled_otherwise_is_the_same_address(plain: str) -> None:
    stage = Stage()
    spellings = (plain, *SPELLINGS[plain])
    for turn in range(12):
        stage.wait(seconds=2)
        last = await stage.login(user=f"user-{turn}", ip=spellings[turn % len(spellings)], result="failure")
    assert "RAPID_LOGINS_IP" in codes(last)
    assert last.event.ip in (plain, plain.lower())


@pytest.mark.parametrize("plain", SPELLINGS)
async def test_and_lists_know_all_spellings(plain: str) -> None:
    width = "/120" if ":" not in plain else "/64"
    for listed in (plain, *SPELLINGS[plain]):
        if "%" in listed:
            continue
        for value in (listed, f"{listed}{width}" if ":" in listed else f"{listed}/24"):
            stage = Stage()
            entry = checked(Entry(id="e", kind="ip", value=value, action="block"))
            stage.engine.world = replace(stage.engine.world, lists=Lists([entry]))
            for spelled in (plain, *SPELLINGS[plain]):
                assert (await stage.login(ip=spelled)).action == "block", (value, spelled)


async def test_a_subscriber_of_ipv6_is_one_address() -> None:
    stage = Stage()
    for turn in range(12):
        stage.wait(seconds=2)
        last = await stage.login(user=f"user-{turn}", ip=f"2001:db8:5:5:{turn:x}::{turn + 1:x}", result="failure")
    assert "RAPID_LOGINS_IP" in codes(last)
    neighbour = await stage.login(user="neighbour", ip="2001:db8:5:6::1")
    assert not any(code.endswith("_IP") for code in codes(neighbour))


async def test_and_no_crowd_of_addresses_to_its_own_user() -> None:
    """A telephone takes a new address of its /64 every few hours, or every few minutes."""
    stage = Stage()
    await stage.settle_in(3)
    for turn in range(5):
        last = await stage.login(ip=f"2001:db8:7:7:{turn:x}::1")
        stage.wait(minutes=7)
    last = await stage.login(ip="2001:db8:7:7:99::1")
    last = await stage.login(ip="2001:db8:7:7:9a::1")
    assert "MANY_IPS" not in codes(last)


async def test_noise_does_not_soften_a_guess() -> None:
    """Whatever else is thrown in, the last guess is answered at least as it is without."""
    plain = Stage()
    alone = await guess(plain, 8)
    noises: list[dict[str, Any]] = [
        {"device_fingerprint": None}, {"user_agent": None}, {"metadata": {"x": "y" * 500}}, {"session_id": "s"},
        {"correlation_id": "c"}, {"headers": tuple((f"h{n}", "x") for n in range(60))}, {"endpoint": "/x" * 900},
    ]  # fmt: skip
    for noise in noises:
        stage = Stage()
        last = await guess(stage, 8, **noise)
        assert RANK[last.action] >= RANK[alone.action], noise


async def test_nor_do_successes_of_ones_own_in_between() -> None:
    stage = Stage()
    for turn in range(16):
        stage.wait(seconds=1)
        own = turn % 2
        last = await stage.login("mallory" if own else "ada", result="success" if own else "failure")
    assert RANK[last.action] >= RANK["monitor"]
    ada = await guess(stage, 1)
    assert "RAPID_LOGINS" in codes(ada) and ada.action == "block"


async def test_events_from_before_and_after_leave_the_guess_in_its_window() -> None:
    stage = Stage()
    await guess(stage, 6, gap_s=1)
    now = stage.now
    for days in (30, 2, 1):
        stage.now = now - timedelta(days=days)
        await stage.login(result="success")
    stage.now = now + timedelta(minutes=4)
    await stage.login(result="success", device_fingerprint="another")
    stage.now = now + timedelta(seconds=1)
    assert "RAPID_LOGINS" in codes(await stage.login(result="failure"))


async def test_what_answers_somebody_elses_decision_teaches_nothing() -> None:
    """Neither mallory's verification nor a label makes her log-in on ada's account known."""
    for tell in ("verification", "label"):
        stage = Stage()
        await stage.settle_in(8)
        stage.at(NEW_YORK)
        hers = await stage.login(device_fingerprint="thief", user_agent="curl/8")
        assert hers.action in ("verify", "block")
        before = await stage.profile()
        if tell == "verification":
            await stage.play(Verification, user_id="mallory", method="totp", result="success", decision_id=hers.id)
            await stage.play(Verification, user_id="ada", method="totp", result="failure", decision_id=hers.id)
        else:
            await stage.play(Label, user_id="mallory", label="legitimate", decision_id=hers.id)
            await stage.play(Label, user_id="ada", label="legitimate", decision_id="dec_" + "0" * 32)
            await stage.play(Label, user_id="ada", label="legitimate", decision_id="dec_zz")
        after = await stage.profile()
        assert (after.devices, after.places, after.logins) == (before.devices, before.places, before.logins)


async def test_a_thief_who_keeps_coming_is_not_learnt_by_coming() -> None:
    """Asked to verify every time and never passing, for ninety days."""
    stage = Stage()
    await stage.settle_in(20)
    home, places = stage.facts, (await stage.profile()).places
    for _ in range(90):
        stage.facts = replace(home, place=LONDON, network=Network(asn=9009))
        decision = await stage.login(device_fingerprint="thief")
        assert decision.action in ("verify", "block")
        stage.facts = home
        stage.wait(days=1)
        await stage.login()
    assert [place.spot for place in (await stage.profile()).places] == [place.spot for place in places]


async def test_nobody_is_locked_out_by_guesses_from_elsewhere() -> None:
    for elsewhere in NETWORK_KINDS:
        flags = {} if elsewhere in ("access", "special") else {elsewhere: True}
        stage = Stage()
        await stage.settle_in(8)
        home = stage.facts
        stage.facts = replace(HOME, network=Network(asn=9009, **flags))
        for turn in range(40):
            stage.wait(seconds=1)
            await stage.login(result="failure", ip=f"81.2.{turn}.9", device_fingerprint="thief")
        stage.facts = home
        stage.wait(seconds=1)
        owner = await stage.login()
        assert owner.action == "verify" and owner.relief, elsewhere


async def test_more_log_ins_than_are_kept_do_not_hide_that_there_was_one() -> None:
    """A flood pushes the log-in before a sensitive change out of the window: then it can not be told, and says so."""
    stage = Stage()
    await stage.settle_in(2)
    await stage.login()
    for _ in range(1_030):
        stage.now += timedelta(milliseconds=100)
        await stage.login(result="failure")
    change = await stage.activity("update_email")
    assert untold(change).get("SENSITIVE_CHANGE") == "SATURATED"
