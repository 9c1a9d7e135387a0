"""What OpenSSH's messages mean, connection by connection: which lines are one attempt, and whose."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from typing import Literal, NamedTuple, TypeVar

from watchword.events.event import Event
from watchword.events.login import Login
from watchword.events.logout import Logout
from watchword.streams.connector import Complaints, LineIds, address, moment, text

T = TypeVar("T")
KEPT_CONNECTIONS = 10_000
MOST_REPEATS = 10_000
EMPTY_NAME = "(no name)"
UNKNOWN_USER = {"unknownUser": True}
"""Metadata of attempts at names that the server does not have."""

_outcome = re.compile(
    rb"(Failed|Accepted) (\S+) for (invalid user )?(.*) from (\S+) port \d+(?: ssh\d?)?(?:: .*)?$", re.DOTALL
)
_invalid = re.compile(rb"Invalid user (.*?) from (\S+?)(?: port \d+)?$", re.DOTALL)
_ended = re.compile(rb"(?:by|from) (?:authenticating|invalid) user (.*) (\S+) port \d+(?: \[preauth\])?$", re.DOTALL)
_repeated = re.compile(rb"message repeated (\d+) times?: \[ ?(.*?)\]?$", re.DOTALL)
_closed = re.compile(rb"session closed for user (\S+)")
_pam = re.compile(
    rb"error: PAM: [Aa]uthentication (?:failure|failed|error) for (illegal user )?(.*) from (\S+)$", re.DOTALL
)
_refused = re.compile(rb"User .* from \S+ not allowed because", re.DOTALL)
_mapping = re.compile(rb"getaddrinfo for (\S+) \[(\S+)\]")


class Line(NamedTuple):
    """One line of sshd: `connection` is host and process (`web1 sshd[24200]`), `at_ms` its time."""

    number: int
    raw: bytes
    connection: bytes
    message: bytes
    at_ms: int


class Attempt(NamedTuple):
    """Somebody tried: who, from where, how, and whether the server has that user."""

    line: Line
    user: bytes
    source: bytes
    method: str
    unknown: bool


class Sessions:
    """Turns messages into attempts, each counted once.

    An attempt is a `Failed` or `Accepted` line, whatever the method but `none` and `publickey`: clients offer those
    by themselves, so a refused one counts once for the connection, and only when nothing else came of it. The same
    holds for `Invalid user` and for connections closed while authenticating. `message repeated N times` are N attempts,
    between the connection's last attempt and that line. PAM's lines and disconnects speak of attempts already seen.
    """

    def __init__(self, complaints: Complaints) -> None:
        self.complaints = complaints
        self._ids = LineIds("sshd")
        self._waiting: dict[bytes, Attempt] = {}
        self._tried: dict[bytes, int] = {}
        self._open: dict[bytes, str] = {}
        self._addresses: dict[bytes, bytes] = {}
        self._refused: dict[bytes, None] = {}
        self._by_pam: dict[bytes, int] = {}
        self._readers: dict[bytes, Callable[[Line], Iterable[Event]]] = {
            b"Failed ": self._outcome,
            b"Accepte": self._outcome,
            b"Invalid": self._invalid_user,
            b"message": self._repeat,
            b"Connect": self._end,
            b"Disconn": self._end,
            b"Receive": self._end,
            b"error: ": self._error,
            b"pam_uni": self._session_closed,
            b"reverse": self._reverse_mapping,
        }

    def reader(self, start: bytes) -> Callable[[Line], Iterable[Event]] | None:
        """What reads a message by its first seven bytes; None where the message says nothing of attempts."""
        return self._readers.get(start) or (self._not_allowed if start[:5] == b"User " else None)

    def close(self) -> Iterator[Event]:
        """The attempts that nothing followed, at the end of the file."""
        for attempt in list(self._waiting.values()):
            yield from self._login(attempt, "failure")
        self._waiting.clear()

    def _outcome(self, line: Line) -> Iterable[Event]:
        found = _outcome.match(line.message)
        if found is None:
            self.complaints.add(line.number, "a log-in line whose user or source can not be read")
            return ()
        verdict, method, invalid, user, source = found.groups()
        if method[:8] == b"keyboard" and self._by_pam.pop(line.connection, None) == line.at_ms:
            return ()
        attempt = Attempt(line, user, source, text(method.partition(b"/")[0]), self._is_unknown(line, invalid))
        if verdict == b"Accepted":
            self._waiting.pop(line.connection, None)
            return self._login(attempt, "success")
        if method in (b"none", b"publickey"):
            return self._wait(attempt)
        return self._fail(attempt)

    def _is_unknown(self, line: Line, invalid: bytes | None) -> bool:
        return invalid is not None and line.connection not in self._refused

    def _error(self, line: Line) -> Iterable[Event]:
        found = _pam.match(line.message)
        if found is None:
            return self._end(line) if b"isconnect" in line.message else ()
        _remember(self._by_pam, line.connection, line.at_ms)
        return self._fail(Attempt(line, found[2], found[3], "keyboard-interactive", self._is_unknown(line, found[1])))

    def _not_allowed(self, line: Line) -> Iterable[Event]:
        if _refused.match(line.message):
            _remember(self._refused, line.connection, None)
        return ()

    def _fail(self, attempt: Attempt) -> Iterable[Event]:
        connection = attempt.line.connection
        self._waiting.pop(connection, None)
        _remember(self._tried, connection, attempt.line.at_ms)
        return self._login(attempt, "failure")

    def _invalid_user(self, line: Line) -> Iterable[Event]:
        found = _invalid.match(line.message)
        if found is None:
            self.complaints.add(line.number, "an 'Invalid user' line whose source can not be read")
            return ()
        return self._wait(Attempt(line, found[1], found[2], "unknown", True))

    def _wait(self, attempt: Attempt) -> Iterable[Event]:
        connection = attempt.line.connection
        if connection in self._tried or connection in self._open:
            return ()
        before = self._waiting.get(connection)
        if before is None and len(self._waiting) >= KEPT_CONNECTIONS:
            oldest = self._waiting.pop(next(iter(self._waiting)))
            self._waiting[connection] = attempt
            return self._login(oldest, "failure")
        self._waiting[connection] = before._replace(method=attempt.method) if before else attempt
        return ()

    def _end(self, line: Line) -> Iterable[Event]:
        waiting = self._waiting.pop(line.connection, None)
        tried = self._tried.pop(line.connection, None) is not None
        if waiting is not None:
            return self._login(waiting, "failure")
        found = None if tried or line.connection in self._open else _ended.search(line.message)
        if found is None:
            return ()
        unknown = line.connection not in self._refused and b"invalid user" in line.message
        return self._login(Attempt(line, found[1], found[2], "unknown", unknown), "failure")

    def _repeat(self, line: Line) -> Iterable[Event]:
        found = _repeated.match(line.message)
        if found is None:
            return ()
        count, message = min(int(found[1]), MOST_REPEATS), found[2]
        if self.reader(message[:7]) != self._outcome:
            return ()
        since = self._tried.get(line.connection, line.at_ms)
        repeats = (line._replace(message=message, at_ms=at) for at in spread(since, line.at_ms, count))
        return (event for repeat in repeats for event in self._outcome(repeat))

    def _session_closed(self, line: Line) -> Iterable[Event]:
        found = _closed.search(line.message)
        if found is None:
            return ()
        ip = self._open.pop(line.connection, None)
        logout = Logout(
            id=self._ids.of(line.raw, line.at_ms),
            occurred_at=moment(line.at_ms),
            user_id=text(found[1]),
            session_id=text(line.connection),
            ip=ip,
        )
        return (logout,)

    def _reverse_mapping(self, line: Line) -> Iterable[Event]:
        found = _mapping.search(line.message)
        if found is not None and len(self._addresses) < KEPT_CONNECTIONS:
            self._addresses[found[1]] = found[2]
        return ()

    def _login(self, attempt: Attempt, result: Literal["success", "failure"]) -> Iterable[Event]:
        line = attempt.line
        source = self._addresses.get(attempt.source, attempt.source)
        ip = address(text(source))
        if ip is None:
            self.complaints.add(line.number, f"the source {text(source, 64)!r} is a name, not an address")
            return ()
        if result == "success":
            _remember(self._open, line.connection, ip)
        host = line.connection.partition(b" ")[0]
        login = Login(
            id=self._ids.of(line.raw, line.at_ms),
            occurred_at=moment(line.at_ms),
            user_id=text(attempt.user) or EMPTY_NAME,
            session_id=text(line.connection) if result == "success" else None,
            ip=ip,
            result=result,
            method=attempt.method,
            endpoint="ssh://" + text(host),
            metadata=UNKNOWN_USER if attempt.unknown else {},
        )
        return (login,)


def _remember(kept: dict[bytes, T], connection: bytes, value: T) -> None:
    if len(kept) >= KEPT_CONNECTIONS:
        del kept[next(iter(kept))]
    kept[connection] = value


def spread(since_ms: int, until_ms: int, count: int) -> Iterator[int]:
    """`count` times after `since_ms`, the last at `until_ms`.

    The log tells only how many there were, so the gaps differ from one another (by the golden ratio's fractions):
    even ones would look like a machine's.
    """
    for position in range(1, count + 1):
        back = 0.0 if position == count else 0.8 * (position * 0.618034 % 1)
        yield since_ms + int((until_ms - since_ms) * (position - back) / count)
