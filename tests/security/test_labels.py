"""Feedback weighs; nobody makes it weigh twice, or against somebody else."""

from __future__ import annotations

import asyncio

from tests.web.house import NOON, House, login


async def test_one_label_sent_at_once_many_times_is_one() -> None:
    house = House()
    made = (await house.send(login())).json()
    label = {"decisionId": made["id"], "label": "fraud"}
    async with house.caller("service") as client:
        sent = await asyncio.gather(*(client.post("/api/v1/labels", json=label) for _ in range(8)))
    assert {answer.status_code for answer in sent} == {200}
    assert len({answer.json()["id"] for answer in sent}) == 1
    house.clock.pass_by(minutes=5)
    again = (await house.send(login(occurredAt=house.clock.now.isoformat()))).json()
    found = next(one for one in again["evidence"] if one["code"] == "COMPROMISED")
    assert found["details"]["labels"] == 1 and again["action"] == "verify"


async def test_a_label_of_ones_own_event_says_nothing_of_another_user() -> None:
    house = House()
    mine = (await house.send(login(userId="mallory"))).json()
    for about in ({"decisionId": mine["id"]}, {"targetEventId": mine["eventId"]}):
        event = {
            "type": "label",
            "id": f"l-{len(about)}",
            "occurredAt": NOON.isoformat(),
            "label": "fraud",
            "userId": "ada",
        }
        answer = await house.send(event | about)
        assert answer.status_code == 400 and answer.json()["field"] == "userId"
    assert not (await house.send(login())).json()["evidence"]
