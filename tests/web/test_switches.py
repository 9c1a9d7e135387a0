"""What is switched off is off everywhere: in sessions and scores, and where devices are told, as in decisions."""

from __future__ import annotations

from typing import Any

import pytest
from tests.device_world import desktop, wire
from tests.web.house import House
from tests.web.test_scores import typed
from tests.web.test_sessions import PATH, by, opened

SCORE, DEVICE = "/api/v1/behavior/score", "/api/fraud-detection/device-fingerprint"


async def change(house: House, **settings: Any) -> None:
    answer = await house.ask("admin", "PUT", "/api/admin/fraud/config", json=settings)
    assert answer.status_code == 200, answer.text


async def pay(house: House, session: str, *numbers: int) -> int:
    """Large transactions one after the other; the status of the last."""
    body: dict[str, Any] = {"userId": "ada", "sessionId": session, "events": []}
    for number in numbers:
        answer = await house.ask(
            "service", "POST", SCORE, json=body | {"context": {"transactionId": f"t{number}", "amount": 9e3}}
        )
    return answer.status_code


@pytest.mark.parametrize("off", [{"mode": "monitor"}, {"enabled": False}, {"sessions": {"enforced": False}}])
async def test_where_nothing_is_enforced_no_session_is_asked_or_blocked(house: House, off: dict[str, Any]) -> None:
    await change(house, **off)
    session, token = await opened(house)
    assert await pay(house, session, 1, 2, 3, 4, 5) == 200
    view = (await by(house, token, "GET", f"{PATH}/{session}")).json()
    assert (view["riskScore"], view["level"], view["challenge"], view["end"]) == (1.0, "high_risk", "none", None)
    await change(house, enabled=True, mode="enforce", sessions={"enforced": True})
    assert await pay(house, session, 5) == 200, "nothing new happened"
    other, _ = await opened(house)
    await pay(house, other, 1, 2, 3, 4)
    assert (await house.ask("service", "GET", f"{PATH}/{other}")).json()["challenge"] == "asked"
    assert await pay(house, other, 5) == 401


async def test_without_behaviour_no_sample_is_kept_or_looked_at(house: House) -> None:
    session, token = await opened(house)
    await change(house, behavioralAnalysisEnabled=False)
    batch = {"sessionId": session, "nonce": "mine", "firstSeq": 1, "events": typed(1, 0)[:400]}
    answer = await by(house, token, "POST", f"{PATH}/{session}/events", json=batch)
    assert answer.json()["messages"][0]["seq"] == 400, "acknowledged, so that the page does not send it again"
    body = {"userId": "ada", "sessionId": session, "events": [{**one, "trusted": False} for one in typed(1, 1)]}
    score = (await house.ask("service", "POST", SCORE, json=body)).json()
    assert [one["code"] for one in score["topReasons"]] == ["BEFORE_BEHAVIOUR"]
    view = (await house.ask("service", "GET", f"{PATH}/{session}")).json()
    assert (view["samples"], view["riskScore"], view["bots"]) == (0, 0, [])
    await change(house, behavioralAnalysisEnabled=True)
    assert (
        (await house.ask("service", "POST", SCORE, json=body)).json()["topReasons"][0]["code"].startswith("SYNTHETIC_")
    )


async def test_without_devices_none_is_told(house: House) -> None:
    await change(house, deviceFingerprintEnabled=False)
    for more in ({"userId": "ada"}, {}):
        answer = await house.ask("service", "POST", DEVICE, json={"deviceData": wire(desktop(1))} | more)
        assert (answer.json()["id"], answer.json()["fingerprint"]) == (None, None)
        assert "set-cookie" not in answer.headers
    assert (await house.ask("analyst", "GET", f"{DEVICE}s?userId=ada")).json()["data"]["total"] == 0
