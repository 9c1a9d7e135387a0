"""Devices over their life: recognised, trusted, distrusted, shared, stolen, forgotten."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from random import Random
from typing import Any

import msgspec
import pytest
from tests.device_world import HOME, World, desktop, wire
from tests.privacy.canary import files, search
from tests.state.device_park import docked, installed, made, travelled, updated, zoomed
from tests.stores.places import in_directory

from watchword.devices import KIND, LOOKS, USERS, Devices, Seen, Visit
from watchword.enrichment.facts import Agent, Facts, Hint, Network
from watchword.errors import NotFound
from watchword.events.device_data import DeviceData
from watchword.policy.device_factors import find_factors
from watchword.state.device import Device
from watchword.state.device_trust import RiskFactor

HEADLESS = Facts(agent=Agent("Chrome", 130, "Windows", tool="headless", automation="HeadlessChrome"))


def factors(seen: Seen) -> dict[str, str]:
    return {one.factor: one.severity for one in seen.factors}


async def test_trust_is_earned_in_log_ins_and_days() -> None:
    world, device = World(), desktop(1)
    first = await world.visit(device)
    assert (first.level, first.known) == ("unknown", False)
    await world.days(2, first.id)
    assert (await world.visit(device)).level == "unknown"
    await world.days(1, first.id)
    again = await world.visit(device)
    assert (again.id, again.level, again.known) == (first.id, "medium", True)
    await world.days(7, first.id)
    world.wait(days=19)
    assert (await world.visit(device)).level == "medium"
    world.wait(days=1)
    await world.login(first.id)
    world.wait(minutes=1)
    assert (await world.visit(device)).level == "high"
    (listed,) = await world.devices.of_user("ada")
    assert listed.device.trust.logins == 11


async def test_looking_often_counts_nothing_twice() -> None:
    world, device = World(), desktop(1)
    seen = await world.visit(device)
    for _ in range(2):
        await world.login(seen.id)
        for _ in range(4):
            world.wait(hours=6)
            await world.visit(device)
            assert (await world.devices.of_user("ada"))[0].device.trust.level == "unknown"
    (one,) = await world.devices.of_user("ada")
    assert one.device.trust.logins == 2


async def test_failed_and_risky_log_ins_earn_nothing() -> None:
    world, device = World(), desktop(2)
    seen = await world.visit(device)
    for _ in range(5):
        await world.login(seen.id, result="failure")
        world.wait(days=1)
    for _ in range(9):
        decision = await world.login(seen.id)
    assert decision.would_act != "allow"
    world.wait(days=1)
    assert (await world.visit(device)).level == "unknown"


async def test_log_ins_of_others_and_on_other_devices_earn_nothing() -> None:
    world, device = World(), desktop(3)
    seen = await world.visit(device)
    await world.days(4, seen.id, user="bob")
    await world.days(4, "dvc_" + "0" * 32)
    assert (await world.visit(device)).level == "unknown"


async def test_a_passed_check_makes_it_trusted_and_a_failed_one_does_not() -> None:
    world, device = World(), desktop(4)
    seen = await world.visit(device)
    decision = await world.login(seen.id)
    await world.verify(decision, result="failure")
    assert (await world.visit(device)).level == "unknown"
    world.wait(minutes=1)
    await world.verify(decision)
    assert (await world.visit(device)).level == "trusted"
    other = await world.visit(replace(desktop(4), gpu="another", cores=64, fonts=frozenset({"x"})))
    assert other.level == "unknown"


async def test_a_check_that_names_the_device_itself_counts_for_that_one() -> None:
    world, device = World(), desktop(4)
    seen = await world.visit(device)
    await world.verify(device_fingerprint="dvc_other")
    assert (await world.visit(device)).level == "unknown"
    await world.verify(device_fingerprint=seen.id)
    assert (await world.visit(device)).level == "trusted"


async def test_a_high_risk_factor_takes_it_all() -> None:
    world, device = World(), desktop(5)
    seen = await world.visit(device)
    await world.verify(await world.login(seen.id))
    await world.days(3, seen.id)
    driven = await world.visit(device, facts=HEADLESS)
    assert (driven.id, driven.level) == (seen.id, "low")
    assert factors(driven) == {"headless": "high", "automation": "high"}
    world.wait(days=1)
    after = await world.visit(device)
    assert (after.level, after.factors) == ("low", ())
    await world.days(3, seen.id)
    assert (await world.visit(device)).level == "medium"


async def test_fraud_on_a_device_stays_until_somebody_clears_it() -> None:
    world, device = World(), desktop(6)
    seen = await world.visit(device)
    await world.days(4, seen.id)
    decision = await world.login(seen.id)
    world.wait(days=1)
    await world.label(decision)
    world.wait(minutes=1)
    assert factors(await world.visit(device)) == {"fraud_reported": "high"}
    world.wait(days=20)
    stale = await world.visit(device)
    assert (stale.level, factors(stale)) == ("low", {"fraud_reported": "high"})
    await world.devices.set_trust(seen.id, "medium", "analyst:ann", "it was his son")
    cleared = await world.visit(device)
    assert (cleared.level, cleared.factors) == ("medium", ())


async def test_by_hand_and_back() -> None:
    world, device = World(), desktop(7)
    seen = await world.visit(device)
    (one,) = await world.devices.set_trust(seen.id, "trusted", "admin:ann", "seen in person")
    assert (one.device.trust.level, one.device.trust.set_by) == ("trusted", "admin:ann")
    assert (await world.visit(device)).level == "trusted"
    await world.devices.set_trust(seen.id, "unknown", "admin:ann", "a mistake")
    assert (await world.visit(device)).level == "unknown"
    with pytest.raises(NotFound):
        await world.devices.set_trust("dvc_" + "0" * 32, "low", "admin:ann", "")


@pytest.mark.parametrize("seed", range(8))
async def test_what_happens_to_a_device_leaves_it_known_with_and_without_its_cookie(seed: int) -> None:
    for with_cookie in (True, False):
        world, rng = World(), Random(seed)
        device = desktop(seed)
        first = await world.visit(device)
        cookie = first.cookie if with_cookie else None
        for change in (updated, travelled, zoomed, installed, docked, updated, updated):
            world.wait(days=5)
            device = change(device, rng)
            seen = await world.visit(device, cookie=cookie)
            assert (seen.id, seen.known) == (first.id, True), change.__name__
            cookie = seen.cookie if with_cookie else None
    assert len(await world.devices.of_user("ada")) == 1


async def test_an_updated_device_is_no_new_device_to_the_engine_and_another_one_is() -> None:
    world, rng, device = World(), Random(9), desktop(9)
    cookie = None
    for _ in range(12):
        seen = await world.visit(device, cookie=cookie)
        decision = await world.login(seen.id)
        assert "NEW_DEVICE" not in {one.code for one in decision.evidence}
        cookie, device = seen.cookie, updated(device, rng)
        world.wait(days=2)
    other = await world.visit(made(rng, like=device))
    assert not other.known
    decision = await world.login(other.id)
    assert "NEW_DEVICE" in {one.code for one in decision.evidence}


async def test_a_twin_without_the_cookie_is_not_the_device() -> None:
    world, device = World(), desktop(10)
    first = await world.visit(device)
    await world.visit(device, cookie=first.cookie)
    twin = await world.visit(device)
    assert (twin.id != first.id, twin.known, factors(twin)) == (True, False, {})
    owner = await world.visit(device, cookie=first.cookie)
    assert (owner.id, owner.known) == (first.id, True)


async def test_a_look_that_somebody_else_has_too_recognises_nobody() -> None:
    world, device = World(), desktop(11)
    first = await world.visit(device, user="ada")
    assert (await world.visit(device, user="ada")).id == first.id
    other = await world.visit(device, user="bob")
    assert (other.id != first.id, other.known) == (True, False)
    again = await world.visit(device, user="ada")
    assert (again.id != first.id, again.known) == (True, False)
    assert (await world.visit(device, user="ada", cookie=first.cookie)).id == first.id


async def test_a_shared_browser_is_one_device_of_two_people_with_a_trust_each() -> None:
    world, device = World(), desktop(12)
    ada = await world.visit(device, user="ada")
    bob = await world.visit(device, user="bob", cookie=ada.cookie)
    assert (bob.id, bob.known) == (ada.id, False)
    await world.days(3, ada.id, user="ada")
    assert (await world.visit(device, user="ada", cookie=bob.cookie)).level == "medium"
    assert (await world.visit(device, user="bob", cookie=bob.cookie)).level == "unknown"
    assert len(await world.devices.find(ada.id)) == 2


async def test_many_people_on_one_device_are_a_risk_factor() -> None:
    world, device = World(), desktop(13)
    cookie, found = None, []
    for number in range(22):
        seen = await world.visit(device, user=f"user-{number}", cookie=cookie)
        cookie = cookie or seen.cookie
        found.append(factors(seen).get("shared_by_many_users"))
    assert found == [None] * 5 + ["medium"] * 15 + ["high"] * 2
    world.wait(days=31)
    assert factors(await world.visit(device, user="user-1", cookie=cookie)) == {}


async def test_a_stolen_cookie_on_another_device_is_a_mismatch_and_takes_nothing_from_its_owner() -> None:
    world, device = World(), desktop(14)
    first = await world.visit(device)
    await world.days(3, first.id)
    thief = replace(made(Random(99), like=device), gpu="another GPU", cores=2, fonts=frozenset({"one", "two"}))
    stolen = await world.visit(thief, cookie=first.cookie)
    assert (stolen.id != first.id, stolen.known, stolen.level) == (True, False, "low")
    assert factors(stolen) == {"cookie_mismatch": "high"}
    elsewhere = await world.visit(thief, user="mallory", cookie=first.cookie)
    assert factors(elsewhere) == {"cookie_mismatch": "high"}
    owner = await world.visit(device, cookie=first.cookie)
    assert (owner.id, owner.level, owner.factors) == (first.id, "medium", ())


async def test_a_forged_cookie_is_a_factor() -> None:
    world = World()
    seen = await world.visit(desktop(15), forged=True)
    assert (factors(seen), seen.known) == ({"cookie_mismatch": "medium"}, False)


async def test_the_cookie_is_renewed_daily_and_an_older_copy_is_stale() -> None:
    world, device = World(), desktop(16)
    first = (await world.visit(device)).cookie
    world.wait(hours=23)
    same = (await world.visit(device, cookie=first)).cookie
    assert same == first
    world.wait(hours=2)
    second = (await world.visit(device, cookie=first)).cookie
    assert second is not None and first is not None and second.issued_ms > first.issued_ms
    late_tab = await world.visit(device, cookie=first)
    assert (late_tab.cookie, late_tab.known) == (second, True)
    assert (await world.visit(device, cookie=second)).cookie == second
    copied = await world.visit(device, cookie=first)
    assert (copied.known, factors(copied)) == (False, {"cookie_mismatch": "medium"})


async def test_before_log_in_nothing_is_kept_and_the_cookie_leads_on() -> None:
    world, device = World(), desktop(17)
    stranger = await world.visit(device, user=None)
    assert (stranger.known, stranger.level) == (False, "unknown")
    for kind in (KIND, USERS, LOOKS):
        assert await world.records.all(kind) == ()
    seen = await world.visit(device, user="ada", cookie=stranger.cookie)
    assert (seen.id, seen.known) == (stranger.id, False)
    assert (await world.visit(device, user="ada", cookie=seen.cookie)).known


async def test_a_page_that_tells_little_makes_no_device_but_finds_its_own() -> None:
    world, device = World(), desktop(18)
    poor = wire(device) | {"browserInfo": {}}
    visit = Visit(data=msgspec.convert(poor, DeviceData), facts=HOME, user_id="ada")
    nobody = await world.devices.see(visit)
    assert nobody is not None
    assert (nobody.known, nobody.cookie) == (False, None)
    assert await world.records.all(KIND) == ()
    seen = await world.visit(device)
    before = (await world.devices.of_user("ada"))[0].device
    again = await world.devices.see(msgspec.structs.replace(visit, cookie=seen.cookie, facts=HEADLESS))
    assert again is not None
    assert (again.id, again.known, again.level) == (seen.id, True, "low")
    after = (await world.devices.of_user("ada"))[0].device
    assert after.look == before.look


async def test_two_tabs_at_once_are_one_device() -> None:
    world, device = World(), desktop(19)
    seen = await asyncio.gather(*(world.visit(device) for _ in range(8)))
    assert len({one.id for one in seen}) == 1


async def test_without_consent_nothing_is_kept_or_held_against_anybody() -> None:
    world, device = World(), desktop(20)
    await world.consent(device=False)
    data = msgspec.convert(wire(device), DeviceData)
    assert await world.devices.see(Visit(data=data, facts=HEADLESS, user_id="ada")) is None
    for kind in (KIND, USERS, LOOKS):
        assert await world.records.all(kind) == ()


async def test_a_person_has_sixteen_devices_and_keeps_those_that_were_used() -> None:
    world, rng = World(), Random(22)
    used = await world.visit(desktop(22))
    await world.login(used.id)
    await world.visit(desktop(22), cookie=used.cookie)
    for number in range(40):
        world.wait(hours=1)
        await world.visit(replace(made(rng), gpu=f"gpu {number}", cores=number, fonts=frozenset({f"font {number}"})))
    found = await world.devices.of_user("ada")
    assert len(found) == 16
    assert used.id in {one.device.id for one in found}


async def test_a_person_who_is_forgotten_is_on_no_list() -> None:
    world, device = World(), desktop(23)
    seen = await world.visit(device, user="ada")
    await world.visit(device, user="bob", cookie=seen.cookie)
    owner = world.engine.pseudonyms.of("user", "ada").hex()
    kept = [record.body for kind in (USERS, LOOKS) for record in await world.records.all(kind)]
    assert any(owner.encode() in body for body in kept)
    await world.devices.forget("ada")
    kept = [record.body for kind in (USERS, LOOKS) for record in await world.records.all(kind)]
    assert kept
    assert not any(owner.encode() in body for body in kept)
    await world.devices.forget("bob")
    assert [await world.records.all(kind) for kind in (USERS, LOOKS)] == [(), ()]


async def test_what_was_not_seen_for_90_days_goes() -> None:
    world = World()
    await world.visit(desktop(24))
    world.wait(days=60)
    kept = await world.visit(desktop(25))
    world.wait(days=31)
    assert await world.devices.sweep() == 3
    assert [one.device.id for one in await world.devices.of_user("ada")] == [kept.id]
    assert await world.devices.sweep() == 0


async def test_trust_set_by_hand_meanwhile_is_not_overwritten() -> None:
    world, device = World(), desktop(26)
    seen = await world.visit(device)
    await asyncio.gather(
        world.visit(device, cookie=seen.cookie),
        world.devices.set_trust(seen.id, "high", "admin:ann", "known"),
        world.visit(device, cookie=seen.cookie),
    )
    assert (await world.visit(device, cookie=seen.cookie)).level == "high"


async def test_an_event_of_a_later_release_or_an_older_body_is_read() -> None:
    world, device = World(), desktop(27)
    seen = await world.visit(device)
    (record,) = await world.records.all(KIND)
    body = msgspec.json.decode(record.body)
    earlier = {"rhythm": {"count": 1, "dwellMs": 100.0}}
    assert msgspec.json.decode(msgspec.json.encode(body | earlier | {"laterField": 1}), type=Device).id == seen.id


PLANTED = ("Quixotic Sans", "Zyzzyva GPU 4711", "Atlantis/Lemuria", "7311x4111", "canvas-canary-77", "QuackBrowser/77")


def planted() -> DeviceData:
    """A device every part of which can be found again."""
    plain = wire(desktop(28))
    plain["deviceInfo"] |= {"timezone": PLANTED[2], "screenResolution": PLANTED[3]}
    plain["deviceInfo"]["userAgent"] += f" {PLANTED[5]}"
    plain["browserInfo"] |= {"fonts": [PLANTED[0], "Arial"], "webgl": PLANTED[1], "canvas": PLANTED[4]}
    return msgspec.convert(plain, DeviceData)


@pytest.mark.parametrize("seal", [True, False])
async def test_no_part_of_a_device_is_in_the_store_even_unsealed(tmp_path: Any, seal: bool) -> None:
    place = in_directory(tmp_path / "data", seal=seal)
    devices = Devices(place.records, place.store, place.pseudonyms, place.clock)
    for user in ("ada", "bob", "ada"):
        assert await devices.see(Visit(data=planted(), facts=HEADLESS, user_id=user)) is not None
    exported = msgspec.json.encode(await place.people.export("ada"))
    place.close()
    assert search(files(tmp_path), PLANTED) == []
    assert search([("export", exported)], PLANTED) == []
    assert bool(search(files(tmp_path), ["Chrome on Windows"])) is not seal
    assert b'"kind":"device"' in exported


async def test_an_erased_persons_devices_are_gone_and_the_others_stay(tmp_path: Any) -> None:
    place = in_directory(tmp_path / "data")
    devices = Devices(place.records, place.store, place.pseudonyms, place.clock)
    first = await devices.see(Visit(data=planted(), facts=HOME, user_id="ada"))
    assert first is not None
    await devices.see(Visit(data=planted(), facts=HOME, user_id="bob", cookie=first.cookie))
    await devices.forget("ada")
    await place.people.erase("ada")
    assert await devices.of_user("ada") == []
    (left,) = await devices.find(first.id)
    assert left.owner == place.pseudonyms.of("user", "bob")
    assert not any(one["kind"] == "device" for one in (await place.people.export("ada"))["records"])
    place.close()


def test_hints_and_networks_become_factors_by_their_weight() -> None:
    def of(**facts: Any) -> dict[str, str]:
        return {one.factor: one.severity for one in find_factors(Facts(**facts), 1, "none")}

    def hint(weight: float, sign: Any = "automation", code: str = "X") -> Hint:
        return Hint(code, weight, "", sign)

    assert of() == {}
    assert of(network=Network(vpn=True, hosting=True)) == {"vpn_proxy": "medium"}
    assert of(network=Network(residential_proxy=True)) == {"vpn_proxy": "medium"}
    assert of(network=Network(hosting=True)) == {"hosting": "low"}
    assert of(network=Network(tor=True, hosting=True)) == {"tor": "high"}
    assert of(hints=(hint(0.5),)) == {"automation": "medium"}
    assert of(hints=(hint(0.5), hint(0.5))) == {"automation": "high"}
    assert of(hints=(hint(1.0, code="HEADLESS_AGENT"),)) == {"headless": "high", "automation": "high"}
    assert of(agent=Agent(tool="scripted")) == {"automation": "high"}
    assert of(hints=(hint(0.29, "inconsistency"),)) == {}
    assert of(hints=(hint(0.7, "inconsistency"),)) == {"spoofed": "medium"}
    assert of(hints=(hint(0.7, "inconsistency"), hint(0.7, "inconsistency"))) == {"spoofed": "high"}
    assert of(hints=(hint(0.5, "inconsistency", "TIMEZONE_MISMATCH"),)) == {"timezone_mismatch": "low"}
    assert find_factors(Facts(), 6, "forged") == (
        RiskFactor("cookie_mismatch", "medium"), RiskFactor("shared_by_many_users", "medium"),
    )  # fmt: skip
