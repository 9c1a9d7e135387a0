"""Streams of honest people whose lives look odd: none may be blocked, and no evidence may be CRITICAL."""

from __future__ import annotations

from datetime import timedelta
from random import Random

from msgspec.structs import replace
from tests.stage import BERGEN, HOME, LONDON, NEW_YORK, OSLO, TOKYO, Stage, codes

from watchword.policy.decision import Decision


class Life:
    """Somebody's log-ins: asked to verify, they do."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.decisions: list[Decision] = []

    async def login(self, **fields: object) -> Decision:
        """A log-in, verified where that is asked."""
        decision = await self.stage.login(**fields)  # type: ignore[arg-type]
        self.decisions.append(decision)
        if decision.action == "verify":
            self.stage.wait(seconds=30)
            await self.stage.answer(decision)
        return decision

    def asked(self) -> int:
        """How often somebody was asked or stopped."""
        return sum(one.action in ("verify", "block") for one in self.decisions)

    def check(self) -> None:
        """Nobody was blocked, and nothing critical was found."""
        assert not [codes(one) for one in self.decisions if one.action == "block"]
        assert not [one for one in self.decisions if any(found.severity == "CRITICAL" for found in one.evidence)]


async def test_an_honest_traveller() -> None:
    """A fortnight at home, a flight to Tokyo, a week there, and back: verified once there, not at all at home."""
    stage = Stage()
    life = Life(stage)
    for _ in range(14):
        await life.login()
        stage.wait(days=1)
    stage.wait(hours=14)
    stage.facts = replace(HOME, place=TOKYO, utc_offset_min=540)
    for _ in range(7):
        await life.login()
        stage.wait(days=1)
    stage.wait(hours=14)
    stage.facts = HOME
    for _ in range(7):
        await life.login()
        stage.wait(days=1)
    life.check()
    assert life.asked() == 1


async def test_a_plane_with_its_own_network() -> None:
    stage = Stage()
    life = Life(stage)
    for _ in range(14):
        await life.login()
        stage.wait(days=1)
    await life.login()
    stage.wait(hours=2)
    stage.at(replace(NEW_YORK, city="Teleport"), asn=22351, satellite=True)
    await life.login()
    stage.wait(hours=7)
    stage.at(NEW_YORK)
    await life.login()
    stage.wait(minutes=15)
    await life.login()
    life.check()


async def test_a_phone_that_changes_between_home_and_carrier() -> None:
    """The carrier's gateway is in another city, and a new one every few hours."""
    stage = Stage()
    life = Life(stage)
    for day in range(20):
        for hour in range(4):
            if hour % 2:
                stage.at((BERGEN, OSLO, replace(OSLO, lat=69.6, lng=18.9))[day % 3], asn=41164, mobile=True)
            else:
                stage.at(OSLO)
            await life.login(ip=f"2.148.{day}.{hour}" if hour % 2 else "81.166.1.1")
            stage.wait(minutes=7)
        stage.wait(hours=23)
    life.check()
    assert life.asked() == 0


async def test_a_roaming_phone_seems_to_be_at_home_while_the_laptop_is_abroad() -> None:
    stage = Stage()
    life = Life(stage)
    for day in range(14):
        await life.login(device_fingerprint="ada-laptop" if day % 2 else "ada-phone")
        stage.wait(days=1)
    stage.wait(hours=10)
    for _ in range(4):
        stage.at(LONDON)
        await life.login()
        stage.wait(minutes=3)
        stage.at(OSLO, asn=41164, mobile=True)
        await life.login(device_fingerprint="ada-phone")
        stage.wait(hours=20)
    life.check()
    assert life.asked() <= 1


async def test_a_user_who_always_comes_by_vpn_is_monitored_a_few_days_and_then_left_alone() -> None:
    stage = Stage()
    life = Life(stage)
    stage.at(LONDON, vpn=True, asn=9009)
    for day in range(12):
        stage.at((LONDON, NEW_YORK, TOKYO)[day % 3], vpn=True, asn=9009)
        await life.login(ip=f"185.1.{day}.1")
        stage.wait(hours=5)
        await life.login(ip=f"185.1.{day}.2")
        stage.wait(hours=19)
    life.check()
    assert life.asked() == 0
    assert [codes(one) for one in life.decisions[-12:]] == [[]] * 12
    alarms = [at for at, one in enumerate(life.decisions) if "VPN" in codes(one)]
    assert len(alarms) <= 4  # once a day until three days agree


async def test_vpn_switched_on_by_somebody_known_for_his_home_line_is_noticed_once_a_day() -> None:
    stage = Stage()
    await stage.settle_in(20)
    stage.at(LONDON, vpn=True)
    first = await stage.login()
    assert codes(first) == ["VPN"]
    assert first.action == "monitor"
    stage.wait(hours=1)
    assert codes(await stage.login()) == []
    stage.wait(hours=24)
    assert codes(await stage.login()) == ["VPN"]


async def test_an_office_at_nine_in_the_morning() -> None:
    """Sixty people at one address, every day: after three days not even noticed."""
    stage, rng = Stage(), Random(9)
    actions: list[list[str]] = []
    for _ in range(6):
        today = []
        for person in range(60):
            decision = await stage.login(user=f"worker-{person}", ip="193.71.1.1")
            today.append(decision.action)
            assert "CRITICAL" not in [one.severity for one in decision.evidence]
            stage.wait(seconds=rng.expovariate(0.25))
        actions.append(today)
        stage.now = stage.now.replace(hour=9, minute=0, second=0) + timedelta(days=1)
    assert set(actions[4]) == {"allow"}
    assert set(actions[5]) == {"allow"}
    assert "block" not in {action for day in actions for action in day}


async def test_a_tablet_of_the_family() -> None:
    stage = Stage()
    for _ in range(10):
        for person in ("ada", "ben", "eva", "tom"):
            decision = await stage.login(user=person, device_fingerprint="tablet", user_agent="iPad")
            assert decision.action == "allow"
            stage.wait(minutes=3)
        stage.wait(hours=20)


async def test_a_browser_update_is_no_new_device() -> None:
    """The fingerprint changes with the version; label, network and order of versions say that it is the same."""
    stage = Stage()
    await stage.settle_in(20, device_fingerprint="version-130")
    stage.facts = replace(HOME, agent=replace(HOME.agent, browser_version=131))
    decision = await stage.login(device_fingerprint="version-131")
    assert codes(decision) == []
    assert len((await stage.profile()).devices) == 1
    stage.facts = replace(HOME, agent=replace(HOME.agent, browser_version=131, os="Mac OS X"))
    assert "NEW_DEVICE" in codes(await stage.login(device_fingerprint="other"))


async def test_without_a_fingerprint_an_update_is_no_new_device_either() -> None:
    stage = Stage()
    await stage.settle_in(20, device_fingerprint=None, user_agent="Chrome/130")
    stage.facts = replace(HOME, agent=replace(HOME.agent, browser_version=135))
    decision = await stage.login(device_fingerprint=None, user_agent="Chrome/135")
    assert codes(decision) == []


async def test_shift_work_and_a_bad_night_bother_nobody() -> None:
    stage = Stage()
    life = Life(stage)
    for day in range(30):
        stage.now = stage.now.replace(hour=(9, 21, 3)[day % 3]) + timedelta(days=1)
        await life.login()
    life.check()
    assert life.asked() == 0
    assert "UNUSUAL_HOUR" not in codes(life.decisions[-1])
