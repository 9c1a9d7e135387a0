"""The score API: its shape, who may ask, what it opens."""

from __future__ import annotations

from typing import Any

import msgspec
from tests.web.house import House
from tests.web.tabs import keys
from tests.web.test_sessions import by, opened

from watchword.learning.typists import Sitting, make_typist, sit

PATH = "/api/v1/behavior/score"


def typed(number: int, session: int) -> list[dict[str, Any]]:
    samples = sit(make_typist(5, number), session, Sitting(secret=11, text=50, strokes=15))
    decoded: list[dict[str, Any]] = msgspec.json.decode(msgspec.json.encode(samples))
    return decoded


async def test_a_score_has_its_shape_and_opens_the_session(house: House) -> None:
    body = {"userId": "ada", "sessionId": "pay-1", "events": typed(1, 0)}
    score = (await house.ask("service", "POST", PATH, json=body)).json()
    assert score.keys() == {"trustScore", "isAnomaly", "topReasons", "aiAnalysis", "confidence", "phase"}
    assert 0 <= score["trustScore"] <= 100 and score["isAnomaly"] is False and score["phase"] == "learning"
    assert 0 <= score["confidence"] <= 1 and score["aiAnalysis"]
    sizes = [abs(one["contribution"]) for one in score["topReasons"]]
    assert score["topReasons"] and all({"code", "message", "contribution"} == one.keys() for one in score["topReasons"])
    assert len(sizes) == len(score["topReasons"])
    assert (await house.ask("service", "GET", "/api/v1/sessions/pay-1")).json()["samples"] == len(body["events"])


async def test_nothing_is_an_anomaly_on_few_samples(house: House) -> None:
    for events in ([], keys(1, 6)):
        body = {"userId": "ada", "sessionId": "short", "events": events}
        score = (await house.ask("service", "POST", PATH, json=body)).json()
        assert score["isAnomaly"] is False and score["confidence"] < 0.6


async def test_a_page_may_ask_about_its_own_session(house: House) -> None:
    session, token = await opened(house)
    body = {"userId": "ada", "sessionId": session, "events": keys(1, 20)}
    assert (await by(house, token, "POST", PATH, json=body)).status_code == 200
    assert (await by(house, token, "POST", PATH, json=body | {"userId": "eve"})).status_code == 401
    assert (await by(house, token, "POST", PATH, json=body | {"sessionId": "other"})).status_code == 401


async def test_what_a_page_says_of_a_payment_does_not_count(house: House) -> None:
    session, token = await opened(house)
    context = {"transactionId": "t-1", "amount": 20_000, "currency": "EUR", "beneficiary": "LU28", "confirmed": True}
    body = {"userId": "ada", "sessionId": session, "context": context}
    await by(house, token, "POST", PATH, json=body)
    assert (await house.ask("service", "GET", f"/api/v1/sessions/{session}")).json()["riskScore"] == 0
    for _ in range(2):
        await house.ask("service", "POST", PATH, json=body)
    changes = (await house.ask("service", "GET", f"/api/v1/sessions/{session}")).json()["changes"]
    assert [(one["factor"], one["delta"], one["layer"]) for one in changes] == [("large_transaction", 0.2, "context")]
    await house.ask("service", "POST", PATH, json=body | {"context": {"beneficiary": "LU99"}})
    assert (await house.ask("service", "GET", f"/api/v1/sessions/{session}")).json()["riskScore"] == 0.35


async def test_summaries_of_an_application_are_taken_too(house: House) -> None:
    summary = {"event_type": "typing_pattern", "features": {"typing_speed": 65, "keystroke_intervals": [110, 120, 105]}}
    body = {"userId": "ada", "sessionId": "s", "events": [summary, *keys(2, 3)]}
    assert (await house.ask("service", "POST", PATH, json=body)).status_code == 200
    wrong = await house.ask("service", "POST", PATH, json=body | {"events": [summary, {"event_type": "dance_pattern"}]})
    assert (wrong.status_code, wrong.json()["field"]) == (400, "events[1].event_type")
    wrong = await house.ask("service", "POST", PATH, json=body | {"events": [{"type": "key"}]})
    assert (wrong.status_code, wrong.json()["field"]) == (400, "events[0].seq")


async def test_bots_are_named_by_their_codes(house: House) -> None:
    """A script types every key for 10 ms, 20 ms apart, and moves straight on."""
    typing = [
        {"type": "key", "seq": 1 + n, "t": 20.0 * (n // 2) + 10.0 * (n % 2), "down": n % 2 == 0, "field": "f", "pos": n // 2,
         "cls": "letter-left"}
        for n in range(120)
    ]  # fmt: skip
    body = {"userId": "ada", "sessionId": "bot", "events": typing}
    score = (await house.ask("service", "POST", PATH, json=body)).json()
    codes = [one["code"] for one in score["topReasons"]]
    assert any(code.startswith(("UNIFORM_", "FAST_")) for code in codes), codes
    assert score["trustScore"] < 50
