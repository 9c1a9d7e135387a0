"""`watchword scan` as people and machines call it."""

from __future__ import annotations

import gzip
import json
import os
import re
import sys
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from tests import reference

from watchword.cli import main

SSHD = "Dec 10 06:55:{:02d} web1 sshd[{}]: {} from {} port 9 ssh2\n"
GOLDEN = Path(__file__).parent.parent / "golden"


class Outcome(NamedTuple):
    """What a command printed, and its exit code."""

    out: str
    err: str
    code: int


Running = Callable[..., Outcome]


@pytest.fixture
def running(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Running:
    """Runs `watchword scan ...` in an empty folder."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("WATCHWORD_DATA_DIR", raising=False)
    monkeypatch.setenv("COLUMNS", "110")

    def run(*arguments: str | Path) -> Outcome:
        monkeypatch.setattr(sys, "argv", ["watchword", "scan", *map(str, arguments)])
        code: Any = 0
        try:
            main()
        except SystemExit as left:
            code = left.code or 0
        return Outcome(*capfd.readouterr(), code)

    return run


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """Nine guesses at root, one at a name that does not exist, one log-in of eve."""
    lines = [SSHD.format(n, 100 + n, "Failed password for root", "192.0.2.7") for n in range(9)]
    lines += [SSHD.format(20, 200, "Failed password for invalid user \x1b[2Jbob<b>", "198.51.100.3")]
    lines += [SSHD.format(40, 300, "Accepted password for eve", "10.0.0.5")]
    path = tmp_path / "auth.log"
    path.write_text("".join(lines))
    return path


def test_the_terminal_names_accounts_sources_log_ins_and_reasons(running: Running, log: Path) -> None:
    done = running(log, "--year", "2025")
    assert done.code == 0
    assert "attacked" in done.out.splitlines()[1]
    for said in ("root", "192.0.2.7", "does not exist", "eve from 10.0.0.5", "block", "RAPID_LOGINS", "2025, as given"):
        assert said in done.out
    assert done.err == ""


def test_a_log_can_not_steer_the_terminal_or_the_page(running: Running, log: Path, tmp_path: Path) -> None:
    done = running(log, "--html", tmp_path / "report.html")
    assert "\x1b[2J" not in done.out
    page = (tmp_path / "report.html").read_text()
    assert "\x1b" not in page
    assert "bob<b>" not in page
    assert "bob&lt;b&gt;" in page


def test_json_is_the_report_and_nothing_else(running: Running, log: Path) -> None:
    done = running(log, "--json", "--html", "report.html")
    report = json.loads(done.out)
    assert [account["name"] for account in report["accounts"][:1]] == ["root"]
    assert report["sources"][0]["ip"] == "192.0.2.7"
    assert report["accepted"][0]["user"] == "eve"
    assert report["worst"][0]["action"] == "block"
    assert report["worst"][0]["cause"].startswith("RAPID_LOGINS")
    assert report["files"][0]["yearInferred"] is True
    assert report["counts"]["failed"] == 10


def test_the_page_asks_nothing_of_the_network(running: Running, log: Path) -> None:
    class Asked(HTMLParser):
        asked: list[str] = []

        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            links = [value or "" for name, value in attrs if name in ("src", "href", "srcset") and tag != "a"]
            self.asked += [link for link in links if not link.startswith("#")]

    running(log, "--html", "report.html")
    page = Path("report.html").read_text()
    parser = Asked()
    parser.feed(page)
    assert parser.asked == []
    assert "url(" not in page
    assert "@import" not in page
    assert 'lang="en"' in page


def test_rotated_files_are_one_log(running: Running, log: Path, tmp_path: Path) -> None:
    rotated = tmp_path / "auth.log.1.gz"
    rotated.write_bytes(gzip.compress(log.read_bytes().replace(b"Dec 10", b"Dec  9")))
    report = json.loads(running(log, rotated, "--json").out)
    assert report["counts"]["failed"] == 20
    assert [file["events"] for file in report["files"]] == [11, 11]
    assert report["first"].startswith(report["last"][:8])
    assert report["first"] < report["last"]


def test_the_same_file_twice_adds_nothing(running: Running, log: Path) -> None:
    counts = json.loads(running(log, log, "--json").out)["counts"]
    assert counts["alreadyKnown"] == 11


def test_a_data_directory_keeps_old_logs_and_a_second_scan_adds_nothing(running: Running, log: Path) -> None:
    first, again = (
        json.loads(running(log, "--json", "--year", "2017", "--data-dir", "kept").out) for _ in ("first", "again")
    )
    assert (first["counts"]["alreadyKnown"], again["counts"]["alreadyKnown"]) == (0, 11)
    assert again["worst"] == first["worst"]
    assert again["accepted"] == first["accepted"]


def test_bad_lines_are_shown_and_not_fatal(running: Running, tmp_path: Path) -> None:
    event = '{"type":"logout","id":"%d","occurredAt":"2025-12-10T06:55:47Z","userId":"a"}'
    path = tmp_path / "events.jsonl"
    path.write_text("\n".join([event % 1, "{oops", event % 2]))
    done = running(path)
    assert done.code == 0
    assert "line 2:" in done.out


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (("absent.log",), "absent.log: No such file"),
        (("strange.txt",), "strange.txt: no known format"),
        (("strange.txt", "--format", "pdf"), "Known: journal, jsonl, nginx, sshd"),
        (("strange.txt", "--timezone", "Mars/Base"), "no time zone 'Mars/Base'"),
        (("strange.txt", "--html", "absent/x.html"), "absent is no folder"),
    ],
)
def test_what_can_not_be_done_is_said_with_exit_code_2(
    running: Running, tmp_path: Path, arguments: tuple[str, ...], complaint: str
) -> None:
    (tmp_path / "strange.txt").write_text("hello\nworld\n")
    done = running(*arguments)
    assert done.code == 2
    assert complaint in done.err
    assert done.out == ""


def test_the_report_reads_as_it_always_did(running: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    """`GOLDEN=write` in the environment writes the new text instead: look at the difference before you keep it."""
    monkeypatch.chdir(GOLDEN)
    lines = running("scan.log", "scan-access.log", "--year", "2025").out.splitlines()
    text = "\n".join(re.sub(r"judged in \d+\.\d s", "judged in a moment", line).rstrip() for line in lines) + "\n"
    if os.environ.get("GOLDEN") == "write":
        (GOLDEN / "scan.txt").write_text(text)
    assert text == (GOLDEN / "scan.txt").read_text()


def test_the_real_log_names_who_was_attacked_and_who_got_in(running: Running) -> None:
    report = json.loads(running(reference.path("logs/OpenSSH_2k.log"), "--json").out)
    attacked = [(one["name"], one["failed"]) for one in report["accounts"] if one["attacked"]]
    assert attacked[:2] == [("root", 378), ("admin", 45)]
    attackers = [source["ip"] for source in report["sources"] if source["attacking"]]
    assert attackers[:4] == ["183.62.140.253", "187.141.143.180", "103.99.0.122", "112.95.230.3"]
    assert [(one["user"], one["ip"], one["action"]) for one in report["accepted"]] == [
        ("fztu", "119.137.62.142", "allow")
    ]
    assert report["countries"][0]["code"] == "CN"
    assert "One log-in succeeded: fztu from 119.137.62.142" in report["sentence"]
