"""The files of a scan: opened plain or compressed, recognised, and read side by side in the order of time."""

from __future__ import annotations

import gzip
import os
import shutil
import sys
import tempfile
import zlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta, tzinfo
from functools import partial
from heapq import merge
from itertools import islice
from pathlib import Path
from typing import IO, BinaryIO, cast

from watchword import streams
from watchword.catalog import discover
from watchword.errors import InvalidInput
from watchword.events.event import Event
from watchword.streams.connector import GROUP, Complaints, Connector, ReadOptions
from watchword.streams.timestamps import Years, infer_years

SAMPLE_LINES = 200
LONGEST_LINE = 65_536
SUREST_DOUBT = 0.2
"""A connector this unsure or less has not recognised the file."""
DAMAGE = (OSError, EOFError, zlib.error)
GZIP = b"\x1f\x8b"


class Unreadable(InvalidInput):
    """A file can not be opened, or nothing recognises it."""

    code = "UNREADABLE"


@dataclass(frozen=True)
class Wanted:
    """What the caller says of the files: the connector, the year of the newest line, the zone of times without one."""

    format: str | None = None
    year: int | None = None
    zone: tzinfo = UTC


@dataclass
class Source:
    """One opened file, recognised. `years` is None where its lines carry their year; `taken` counts events judged."""

    name: str
    connector: Connector
    years: Years | None
    size: int
    zone: tzinfo = UTC
    complaints: Complaints = field(default_factory=Complaints)
    lines: int = 0
    taken: int = 0
    _raw: BinaryIO = field(default=cast(BinaryIO, None), repr=False)

    @property
    def position(self) -> int:
        """Bytes of the file, as stored, that were read so far."""
        return 0 if self._raw.closed else self._raw.tell()

    def events(self) -> Iterator[Event]:
        """Its events from the first line on, counted anew."""
        self.lines = self.taken = 0
        self.complaints = Complaints()
        first = self.years.first if self.years else datetime.now(UTC).year
        return self.connector.read(self._counted(), ReadOptions(first, self.zone, self.complaints))

    def close(self) -> None:
        """Lets go of the file."""
        self._raw.close()

    def _counted(self) -> Iterator[bytes]:
        try:
            for line in _lines(self._raw):
                self.lines += 1
                yield line
        except DAMAGE as error:
            self.complaints.add(self.lines + 1, f"the file is damaged here, the rest was not read ({error})")


def connectors() -> dict[str, Connector]:
    """Every connector, shipped or installed, by name."""
    return discover(streams, Connector, GROUP)


def open_source(name: str, wanted: Wanted) -> Source:
    """The file `name` (`-` is the standard input), recognised. Raises Unreadable, naming the file and what to do."""
    raw = _open(name)
    with ExitStack() as unless_read:
        unless_read.callback(raw.close)
        connector = _recognise(name, _sample(name, raw), wanted.format)
        years = _years(raw, wanted) if connector.yearless else None
        unless_read.pop_all()
    return Source(name, connector, years, _size(raw), wanted.zone, Complaints(), 0, 0, raw)


def in_time_order(sources: Sequence[Source]) -> Iterator[tuple[Source, Event]]:
    """The events of all files, merged by the time they happened, each file being in order by itself."""
    return merge(*map(_tagged, sources), key=_occurred_at)


def _tagged(source: Source) -> Iterator[tuple[Source, Event]]:
    return ((source, event) for event in source.events())


def _occurred_at(pair: tuple[Source, Event]) -> datetime:
    return pair[1].occurred_at


def _open(name: str) -> BinaryIO:
    try:
        raw = sys.stdin.buffer if name == "-" else Path(name).open("rb", buffering=1 << 18)  # noqa: SIM115 (the caller closes it)
        return cast(BinaryIO, raw) if name != "-" and raw.seekable() else _spooled(raw)
    except OSError as error:
        raise Unreadable(f"{name}: {error.strerror or error}") from None


def _spooled(stream: IO[bytes]) -> BinaryIO:
    kept = cast(BinaryIO, tempfile.TemporaryFile())  # noqa: SIM115 (the caller closes it)
    shutil.copyfileobj(stream, kept)
    if stream is not sys.stdin.buffer:
        stream.close()
    return kept


def _lines(raw: BinaryIO) -> Iterator[bytes]:
    raw.seek(0)
    packed = raw.read(2) == GZIP
    raw.seek(0)
    plain = cast(BinaryIO, gzip.GzipFile(fileobj=raw)) if packed else raw
    return iter(partial(plain.readline, LONGEST_LINE), b"")


def _sample(name: str, raw: BinaryIO) -> Sequence[bytes]:
    try:
        return list(islice(_lines(raw), SAMPLE_LINES))
    except DAMAGE as error:
        raise Unreadable(f"{name}: {error}") from None


def _recognise(name: str, sample: Sequence[bytes], wanted: str | None) -> Connector:
    known = connectors()
    if wanted is not None:
        if wanted not in known:
            raise Unreadable(f"There is no format {wanted!r}. Known: {', '.join(known)}.")
        return known[wanted]
    if not sample:
        return known["jsonl"]
    sure, best = max((connector.detect(sample), connector.name) for connector in known.values())
    if sure <= SUREST_DOUBT:
        titles = ", ".join(f"{connector.name} ({connector.title})" for connector in known.values())
        raise Unreadable(f"{name}: no known format in its first {len(sample)} lines. Say --format; known: {titles}.")
    return known[best]


def _years(raw: BinaryIO, wanted: Wanted) -> Years | None:
    return infer_years(_sound(_lines(raw)), _not_after(raw), wanted.year)


def _sound(lines: Iterable[bytes]) -> Iterator[bytes]:
    with suppress(*DAMAGE):
        yield from lines


def _not_after(raw: BinaryIO) -> date:
    written = datetime.fromtimestamp(os.fstat(raw.fileno()).st_mtime, UTC)
    return (written + timedelta(days=1)).date()


def _size(raw: BinaryIO) -> int:
    return os.fstat(raw.fileno()).st_size
