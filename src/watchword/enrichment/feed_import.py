"""Taking files that somebody else fetched: lists of every format, places (MaxMind DB), networks (CSV), a catalogue."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path

import msgspec

from watchword.enrichment.addresses import parse_span
from watchword.enrichment.feed import Feed, Kind
from watchword.enrichment.feed_bounds import checked
from watchword.enrichment.feed_catalogue import from_tn3w, known_feeds
from watchword.enrichment.feed_formats import decoded, read_content
from watchword.enrichment.feed_store import FeedStore
from watchword.enrichment.feed_update import Outcome
from watchword.enrichment.geo import MmdbFile
from watchword.enrichment.packing import Origin, Row, pack_networks, write_whole
from watchword.enrichment.sources import ASN_FILE, GEO_DIR, IMPORTED, embedded_asn
from watchword.errors import FeedError, InvalidInput

_MMDB = b"\xab\xcd\xefMaxMind.com"
_IP = r'"?[0-9a-fA-F]*[.:][0-9a-fA-F:.]*"?'
_TABLE_ROW = re.compile(rf'{_IP},{_IP},"?\d+"?(?:,|$)')
_SNIFFED: tuple[tuple[str, str], ...] = (
    ("proxies", r"(?:https?|socks[45]h?)://\S+:\d+$"),
    ("tor_csv", r"fingerprint\s*,"),
    ("asns", r"(?:AS\d+\b|ASN\s*,|\d+\s*,\s*\D)"),
    ("counted", r"[0-9a-fA-F:.]+\s+\d+$"),
    ("networks", r"[0-9a-fA-F]*[.:][0-9a-fA-F:.]*(?:/\d+|\s*-\s*[0-9a-fA-F:.]+)?(?:\s|$)"),
    ("domains", r"[*.]*[\w-]+(?:\.[\w-]+)+$"),
)


def import_files(
    paths: list[Path], data_dir: Path, name: str | None = None, kind: Kind | None = None, dated: datetime | None = None
) -> list[Outcome]:
    """Takes each file for what its content says it is. `dated`: when the content was new, else the file's own time.

    A list needs the `name` of a known feed, or a `kind` and any name. Raises FeedError with what is missing or wrong.
    """
    outcomes, networks = [], []
    for path in paths:
        raw = _read(path)
        if _MMDB in raw[-131_072:]:
            outcomes.append(_import_places(path, raw, data_dir))
            continue
        text = decoded(raw)
        if _is_network_table(text):
            networks.append((path, text))
        elif text.lstrip().startswith("{") and '"feeds"' in text[:2000]:
            outcomes.append(_import_catalogue(text, data_dir))
        else:
            outcomes.append(_import_list(path, raw, data_dir, name, kind, dated))
    if networks:
        outcomes.append(_import_networks(networks, data_dir))
    return outcomes


def sniffed(text: str) -> str | None:
    """The format that the first lines look like."""
    if text.lstrip().startswith("{"):
        return "misp"
    lines = [line.strip() for line in text.splitlines()[:200] if line.strip() and line.strip()[0] not in "#;"]
    for format, pattern in _SNIFFED:
        if lines and re.match(pattern, lines[0]):
            return format
    return None


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise FeedError(f"{path} can not be read: {error.strerror}") from error


def _import_list(
    path: Path, raw: bytes, data_dir: Path, name: str | None, kind: Kind | None, dated: datetime | None
) -> Outcome:
    store = FeedStore(data_dir)
    feed = _feed_for(path, raw, data_dir, name, kind)
    last_good = store.copy_or_none(feed.name)
    content, dropped = checked(read_content(raw, feed), feed, last_good.entries if last_good else None)
    at = dated or datetime.fromtimestamp(path.stat().st_mtime, UTC)
    copy = store.save(feed, content, raw, int(at.timestamp() * 1000), dropped)
    return Outcome(feed.name, "updated", copy.entries, f"{dropped} reserved ranges left out" if dropped else "")


def _feed_for(path: Path, raw: bytes, data_dir: Path, name: str | None, kind: Kind | None) -> Feed:
    """The known feed of that name, read in the format that the file turns out to have; or a new one."""
    wanted = name or re.sub(r"\W+", "_", path.name.partition(".")[0].lower()).strip("_")
    known = known_feeds(data_dir)
    format = sniffed(decoded(raw))
    if wanted in known:
        feed = known[wanted]
        return feed if feed.pattern or format is None else msgspec.structs.replace(feed, format=format)
    if kind is None or format is None:
        problem = "its format is not known" if format is None else f"no feed is named {wanted}: say its kind"
        raise FeedError(f"{path.name}: {problem}")
    try:
        feed = msgspec.convert({"name": wanted, "kind": kind, "format": format, "use": "asked"}, Feed)
    except msgspec.ValidationError as error:
        raise FeedError(f"{path.name}: {error}") from error
    _add_to_catalogue([feed], data_dir)
    return feed


def _import_catalogue(text: str, data_dir: Path) -> Outcome:
    feeds = from_tn3w(text.encode())
    _add_to_catalogue(feeds, data_dir)
    return Outcome("catalogue", "updated", len(feeds), "fetch one with `watchword feeds update NAME`")


def _add_to_catalogue(feeds: list[Feed], data_dir: Path) -> None:
    path = data_dir / "feeds" / "catalogue.json"
    before = msgspec.json.decode(path.read_bytes(), type=list[Feed]) if path.exists() else []
    merged = {feed.name: feed for feed in (*before, *feeds)}
    write_whole(path, msgspec.json.encode([merged[name] for name in sorted(merged)]))


def _import_places(path: Path, raw: bytes, data_dir: Path) -> Outcome:
    file = MmdbFile(path, path.stem)
    target = data_dir / GEO_DIR / f"{IMPORTED}{path.name}"
    write_whole(target, raw)
    return Outcome(target.name, "updated", None, f"{'cities' if file.has_cities else 'countries'}, {file.version}")


def _is_network_table(text: str) -> bool:
    first = text.partition("\n")[0]
    return bool(_TABLE_ROW.match(first))


def _import_networks(tables: list[tuple[Path, str]], data_dir: Path) -> Outcome:
    """`first,last,asn,organisation` rows, one IP version a file; a version that is not given stays the wheel's."""
    rows: dict[int, list[Row]] = {}
    names: dict[int, str] = {}
    for path, text in tables:
        for version, row, name in _table_rows(path, text):
            rows.setdefault(version, []).append(row)
            names.setdefault(int(row.value), name)
    given = sum(len(each) for each in rows.values())
    if given < 1_000:
        raise FeedError(f"a table of {given} networks is not believed")
    pack = embedded_asn()
    for version in (4, 6):
        if version not in rows:
            rows[version] = [Row(*row) for row in pack.rows(version)]
            names = {int(row.value): pack.organisation(int(row.value)) or "" for row in rows[version]} | names
    built = datetime.fromtimestamp(min(path.stat().st_mtime for path, _ in tables), UTC).date().isoformat()
    origin = Origin(f"imported {', '.join(path.name for path, _ in tables)}", built, "as imported")
    for each in rows.values():
        each.sort(key=lambda row: row.first)
    write_whole(data_dir / GEO_DIR / ASN_FILE, pack_networks(rows[4], rows[6], names, origin))
    return Outcome(ASN_FILE, "updated", given)


def _table_rows(path: Path, text: str) -> Iterator[tuple[int, Row, str]]:
    for cells in csv.reader(StringIO(text)):
        try:
            first, last = parse_span(cells[0]), parse_span(cells[1])
            row = Row(first.first, last.last, int(cells[2]))
        except (InvalidInput, IndexError, ValueError) as error:
            raise FeedError(f"{path.name}: {','.join(cells)[:80]!r} is no row of first, last, asn: {error}") from error
        yield first.version, row, cells[3] if len(cells) > 3 else ""
