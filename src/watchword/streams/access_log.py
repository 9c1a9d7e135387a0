"""Access logs of nginx and Apache: common and combined format, with or without a virtual host in front."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from typing import Any, Literal, NamedTuple

from watchword.events.api_call import ApiCall
from watchword.events.event import Event
from watchword.events.login import Login
from watchword.streams.connector import Connector, LineIds, ReadOptions, address, moment, text
from watchword.streams.timestamps import DAY_MS, EPOCH, MONTHS

Outcome = Literal["success", "failure"]

_line = re.compile(
    rb"""(?:(?P<host>[^\s:]+):\d+\ )?(?P<source>\S+)\ \S+\ (?P<user>.+?)\ \[(?P<time>[^\]]{20,26})\]
    \ "(?P<request>(?:[^"\\]|\\.)*)"\ (?P<status>\d{3})\ (?:\d+|-)
    (?:\ "(?:[^"\\]|\\.)*"\ "(?P<agent>(?:[^"\\]|\\.)*)")?""",
    re.VERBOSE,
)
_static = re.compile(
    r"\.(?:css|js|mjs|map|png|jpe?g|gif|svg|ico|webp|avif|woff2?|ttf|otf|eot|mp[34]|webm|pdf|txt|xml)$", re.IGNORECASE
)
_log_in = r"/(?:log[-_]?in|sign[-_]?in|sessions?|authenticate|auth/token|oauth/token)/?$"


class LogInPath(NamedTuple):
    """A path that takes log-ins by POST, and which of its statuses say that the log-in failed."""

    path: re.Pattern[str]
    failed: frozenset[int]


REFUSED = frozenset({400, 401, 403, 409, 422, 423, 429})
LOG_IN_PATHS = (
    LogInPath(re.compile(r"/wp-login\.php$"), REFUSED | {200}),
    LogInPath(re.compile(_log_in, re.IGNORECASE), REFUSED),
)
"""WordPress answers 200 with the form again when the password was wrong, and 302 when it was right."""


def detect(lines: Sequence[bytes]) -> float:
    """The share of lines in common or combined log format."""
    return sum(_line.match(line) is not None for line in lines) / len(lines) if lines else 0.0


def read(lines: Iterable[bytes], options: ReadOptions) -> Iterator[Event]:
    """A log-in where the user is known and the request was one; an API call for any other request but static files.

    Known is the user of HTTP authentication only: a 401 with a name is a failed log-in on any path, a POST to a
    log-in path one by its status. A POST to a log-in path without a name is an API call that says so in its metadata.
    """
    ids = LineIds("web")
    times = _Times()
    for number, line in enumerate(lines, 1):
        found = _line.match(line)
        if found is None:
            if line.strip():
                options.complaints.add(number, "not a line of an access log")
            continue
        at_ms = times.ms(found["time"])
        ip = address(text(found["source"]))
        if at_ms is None or ip is None:
            options.complaints.add(number, "no time that can be read" if ip else "the source is a name, not an address")
            continue
        event = _event(found, ip, at_ms, ids)
        if event is None:
            options.complaints.ignore("static files, not judged")
        else:
            yield event


def _event(found: re.Match[bytes], ip: str, at_ms: int, ids: LineIds) -> Event | None:
    method, _, rest = text(found["request"], 4096).partition(" ")
    target = rest.partition(" ")[0]
    path = target.partition("?")[0] or "-"
    status = int(found["status"])
    if method in ("GET", "HEAD") and status < 400 and _static.search(path):
        return None
    known = None if found["user"] in (b"-", b'""') else text(found["user"])
    shared: dict[str, Any] = {
        "id": ids.of(found.string.rstrip(b"\r\n"), at_ms),
        "occurred_at": moment(at_ms),
        "ip": ip,
        "user_id": known,
        "user_agent": _agent(found["agent"]),
        "endpoint": (text(found["host"] or b"") + path)[:2048],
    }
    outcome = log_in_outcome(method, path, status)
    if known and status == 401:
        return Login(**shared, result="failure", method="http")
    if known and outcome:
        return Login(**shared, result=outcome, method="form")
    return ApiCall(
        **shared,
        method=method[:256] or "-",
        status=status if 100 <= status <= 599 else None,
        metadata={"logInPost": outcome} if outcome else {},
    )


def log_in_outcome(method: str, path: str, status: int) -> Outcome | None:
    """How a request to a log-in path ended; None where it was no log-in, or there is no such page, or it broke."""
    if method != "POST" or status >= 500 or status in (404, 405):
        return None
    for rule in LOG_IN_PATHS:
        if rule.path.search(path):
            return "failure" if status in rule.failed else "success"
    return None


def _agent(raw: bytes | None) -> str | None:
    return text(raw, 2048) if raw and raw != b"-" else None


class _Times:
    """Reads `10/Dec/2026:06:55:46 +0100`, remembering the day."""

    def __init__(self) -> None:
        self._head = b""
        self._day_ms = 0

    def ms(self, stamp: bytes) -> int | None:
        try:
            if stamp[:11] != self._head:
                day = date(int(stamp[7:11]), MONTHS[stamp[3:6]], int(stamp[:2]))
                self._head, self._day_ms = stamp[:11], (day.toordinal() - EPOCH) * DAY_MS
            at = self._day_ms + int(stamp[12:14]) * 3_600_000 + int(stamp[15:17]) * 60_000 + int(stamp[18:20]) * 1000
            zone = int(stamp[21:24]) * 3_600_000 + int(stamp[21:22] + stamp[24:26]) * 60_000 if len(stamp) > 20 else 0
            return at - zone
        except (ValueError, KeyError):
            return None


CONNECTOR = Connector("nginx", "nginx or Apache access log", detect, read)
