"""What comes in is an event that holds, or an error that names the field."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watchword.errors import InvalidInput, TooFarAhead, TooLarge, TooOld
from watchword.events.codec import KINDS, MAX_BODY_BYTES, check_time, decode_event, encode_event
from watchword.events.login import Login
from watchword.events.logout import Logout

LOGIN: dict[str, Any] = {
    "type": "login",
    "id": "login-1",
    "occurredAt": "2026-11-20T10:00:00Z",
    "userId": "ana",
    "ip": "192.0.2.7",
    "result": "success",
}


def body(**changes: Any) -> bytes:
    """A log-in with some fields changed, or left out where None."""
    return json.dumps({name: value for name, value in {**LOGIN, **changes}.items() if value is not None}).encode()


def nested(levels: int) -> dict[str, Any]:
    """A mapping of that many levels."""
    return {"deeper": nested(levels - 1)} if levels > 1 else {"here": 1}


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"type": None}, "type"),
        ({"type": "logn"}, "type"),
        ({"id": None}, "id"),
        ({"id": ""}, "id"),
        ({"id": "x" * 257}, "id"),
        ({"occurredAt": None}, "occurredAt"),
        ({"occurredAt": "yesterday"}, "occurredAt"),
        ({"occurredAt": "2026-11-20T10:00:00"}, "occurredAt"),
        ({"userId": None}, "userId"),
        ({"userId": "x" * 257}, "userId"),
        ({"ip": None}, "ip"),
        ({"ip": "300.1.1.1"}, "ip"),
        ({"result": None}, "result"),
        ({"result": "maybe"}, "result"),
        ({"colour": "red"}, "colour"),
        ({"userAgent": "x" * 2049}, "userAgent"),
        ({"headers": [["Host", "x" * 2049]]}, "headers[0][1]"),
        ({"geolocation": {"lat": 91, "lng": 0}}, "geolocation.lat"),
        ({"geolocation": {"lat": 9, "lng": 0, "alt": 1}}, "geolocation.alt"),
        ({"deviceFingerprint": {"userAgent": "x"}}, "deviceFingerprint.hash"),
        ({"user": {"country": "Norway"}}, "user.country"),
        ({"metadata": nested(9)}, "metadata"),
        ({"globalUserId": "bo"}, "globalUserId"),
    ],
)
def test_what_is_wrong_is_named(changes: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        decode_event(body(**changes))
    assert caught.value.field == field


def test_bounds_are_inclusive() -> None:
    event = decode_event(body(id="x" * 256, userAgent="x" * 2048, metadata=nested(8)))
    assert len(event.id) == 256


def test_large_bodies_and_metadata_are_refused() -> None:
    with pytest.raises(TooLarge):
        decode_event(b" " * (MAX_BODY_BYTES + 1))
    with pytest.raises(TooLarge) as caught:
        decode_event(body(metadata={"note": "x" * 8_000}))
    assert caught.value.field == "metadata"


def test_idempotency_key_stands_for_the_id() -> None:
    assert decode_event(body(id=None), "key-1").id == "key-1"
    assert decode_event(body(id="key-1"), "key-1").id == "key-1"
    with pytest.raises(InvalidInput) as caught:
        decode_event(body(id="other"), "key-1")
    assert caught.value.field == "id"


def test_global_user_id_is_the_user_id() -> None:
    assert decode_event(body(userId=None, globalUserId="ana")) == decode_event(body())
    assert decode_event(body(globalUserId="ana")) == decode_event(body())


def test_activities_with_a_kind_of_their_own_become_it() -> None:
    login = decode_event(body(type="account_activity", activity="login"))
    assert isinstance(login, Login)
    assert login == decode_event(body())
    assert isinstance(decode_event(body(type="account_activity", activity="logout", result=None)), Logout)


def test_a_deep_body_is_an_error_and_no_crash() -> None:
    with pytest.raises(InvalidInput):
        decode_event(b'{"metadata":' + b"[" * 30_000)


@given(st.binary(max_size=300))
def test_any_bytes_are_an_event_or_a_clear_error(raw: bytes) -> None:
    told = "an event"
    try:
        decode_event(raw)
    except InvalidInput as error:
        told = str(error)
    assert told


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_every_kind_says_what_it_is(kind: type) -> None:
    assert kind.__doc__


def test_events_survive_the_wire() -> None:
    event = decode_event(body(headers=[["Host", "a"], ["Accept", "b"]], consent={"behaviour": True}))
    assert decode_event(encode_event(event)) == event


@pytest.mark.parametrize(
    ("age", "refusal"),
    [
        (timedelta(minutes=-5, seconds=-1), TooFarAhead),
        (timedelta(minutes=-5), None),
        (timedelta(days=90), None),
        (timedelta(days=90, seconds=1), TooOld),
    ],
)
def test_time_has_bounds(age: timedelta, refusal: type[Exception] | None) -> None:
    now = datetime(2026, 11, 20, tzinfo=UTC)
    if refusal is None:
        check_time(now - age, now, timedelta(days=90))
    else:
        with pytest.raises(refusal):
            check_time(now - age, now, timedelta(days=90))
