"""OpenSSH's messages in auth logs: `/var/log/auth.log`, `/var/log/secure`, `journalctl -o short|short-iso`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from watchword.events.event import Event
from watchword.streams.connector import Connector, ReadOptions
from watchword.streams.sshd_sessions import Line, Sessions
from watchword.streams.timestamps import MONTHS, LogTimes

_classic = re.compile(rb"[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d \S+ ")
_iso = re.compile(rb"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d\S* \S+ ")
_repeated = b"last message repeated "
LONGEST = 4_096
"""Four times the buffer in which sshd puts a message together (MSGBUFSIZ)."""


def detect(lines: Sequence[bytes]) -> float:
    """Sure when syslog lines name sshd; guesses when they are syslog lines only (an auth log with few log-ins)."""
    syslog = [line for line in lines if _classic.match(line) or _iso.match(line)]
    if not syslog or len(syslog) * 2 < len(lines):
        return 0.0
    named = sum(b" sshd" in line for line in syslog)
    return 0.7 + 0.3 * named / len(syslog) if named else 0.3


def read(lines: Iterable[bytes], options: ReadOptions) -> Iterator[Event]:
    """A log-in for every attempt, a logout for every closed session. See `Sessions` for what counts as an attempt."""
    times = LogTimes(options.first_year, options.zone)
    sessions = Sessions(options.complaints)
    head = before = b""
    for number, line in enumerate(lines, 1):
        if line[:6] != head:
            head = line[:6]
            times.pass_by(head)
        if b"sshd" in line:
            yield from _line(line.rstrip(b"\r\n"), number, times, sessions)
        elif _repeated in line and b"sshd" in before:
            yield from _repeat(line, before.rstrip(b"\r\n"), number, times, sessions)
        before = line
    yield from sessions.close()


def _line(line: bytes, number: int, times: LogTimes, sessions: Sessions) -> Iterable[Event]:
    start = 16 if line[:3] in MONTHS else line.find(b" ", 11) + 1
    tag = line.find(b" ", start) + 1
    if start <= 0 or tag <= 0 or line[tag : tag + 4] != b"sshd":
        return ()
    end = line.find(b": ", tag)
    if end < 0:
        return ()
    start_of = line[end + 2 : end + 9]
    if len(line) - end > LONGEST:
        sessions.complaints.add(number, "longer than anything sshd writes")
        return ()
    says = sessions.reader(start_of)
    if says is None or (start_of == b"pam_uni" and b"session closed" not in line):
        return ()
    at = times.classic(line) if start == 16 and line[:3] in MONTHS else times.rfc3339(line[: start - 1])
    if at is None:
        sessions.complaints.add(number, "no time that can be read")
        return ()
    return says(Line(number, line, line[start:end], line[end + 2 :], at))


def _repeat(line: bytes, before: bytes, number: int, times: LogTimes, sessions: Sessions) -> Iterable[Event]:
    count = line.rpartition(_repeated)[2].split()[0]
    message = before[before.find(b": ", 16) + 2 :]
    head, _, _ = before.partition(b": " + message)
    stamp = line[:15] if line[:3] in MONTHS else line.partition(b" ")[0]
    rest = head[16:] if head[:3] in MONTHS else head.partition(b" ")[2]
    whole = b"%b %b: message repeated %b times: [ %b]" % (stamp, rest, count, message)
    return _line(whole, number, times, sessions)


CONNECTOR = Connector("sshd", "OpenSSH auth log", detect, read, yearless=True)
