"""What a profile learns, and when."""

from __future__ import annotations

import itertools
from random import Random

import pytest
from msgspec.structs import replace
from tests.stage import BERGEN, HOME, LONDON, NEW_YORK, TOKYO, Stage, codes

from watchword.state.learning import absorb, learn, learn_passed, phase_of, settle, trust_in, unlearn
from watchword.state.plan import DAY_MS, HOUR_MS, MINUTE_MS
from watchword.state.profile import MAX_DEVICES, MAX_PLACES, MAX_TIMES, Observation, Profile, Spot, pack, unpack

AT = 20_000 * DAY_MS
CITIES = [Spot(lat, lng, 20.0, f"C{number}", f"city-{number}") for number, (lat, lng) in enumerate(
    [(0.0, 0.0), (10.0, 10.0), (20.0, 50.0), (-30.0, 80.0), (40.0, -70.0), (55.0, 37.0), (-20.0, -60.0)]
)]  # fmt: skip


def seen(at_ms: int = AT, device: int = 7, city: int = 0, network: str = "access", event: bytes = b"e") -> Observation:
    values = (at_ms % 5 + 1, city + 1, 3, city + 1, 5, 6, 7, 8)
    minute = at_ms // MINUTE_MS % 1440
    return Observation(
        at_ms, minute, values, device, f"device {device}", network, CITIES[city], 64_500, "Chrome", 130, event
    )


def known(logins: int = 6) -> Profile:
    profile = Profile()
    for day in range(logins):
        profile = absorb(profile, seen(AT + day * DAY_MS))
    return profile


def later(days: float) -> int:
    return AT + round((6 + days) * DAY_MS)


def test_allowed_is_learnt_at_once() -> None:
    profile = learn(known(), seen(later(0), device=8), "allow")
    assert profile is not None
    assert [one.key for one in profile.devices] == [8, 7]
    assert profile.logins == 7


@pytest.mark.parametrize("action", ["monitor", "verify", "block"])
def test_what_was_flagged_is_not_learnt(action: str) -> None:
    profile = learn(known(), seen(later(0), device=8, city=1), action)
    assert profile is not None
    assert profile.logins == 6
    assert [one.key for one in profile.devices] == [7]
    assert [place.spot.country for place in profile.places] == ["C0"]


def test_allowed_because_a_part_was_missing_goes_on_probation() -> None:
    profile = learn(known(), seen(later(0), device=8), "allow", degraded=True)
    assert profile is not None
    assert profile.logins == 6
    assert len(profile.pending) == 1
    assert profile.pending[0].alarmed_ms == 0


def test_on_probation_three_agreeing_successes_on_three_days_are_learnt() -> None:
    profile = known()
    for number, day in enumerate((0.0, 0.2, 1.2)):
        profile = learn(profile, seen(later(day), device=8), "monitor" if number != 1 else "allow") or profile
        assert profile.logins == 6, "two days are not three"
    profile = learn(profile, seen(later(2.3), device=8), "monitor") or profile
    assert profile.logins == 10
    assert {one.key: one.count for one in profile.devices} == {7: 6, 8: 4}
    assert profile.pending == []


def test_what_is_on_probation_is_not_learnt_in_passing() -> None:
    """The second alarm of a day is suppressed, so the answer is allow; that is no reason to learn."""
    profile = learn(known(), seen(later(0), device=8), "monitor")
    assert profile is not None
    profile = learn(profile, seen(later(0.1), device=8), "allow")
    assert profile is not None
    assert profile.logins == 6
    profile = learn(profile, seen(later(0.2), device=8, city=1), "allow")
    assert profile is not None
    assert profile.logins == 6, "the same device elsewhere is waiting, too"
    profile = learn(profile, seen(later(0.3)), "allow")
    assert profile is not None
    assert profile.logins == 7, "the known device is learnt as ever"


def test_other_devices_do_not_vouch_for_each_other() -> None:
    profile = known()
    for day in range(3):
        profile = learn(profile, seen(later(day), device=8 + day), "monitor") or profile
    assert profile.logins == 6
    assert len(profile.pending) == 3


def test_seven_days_without_incident_are_enough() -> None:
    profile = learn(known(), seen(later(0), device=8), "monitor")
    assert profile is not None
    assert settle(profile, later(7) - 1) is profile
    assert [one.key for one in settle(profile, later(7)).devices] == [8, 7]


def test_an_incident_starts_the_seven_days_again() -> None:
    profile = learn(known(), seen(later(0), device=8), "monitor")
    assert profile is not None
    assert settle(profile, later(8), incident_ms=later(3)) is profile
    assert settle(profile, later(10), incident_ms=later(3)).logins == 7


@pytest.mark.parametrize("action", ["verify", "block"])
def test_what_was_stopped_is_learnt_when_it_is_passed_and_never_by_waiting(action: str) -> None:
    profile = learn(known(), seen(later(0), device=8, city=1, event=b"stopped"), action)
    assert profile is not None
    for day in range(4):
        profile = learn(profile, seen(later(day + 0.5)), "allow") or profile
    assert settle(profile, later(300)).logins == 10
    assert learn_passed(profile, b"another") is None
    passed = learn_passed(profile, b"stopped")
    assert passed is not None
    assert [one.key for one in passed.devices] == [7, 8]
    assert {place.spot.country for place in passed.places} == {"C0", "C1"}
    assert learn_passed(passed, b"stopped") is None


def test_what_waits_for_fraud_is_forgotten() -> None:
    profile = learn(known(), seen(later(0), device=8, event=b"thief"), "monitor")
    assert profile is not None
    assert (unlearn(profile, b"thief") or profile).pending == []
    assert unlearn(profile, b"other") is None


def test_learning_changes_nothing_in_place() -> None:
    """Judging may happen twice on the same state."""
    profile = known()
    profile = learn(profile, seen(later(0), device=8), "monitor") or profile
    before = pack(profile)
    for action in ("allow", "monitor", "verify", "block"):
        for device, city in ((7, 0), (8, 0), (9, 2)):
            learn(profile, seen(later(1), device, city), action)
    learn_passed(profile, b"e")
    settle(profile, later(30))
    unlearn(profile, b"e")
    assert pack(profile) == before


def test_phases() -> None:
    profile = Profile()
    assert phase_of(profile) == "bootstrap"
    for number in range(4):
        profile = absorb(profile, seen(AT + number * HOUR_MS))
    assert phase_of(profile) == "bootstrap"
    assert trust_in(profile) == 0.8
    profile = absorb(profile, seen(AT + 4 * HOUR_MS))
    assert phase_of(profile) == "learning"
    assert trust_in(profile) == 1.0
    for number in range(5, 40):
        profile = absorb(profile, seen(AT + number * HOUR_MS))
    assert phase_of(profile) == "learning", "thirty log-ins in two days are not maturity"
    assert phase_of(absorb(profile, seen(AT + 14 * DAY_MS))) == "mature"
    assert phase_of(replace(profile, override="bootstrap")) == "bootstrap"


def test_log_ins_that_disagree_need_ten() -> None:
    profile = Profile()
    for number in range(9):
        profile = absorb(profile, seen(AT + number * HOUR_MS, device=number + 1))
    assert phase_of(profile) == "bootstrap"
    assert phase_of(absorb(profile, seen(AT + DAY_MS, device=50))) == "learning"


def test_bounds() -> None:
    profile = Profile()
    for number in range(40):
        profile = absorb(profile, seen(AT + number * DAY_MS, device=number + 1, city=number % 7))
    assert len(profile.places) == MAX_PLACES
    assert len(profile.devices) == MAX_DEVICES
    assert [one.key for one in profile.devices] == list(range(40, 30, -1))
    assert len(profile.times) == len(profile.local_minutes) == MAX_TIMES
    assert profile.times == [AT + number * DAY_MS for number in range(20, 40)]
    assert profile.logins == 40


def test_the_order_of_arrival_changes_nothing() -> None:
    """Places, devices, times, counts of networks: merged by event time. Within the bounds, to the last bit."""
    rng = Random(5)
    for _ in range(300):
        told = [
            seen(AT + rng.randrange(30 * DAY_MS), rng.randrange(1, 5), rng.randrange(4), rng.choice(("access", "vpn")))
            for _ in range(rng.randrange(2, 18))
        ]
        told = list({one.at_ms // 1000: one for one in told}.values())
        _same(_absorbed(told), _absorbed(rng.sample(told, len(told))))


def _absorbed(told: list[Observation]) -> Profile:
    profile = Profile()
    for one in told:
        profile = unpack(pack(absorb(profile, one)))
    return profile


def _same(one: Profile, other: Profile) -> None:
    for name in ("logins", "first_ms", "last_ms", "places", "devices", "clock", "networks", "countries", "trail"):
        assert getattr(one, name) == getattr(other, name), name
    for attribute in range(8):
        mine, theirs = ({tally.value: tally for tally in held.tallies[attribute]} for held in (one, other))
        assert mine.keys() == theirs.keys()
        for value, tally in mine.items():
            assert tally.last_ms == theirs[value].last_ms
            assert tally.count == pytest.approx(theirs[value].count, abs=0.3), "steps of 1/32, rounded each time"


def test_every_order_of_four() -> None:
    told = [seen(AT), seen(AT + DAY_MS, 8), seen(AT + 2 * DAY_MS, 7, 1), seen(AT + 2 * DAY_MS + HOUR_MS, 8, 0)]
    for order in itertools.permutations(told):
        _same(_absorbed(list(order)), _absorbed(told))


async def test_a_passed_challenge_makes_device_and_place_known() -> None:
    stage = Stage()
    await stage.settle_in(15)
    stage.facts = replace(HOME, place=LONDON)
    stage.wait(hours=10)
    stopped = await stage.login(device_fingerprint="new-phone")
    assert stopped.action == "verify"
    stage.wait(seconds=20)
    assert (await stage.answer(stopped)).learnt
    stage.wait(hours=1)
    assert codes(await stage.login(device_fingerprint="new-phone")) == []
    profile = await stage.profile()
    assert "GB" in profile.countries
    assert len(profile.devices) == 2


async def test_a_failed_challenge_teaches_nothing() -> None:
    stage = Stage()
    await stage.settle_in(15)
    stage.facts = replace(HOME, place=LONDON)
    stage.wait(hours=10)
    stopped = await stage.login(device_fingerprint="thief")
    await stage.answer(stopped, "failure")
    assert "GB" not in (await stage.profile()).countries


async def test_called_legitimate_is_learnt_and_called_fraud_is_forgotten() -> None:
    stage = Stage()
    await stage.settle_in(15)
    stage.facts = replace(HOME, place=NEW_YORK)
    stage.wait(hours=10)
    mine, not_mine = await stage.login(device_fingerprint="a"), await stage.login(device_fingerprint="b")
    await stage.label(mine, "confirmed_by_user")
    assert "US" in (await stage.profile()).countries
    stage.facts = replace(HOME, place=TOKYO)
    await stage.label(not_mine, "fraud")
    profile = await stage.profile()
    assert profile.pending == []
    assert len(profile.devices) == 2


async def test_a_new_device_alarms_once_a_day_until_it_is_known() -> None:
    stage = Stage()
    await stage.settle_in(25)
    found = []
    for _ in range(5):
        for _ in range(2):
            decision = await stage.login(device_fingerprint="new-phone")
            found.append((decision.action, codes(decision), decision.learnt))
            stage.wait(hours=2)
        stage.wait(hours=20)
    alarmed = ("monitor", ["NEW_DEVICE"], False)
    quiet = ("allow", [], False)
    assert found[:4] == [alarmed, quiet, alarmed, quiet]
    assert found[4] == ("monitor", ["NEW_DEVICE"], True)
    assert found[5:] == [("allow", [], True)] * 5


async def test_another_oddity_is_not_covered_by_the_first() -> None:
    """A thief's device, monitored once, does not travel free for the rest of the day."""
    stage = Stage()
    await stage.settle_in(25)
    assert codes(await stage.login(device_fingerprint="thief")) == ["NEW_DEVICE"]
    stage.facts = replace(HOME, place=BERGEN)
    stage.wait(hours=2)
    stage.facts = replace(HOME, place=LONDON)
    decision = await stage.login(device_fingerprint="thief")
    assert {"NEW_DEVICE", "NEW_COUNTRY"} <= set(codes(decision))
    assert decision.action == "verify"


async def test_session_lengths_are_learnt_and_odd_ones_noticed() -> None:
    stage = Stage()
    for number in range(8):
        await stage.login(session_id=f"s{number}")
        stage.wait(minutes=20 + number)
        decision = await stage.logout(f"s{number}")
        assert codes(decision) == []
        stage.wait(days=1)
    await stage.login(session_id="long")
    stage.wait(hours=19)
    decision = await stage.logout("long")
    assert codes(decision) == ["UNUSUAL_SESSION"]
    assert 10 <= decision.score / 10_000 <= 20


async def test_a_user_of_twenty_log_ins_takes_about_a_kilobyte() -> None:
    """Three places, three devices, six addresses, four versions of the browser, sessions: ordinary life."""
    stage, rng = Stage(), Random(3)
    for number in range(20):
        agent = replace(HOME.agent, browser_version=130 + number // 5)
        stage.facts = replace(HOME, place=rng.choice((HOME.place, HOME.place, BERGEN)), agent=agent)
        decision = await stage.login(
            ip=f"81.166.{rng.randrange(6)}.1", user_agent=f"Chrome/{130 + number // 5}",
            device_fingerprint=f"device-{rng.choice((1, 1, 1, 2, 2, 3))}", session_id=f"s{number}",
        )  # fmt: skip
        if decision.action == "verify":
            await stage.answer(decision)
        stage.wait(days=2, minutes=rng.randrange(300))
    assert len(pack(await stage.profile())) <= 1100
