"""The systemd journal as JSON (`journalctl -u ssh -o json`), read as sshd's auth log."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import msgspec

from watchword.events.event import Event
from watchword.streams import sshd
from watchword.streams.connector import Complaints, Connector, ReadOptions, moment

_decode = msgspec.json.Decoder(dict[str, Any]).decode


def detect(lines: Sequence[bytes]) -> float:
    """The share of lines that carry the journal's own fields."""
    own = sum(b'"__REALTIME_TIMESTAMP"' in line and b'"MESSAGE"' in line for line in lines)
    return own / len(lines) if lines else 0.0


def read(lines: Iterable[bytes], options: ReadOptions) -> Iterator[Event]:
    """As the sshd connector, after each entry is written as the auth log's line."""
    return sshd.read((_as_line(line, number, options.complaints) for number, line in enumerate(lines, 1)), options)


def _as_line(line: bytes, number: int, complaints: Complaints) -> bytes:
    try:
        entry = _decode(line)
        at = moment(int(entry["__REALTIME_TIMESTAMP"]) // 1000).isoformat(timespec="milliseconds")
        tag = f"{entry.get('_HOSTNAME', '-')} {entry.get('SYSLOG_IDENTIFIER', '-')}[{entry.get('_PID', '0')}]: "
        message = entry["MESSAGE"]
        said = bytes(message) if isinstance(message, list) else str(message).encode()
    except (msgspec.DecodeError, UnicodeDecodeError, KeyError, ValueError, OverflowError, OSError, TypeError):
        if line.strip():
            complaints.add(number, "not an entry of the journal")
        return b""
    return f"{at} {tag}".encode() + said.replace(b"\n", b" ")


CONNECTOR = Connector("journal", "systemd journal (JSON)", detect, read)
