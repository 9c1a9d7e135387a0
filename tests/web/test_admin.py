"""The admin API and its envelope."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from tests.web.house import NOON, House, login

BASE = "/api/admin/fraud"
DEVICE = {"userAgent": "curl/8.5", "screenResolution": "1x1", "timezone": "Europe/Oslo", "hash": "h1"}
TRIAL = {"ip": "192.0.2.10", "userId": "ada", "deviceFingerprint": DEVICE, "metadata": {"endpoint": "/login"}}


async def data(house: House, method: str, path: str, role: Any = "admin", **more: Any) -> Any:
    answer = await house.ask(role, method, BASE + path, **more)
    assert answer.status_code == 200, answer.text
    assert answer.json()["success"] is True
    assert answer.json().keys() == {"success", "data"}
    return answer.json()["data"]


async def test_a_trial_is_judged_without_any_effect(house: House) -> None:
    for _ in range(10):
        decision = await data(house, "POST", "/test-analysis", "analyst", json=TRIAL)
        assert (decision["userId"], decision["type"]) == ("ada", "login")
        assert "RAPID_LOGINS" not in [one["code"] for one in decision["evidence"]]
    assert (await data(house, "GET", "/statistics"))["totalEvents"] == 0
    assert (await house.ask("analyst", "GET", "/api/v1/users/ada/profile")).status_code == 404
    assert (await house.ask("admin", "GET", f"/api/v1/decisions/{decision['id']}")).status_code == 404


async def test_a_trial_sees_the_state_that_there_is(house: House) -> None:
    for _ in range(6):
        await house.send(login(result="failure"))
    decision = await data(house, "POST", "/test-analysis", json={"ip": "192.0.2.10", "userId": "ada"})
    assert decision["action"] == "block"


async def test_a_trial_is_parsed_strictly(house: House) -> None:
    for body in ({}, {"ip": "192.0.2.1"}, TRIAL | {"ip": "x"}, TRIAL | {"more": 1}):
        assert (await house.ask("admin", "POST", BASE + "/test-analysis", json=body)).status_code == 400


async def test_bulk_analysis_gives_a_decision_a_name_and_a_summary(house: House) -> None:
    for _ in range(6):
        await house.send(login(userId="eve", result="failure"))
    names = {"home": "ada", "guessing": "eve"}
    scenarios = [{"name": name, "ip": f"198.51.100.{len(name)}", "userId": user} for name, user in names.items()]
    found = await data(house, "POST", "/bulk-analysis", json={"scenarios": scenarios})
    assert [(one["name"], one["decision"]["action"]) for one in found["results"]] == [
        ("home", "allow"),
        ("guessing", "block"),
    ]
    assert found["summary"]["total"] == 2
    assert found["summary"]["actions"] == {"allow": 1, "monitor": 0, "verify": 0, "block": 1}
    assert found["summary"]["strictest"] == "block"
    scores = [one["decision"]["score"] for one in found["results"]]
    assert found["summary"]["averageFraudScore"] == pytest.approx(sum(scores) / 2)


async def test_scenarios_need_different_names(house: House) -> None:
    body = {"scenarios": 2 * [{"name": "same", "ip": "192.0.2.1", "userId": "a"}]}
    assert (await house.ask("admin", "POST", BASE + "/bulk-analysis", json=body)).status_code == 400


async def test_statistics_are_sums_over_the_decisions(house: House) -> None:
    scores, blocked = [], 0
    for number in range(12):
        at = (NOON - timedelta(seconds=11 - number)).isoformat()
        decision = (await house.send(login(result="failure", occurredAt=at))).json()
        scores.append(decision["score"])
        blocked += decision["action"] == "block"
    found = await data(house, "GET", "/statistics")
    assert blocked
    assert found["totalEvents"] == 12
    assert found["blockedEvents"] == blocked
    assert found["blockRate"] == pytest.approx(100 * blocked / 12, abs=1e-3)
    assert found["averageFraudScore"] == pytest.approx(sum(scores) / 12, abs=1e-3)
    assert found["topSignalTypes"][0]["type"] == "VELOCITY"
    since, until = (NOON - timedelta(seconds=5)).isoformat(), (NOON - timedelta(seconds=2)).isoformat()
    assert (await data(house, "GET", "/statistics", params={"from": since}))["totalEvents"] == 6
    assert (await data(house, "GET", "/statistics", params={"to": until}))["totalEvents"] == 9
    assert (await data(house, "GET", "/statistics", params={"from": since, "to": until}))["totalEvents"] == 3


async def test_statistics_of_nothing(house: House) -> None:
    found = await data(house, "GET", "/statistics", "viewer")
    assert found == {
        "totalEvents": 0,
        "blockedEvents": 0,
        "blockRate": 0.0,
        "averageFraudScore": 0.0,
        "topSignalTypes": [],
    }


async def test_settings_change_in_part_and_live(house: House) -> None:
    before = await data(house, "GET", "/config", "viewer")
    assert before["velocityThresholds"]["maxLoginsPerMinute"] == 5
    after = await data(house, "PUT", "/config", json={"velocityThresholds": {"maxLoginsPerMinute": 2}})
    assert after == before | {"velocityThresholds": before["velocityThresholds"] | {"maxLoginsPerMinute": 2}}
    for _ in range(3):
        decision = (await house.send(login(result="failure"))).json()
    assert "RAPID_LOGINS" in [one["code"] for one in decision["evidence"]]


@pytest.mark.parametrize(
    "patch",
    [
        {"unknown": 1},
        {"monitorThreshold": 70},
        {"autoBlockThreshold": 101},
        {"velocityThresholds": {"maxLoginsPerMinute": "many"}},
        {"policies": [{"name": "bad", "sentence": "s", "when": "event.", "action": "block"}]},
        {"enabled": None},
        {"debugMode": True, "mode": "perhaps"},
    ],
    ids=str,
)
async def test_a_change_with_anything_wrong_is_refused_whole(house: House, patch: Any) -> None:
    before = await data(house, "GET", "/config")
    answer = await house.ask("admin", "PUT", BASE + "/config", json=patch)
    assert answer.status_code == 400
    assert await data(house, "GET", "/config") == before
    assert len((await data(house, "GET", "/config/history"))["versions"]) == 1


async def test_a_bad_rule_is_refused_with_line_and_column(house: House) -> None:
    rule = {"name": "bad", "sentence": "s", "when": "score >\n  > 3", "action": "block"}
    answer = await house.ask("admin", "PUT", BASE + "/config", json={"policies": [rule]})
    assert answer.status_code == 400
    assert "2" in answer.json()["detail"]


async def test_settings_have_a_history_and_go_back(house: House) -> None:
    await data(house, "PUT", "/config", json={"monitorThreshold": 20}, params={"reason": "closer look"})
    await data(house, "PUT", "/config", json={"monitorThreshold": 25})
    versions = (await data(house, "GET", "/config/history", "viewer"))["versions"]
    assert [one["version"] for one in versions] == [2, 1, 0]
    assert (versions[1]["by"], versions[1]["reason"], versions[1]["patch"]) == (
        "admin:admin",
        "closer look",
        {"monitorThreshold": 20},
    )
    back = await data(house, "POST", "/config/rollback", json={"version": 1, "reason": "too strict"})
    assert back["monitorThreshold"] == 20
    assert (await data(house, "POST", "/config/rollback", json={"version": 0}))["monitorThreshold"] == 30
    assert (await house.ask("admin", "POST", BASE + "/config/rollback", json={"version": 99})).status_code == 404
    changes = [act for act in (await house.acts()) if "settings.change" in act]
    assert len(changes) == 4


async def test_the_reference_is_made_from_the_signals(house: House) -> None:
    found = await data(house, "GET", "/signals-reference", "viewer")
    signals = {one["name"]: one for one in found["signals"]}
    assert signals.keys() == {one.name for one in house.service.engine.world.signals}
    for one in found["signals"]:
        assert one["text"], one["name"]
        assert one["evidence"], one["name"]
    rate = {one["code"]: one for one in signals["login_rate_user"]["evidence"]}["RAPID_LOGINS"]
    assert (rate["severity"], rate["low"], rate["high"]) == ("CRITICAL", 90, 95)
    assert found["severityWeights"] == {"CRITICAL": 1.0, "HIGH": 0.8, "MEDIUM": 0.6, "LOW": 0.4}


async def test_health_names_each_part(house: House) -> None:
    found = await data(house, "GET", "/health", "viewer")
    assert found["status"] == "ok"
    assert {"engine", "store", "settings"} <= found["parts"].keys()


async def test_a_part_that_fails_is_named(house: House) -> None:
    async def broken(_: str) -> None:
        raise OSError("/srv/secret")

    house.service.engine.store.decision = broken  # type: ignore[method-assign]
    found = await data(house, "GET", "/health")
    assert (found["status"], found["parts"]["store"]) == ("degraded", {"status": "down", "reason": "OSError"})
    ready = await house.ask(None, "GET", "/ready")
    assert (ready.status_code, ready.json()["parts"]) == (503, {"store": "OSError"})
    assert (await house.ask(None, "GET", "/health")).status_code == 200


async def test_metrics_count_and_hold_nothing_personal(house: House) -> None:
    for _ in range(7):
        last = login(userId="ada-lovelace", ip="203.0.113.77", result="failure", userAgent="canary/1")
        await house.send(last)
    await house.send(last)
    await house.ask(None, "GET", "/api/v1/users/ada-lovelace/profile")
    text = (await house.ask(None, "GET", "/metrics")).text
    assert 'watchword_decisions_total{action="block"}' in text
    assert "watchword_repeats_total 1.0" in text
    assert 'watchword_http_requests_total{route="POST /api/v1/events",status="200"} 8.0' in text
    assert "watchword_score_bucket" in text
    assert "watchword_judging_seconds_count 7.0" in text
    for personal in ("ada-lovelace", "203.0.113.77", "canary", "lovelace"):
        assert personal not in text
