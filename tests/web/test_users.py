"""One person: profile, export, consent, erasure."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from msgspec import structs
from tests.device_world import desktop, wire
from tests.web.house import NOON, House, login
from tests.web.tabs import keys
from tests.web.test_sessions import by, opened

from watchword.bootstrap import Deployment
from watchword.config import Service, Settings
from watchword.web.serving import make_service


async def learnt(house: House, times: int = 3) -> None:
    for number in range(times):
        await house.send(
            login(
                id=f"l{number}", occurredAt=(NOON - timedelta(hours=times - number)).isoformat(), deviceFingerprint="d1"
            )
        )


async def profile(house: House, role: Any = "analyst") -> Any:
    return await house.ask(role, "GET", "/api/v1/users/ada/profile")


async def test_a_profile_can_be_viewed(house: House) -> None:
    assert (await profile(house)).status_code == 404
    await learnt(house)
    seen = (await profile(house)).json()
    assert (seen["userId"], seen["logins"], seen["phase"], seen["override"]) == ("ada", 3, "bootstrap", None)
    assert [device["count"] for device in seen["devices"]] == [3]
    assert len(seen["loginTimes"]) == 3


async def test_a_profile_can_be_overridden_and_left_to_the_engine_again(house: House) -> None:
    await learnt(house)
    for phase, told in (("mature", "mature"), (None, "bootstrap")):
        answer = await house.ask("analyst", "PUT", "/api/v1/users/ada/profile", json={"phase": phase})
        assert (answer.status_code, answer.json()["phase"], answer.json()["override"]) == (200, told, phase)
        assert (await profile(house)).json()["phase"] == told
    assert (await profile(house)).json()["logins"] == 3
    assert (await house.ask("analyst", "PUT", "/api/v1/users/ada/profile", json={"phase": "adult"})).status_code == 400


async def test_a_profile_can_be_cleared_also_where_there_is_none(house: House) -> None:
    await learnt(house)
    for path in ("/api/v1/users/ada/profile", "/api/admin/fraud/user-profile/ada"):
        await learnt(house)
        for _ in range(2):
            answer = await house.ask("analyst", "DELETE", path)
            assert (answer.status_code, answer.content) == (204, b"")
        assert (await profile(house)).status_code == 404
    assert (await house.ask("admin", "GET", "/api/v1/events/l0/decision")).status_code == 200


async def test_an_export_holds_everything_of_the_person_and_nobody_elses(house: House) -> None:
    await learnt(house)
    await house.send(login(userId="bob", ip="198.51.100.77"))
    await house.ask("service", "PUT", "/api/v1/users/ada/consent", json={"purposes": {"behavior": True}})
    await house.ask("admin", "POST", "/api/v1/labels", json={"eventId": "l0", "label": "legitimate"})
    answer = await house.ask("analyst", "GET", "/api/v1/users/ada/export")
    export = answer.json()
    assert len(export["decisions"]) == 4  # three log-ins and the label's own event
    assert {record["kind"] for record in export["records"]} == {"label", "consent"}
    assert export["profile"]["logins"] == 3
    assert "192.0.2.10" in answer.text
    assert "bob" not in answer.text
    assert "198.51.100.77" not in answer.text


async def test_a_consent_that_is_taken_back_takes_what_was_kept_along(house: House) -> None:
    path, devices = "/api/v1/users/ada/consent", "/api/fraud-detection/device-fingerprint"
    session, token = await opened(house)
    body = {"sessionId": session, "nonce": "mine", "firstSeq": 1, "events": keys(1, 60)}
    assert (await by(house, token, "POST", f"/api/v1/sessions/{session}/events", json=body)).status_code == 200
    for user in ("ada", "ben"):
        await house.ask("service", "POST", devices, json={"deviceData": wire(desktop(1)), "userId": user})
    store = house.service.sessions.senses.store
    key = (await store.find(owner=house.service.engine.pseudonyms.of("user", "ada")))[0][0].key
    assert (await store.risen(key, 9)).logged
    await house.ask("service", "PUT", path, json={"purposes": {"marketing": False}})
    assert (await store.risen(key, 9)).logged
    await house.ask("service", "PUT", path, json={"purposes": {"behavior": False, "device": False}})
    assert not (await store.risen(key, 9)).logged
    body |= {"firstSeq": 61, "events": keys(61, 60)}
    assert (await by(house, token, "POST", f"/api/v1/sessions/{session}/events", json=body)).status_code == 200
    assert not (await store.risen(key, 9)).logged
    for user, total in (("ada", 0), ("ben", 1)):
        told = (await house.ask("analyst", "GET", f"{devices}s?userId={user}")).json()["data"]
        assert told["total"] == total


async def test_consent_is_kept_per_purpose(house: House) -> None:
    path = "/api/v1/users/ada/consent"
    await house.ask("service", "PUT", path, json={"purposes": {"behavior": True, "device": True}})
    answer = await house.ask("service", "PUT", path, json={"purposes": {"behavior": False}})
    assert answer.json() == {"userId": "ada", "purposes": {"behavior": False, "device": True}}
    for body in ({}, {"purposes": {}}, {"purposes": {"x": 1}}, {"purposes": {str(n): True for n in range(17)}}):
        assert (await house.ask("service", "PUT", path, json=body)).status_code == 400


async def test_after_erasure_nothing_is_left_and_older_events_are_refused(house: House) -> None:
    await learnt(house)
    await house.ask("service", "PUT", "/api/v1/users/ada/consent", json={"purposes": {"behavior": True}})
    house.clock.pass_by(minutes=1)
    assert (await house.ask("admin", "DELETE", "/api/v1/users/ada")).status_code == 204
    export = (await house.ask("admin", "GET", "/api/v1/users/ada/export")).json()
    assert (export["profile"], export["decisions"], export["records"]) == (None, [], [])
    assert (await house.ask("admin", "GET", "/api/v1/events/l0/decision")).status_code == 404
    again = await house.send(login(id="l0", deviceFingerprint="d1"))
    assert (again.status_code, again.json()["code"]) == (410, "ERASED")
    house.clock.pass_by(minutes=1)
    assert (await house.send(login(occurredAt=house.clock.now.isoformat()))).status_code == 200
    assert (await house.ask("admin", "DELETE", "/api/v1/users/nobody-ever")).status_code == 204


async def test_every_look_and_change_is_audited_and_the_erased_are_not_named(house: House) -> None:
    await learnt(house)
    await profile(house)
    await house.ask("analyst", "GET", "/api/v1/users/ada/export")
    await house.ask("analyst", "DELETE", "/api/v1/users/ada/profile")
    assert (await house.acts())[-3:] == [
        "analyst:analyst profile.read user:ada", "analyst:analyst user.export user:ada",
        "analyst:analyst profile.clear user:ada",
    ]  # fmt: skip
    await house.ask("admin", "DELETE", "/api/v1/users/ada")
    assert (await house.acts())[-1].startswith("admin:admin user.erase hash:")


async def test_memory_forgets_the_erased_at_once(house: House) -> None:
    forgotten: list[bytes] = []
    house.service = structs.replace(house.service, forget=forgotten.append)
    house.app = house.remade()
    await house.ask("admin", "DELETE", "/api/v1/users/ada")
    assert forgotten == [house.service.engine.pseudonyms.of("user", "ada")]


async def test_the_service_forgets_them_in_the_index_across_users() -> None:
    deployment = Deployment(Settings(Service(store="memory")))
    assert make_service(deployment).forget == deployment.lookalikes.forget
    await deployment.close()


async def test_a_user_id_may_hold_slashes(house: House) -> None:
    await house.send(login(userId="team/ada"))
    answer = await house.ask("analyst", "GET", "/api/v1/users/team%2Fada/profile")
    assert answer.json()["userId"] == "team/ada"
