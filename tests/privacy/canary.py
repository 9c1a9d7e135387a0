"""Searches for planted data in every form in which it could have been left behind."""

from __future__ import annotations

import base64
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path


def forms(planted: str) -> Iterator[bytes]:
    """The bytes to look for: as they are, hex, base64 at each of the three alignments, UTF-16, percent-encoded case."""
    for text in {planted, planted.lower(), planted.upper()}:
        plain = text.encode()
        for raw in (plain, text.encode("utf-16-le"), text.encode("utf-16-be")):
            yield raw
            yield raw.hex().encode()
            yield raw.hex().upper().encode()
            for shift in range(3):
                inner = base64.b64encode(b"\0" * shift + raw)
                yield inner[4 if shift else 0 : len(inner) - 4]
                yield base64.urlsafe_b64encode(b"\0" * shift + raw)[4 if shift else 0 : len(inner) - 4]


def inflated(content: bytes) -> Iterator[bytes]:
    """What every deflate, zlib or gzip stream in `content` holds, wherever it begins."""
    for start in range(len(content)):
        first = content[start]
        if first == 0x78 and start + 1 < len(content) and (first << 8 | content[start + 1]) % 31 == 0:
            yield from _inflate(content[start:], zlib.MAX_WBITS)
        elif content[start : start + 3] == b"\x1f\x8b\x08":
            yield from _inflate(content[start:], zlib.MAX_WBITS | 16)


def _inflate(content: bytes, bits: int) -> Iterator[bytes]:
    stream = zlib.decompressobj(bits)
    found = b""
    try:
        for at in range(0, len(content), 4096):
            found += stream.decompress(content[at : at + 4096])
            if stream.eof:
                break
    except zlib.error:
        pass
    if len(found) > 8:
        yield found


def search(contents: Iterable[tuple[str, bytes]], planted: Iterable[str]) -> list[str]:
    """Where which planted text was found, as `name: text`."""
    looked_for = [(text, form) for text in planted for form in set(forms(text)) if len(form) >= 6]
    found = []
    for name, content in contents:
        for part in (content, *inflated(content)):
            found += [f"{name}: {text}" for text, form in looked_for if form in part]
    return sorted(set(found))


def files(directory: Path) -> Iterator[tuple[str, bytes]]:
    """Every file under `directory`."""
    for path in sorted(directory.rglob("*")):
        if path.is_file():
            yield path.name, path.read_bytes()
