"""Sessions over REST: who may what, and what is answered."""

from __future__ import annotations

import json
from typing import Any

import pytest
from tests.web.house import House, login
from tests.web.tabs import keys

from watchword.ports import Role

PATH = "/api/v1/sessions"


async def opened(house: House, user: str = "ada", **more: Any) -> tuple[str, str]:
    answer = await house.ask("service", "POST", PATH, json={"userId": user, "method": "pin"} | more)
    assert answer.status_code == 201, answer.text
    return answer.json()["sessionId"], answer.json()["sessionToken"]


async def by(house: House, token: str, method: str, path: str, **more: Any) -> Any:
    return await house.ask(None, method, path, headers={"authorization": f"Bearer {token}"}, **more)


def batch(session: str, nonce: str, many: int = 5, first: int = 1) -> dict[str, Any]:
    return {"sessionId": session, "nonce": nonce, "firstSeq": first, "events": keys(first, many)}


async def test_a_session_is_opened_looked_at_and_ended(house: House) -> None:
    answer = await house.ask("service", "POST", PATH, json={"userId": "ada", "sessionId": "s-1", "method": "totp"})
    told = answer.json()
    assert answer.headers["cache-control"] == "no-store"
    assert (told["sessionId"], told["resumed"]) == ("s-1", False)
    for role in ("service", "analyst", "admin"):
        view = (await house.ask(role, "GET", f"{PATH}/s-1")).json()
        assert (view["userId"], view["riskScore"], view["level"], view["end"]) == ("ada", 0, "normal", None)
    assert (await by(house, told["sessionToken"], "GET", f"{PATH}/s-1")).json() == view
    assert (await by(house, told["sessionToken"], "DELETE", f"{PATH}/s-1")).status_code == 204
    assert (await by(house, told["sessionToken"], "GET", f"{PATH}/s-1")).status_code == 401
    assert (await house.ask("service", "GET", f"{PATH}/s-1")).json()["end"] == "logout"
    assert (await house.ask("service", "DELETE", f"{PATH}/s-1")).status_code == 204
    assert "analyst:analyst session.read user:ada" in await house.acts()


async def test_an_address_is_one(house: House) -> None:
    answer = await house.ask("service", "POST", PATH, json={"userId": "ada", "ip": "somewhere"})
    assert (answer.status_code, answer.json()["field"]) == (400, "ip")


async def test_several_users_may_use_one_id(house: House) -> None:
    tokens = {user: (await opened(house, user, sessionId="exam-42"))[1] for user in ("ada", "bob")}
    assert (await house.ask("service", "GET", f"{PATH}/exam-42")).status_code == 409
    for user, token in tokens.items():
        assert (await house.ask("service", "GET", f"{PATH}/exam-42?userId={user}")).json()["userId"] == user
        assert (await by(house, token, "GET", f"{PATH}/exam-42")).json()["userId"] == user
        assert (await by(house, token, "GET", f"{PATH}/exam-42?userId=eve")).status_code == 401
    assert (await house.ask("service", "GET", f"{PATH}/exam-42?userId=eve")).status_code == 404


async def test_a_token_opens_its_own_session_only(house: House) -> None:
    mine, token = await opened(house)
    other, _ = await opened(house, "eve")
    for method, path in (
        ("GET", f"{PATH}/{other}"), ("DELETE", f"{PATH}/{other}"), ("GET", f"{PATH}/nowhere"),
        ("GET", f"{PATH}/{mine}?userId=eve"),
    ):  # fmt: skip
        assert (await by(house, token, method, path)).status_code == 401, path
    assert (await by(house, token, "POST", f"{PATH}/{other}/mpin", json={"mpin": "1"})).status_code == 401
    score = {"userId": "eve", "sessionId": other}
    assert (await by(house, token, "POST", "/api/v1/behavior/score", json=score)).status_code == 401
    for method, path, body in (
        ("POST", PATH, {"userId": "ada"}), ("PUT", "/api/v1/users/ada/mpin", {"mpin": "1234"}),
        ("POST", "/api/v1/events", {}), ("GET", "/api/v1/decisions", None), ("GET", "/api/admin/fraud/config", None),
    ):  # fmt: skip
        assert (await by(house, token, method, path, json=body)).status_code == 401, path


async def test_wrong_tokens_are_counted_against_an_address(house: House) -> None:
    session, _ = await opened(house)
    statuses = []
    async with house.caller(None, address="203.0.113.9") as client:
        for _ in range(25):
            answer = await client.get(f"{PATH}/{session}", headers={"authorization": "Bearer wrong"})
            statuses.append(answer.status_code)
    assert statuses == [401] * 20 + [429] * 5


@pytest.mark.parametrize("role", ["viewer", "analyst"])
async def test_who_may_not_send_opens_nothing(house: House, role: Role) -> None:
    assert (await house.ask(role, "POST", PATH, json={"userId": "ada"})).status_code == 403


async def test_a_session_that_is_open_is_opened_again_with_a_further_token(house: House) -> None:
    session, first = await opened(house, sessionId="again")
    answer = await house.ask("service", "POST", PATH, json={"userId": "ada", "sessionId": "again"})
    assert answer.json()["resumed"] is True
    assert (await by(house, answer.json()["sessionToken"], "GET", f"{PATH}/{session}")).status_code == 200
    assert answer.json()["sessionToken"] != first


async def test_the_mpin_over_rest(house: House) -> None:
    session, token = await opened(house)
    assert (await house.ask("service", "PUT", "/api/v1/users/ada/mpin", json={"mpin": "482913"})).status_code == 204
    wrong = await house.ask("service", "PUT", "/api/v1/users/ada/mpin", json={"mpin": "12ab"})
    assert (wrong.status_code, wrong.json()["field"]) == (400, "mpin")
    path = f"{PATH}/{session}/mpin"
    for risk in (0.25, 0.5, 0.75):
        answer = (await by(house, token, "POST", path, json={"mpin": "111111"})).json()
        assert (answer["verified"], answer["riskScore"]) == (False, risk)
    assert (await by(house, token, "GET", f"{PATH}/{session}")).json()["challenge"] == "asked"
    answer = (await by(house, token, "POST", path, json={"mpin": "482913"})).json()
    assert answer == {"verified": True, "attemptsLeft": 5, "riskScore": 0.65}
    changes = (await by(house, token, "GET", f"{PATH}/{session}")).json()["changes"]
    assert [(one["factor"], one["delta"]) for one in changes] == [("mpin_failed", 0.25)] * 3 + [("mpin_verified", -0.1)]


async def test_a_person_may_have_thresholds_of_their_own(house: House) -> None:
    path = "/api/v1/users/ada/session-thresholds"
    for body, field in (
        ({"suspicious": 0.2}, "suspicious"), ({"highRisk": 0.5}, "highRisk"), ({"highRisk": "x"}, "highRisk"),
        ({"suspicious": 0.8, "highRisk": 0.7}, "suspicious"), ({"high": 1}, "high"),
    ):  # fmt: skip
        answer = await house.ask("analyst", "PUT", path, json=body)
        assert (answer.status_code, answer.json()["field"]) == (400, field), body
    assert (await house.ask("analyst", "PUT", path, json={"suspicious": 0.4, "highRisk": 0.75})).status_code == 204
    for user, asked, blocked in (("ada", 2, 3), ("ben", 3, 4)):
        session, token = await opened(house, user)
        for times in range(1, blocked + 1):
            answer = await by(house, token, "POST", f"{PATH}/{session}/mpin", json={"mpin": "1111"})
            view = (await house.ask("service", "GET", f"{PATH}/{session}")).json()
            assert (view["challenge"] == "asked") == (asked <= times < blocked), (user, times)
            assert (view["end"] == "blocked") == (times >= blocked)
    assert (await house.ask("analyst", "PUT", path, json={})).status_code == 204
    session, token = await opened(house)
    for _ in range(2):
        await by(house, token, "POST", f"{PATH}/{session}/mpin", json={"mpin": "1111"})
    assert (await house.ask("service", "GET", f"{PATH}/{session}")).json()["challenge"] == "none"
    assert "analyst:analyst session.thresholds user:ada" in await house.acts()


async def test_a_blocked_session_is_dead_for_good(house: House) -> None:
    session, token = await opened(house)
    for _ in range(4):
        await by(house, token, "POST", f"{PATH}/{session}/mpin", json={"mpin": "0"})
    for method, path in (("GET", ""), ("DELETE", ""), ("POST", "/mpin"), ("POST", "/events")):
        body = {"mpin": "1"} if path == "/mpin" else batch(session, "n") if path else None
        answer = await by(house, token, method, f"{PATH}/{session}{path}", json=body)
        assert (answer.status_code, answer.json()["code"]) == (401, "BLOCKED"), path
    assert (await house.ask("service", "POST", PATH, json={"userId": "ada", "sessionId": session})).status_code == 403
    view = (await house.ask("service", "GET", f"{PATH}/{session}")).json()
    assert (view["level"], view["end"], view["riskScore"]) == ("high_risk", "blocked", 1.0)


async def test_a_beacon_is_durable_and_counted_once(house: House) -> None:
    session, token = await opened(house)
    path = f"{PATH}/{session}/events"
    for _ in range(2):
        answer = await by(house, token, "POST", path, json=batch(session, "page-1", 20))
        assert answer.json()["messages"][0] | {"factors": []} == {
            "type": "risk_update", "seq": 20, "riskScore": 0, "level": "normal", "factors": [],
        }  # fmt: skip
    by_url = await house.ask(None, "POST", f"{path}?token={token}", content=house_body(batch(session, "page-1", 10, 15)),
                             headers={"content-type": "text/plain"})  # fmt: skip
    assert by_url.json()["messages"][0]["seq"] == 24
    assert (await house.ask("service", "GET", f"{PATH}/{session}")).json()["samples"] == 24
    assert (await house.ask(None, "POST", f"{path}?token=wrong", json=batch(session, "n"))).status_code == 401
    assert (await house.ask(None, "GET", f"{PATH}/{session}?token={token}")).status_code == 401


def house_body(said: Any) -> bytes:
    return json.dumps(said).encode()


async def test_behaviour_that_comes_as_an_event_feeds_its_session(house: House) -> None:
    event = login(type="behavior", sessionId="fed", events=keys(1, 20), ip=None, result=None)
    for number in range(2):
        assert (await house.send(event)).status_code == 200, number
    assert (await house.send(event | {"id": "other", "events": keys(11, 20)})).status_code == 200
    summary = {"event_type": "typing_pattern", "features": {"typing_speed": 65}}
    for _ in range(2):
        assert (await house.send(event | {"id": "summary", "events": [summary]})).status_code == 200
    assert (await house.ask("service", "GET", f"{PATH}/fed")).json()["samples"] == 31
    wrong = await house.send(event | {"id": "wrong", "events": [keys(31, 1)[0], {"type": "dance"}]})
    assert (wrong.status_code, wrong.json()["field"]) == (400, "events[1].type")
    assert (await house.ask("service", "GET", "/api/v1/events/wrong/decision")).status_code == 404


async def test_a_beacon_for_another_session_is_refused_and_flagged(house: House) -> None:
    session, token = await opened(house)
    other, _ = await opened(house, "eve")
    path = f"{PATH}/{session}/events"
    assert (await by(house, token, "POST", path, json=batch(other, "n"))).status_code == 403
    assert (await by(house, token, "POST", path, json=batch(session, "n") | {"userId": "eve"})).status_code == 403
    assert (await by(house, token, "POST", path, json=batch(session, "n") | {"riskScore": 0})).status_code == 400
    assert (await house.ask("service", "GET", f"{PATH}/{session}")).json()["flags"] == ["other_session"]
    assert (await house.ask("service", "GET", f"{PATH}/{other}")).json()["samples"] == 0


async def test_without_consent_nothing_is_kept_and_nobody_scores_worse(house: House) -> None:
    await house.ask("service", "PUT", "/api/v1/users/ada/consent", json={"purposes": {"behavior": False}})
    session, token = await opened(house)
    answer = await by(house, token, "POST", f"{PATH}/{session}/events", json=batch(session, "page-1", 20))
    assert answer.json()["messages"][0]["riskScore"] == 0
    view = (await house.ask("service", "GET", f"{PATH}/{session}")).json()
    assert (view["consent"], view["riskScore"]) == (False, 0)
