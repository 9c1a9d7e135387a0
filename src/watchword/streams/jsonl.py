"""JSON Lines of our own events: one event a line, as `POST /api/v1/events` takes it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from watchword.errors import InvalidInput
from watchword.events.codec import decode_event
from watchword.events.event import Event
from watchword.streams.connector import Connector, ReadOptions


def detect(lines: Sequence[bytes]) -> float:
    """Sure when lines decode as events; half sure of JSON objects that say `type` and `occurredAt`, bad as they are."""
    full = [line for line in lines if line.strip()]
    if not full:
        return 0.0
    return sum(_like_event(line) for line in full) / len(full)


def read(lines: Iterable[bytes], options: ReadOptions) -> Iterator[Event]:
    """The events; a bad line is a complaint that names the field, never an end."""
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            yield decode_event(line)
        except InvalidInput as error:
            options.complaints.add(number, f"{error.field}: {error}" if error.field else str(error))


def _like_event(line: bytes) -> float:
    try:
        decode_event(line)
    except InvalidInput:
        return 0.5 * (line.lstrip()[:1] == b"{" and b'"type"' in line and b'"occurredAt"' in line)
    return 1.0


CONNECTOR = Connector("jsonl", "JSON Lines of Watchword events", detect, read)
