"""Labels: feedback on decisions."""

from __future__ import annotations

from typing import Any

import msgspec
from tests.web.house import House, login

from watchword.state.profile import Profile


async def label(house: House, body: Any, role: Any = "analyst") -> Any:
    return await house.ask(role, "POST", "/api/v1/labels", json=body)


async def test_a_decision_is_labelled_by_its_id_or_its_events(house: House) -> None:
    decision = (await house.send(login(id="one"))).json()
    first = await label(house, {"decisionId": decision["id"], "label": "legitimate"})
    assert first.status_code == 200
    assert first.json()["decisionId"] == decision["id"]
    second = await label(house, {"eventId": "one", "label": "fraud", "note": "he called"}, "admin")
    assert (second.status_code, second.json()["by"]) == (200, "admin:admin")


async def test_the_same_label_by_the_same_key_is_one_label(house: House) -> None:
    decision = (await house.send(login())).json()
    body = {"decisionId": decision["id"], "label": "fraud"}
    first = (await label(house, body)).json()
    assert (await label(house, body)).json() == first
    assert len(await house.service.records.all("label")) == 1
    assert (await label(house, body, "admin")).json()["id"] != first["id"]


async def test_several_labels_each_get_their_own_result(house: House) -> None:
    decision = (await house.send(login())).json()
    answer = await label(
        house, [{"decisionId": decision["id"], "label": "chargeback"}, {"eventId": "none", "label": "fraud"}]
    )
    assert [one["status"] for one in answer.json()["results"]] == [200, 404]


async def test_a_label_names_one_thing(house: House) -> None:
    for body in ({"label": "fraud"}, {"label": "fraud", "decisionId": "a", "eventId": "b"}, {"decisionId": "a"}, []):
        assert (await label(house, body)).status_code == 400
    assert (await label(house, {"decisionId": "dec_none", "label": "fraud"})).status_code == 404


async def test_a_service_labels_only_what_it_sent(house: House) -> None:
    decision = (await house.send(login(), "admin")).json()
    assert (await label(house, {"decisionId": decision["id"], "label": "fraud"}, "service")).status_code == 404
    own = (await house.send(login())).json()
    assert (await label(house, {"decisionId": own["id"], "label": "fraud"}, "service")).status_code == 200


async def test_a_log_in_called_legitimate_is_learnt(house: House) -> None:
    for _ in range(8):
        blocked = (await house.send(login(userAgent="Mozilla/5.0"))).json()
    assert blocked["action"] != "allow"
    before = await logins(house)
    await label(house, {"decisionId": blocked["id"], "label": "confirmed_by_user"})
    assert await logins(house) == before + 1


async def test_a_label_may_come_as_an_event(house: House) -> None:
    decision = (await house.send(login())).json()
    event = {"type": "label", "id": "l1", "occurredAt": login()["occurredAt"], "userId": "ada", "label": "fraud"}
    for about in ({"decisionId": decision["id"]}, {"targetEventId": decision["eventId"]}):
        assert (await house.send(event | about | {"id": str(about)})).status_code == 200
    assert len(await house.service.records.all("label")) == 1
    other = (await house.send(login(), "admin")).json()
    refused = await house.send(event | {"decisionId": other["id"]})
    assert refused.status_code == 404
    assert (await house.send(event | {"decisionId": "dec_none"})).status_code == 200
    assert len(await house.service.records.all("label")) == 1


async def test_a_label_is_audited_and_belongs_to_its_person(house: House) -> None:
    decision = (await house.send(login())).json()
    await label(house, {"decisionId": decision["id"], "label": "fraud"})
    assert f"analyst:analyst label.add {decision['id']}" in (await house.acts())
    owner = house.service.engine.pseudonyms.of("user", "ada")
    kept = await house.service.records.all("label", owner)
    assert [msgspec.json.decode(one.body)["label"] for one in kept] == ["fraud"]


async def logins(house: House) -> int:
    found: Profile | None = await house.service.engine.store.profile(house.service.engine.pseudonyms.of("user", "ada"))
    return found.logins if found else 0
