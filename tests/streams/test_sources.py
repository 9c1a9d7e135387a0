"""Files are recognised, unpacked, merged in time, and refused with a word on what to do."""

from __future__ import annotations

import gzip
import io
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from watchword.streams.connector import LineIds
from watchword.streams.sources import Source, Unreadable, Wanted, connectors, in_time_order, open_source

SSHD = b"Dec 10 06:55:46 web1 sshd[9]: Failed password for root from 192.0.2.7 port 9 ssh2\n"
NGINX = b'192.0.2.7 - - [10/Dec/2025:06:55:45 +0000] "GET / HTTP/1.1" 200 5 "-" "-"\n'
JSONL = (
    b'{"type":"login","id":"1","occurredAt":"2025-12-10T06:55:47Z","userId":"a","ip":"192.0.2.7","result":"success"}\n'
)
JOURNAL = (
    b'{"__REALTIME_TIMESTAMP":"1765349746000000","_HOSTNAME":"web1","SYSLOG_IDENTIFIER":"sshd","_PID":"9",'
    b'"MESSAGE":"Failed password for root from 192.0.2.7 port 9 ssh2"}\n'
)
SAMPLES = {"sshd": SSHD, "nginx": NGINX, "jsonl": JSONL, "journal": JOURNAL}


Opening = Callable[..., Source]


@pytest.fixture
def opening() -> Iterator[Opening]:
    """Opens sources and closes them after the test."""
    with ExitStack() as opened:
        yield lambda name, **wanted: opened.enter_context(closing(open_source(name, Wanted(**wanted))))


def written(path: Path, content: bytes, at: datetime = datetime(2026, 1, 5, tzinfo=UTC)) -> str:
    path.write_bytes(content)
    os.utime(path, (at.timestamp(), at.timestamp()))
    return str(path)


def test_every_shipped_connector_has_a_sample() -> None:
    assert connectors().keys() == SAMPLES.keys()


@pytest.mark.parametrize("name", SAMPLES)
def test_a_file_is_recognised_and_read_the_same_plain_and_packed(name: str, tmp_path: Path, opening: Opening) -> None:
    plain = opening(written(tmp_path / "a.log", SAMPLES[name]))
    packed = opening(written(tmp_path / "a.log.2.gz", gzip.compress(SAMPLES[name])))
    assert plain.connector.name == packed.connector.name == name
    events = list(plain.events())
    assert len(events) == 1
    assert events == list(packed.events())
    assert plain.lines == 1
    assert plain.position == plain.size


def test_the_year_is_inferred_from_when_the_file_was_written(tmp_path: Path, opening: Opening) -> None:
    source = opening(written(tmp_path / "a", SSHD))
    assert source.years is not None
    assert (source.years.first, source.years.inferred) == (2025, True)
    assert next(source.events()).occurred_at.year == 2025
    assert next(opening(source.name, year=2019).events()).occurred_at.year == 2019


def test_files_are_merged_in_the_order_of_time(tmp_path: Path, opening: Opening) -> None:
    names = [written(tmp_path / name, SAMPLES[name]) for name in ("jsonl", "sshd", "nginx")]
    merged = list(in_time_order([opening(name) for name in names]))
    assert [source.connector.name for source, _ in merged] == ["nginx", "sshd", "jsonl"]


def test_standard_input_is_read(monkeypatch: pytest.MonkeyPatch, opening: Opening) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(gzip.compress(SSHD))))
    assert len(list(opening("-", year=2025).events())) == 1


def test_an_auth_log_without_log_ins_and_an_empty_file_are_read(tmp_path: Path, opening: Opening) -> None:
    quiet = opening(written(tmp_path / "a", b"Dec 10 06:55:46 web1 CRON[9]: session opened\n"))
    assert quiet.connector.name == "sshd"
    assert list(quiet.events()) == []
    assert list(opening(written(tmp_path / "b", b"")).events()) == []


def test_a_damaged_archive_yields_what_is_whole_and_says_where_it_ends(tmp_path: Path, opening: Opening) -> None:
    lines = b"".join(SSHD.replace(b"port 9", b"port %d" % port) for port in range(60_000))
    source = opening(written(tmp_path / "a.gz", gzip.compress(lines)[:-50_000]))
    assert len(list(source.events())) > 1000
    assert source.complaints.count == 1
    assert "damaged" in source.complaints.kept[0][1]


def test_what_can_not_be_read_is_refused_by_name(tmp_path: Path, opening: Opening) -> None:
    for name in (str(tmp_path / "absent"), str(tmp_path), written(tmp_path / "x", b"hello\nworld\n")):
        with pytest.raises(Unreadable, match=name):
            open_source(name, Wanted())
    with pytest.raises(Unreadable, match="Known: journal, jsonl, nginx, sshd"):
        opening(written(tmp_path / "y", SSHD), format="nonsense")


def test_bad_json_lines_are_named_with_their_numbers(tmp_path: Path, opening: Opening) -> None:
    second, third = (JSONL.replace(b'"1"', b'"%d"' % number) for number in (2, 3))
    source = opening(written(tmp_path / "a", JSONL + b"{oops\n" + second.replace(b"192.0.2.7", b"nowhere") + third))
    assert [event.id for event in source.events()] == ["1", "3"]
    assert [number for number, _ in source.complaints.kept] == [2, 3]
    assert "ip is not" in source.complaints.kept[1][1]


def test_repeated_lines_keep_their_ids_apart_across_a_hundred_thousand_others() -> None:
    ids = LineIds("x")
    first = ids.of(b"same", 1)
    others = {ids.of(b"%d" % number, 1) for number in range(60_000)}
    assert len({first, ids.of(b"same", 1), ids.of(b"same", 2)} | others) == 60_003
