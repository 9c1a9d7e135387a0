"""The access-log connector: API calls, and log-ins where the user is known."""

from __future__ import annotations

import pytest

from watchword.events.api_call import ApiCall
from watchword.events.event import Event
from watchword.events.login import Login
from watchword.streams import access_log
from watchword.streams.connector import Complaints, ReadOptions


def read(*lines: str, complaints: Complaints | None = None) -> list[Event]:
    options = ReadOptions(complaints=complaints or Complaints())
    return list(access_log.read([line.encode() + b"\n" for line in lines], options))


def line(request: str, status: int, user: str = "-", source: str = "192.0.2.7") -> str:
    return f'{source} - {user} [10/Dec/2025:07:55:46 +0100] "{request}" {status} 512 "-" "curl/8.5"'


def test_a_request_is_an_api_call() -> None:
    (event,) = read(line("GET /orders?id=5 HTTP/1.1", 200, source="2001:db8::7"))
    assert isinstance(event, ApiCall)
    assert (event.ip, event.endpoint, event.method, event.status) == ("2001:db8::7", "/orders", "GET", 200)
    assert (event.user_agent, event.user_id) == ("curl/8.5", None)
    assert event.occurred_at.isoformat() == "2025-12-10T06:55:46+00:00"


@pytest.mark.parametrize(
    ("request_line", "status", "result"),
    [
        ("GET /private HTTP/1.1", 401, "failure"),
        ("POST /login HTTP/1.1", 302, "success"),
        ("POST /login/ HTTP/1.1", 403, "failure"),
        ("POST /users/sign_in HTTP/2.0", 200, "success"),
        ("POST /api/session HTTP/2.0", 429, "failure"),
        ("POST /wp-login.php HTTP/1.1", 200, "failure"),
        ("POST /wp-login.php HTTP/1.1", 302, "success"),
    ],
)
def test_a_known_user_at_a_log_in_is_a_log_in(request_line: str, status: int, result: str) -> None:
    (event,) = read(line(request_line, status, "eve"))
    assert isinstance(event, Login)
    assert (event.user_id, event.result) == ("eve", result)


@pytest.mark.parametrize(
    ("request_line", "status", "outcome"),
    [
        ("POST /login HTTP/1.1", 401, {"logInPost": "failure"}),
        ("POST /wp-login.php HTTP/1.1", 302, {"logInPost": "success"}),
        ("POST /login HTTP/1.1", 404, {}),
        ("POST /login HTTP/1.1", 502, {}),
        ("GET /login HTTP/1.1", 200, {}),
    ],
)
def test_a_log_in_post_without_a_name_says_so(request_line: str, status: int, outcome: dict[str, str]) -> None:
    (event,) = read(line(request_line, status))
    assert isinstance(event, ApiCall)
    assert event.metadata == outcome


def test_static_files_are_counted_and_left_out() -> None:
    complaints = Complaints()
    assert read(line("GET /app.css?v=3 HTTP/1.1", 200), line("GET /x.png HTTP/1.1", 304), complaints=complaints) == []
    assert complaints.ignored == {"static files, not judged": 2}


def test_other_shapes_of_line_are_read() -> None:
    common = '192.0.2.7 - - [10/Dec/2025:06:55:46 +0000] "GET / HTTP/1.0" 200 -'
    with_host = "shop.example:443 " + line("GET /a HTTP/1.1", 200)
    forwarded = line("GET /b HTTP/1.1", 200) + ' "203.0.113.9"'
    handshake = line(r"\x16\x03\x01", 400)
    calls = [event for event in read(common, with_host, forwarded, handshake) if isinstance(event, ApiCall)]
    assert [call.endpoint for call in calls] == [
        "/",
        "shop.example/a",
        "/b",
        "-",
    ]


def test_bad_lines_are_named_by_number_and_end_nothing() -> None:
    complaints = Complaints()
    good = line("GET / HTTP/1.1", 200)
    named = line("GET / HTTP/1.1", 200, source="host.example")
    assert len(read("nonsense", good, good.replace("Dec", "Foo"), "", named, complaints=complaints)) == 1
    assert [number for number, _ in complaints.kept] == [1, 3, 5]
    assert complaints.count == 3


def test_half_hour_zones_are_subtracted_whole() -> None:
    (event,) = read(line("GET / HTTP/1.1", 200).replace("+0100", "-0330"))
    assert event.occurred_at.isoformat() == "2025-12-10T11:25:46+00:00"
