"""Errors are problem documents: named, with the request's id, and never with detail of ours."""

from __future__ import annotations

import logging

import pytest
from tests.web.house import House, login

from watchword import errors
from watchword.web import problems

CASES = [
    (errors.InvalidInput("wrong", "a.b"), 400, "INVALID_INPUT"),
    (errors.TooOld("old", "occurredAt"), 422, "TOO_OLD"),
    (errors.TooFarAhead("ahead", "occurredAt"), 422, "IN_FUTURE"),
    (errors.TooLarge("large"), 413, "TOO_LARGE"),
    (errors.Conflict("other"), 409, "ID_REUSED"),
    (errors.Gap("missing"), 409, "GAP"),
    (errors.Erased("gone"), 410, "ERASED"),
    (errors.NotFound("none"), 404, "NOT_FOUND"),
    (errors.Unauthenticated("who"), 401, "UNAUTHENTICATED"),
    (errors.Forbidden("no"), 403, "FORBIDDEN"),
    (errors.LimitExceeded("slow", 7), 429, "LIMIT_EXCEEDED"),
    (errors.ConfigurationError("bad"), 400, "CONFIGURATION"),
    (errors.StoreError("/srv/secret/path is full"), 503, "STORE"),
    (KeyError("secret"), 500, "INTERNAL"),
]


@pytest.mark.parametrize(("error", "status", "code"), CASES, ids=lambda value: getattr(value, "code", str(value)))
def test_every_class_of_error_has_one_status(error: Exception, status: int, code: str) -> None:
    found = problems.describe(error, "r-1")
    assert (found.status, found.code, found.request_id) == (status, code, "r-1")
    assert found.type == f"urn:watchword:problem:{code.lower().replace('_', '-')}"
    assert found.field == getattr(error, "field", None)


def test_every_error_of_the_tree_that_a_request_can_meet_has_a_status() -> None:
    def below(kind: type) -> set[type]:
        return {kind}.union(*(below(child) for child in kind.__subclasses__()))

    inside = {errors.WatchwordError, errors.FeedError, errors.SealBroken}
    covered = {kind for kind in below(errors.WatchwordError) if problems.status_of(kind.__new__(kind)) != 500}
    assert below(errors.WatchwordError) - inside == covered


def test_texts_of_ours_stay_inside() -> None:
    for error in (KeyError("secret"), errors.StoreError("/srv/secret/path is full"), errors.FeedError("secret")):
        assert b"secret" not in problems.answer(error, "r-1").body


def test_a_limit_says_when_to_come_back() -> None:
    assert ("retry-after", "7") in problems.answer(errors.LimitExceeded("slow", 7), "r").headers


async def test_the_request_id_is_in_header_body_and_log(house: House, caplog: pytest.LogCaptureFixture) -> None:
    async def fall(*_: object) -> None:
        raise ValueError("ada@example.org")

    house.service.engine.store.decision = fall  # type: ignore[method-assign]
    with caplog.at_level(logging.ERROR):
        answer = await house.ask("viewer", "GET", "/api/v1/decisions/dec_1", headers={"x-request-id": "abc.1"})
    assert answer.status_code == 500
    assert answer.json()["requestId"] == answer.headers["x-request-id"] == "abc.1"
    assert "abc.1" in caplog.text
    assert "ValueError" in caplog.text
    assert "ada@example.org" not in caplog.text + answer.text


async def test_a_request_id_that_is_not_well_formed_is_replaced(house: House) -> None:
    for given in ("a b", "x" * 65, "<script>", ""):
        answer = await house.ask(None, "GET", "/health", headers={"x-request-id": given})
        assert answer.headers["x-request-id"] != given


async def test_two_requests_never_share_an_id(house: House) -> None:
    ids = {(await house.ask(None, "GET", "/health")).headers["x-request-id"] for _ in range(50)}
    assert len(ids) == 50


async def test_unknown_paths_and_methods_are_problems_too(house: House) -> None:
    answer = await house.ask("admin", "GET", "/api/v2/nothing")
    assert (answer.status_code, answer.json()["code"]) == (404, "NOT_FOUND")
    for method, path, allowed in (("DELETE", "/api/v1/decisions", "GET"), ("GET", "/api/v1/events", "POST")):
        answer = await house.ask("admin", method, path)
        assert (answer.status_code, answer.json()["code"]) == (405, "METHOD_NOT_ALLOWED")
        assert allowed in answer.headers["allow"]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (b"{", None),
        (b"", None),
        (b"\xff\xfe", None),
        (b"[1]", None),
        (b"[" * 60_000, None),
        (b'{"type":"nothing"}', "type"),
        (login(result="maybe"), "result"),
        (login(ip="300.1.1.1"), "ip"),
        (login(userId=None), "userId"),
        (login(surprise=1), "surprise"),
        (login(occurredAt="yesterday"), "occurredAt"),
        (login(occurredAt="2026-11-20T12:00:00"), "occurredAt"),
        (login(sessionId="x" * 257), "sessionId"),
        (login(userId=""), "userId"),
        (login(geolocation={"lat": 91, "lng": 0}), "geolocation.lat"),
        (login(deviceFingerprint={"screenResolution": "1x1"}), "deviceFingerprint.hash"),
    ],
    ids=str,
)
async def test_bad_input_names_its_field(house: House, body: object, field: str | None) -> None:
    sent = {"content": body} if isinstance(body, bytes) else {"json": body}
    answer = await house.ask("service", "POST", "/api/v1/events", **sent)
    assert answer.status_code == 400
    assert answer.json().get("field") == field
    assert (await house.ask("admin", "GET", "/api/admin/fraud/statistics")).json()["data"]["totalEvents"] == 0
