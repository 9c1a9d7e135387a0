"""The role x endpoint table, cell by cell, against a table of its own."""

from __future__ import annotations

import pytest
from tests.web.house import House, login

from watchword.ports import ROLES, Role
from watchword.web.app import endpoints
from watchword.web.roles import ENDPOINTS

TRIAL = {"ip": "192.0.2.1", "userId": "ada"}
TABLE: dict[str, tuple[str, object]] = {
    # endpoint: (who may: Service Viewer aNalyst Admin, or * for everybody; a body that works)
    "GET /health": ("*", None),
    "GET /ready": ("*", None),
    "GET /metrics": ("*", None),
    "GET /schema": ("*", None),
    "GET /schema/openapi.json": ("*", None),
    "GET /js/watchword.js": ("*", None),
    "GET /js/device-fingerprint.js": ("*", None),
    "POST /api/v1/events": ("S--A", login(id="table-event")),
    "POST /api/v1/events/batch": ("S--A", {"events": [login(id="table-event")]}),
    "GET /api/v1/events/{eventId}/decision": ("SVNA", None),
    "GET /api/v1/decisions": ("SVNA", None),
    "GET /api/v1/decisions/stream": ("SVNA", None),
    "GET /api/v1/decisions/{decisionId}": ("SVNA", None),
    "POST /api/v1/sessions": ("S--A", {"userId": "ada", "sessionId": "table"}),
    "GET /api/v1/sessions/{sessionId}": ("S-NA", None),
    "DELETE /api/v1/sessions/{sessionId}": ("S-NA", None),
    "POST /api/v1/sessions/{sessionId}/mpin": ("S--A", {"mpin": "1234"}),
    "POST /api/v1/sessions/{sessionId}/events": (
        "S--A",
        {"sessionId": "sessionId", "nonce": "n", "firstSeq": 1, "events": []},
    ),
    "POST /api/v1/behavior/score": ("S--A", {"userId": "ada", "sessionId": "table"}),
    "PUT /api/v1/users/{userId}/mpin": ("S--A", {"mpin": "1234"}),
    "PUT /api/v1/users/{userId}/session-thresholds": ("--NA", {"suspicious": 0.8}),
    "POST /api/v1/labels": ("S-NA", {"eventId": "nobody", "label": "fraud"}),
    "POST /api/v1/alerts": ("S--A", {"type": "TABLE_ALERT", "severity": "INFO"}),
    "GET /api/v1/alerts": ("--NA", None),
    "POST /api/v1/challenges": ("S--A", {"userId": "ada"}),
    "POST /api/v1/challenges/{challengeId}/answer": ("S--A", {"code": "1"}),
    "GET /api/v1/users/{userId}/factors": ("S-NA", None),
    "POST /api/v1/users/{userId}/factors": ("S--A", {"type": "pin", "code": "4711"}),
    "POST /api/v1/users/{userId}/factors/{factorId}/proof": ("S--A", {"code": "1"}),
    "DELETE /api/v1/users/{userId}/factors/{factorId}": ("S--A", None),
    "GET /confirm/{token}": ("*", None),
    "POST /confirm/{token}": ("*", None),
    "GET /api/v1/lists": ("--NA", None),
    "POST /api/v1/lists": ("--NA", {"list": "block", "kind": "asn", "value": "64500"}),
    "DELETE /api/v1/lists/{entryId}": ("--NA", None),
    "GET /api/v1/overrides": ("--NA", None),
    "POST /api/v1/overrides": (
        "--NA",
        {"action": "allow", "kind": "user", "value": "u", "reason": "r", "expiresAt": "2099-01-01T00:00:00Z"},
    ),
    "DELETE /api/v1/overrides/{overrideId}": ("--NA", None),
    "GET /api/v1/users/{userId}/profile": ("--NA", None),
    "PUT /api/v1/users/{userId}/profile": ("--NA", {"phase": "mature"}),
    "DELETE /api/v1/users/{userId}/profile": ("--NA", None),
    "GET /api/v1/users/{userId}/export": ("--NA", None),
    "PUT /api/v1/users/{userId}/consent": ("S--A", {"purposes": {"behavior": True}}),
    "DELETE /api/v1/users/{userId}": ("---A", None),
    "POST /api/fraud-detection/device-fingerprint": (
        "S--A",
        {"deviceData": {"deviceInfo": {"userAgent": "Mozilla/5.0"}}},
    ),
    "GET /api/fraud-detection/device-fingerprints": ("--NA", None),
    "PUT /api/fraud-detection/device-fingerprints/{deviceId}/trust": ("--NA", {"trustLevel": "low", "reason": "r"}),
    "PUT /api/fraud-detection/device-fingerprints/{deviceId}/block": ("--NA", {"blocked": True, "reason": "r"}),
    "POST /api/admin/fraud/test-analysis": ("--NA", TRIAL),
    "POST /api/admin/fraud/bulk-analysis": ("--NA", {"scenarios": [TRIAL | {"name": "one"}]}),
    "GET /api/admin/fraud/statistics": ("-VNA", None),
    "GET /api/admin/fraud/config": ("-VNA", None),
    "PUT /api/admin/fraud/config": ("---A", {"debugMode": True}),
    "GET /api/admin/fraud/config/history": ("-VNA", None),
    "POST /api/admin/fraud/config/rollback": ("---A", {"version": 0}),
    "DELETE /api/admin/fraud/user-profile/{userId}": ("--NA", None),
    "GET /api/admin/fraud/signals-reference": ("-VNA", None),
    "GET /api/admin/fraud/health": ("-VNA", None),
}
LETTERS: dict[Role, str] = {"service": "S", "viewer": "V", "analyst": "N", "admin": "A"}
CELLS = [(name, role) for name in TABLE for role in ROLES]


def may(name: str, role: Role) -> bool:
    return TABLE[name][0] == "*" or LETTERS[role] in TABLE[name][0]


def test_the_table_is_of_every_endpoint_there_is() -> None:
    assert TABLE.keys() == ENDPOINTS.keys() == {one.name for one in endpoints()}


@pytest.mark.parametrize(("name", "role"), CELLS)
async def test_a_role_is_let_in_or_refused_as_the_table_says(house: House, name: str, role: Role) -> None:
    status = await call(house, name, role)
    assert status not in (401, 500, 405), name
    assert (status != 403) == may(name, role)


@pytest.mark.parametrize("name", [name for name, (who, _) in TABLE.items() if who != "*"])
async def test_without_a_valid_key_nobody_is_let_in(house: House, name: str) -> None:
    assert await call(house, name, None) == 401
    house.keys["service"] = "ww_" + "x" * 43
    assert await call(house, name, "service") == 401


async def call(house: House, name: str, role: Role | None) -> int:
    method, path = name.split(" ")
    path = path.replace("{", "").replace("}", "")
    body = TABLE[name][1]
    if path.endswith("/stream"):
        house.service.stream.close()
    response = (
        await house.ask(role, method, path, json=body) if body is not None else await house.ask(role, method, path)
    )
    if response.status_code >= 400:
        assert response.headers["content-type"] == "application/problem+json"
    return response.status_code
