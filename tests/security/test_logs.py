"""Logs hold what attackers typed: reading it takes no longer for that, and shows it harmlessly."""

from __future__ import annotations

import gzip
import json
import re
import resource
from contextlib import ExitStack
from io import StringIO
from pathlib import Path
from time import thread_time

import pytest
from rich.console import Console

from watchword.config import load
from watchword.streams import access_log, journal, jsonl, sshd
from watchword.streams.connector import ReadOptions
from watchword.streams.page import write
from watchword.streams.report import Report
from watchword.streams.scan import opened, scan_files
from watchword.streams.sources import Wanted
from watchword.streams.terminal import show

STEERING = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
NAMES = (
    "<script>alert(1)</script>", "</script><img src=x onerror=alert(1)>", '" onmouseover="alert(1)', "\x1b[2J\x1b]0;gone\x07",
    "\x9b31mred", "\u202egnp.exe", "a\r\nNov 20 10:00:00 web sshd[1]: Accepted password for root", "[red]bold[/red]", "{{ 7 * 7 }}",
)  # fmt: skip
UNITS = (
    b" from 1.1.1.1 port 1", b" from x", b"by invalid user a ", b"by authenticating user ", b" port 1", b": ", b" [preauth]", b"]", b" ",
    b"a [aaaaaaaaaaaaaaaaaaaa] \"b ", b'\\"', b'"" 200 ', b"{", b"[", b'{"a":', b"message repeated 9 times: [ ",
)  # fmt: skip
STARTS = (
    b"Failed password for ", b"Accepted publickey for invalid user ", b"Invalid user ", b"Connection closed by authenticating user ",
    b"Disconnected from ", b"message repeated 5 times: [ ", b"error: PAM: Authentication failure for ", b"User ", b"reverse mapping ",
)  # fmt: skip


async def scanned(path: Path) -> Report:
    with ExitStack() as until:
        settings = load({"WATCHWORD_FEEDS_REFRESH": "false"})
        return await scan_files(opened([str(path)], Wanted(), until), settings, False, lambda _position, _events: None)


@pytest.mark.parametrize("start", STARTS)
def test_no_line_takes_long_to_read(start: bytes) -> None:
    began = thread_time()
    for unit in UNITS:
        rest = (start + unit * 65_536)[:65_000]
        lines = (b"Nov 20 10:00:00 web1 sshd[24200]: " + rest, b"1.1.1.1 - " + rest, rest, b'{"MESSAGE":"' + rest)
        for reader in (sshd.read, access_log.read, journal.read, jsonl.read):
            list(reader(lines, ReadOptions(2026)))
    assert thread_time() - began < 1.5


@pytest.mark.slow
async def test_a_bomb_in_a_compressed_log_stays_small(tmp_path: Path) -> None:
    bomb = tmp_path / "auth.log.gz"
    line = b"Nov 20 10:00:00 web1 sshd[1]: Failed password for root from 192.0.2.1 port 1 ssh2\n"
    with gzip.open(bomb, "wb", 9) as packed:
        packed.write(line * 400)
        for _ in range(300):
            packed.write(bytes(1_000_000))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    report = await scanned(bomb)
    assert report.counts.events == 400
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100_000


async def test_what_was_typed_steers_neither_terminal_nor_page(tmp_path: Path) -> None:
    log, page = tmp_path / "events.jsonl", tmp_path / "report.html"
    events = [
        {"type": "login", "id": f"{name}{n}", "occurredAt": f"2026-11-20T10:00:{n:02}Z", "userId": name, "ip": "192.0.2.1",
         "result": "failure", "userAgent": name, "endpoint": name, "method": name,
         "deviceFingerprint": {"hash": name, "platform": f"mac{name}", "language": name, "screenResolution": "1x1"},
         "headers": [["Host", "x"], ["User-Agent", f"Chrome/130 {name}"], ["Sec-CH-UA-Platform", f'"win{name}"']]}
        for name in NAMES for n in range(12)
    ]  # fmt: skip
    bad = [json.dumps(events[0] | {name: 1}) for name in NAMES] + [
        json.dumps(events[0] | {"result": name}) for name in NAMES
    ]
    log.write_text("\n".join([json.dumps(event) for event in events] + bad) + "\n")
    report = await scanned(log)
    assert len(report.accounts) == len(NAMES)
    out = StringIO()
    show(report, Console(file=out, width=200))
    assert not STEERING.search(out.getvalue())
    write(report, page)
    html = page.read_text()
    assert "alert(1)" in html
    for raw in ("<script>alert", "<img", '" onmouseover="'):
        assert raw not in html
