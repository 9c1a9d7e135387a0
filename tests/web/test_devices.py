"""Devices over REST: the exact body, the cookie, whose devices are seen by whom, trust and block by hand, rubbish."""

from __future__ import annotations

import json
from random import Random
from typing import Any

import httpx
import pytest
from tests.device_world import desktop, wire
from tests.state.device_park import travelled, updated, zoomed
from tests.web.house import House, login

from watchword.devices import KIND
from watchword.enrichment.enricher import Enricher
from watchword.enrichment.geo import GeoChain
from watchword.web.devices import EXAMPLE, MAX_BYTES

ONE, ALL = "/api/fraud-detection/device-fingerprint", "/api/fraud-detection/device-fingerprints"
HEADLESS = [{"name": "webdriver", "value": True}, {"name": "botd:detectWebDriver", "value": "selenium"}]


async def tell(house: House, device: Any = None, role: Any = "service", **more: Any) -> httpx.Response:
    """A device shows itself by the application's key."""
    headers = {"cookie": more.pop("cookie")} if more.get("cookie") else {}
    more.pop("cookie", None)
    body = {"deviceData": wire(device or desktop(1)), "userId": "ada"} | more
    body = {name: value for name, value in body.items() if value is not None}
    return await house.ask(role, "POST", ONE, json=body, headers=headers)


def cookie_of(answer: httpx.Response) -> str:
    return answer.headers["set-cookie"].partition(";")[0]


async def session(house: House, user: str = "ada") -> dict[str, str]:
    """A session of that user, as its page knows it."""
    opened = await house.ask("service", "POST", "/api/v1/sessions", json={"userId": user, "method": "pin"})
    assert opened.status_code == 201, opened.text
    return opened.json()


async def as_page(house: House, page: dict[str, str], method: str, path: str, **more: Any) -> httpx.Response:
    """One request with the session's token."""
    headers = {"authorization": f"Bearer {page['sessionToken']}"} | more.pop("headers", {})
    async with house.caller(None, "203.0.113.9") as client:
        return await client.request(method, path, headers=headers, **more)


async def test_the_contracts_body_is_answered_as_the_contract_says(house: House) -> None:
    answer = await house.ask("service", "POST", ONE, json=EXAMPLE)
    assert answer.status_code == 200
    told = answer.json()
    assert list(told) == ["id", "fingerprint", "trustLevel", "riskFactors", "known"]
    assert (told["trustLevel"], told["riskFactors"], told["known"]) == ("unknown", [], False)
    assert answer.headers["set-cookie"].endswith("; HttpOnly; Secure; SameSite=Lax")


async def test_json_as_text_plain_is_taken(house: House) -> None:
    answer = await house.ask(
        "service", "POST", ONE, content=json.dumps(EXAMPLE), headers={"content-type": "text/plain;charset=UTF-8"}
    )
    assert answer.status_code == 200


async def test_an_update_a_zoom_and_a_trip_are_the_same_device_and_log_ins_on_it_no_news(house: House) -> None:
    rng, device = Random(1), desktop(1)
    first = await tell(house, device)
    cookie, device_id = cookie_of(first), first.json()["id"]
    for change in (updated, zoomed, travelled, updated):
        event = login(occurredAt=house.clock().isoformat(), deviceFingerprint=device_id)
        decision = (await house.send(event)).json()
        assert "NEW_DEVICE" not in [one["code"] for one in decision["evidence"]]
        house.clock.pass_by(days=2)
        device = change(device, rng)
        seen = await tell(house, device, cookie=cookie)
        assert (seen.json()["id"], seen.json()["known"]) == (device_id, True)
        cookie = cookie_of(seen)
    assert seen.json()["trustLevel"] == "medium"


async def test_trust_over_forty_days(house: House) -> None:
    levels, cookie = [], ""
    for _day in range(40):
        seen = await tell(house, cookie=cookie or None)
        cookie = cookie_of(seen)
        levels.append(seen.json()["trustLevel"])
        event = login(occurredAt=house.clock().isoformat(), deviceFingerprint=seen.json()["id"])
        assert (await house.send(event)).status_code == 200
        house.clock.pass_by(days=1)
    assert levels == ["unknown"] * 3 + ["medium"] * 28 + ["high"] * 9


async def test_probes_make_factors_and_trust_low(house: House) -> None:
    house.service.engine.enricher = Enricher(GeoChain(()), None)
    seen = (await tell(house, hints=HEADLESS)).json()
    assert seen["trustLevel"] == "low"
    assert seen["riskFactors"] == [{"factor": "automation", "severity": "high"}]
    found = (await house.ask("analyst", "GET", ALL, params={"factor": "automation"})).json()["data"]
    assert [one["id"] for one in found["devices"]] == [seen["id"]]


async def test_probes_in_an_event_are_evidence(house: House) -> None:
    house.service.engine.enricher = Enricher(GeoChain(()), None)
    plain = {"hash": "some-device", "hints": [{"name": "screenOrSo", "value": 3.5}]}
    decision = (await house.send(login(deviceFingerprint=plain))).json()
    assert [one["code"] for one in decision["evidence"]] == []
    decision = (await house.send(login(deviceFingerprint=plain | {"hints": HEADLESS}))).json()
    assert [one["code"] for one in decision["evidence"]] == ["AUTOMATION_SIGNS"]
    odd = [{"name": "workerMismatch", "value": "userAgent,platform"}]
    decision = (await house.send(login(deviceFingerprint=plain | {"hints": odd}))).json()
    assert [one["code"] for one in decision["evidence"]] == ["SUSPICIOUS_DEVICE"]


async def test_a_page_tells_and_sees_its_own_devices_alone(house: House) -> None:
    await tell(house, desktop(2), userId="bob")
    page = await session(house)
    body = {"deviceData": wire(desktop(1)), "sessionId": page["sessionId"]}
    told = await as_page(house, page, "POST", ONE, json=body)
    assert told.status_code == 200, told.text
    seen = await as_page(house, page, "GET", ALL, params={"sessionId": page["sessionId"]})
    devices = seen.json()["data"]["devices"]
    assert [one["id"] for one in devices] == [told.json()["id"]]
    assert (devices[0]["setBy"], devices[0]["reason"]) == (None, None)
    assert seen.json()["success"] is True


async def test_a_page_speaks_for_nobody_else(house: House) -> None:
    page, other = await session(house), await session(house, "bob")
    body = {"deviceData": wire(desktop(1)), "sessionId": page["sessionId"]}
    refused = [
        await as_page(house, page, "GET", ALL, params={"sessionId": other["sessionId"]}),
        await as_page(house, page, "GET", ALL, params={"sessionId": page["sessionId"], "userId": "bob"}),
        await as_page(house, page, "POST", ONE, json=body | {"sessionId": other["sessionId"]}),
        await as_page(house, page, "POST", ONE, json=body | {"userId": "bob"}),
        await as_page(house, page, "POST", ONE, json={"deviceData": wire(desktop(1)), "userId": "bob"}),
        await as_page(house, page, "POST", ONE, json=body | {"geolocation": {"lat": 1, "lng": 1, "trusted": True}}),
        await as_page(house, page, "PUT", f"{ALL}/x/trust", json={"trustLevel": "trusted", "reason": "me"}),
        await as_page(house, page, "PUT", f"{ALL}/x/block", json={"blocked": False, "reason": "me"}),
    ]
    assert [one.status_code for one in refused if one.status_code not in (401, 403, 404)] == []
    assert await house.service.records.all(KIND) == ()


async def test_trust_by_hand_is_kept_and_audited(house: House) -> None:
    device_id = (await tell(house)).json()["id"]
    changed = await house.ask(
        "analyst", "PUT", f"{ALL}/{device_id}/trust", json={"trustLevel": "trusted", "reason": "seen at the branch"}
    )
    told = changed.json()["data"]
    assert (told["trustLevel"], told["trust"], told["setBy"]) == ("trusted", 0.95, "analyst:analyst")
    assert (await tell(house)).json()["trustLevel"] == "trusted"
    assert f"analyst:analyst device.trust {device_id}" in await house.acts()
    missing = await house.ask("analyst", "PUT", f"{ALL}/dvc_0/trust", json={"trustLevel": "low", "reason": "r"})
    assert missing.status_code == 404


async def test_a_blocked_device_blocks_and_the_decision_names_the_list(house: House) -> None:
    device_id = (await tell(house)).json()["id"]
    path = f"{ALL}/{device_id}/block"
    blocked = await house.ask("analyst", "PUT", path, json={"blocked": True, "reason": "account farm"})
    assert blocked.json()["data"]["blocked"] is True
    for fingerprint in (device_id, {"hash": device_id, "platform": "Win32"}):
        decision = (await house.send(login(deviceFingerprint=fingerprint))).json()
        assert decision["action"] == "block"
        assert [one["name"] for one in decision["policies"]] == ["block-list:device"]
    other = (await house.send(login(deviceFingerprint="another"))).json()
    assert other["action"] == "allow"
    again = await house.ask("analyst", "PUT", path, json={"blocked": True, "reason": "still"})
    assert again.status_code == 200
    freed = await house.ask("analyst", "PUT", path, json={"blocked": False, "reason": "mistaken"})
    assert freed.json()["data"]["blocked"] is False
    assert (await house.send(login(deviceFingerprint=device_id, userId="bob"))).json()["action"] == "allow"
    acts = await house.acts()
    assert acts.count(f"analyst:analyst device.block {device_id}") == 3


async def test_staff_filter_and_every_look_is_audited(house: House) -> None:
    await tell(house, desktop(1), userId="quentin")
    house.clock.pass_by(hours=1)
    await tell(house, desktop(2), userId="bob")
    everybody = (await house.ask("admin", "GET", ALL)).json()["data"]
    assert (everybody["total"], len({one["user"] for one in everybody["devices"]})) == (2, 2)
    assert everybody["devices"][0]["lastSeen"] > everybody["devices"][1]["lastSeen"]
    one = (await house.ask("admin", "GET", ALL, params={"userId": "quentin"})).json()["data"]
    assert one["total"] == 1
    none = (await house.ask("admin", "GET", ALL, params={"trustLevel": "high"})).json()["data"]
    assert none == {"devices": [], "total": 0}
    assert "admin:admin devices.read user:quentin" in await house.acts()
    assert "quentin" not in json.dumps(everybody)


async def test_without_consent_there_is_no_id_and_no_cookie(house: House) -> None:
    await house.ask("service", "PUT", "/api/v1/users/ada/consent", json={"purposes": {"device": False}})
    answer = await tell(house, hints=HEADLESS)
    assert answer.json() == {
        "id": None, "fingerprint": None, "trustLevel": "unknown", "riskFactors": [], "known": False,
    }  # fmt: skip
    assert "set-cookie" not in answer.headers


async def test_before_log_in_there_is_a_cookie_and_nothing_kept(house: House) -> None:
    answer = await tell(house, userId=None)
    assert (answer.status_code, answer.json()["known"]) == (200, False)
    assert await house.service.records.all(KIND) == ()
    after = await tell(house, cookie=cookie_of(answer))
    assert after.json()["id"] == answer.json()["id"]


async def test_a_cookie_of_our_own_making_only(house: House) -> None:
    good = cookie_of(await tell(house))
    forged = good[:-1] + ("A" if good[-1] != "A" else "B")
    answer = (await tell(house, cookie=forged)).json()
    assert answer["riskFactors"] == [{"factor": "cookie_mismatch", "severity": "medium"}]


async def test_an_export_has_the_devices_and_an_erasure_takes_them(house: House) -> None:
    first = await tell(house)
    await tell(house, userId="bob", cookie=cookie_of(first))
    exported = (await house.ask("analyst", "GET", "/api/v1/users/ada/export")).json()
    (device,) = [one["body"] for one in exported["records"] if one["kind"] == "device"]
    assert (device["id"], device["label"]) == (first.json()["id"], "Chrome on Windows")
    assert (await house.ask("admin", "DELETE", "/api/v1/users/ada")).status_code == 204
    left = (await house.ask("admin", "GET", ALL)).json()["data"]
    assert left["total"] == 1
    owner = house.service.engine.pseudonyms.of("user", "ada").hex().encode()
    for kind in ("device", "device_user", "device_look"):
        assert not any(owner in record.body for record in await house.service.records.all(kind))


DEEP = "[" * 5000 + "]" * 5000
HOSTILE: list[tuple[str, bytes, int]] = [
    ("nothing", b"", 400),
    ("no JSON", b"hello", 400),
    ("deep", f'{{"deviceData":{DEEP}}}'.encode(), 400),
    ("deeper", f'{{"deviceData":{{"deviceInfo":{{"userAgent":{DEEP}}}}}}}'.encode(), 400),
    ("large", b" " * (MAX_BYTES + 1), 413),
    ("not a text", b'{"deviceData":{"deviceInfo":{"userAgent":7}}}', 400),
    ("an unknown field", b'{"deviceData":{"deviceInfo":{"userAgent":"x","serialNumber":"1"}}}', 400),
    ("surrogates", b'{"deviceData":{"deviceInfo":{"userAgent":"\\ud800"}}}', 400),
    ("no numbers", b'{"deviceData":{"deviceInfo":{"userAgent":"x","colorDepth":1e400}}}', 400),
    ("negative", b'{"deviceData":{"deviceInfo":{"userAgent":"x","hardwareConcurrency":-1}}}', 400),
    ("an address that is none", b'{"deviceData":{"deviceInfo":{"userAgent":"x"}},"ip":"999.1.1.1"}', 400),
    ("a place that is none", b'{"deviceData":{"deviceInfo":{"userAgent":"x"}},"geolocation":{"lat":91,"lng":0}}', 400),
    (
        "many fonts",
        json.dumps({"deviceData": {"deviceInfo": {"userAgent": "x"}, "browserInfo": {"fonts": ["f"] * 1025}}}).encode(),
        400,
    ),
    (
        "many hints",
        json.dumps(
            {"deviceData": {"deviceInfo": {"userAgent": "x"}}, "hints": [{"name": "a", "value": 1}] * 129}
        ).encode(),
        400,
    ),
]


@pytest.mark.parametrize(
    ("body", "status"), [(body, status) for _, body, status in HOSTILE], ids=[n for n, *_ in HOSTILE]
)
async def test_hostile_bodies_are_refused_without_effect(house: House, body: bytes, status: int) -> None:
    answer = await house.ask("service", "POST", ONE, content=body)
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert await house.service.records.all(KIND) == ()


async def test_random_changes_of_a_good_body_never_break_anything() -> None:
    house, rng = House(), Random(7)
    base = json.loads(json.dumps(EXAMPLE))
    odd: list[Any] = [None, True, -1, 1e308, "", "x" * 3000, [], {}, [[]], "\x00", "1x1", ["\u202e"], {"a": 1}]
    seen = set()
    for _ in range(400):
        body = json.loads(json.dumps(base))
        for _ in range(rng.randrange(1, 4)):
            place: Any = body
            path = [key for key in ("deviceData", "browserInfo") if rng.random() < 0.8]
            if len(path) == 1:
                path = ["deviceData", rng.choice(("deviceInfo", "biometricData"))]
            for key in path:
                place = place.get(key, place) if isinstance(place, dict) else place
            if isinstance(place, dict):
                place[rng.choice([*place, "surprise"])] = rng.choice(odd)
        answer = await house.ask("service", "POST", ONE, content=json.dumps(body))
        seen.add(answer.status_code)
    assert seen == {200, 400}


@pytest.mark.parametrize(
    ("header", "known"),
    [("", False), ("ww_device=", False), ("ww_device=v1." + "A" * 48, False), ("x" * 4000, False), ("=;=;\xff", False)],
)
async def test_odd_cookie_headers_are_no_cookie(header: str, known: bool) -> None:
    house = House()
    answer = await house.ask("service", "POST", ONE, json=EXAMPLE, headers={b"cookie": header.encode("latin-1")})
    assert (answer.status_code, answer.json()["known"]) == (200, known)


BIOMETRIC = EXAMPLE["deviceData"]["biometricData"]


async def test_summaries_of_behaviour_are_the_sessions_and_are_learnt_by_its_rules(house: House) -> None:
    templates = house.service.sessions.senses.templates
    owner = house.service.engine.pseudonyms.of("user", "ada")
    body = {"deviceData": wire(desktop(1)) | {"biometricData": BIOMETRIC}}
    for _ in range(2):
        page = await session(house)
        assert (await as_page(house, page, "POST", ONE, json=body)).status_code == 200
        assert (await as_page(house, page, "DELETE", f"/api/v1/sessions/{page['sessionId']}")).status_code == 204
        house.clock.pass_by(hours=80)
    await house.service.sessions.learn("ada")
    held = {name.partition("/")[0]: len(one.entries) for name, one in (await templates.template(owner)).shelves.items()}
    assert held == {"typing_summary": 2, "pointer_summary": 2}
    page = await session(house, "ben")
    told = await house.ask("service", "POST", ONE, json=body | {"userId": "ben", "sessionId": page["sessionId"]})
    assert told.status_code == 200
    for known, samples in ((page["sessionId"], 2), ("never-opened", None)):
        answer = await house.ask("service", "POST", ONE, json=body | {"userId": "ben", "sessionId": known})
        assert answer.status_code == 200
        view = await house.ask("service", "GET", f"/api/v1/sessions/{known}?userId=ben")
        assert view.json().get("samples") == samples
    await house.ask("service", "PUT", "/api/v1/users/cal/consent", json={"purposes": {"behavior": False}})
    page = await session(house, "cal")
    assert (await as_page(house, page, "POST", ONE, json=body)).status_code == 200
    assert (await as_page(house, page, "GET", f"/api/v1/sessions/{page['sessionId']}")).json()["samples"] == 0


async def test_a_page_needs_but_its_token(house: House) -> None:
    page = await session(house)
    first = await as_page(house, page, "POST", ONE, json={"deviceData": wire(desktop(1))})
    assert first.status_code == 200 and first.json()["id"]
    listed = (await as_page(house, page, "GET", ALL)).json()["data"]
    assert [one["id"] for one in listed["devices"]] == [first.json()["id"]]
    await tell(house, desktop(2), userId="eve")
    assert (await as_page(house, page, "GET", f"{ALL}?userId=eve")).status_code == 404
    assert (await as_page(house, page | {"sessionToken": "wrong"}, "GET", ALL)).status_code == 401
