"""Where fetched lists are kept: `feeds/NAME.feed` in the data directory, replaced in one step.

A file is a magic line, a line of JSON about the copy, and its content packed, with the SHA-256 of that in the line.
Beside it, `NAME.state` says how the last attempt went, so that a failing source is seen though its copy is used.
"""

from __future__ import annotations

import hashlib
from array import array
from collections import Counter
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from watchword.enrichment.feed import Content, Feed, LoadedFeed
from watchword.enrichment.intervals import Ranges
from watchword.enrichment.packing import write_whole
from watchword.errors import FeedError

MAGIC = b"WWFEED1\n"
HITS_FILE = "hits.json"


class Copy(Struct, frozen=True):
    """The copy in use: when its content was new (Unix milliseconds), entries, reserved ranges dropped, checksums."""

    name: str
    fetched_ms: int
    entries: int
    dropped: int
    source_sha256: str
    content_sha256: str


class Attempt(Struct, frozen=True):
    """How the last fetch went: when, the validators to send next time, and the error if there was one."""

    attempted_ms: int
    etag: str | None = None
    last_modified: str | None = None
    error: str | None = None


class FeedStore:
    """The lists of one data directory. Several processes may read while one writes."""

    def __init__(self, data_dir: Path) -> None:
        self.folder = data_dir / "feeds"

    def load(self, feed: Feed) -> LoadedFeed | None:
        """The feed with its last good copy; None where it was never fetched. Raises FeedError where it is damaged."""
        if not self._path(feed.name).exists():
            return None
        copy, packed = self._read(feed.name)
        if hashlib.sha256(packed).hexdigest() != copy.content_sha256:
            raise FeedError(f"the copy of {feed.name} is damaged: its checksum is wrong")
        return LoadedFeed(feed, _unpacked(packed), copy.fetched_ms)

    def copy(self, name: str) -> Copy | None:
        """What is known of the copy in use, without reading its content."""
        return self._read(name)[0] if self._path(name).exists() else None

    def copy_or_none(self, name: str) -> Copy | None:
        """The copy in use, or None where there is none or it can not be read (a new one may then replace it)."""
        try:
            return self.copy(name)
        except FeedError:
            return None

    def save(self, feed: Feed, content: Content, source: bytes, fetched_ms: int, dropped: int = 0) -> Copy:
        """Makes `content` the copy in use."""
        packed = _packed(content)
        copy = Copy(feed.name, fetched_ms, content.entries, dropped, hashlib.sha256(source).hexdigest(),
                    hashlib.sha256(packed).hexdigest())  # fmt: skip
        write_whole(self._path(feed.name), MAGIC + msgspec.json.encode(copy) + b"\n" + packed)
        return copy

    def attempt(self, name: str) -> Attempt | None:
        """How the last fetch went."""
        path = self.folder / f"{name}.state"
        try:
            return msgspec.json.decode(path.read_bytes(), type=Attempt)
        except (OSError, msgspec.DecodeError):
            return None

    def note(self, name: str, attempt: Attempt) -> None:
        """Remembers how a fetch went."""
        write_whole(self.folder / f"{name}.state", msgspec.json.encode(attempt))

    def stamp(self) -> tuple[tuple[str, int], ...]:
        """Changes whenever a copy was replaced, by whichever process."""
        return tuple(sorted((path.name, path.stat().st_mtime_ns) for path in self.folder.glob("*.feed")))

    def hits(self) -> Counter[str]:
        """How often each feed named an event, as last written by a service."""
        try:
            return Counter(msgspec.json.decode((self.folder / HITS_FILE).read_bytes(), type=dict[str, int]))
        except (OSError, msgspec.DecodeError):
            return Counter()

    def save_hits(self, hits: Counter[str]) -> None:
        """Writes the counts of a service down."""
        write_whole(self.folder / HITS_FILE, msgspec.json.encode(dict(sorted(hits.items()))))

    def _path(self, name: str) -> Path:
        return self.folder / f"{name}.feed"

    def _read(self, name: str) -> tuple[Copy, bytes]:
        try:
            content = self._path(name).read_bytes()
            end = content.index(b"\n", len(MAGIC))
            if not content.startswith(MAGIC):
                raise FeedError(f"{name}.feed is no copy of a feed")
            return msgspec.json.decode(content[len(MAGIC) : end], type=Copy), content[end + 1 :]
        except (OSError, ValueError, msgspec.DecodeError) as error:
            raise FeedError(f"the copy of {name} can not be read: {error}") from error


def _packed(content: Content) -> bytes:
    levels = {
        str(level): (array("I", ranges.v4).tobytes(), b"".join(number.to_bytes(16) for number in ranges.v6))
        for level, ranges in content.levels.items()
    }
    return msgspec.msgpack.encode(
        (levels, sorted(content.asns), sorted(content.domains), content.patterns, content.listed)
    )


def _unpacked(packed: bytes) -> Content:
    levels: dict[str, Any]
    levels, asns, domains, patterns, listed = msgspec.msgpack.decode(packed)
    ranges = {}
    for level, (raw4, raw6) in levels.items():
        v4 = array("I")
        v4.frombytes(raw4)
        v6 = [int.from_bytes(raw6[at : at + 16]) for at in range(0, len(raw6), 16)]
        ranges[int(level)] = Ranges(v4, v6)
    return Content(ranges, frozenset(asns), frozenset(domains), tuple(patterns), listed)
