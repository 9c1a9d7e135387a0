"""Readers of the formats in which lists are published. Each takes the bytes and the feed, and gives its content.

A line that can not be read is skipped; more than one in twenty, and the whole is refused (an error page, a new format).
"""

from __future__ import annotations

import gzip
import lzma
import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager
from io import BytesIO
from typing import Any

import msgspec

from watchword.enrichment.addresses import Span, parse_span
from watchword.enrichment.feed import Content, Feed
from watchword.enrichment.intervals import Ranges
from watchword.errors import FeedError, InvalidInput

MAX_BYTES = 64_000_000
_BAD_SHARE = 0.05
_DOMAIN = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?:\.[a-z0-9_-]{1,63})+", re.ASCII)

Format = Callable[[str, Feed], Content]


def read_content(raw: bytes, feed: Feed) -> Content:
    """The content of a list in the feed's format. Raises FeedError."""
    text = decoded(raw)
    if text.lstrip()[:15].lower().startswith(("<!doctype", "<html", "<?xml")):
        raise FeedError("it is a web page, not a list")
    try:
        return FORMATS[feed.format](text, feed)
    except KeyError:
        raise FeedError(f"no format is named {feed.format!r}; there are {', '.join(FORMATS)}") from None


def decoded(raw: bytes) -> str:
    """The text in `raw`, gzip and xz taken off. Raises FeedError over 64 MB or where it is no text."""
    if raw.startswith(b"\x1f\x8b"):
        raw = _unpacked(raw, gzip.open)
    elif raw.startswith(b"\xfd7zXZ"):
        raw = _unpacked(raw, lzma.open)
    if len(raw) > MAX_BYTES:
        raise FeedError(f"it has more than {MAX_BYTES // 1_000_000} MB")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise FeedError("it is no text") from error


def _unpacked(raw: bytes, opener: Callable[[BytesIO], AbstractContextManager[Any]]) -> bytes:
    try:
        with opener(BytesIO(raw)) as file:
            return bytes(file.read(MAX_BYTES + 1))
    except (OSError, EOFError, lzma.LZMAError) as error:
        raise FeedError(f"it can not be unpacked: {error}") from error


def _networks(text: str, feed: Feed) -> Content:
    """One address, network or range a line, comments after `#` or `;`: netset, DROP, `first-last`."""
    return _level_one(_spans((line.split()[0].rstrip(",") for line in _lines(text)), feed))


def _counted(text: str, feed: Feed) -> Content:
    """ipsum: address, blank, number of lists. Lines without a number stand on the least number that is taken."""
    levels: dict[int, list[Span]] = {}
    bad = lines = 0
    for line in _lines(text):
        lines += 1
        address, *count = line.split()
        try:
            level = int(count[0]) if count else feed.least_level
            span = parse_span(address)
        except (ValueError, InvalidInput):
            bad += 1
            continue
        if level >= feed.least_level:
            levels.setdefault(level, []).append(span)
    _refuse_if_bad(bad, lines)
    listed = sum(len(set(spans)) for spans in levels.values())
    return Content(levels={level: Ranges.of(spans) for level, spans in sorted(levels.items())}, listed=listed)


def _tor_csv(text: str, feed: Feed) -> Content:
    """A heading that names `ipaddr`, then one exit a row, blanks after the commas."""
    heading, *rows = list(_lines(text)) or [""]
    names = [name.strip() for name in heading.split(",")]
    if "ipaddr" not in names:
        raise FeedError("its heading names no `ipaddr`")
    at = names.index("ipaddr")
    return _level_one(_spans((_cell(row, at) for row in rows), feed))


def _cell(row: str, at: int) -> str:
    cells = row.split(",")
    return cells[at].strip() if at < len(cells) else ""


def _proxies(text: str, feed: Feed) -> Content:
    """`scheme://host:port`; hosts that are names are left out."""
    hosts = (line.split("://")[-1].rpartition(":")[0].rpartition("@")[2].strip("[]") for line in _lines(text))
    return _level_one(_spans((host for host in hosts if not re.search(r"[g-zG-Z]", host)), feed))


def _asns(text: str, feed: Feed) -> Content:
    """`AS123 # name`, or `123,"name"` under a heading."""
    found, bad, lines = set(), 0, 0
    for line in _lines(text):
        number = re.match(r"(?:AS)?(\d{1,10})\b", line.strip('"'), re.IGNORECASE)
        if number:
            found.add(int(number[1]))
        elif lines:
            bad += 1
        lines += 1
    _refuse_if_bad(bad, lines)
    return Content(asns=frozenset(found))


def _domains(text: str, feed: Feed) -> Content:
    """One domain a line; a leading `*.` or `.` means the same as none."""
    return Content(domains=_names(_lines(text)))


def _misp(text: str, feed: Feed) -> Content:
    """A MISP warning list: `type` says whether `list` holds networks, names or regular expressions."""
    try:
        listed = msgspec.json.decode(text.encode(), type=_WarningList)
    except msgspec.DecodeError as error:
        raise FeedError(f"no MISP warning list: {error}") from error
    if listed.type == "cidr":
        return _level_one(_spans(listed.entries, feed))
    if listed.type == "regex":
        return Content(patterns=tuple(listed.entries))
    return Content(domains=_names(listed.entries))


class _WarningList(msgspec.Struct):
    type: str
    entries: tuple[str, ...] = msgspec.field(name="list")


def _pattern(text: str, feed: Feed) -> Content:
    """Whatever the feed's own pattern finds, line by line."""
    return _level_one(_spans((entry.strip("[]") for entry in _matches(text, feed)), feed))


def _asn_pattern(text: str, feed: Feed) -> Content:
    """AS numbers that the feed's own pattern finds."""
    return Content(asns=frozenset(int(entry) for entry in _matches(text, feed) if entry.isdecimal()))


FORMATS: dict[str, Format] = {
    "networks": _networks, "counted": _counted, "tor_csv": _tor_csv, "proxies": _proxies, "asns": _asns,
    "domains": _domains, "misp": _misp, "pattern": _pattern, "asn_pattern": _asn_pattern,
}  # fmt: skip


def _lines(text: str) -> Iterator[str]:
    for line in text.splitlines():
        kept = line.partition("#")[0].partition(";")[0].strip()
        if kept:
            yield kept


def _spans(entries: Iterable[str], feed: Feed) -> Iterator[Span]:
    bad = lines = 0
    for entry in entries:
        lines += 1
        try:
            yield parse_span(entry)
        except InvalidInput:
            bad += 1
    _refuse_if_bad(bad, lines)


def _names(entries: Iterable[str]) -> frozenset[str]:
    found, bad, lines = set(), 0, 0
    for entry in entries:
        lines += 1
        name = entry.strip().lower().removeprefix("*").strip(".")
        if _DOMAIN.fullmatch(name):
            found.add(name)
        else:
            bad += 1
    _refuse_if_bad(bad, lines)
    return frozenset(found)


def _matches(text: str, feed: Feed) -> Iterator[str]:
    try:
        pattern = re.compile(feed.pattern or "", re.MULTILINE)
    except re.error as error:
        raise FeedError(f"its pattern is wrong: {error}") from error
    if pattern.groups < 1 or len(pattern.pattern) > 200:
        raise FeedError("its pattern needs one group and at most 200 characters")
    return (found[1] for found in pattern.finditer(text))


def _level_one(spans: Iterable[Span]) -> Content:
    found = list(spans)
    return Content(levels={1: Ranges.of(found)} if found else {}, listed=len(set(found)))


def _refuse_if_bad(bad: int, lines: int) -> None:
    if bad > lines * _BAD_SHARE:
        raise FeedError(f"{bad} of its {lines} lines can not be read")
