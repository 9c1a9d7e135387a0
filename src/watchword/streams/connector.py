"""What a log connector is: a value that recognises a kind of file and turns its lines into events."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo
from functools import lru_cache
from hashlib import blake2b
from ipaddress import ip_address

from watchword.events.event import Event

GROUP = "watchword.connectors"
"""Entry-point group in which installed packages offer connectors of their own."""

KEPT_COMPLAINTS = 20
REMEMBERED_LINES = 50_000


@dataclass
class Complaints:
    """Lines that could not be read: how many, and the first twenty by number and reason. `ignored` counts by reason."""

    count: int = 0
    kept: list[tuple[int, str]] = field(default_factory=list)
    ignored: dict[str, int] = field(default_factory=dict)

    def add(self, line: int, reason: str) -> None:
        """Line number `line` (from 1) is bad, for `reason`."""
        self.count += 1
        if len(self.kept) < KEPT_COMPLAINTS:
            self.kept.append((line, reason))

    def ignore(self, reason: str) -> None:
        """A line is sound but not for judging, for `reason`."""
        self.ignored[reason] = self.ignored.get(reason, 0) + 1


@dataclass(frozen=True)
class ReadOptions:
    """How to read one file: the year of its first line where lines carry none, and the zone of times without one."""

    first_year: int = 1970
    zone: tzinfo = UTC
    complaints: Complaints = field(default_factory=Complaints)


@dataclass(frozen=True)
class Connector:
    """Reads one kind of log.

    `detect` is given up to 200 first lines and answers how sure it is, 0-1. `read` yields events in the order of
    their lines and never raises for a bad line: that goes to `options.complaints`. `yearless` tells that its times
    may lack the year. An event's id follows from the content of its line, so reading a file again yields the same ids.
    """

    name: str
    title: str
    detect: Callable[[Sequence[bytes]], float]
    read: Callable[[Iterable[bytes], ReadOptions], Iterator[Event]]
    yearless: bool = False


class LineIds:
    """Ids from the content of lines, for one file read from its start.

    A line seen again (the same bytes, time included) gets another id by how often it was there before; the last
    50,000 to 100,000 different lines are remembered, which covers every repeat within the second of a time stamp.
    """

    def __init__(self, prefix: str) -> None:
        self._prefix = prefix
        self._seen: dict[bytes, int] = {}
        self._before: dict[bytes, int] = {}

    def of(self, content: bytes, at_ms: int) -> str:
        """The id of the line `content` that happened at `at_ms`; each call is one occurrence."""
        key = blake2b(b"%d %b" % (at_ms, content), digest_size=12).digest()
        times = self._seen.get(key) or self._before.get(key, 0)
        if len(self._seen) >= REMEMBERED_LINES:
            self._before, self._seen = self._seen, {}
        self._seen[key] = times + 1
        return f"{self._prefix}-{key.hex()}" if not times else f"{self._prefix}-{key.hex()}-{times + 1}"


@lru_cache(maxsize=65_536)
def address(text: str) -> str | None:
    """`text` as an IP address in its shortest form, without zone; None where it is none (a host name, a dash)."""
    try:
        found = ip_address(text.partition("%")[0].strip("[]"))
    except ValueError:
        return None
    mapped = getattr(found, "ipv4_mapped", None)
    return str(mapped or found)


def moment(at_ms: int) -> datetime:
    """Milliseconds since 1970 as an aware UTC time."""
    seconds, rest = divmod(at_ms, 1000)
    return datetime.fromtimestamp(seconds, UTC).replace(microsecond=rest * 1000)


def text(raw: bytes, limit: int = 256) -> str:
    """Bytes of a log as a field's text: undecodable bytes replaced, cut to `limit` characters."""
    return raw.decode("utf-8", "replace")[:limit]
