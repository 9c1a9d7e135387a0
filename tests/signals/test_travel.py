"""Who travels, who only seems to, and who can not be told."""

from __future__ import annotations

from datetime import timedelta

import pytest
from msgspec.structs import replace
from tests.stage import BERGEN, HOME, LONDON, NEW_YORK, OSLO, TOKYO, Stage, codes, points, untold

from watchword.enrichment.facts import Place


@pytest.fixture
async def stage() -> Stage:
    stage = Stage()
    await stage.settle_in(12)
    await stage.login()
    return stage


async def test_another_continent_within_the_hour_is_impossible(stage: Stage) -> None:
    stage.wait(minutes=40)
    stage.at(NEW_YORK)
    decision = await stage.login()
    assert "IMPOSSIBLE_TRAVEL" in codes(decision)
    assert decision.action == "block"
    assert 90 <= points(decision, "IMPOSSIBLE_TRAVEL") <= 95
    evidence = decision.evidence[0]
    assert evidence.message == "5,915 km from the last log-in 40 minutes ago: 8,813 km/h"
    assert evidence.details["minutes"] == 40.0


async def test_a_flight_is_possible(stage: Stage) -> None:
    stage.wait(hours=9)
    stage.at(NEW_YORK)
    decision = await stage.login()
    assert "IMPOSSIBLE_TRAVEL" not in codes(decision)
    assert "FAR_OVER_5000_KM" in codes(decision)
    assert decision.action == "verify"


async def test_fractions_of_hours_count(stage: Stage) -> None:
    stage.at(LONDON)  # 1,153 km, 1,113 km between the circles: 74.2 minutes of flight
    stage.wait(minutes=73)
    assert "IMPOSSIBLE_TRAVEL" in codes(await stage.engine.preview(_login_at(stage)))
    stage.wait(minutes=2)
    assert "IMPOSSIBLE_TRAVEL" not in codes(await stage.login())


def _login_at(stage: Stage):
    from watchword.events.login import Login

    return Login(
        id="preview", occurred_at=stage.now, user_id="ada", ip="81.166.1.1", result="success",
        device_fingerprint="ada-laptop", user_agent="Mozilla/5.0",
    )  # fmt: skip


async def test_several_past_logins_are_compared(stage: Stage) -> None:
    stage.wait(minutes=10)
    stage.at(replace(TOKYO, radius_km=12_000.0))  # nobody knows where that was
    await stage.login()
    stage.wait(minutes=10)
    stage.at(NEW_YORK)
    assert "IMPOSSIBLE_TRAVEL" in codes(await stage.login())


async def test_a_late_event_is_compared_with_what_came_after_it(stage: Stage) -> None:
    stage.now -= timedelta(minutes=30)
    stage.at(NEW_YORK)
    decision = await stage.login()
    assert "IMPOSSIBLE_TRAVEL" in codes(decision)
    assert "30 minutes later" in decision.evidence[0].message


@pytest.mark.parametrize("flag", ["vpn", "proxy", "residential_proxy", "hosting", "tor", "relay", "satellite"])
async def test_an_exit_is_no_place(stage: Stage, flag: str) -> None:
    stage.wait(minutes=5)
    stage.at(NEW_YORK, **{flag: True})
    decision = await stage.login()
    assert not {"IMPOSSIBLE_TRAVEL", "NEW_COUNTRY", "FAR_OVER_5000_KM"} & set(codes(decision))
    assert untold(decision)["IMPOSSIBLE_TRAVEL"] == flag.upper()
    assert untold(decision)["FAR_FROM_USUAL"] == flag.upper()


async def test_what_is_vouched_for_is_the_place_whatever_the_address(stage: Stage) -> None:
    stage.wait(minutes=5)
    stage.at(replace(NEW_YORK, source="trusted", radius_km=1.0), vpn=True)
    assert "IMPOSSIBLE_TRAVEL" in codes(await stage.login())


async def test_two_devices_in_two_networks_of_one_city_do_not_travel(stage: Stage) -> None:
    elsewhere_in_town = Place(60.2, 11.3, 50, "NO", "Lillestrøm")
    for minute in range(12):
        stage.wait(minutes=1)
        stage.at(elsewhere_in_town if minute % 2 else OSLO, asn=41164 if minute % 2 else 2119)
        device = "ada-phone" if minute % 2 else "ada-laptop"
        decision = await stage.login(device_fingerprint=device, ip=f"81.1.1.{minute}")
        assert "IMPOSSIBLE_TRAVEL" not in codes(decision)


async def test_two_devices_at_their_own_known_places_do_not_travel() -> None:
    """A computer that stays at home and a phone whose network is placed 650 km away, both known."""
    stage, gateway = Stage(), Place(54.0, 10.0, 20, "DE", "Kiel")
    for _ in range(6):
        stage.at(OSLO)
        await stage.login()
        stage.wait(hours=12)
        stage.at(gateway)
        decision = await stage.login(device_fingerprint="ada-phone")
        if decision.action == "verify":
            await stage.answer(decision)
        stage.wait(hours=12)
    stage.at(OSLO)
    await stage.login()
    stage.wait(minutes=1)
    stage.at(gateway)
    decision = await stage.login(device_fingerprint="ada-phone")
    assert "IMPOSSIBLE_TRAVEL" not in codes(decision)
    assert untold(decision)["IMPOSSIBLE_TRAVEL"] == "KNOWN_PLACES"
    stage.wait(minutes=1)
    stage.at(OSLO)
    assert "IMPOSSIBLE_TRAVEL" in codes(await stage.login(device_fingerprint="stranger"))


async def test_a_carriers_gateway_is_no_journey(stage: Stage) -> None:
    stage.wait(minutes=2)
    stage.at(replace(OSLO, lat=70.0, lng=25.0), mobile=True)
    decision = await stage.login()
    assert "IMPOSSIBLE_TRAVEL" not in codes(decision)
    assert untold(decision)["IMPOSSIBLE_TRAVEL"] == "MOBILE_CARRIER"
    assert decision.action == "allow"


async def test_a_carrier_of_a_foreign_country_is_a_journey(stage: Stage) -> None:
    stage.wait(minutes=2)
    stage.at(TOKYO, mobile=True)
    assert "IMPOSSIBLE_TRAVEL" in codes(await stage.login())


async def test_another_provider_of_places_is_no_journey(stage: Stage) -> None:
    stage.wait(minutes=2)
    stage.facts = replace(HOME, place=LONDON, versions={"geo": "other 2026-06"})
    decision = await stage.login()
    assert "IMPOSSIBLE_TRAVEL" not in codes(decision)
    assert untold(decision)["IMPOSSIBLE_TRAVEL"] == "PROVIDER_SWITCH"


async def test_countries_are_judged_by_their_nearest_borders() -> None:
    norway = Place(65.0, 13.0, 1050, "NO", source="country")
    sweden = Place(62.0, 16.0, 900, "SE", source="country")
    japan = Place(37.0, 138.0, 1700, "JP", source="country")
    stage = Stage()
    stage.at(norway)
    await stage.settle_in(12)
    await stage.login()
    stage.wait(minutes=5)
    stage.at(sweden)
    assert "IMPOSSIBLE_TRAVEL" not in codes(await stage.login())
    stage.at(japan)
    assert "IMPOSSIBLE_TRAVEL" in codes(await stage.login())


async def test_a_verified_trip_does_not_alarm_again(stage: Stage) -> None:
    stage.wait(hours=10)
    stage.at(NEW_YORK)
    first = await stage.login()
    assert first.action == "verify"
    stage.wait(seconds=30)
    await stage.answer(first)
    stage.wait(hours=1)
    again = await stage.login()
    assert codes(again) == []
    assert again.action == "allow"


async def test_who_was_refused_elsewhere_does_not_lock_the_owner_out(stage: Stage) -> None:
    stage.wait(minutes=5)
    stage.at(TOKYO)
    assert (await stage.login(device_fingerprint="thief")).action == "block"
    stage.wait(minutes=5)
    stage.at(OSLO)
    assert (await stage.login()).action == "allow"


async def test_short_hops_never_count(stage: Stage) -> None:
    stage.wait(seconds=10)
    stage.at(BERGEN)  # 305 km
    assert "IMPOSSIBLE_TRAVEL" not in codes(await stage.login())


async def test_a_first_login_is_no_deviation() -> None:
    stage = Stage()
    stage.at(TOKYO)
    decision = await stage.login()
    assert decision.evidence == ()
    assert decision.action == "allow"
