"""The fields of a log-in's body, as applications read them: forms, forms in parts, and JSON whatever it says it is.

Parsers differ: in which of two equal names counts, in what ends a part, in which encoding text is. Whoever sends what
two of them read differently has one user judged and another logged in. So a name is believed only where every reading
gives it one value; all else is unclear, and what is no well-formed form is unclear as a whole.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection, Iterator
from typing import Any
from urllib.parse import parse_qsl

import msgspec

from watchword.web.asgi import Headers

MAX_FIELDS = 1_000
MAX_HEAD = 1_000
_CHARSET = re.compile(r'charset\s*=\s*"?([^";\s]*)', re.IGNORECASE)
_BOUNDARY = re.compile(
    r'multipart/form-data\s*;\s*boundary=("?)([\w\'()+,./:=? -]{1,70})\1\s*(?:;\s*charset=[^;]*)?', re.I
)
_DISPOSITION = re.compile(rb'form-data\s*;\s*name=(?:"([^"\\]*)"|([\w.\[\]-]+))\s*(;\s*filename=.*)?', re.IGNORECASE)
_PLAIN_TEXT = ("utf-8", "utf8", "us-ascii", "")
_AS_IT_IS = (b"7bit", b"8bit", b"binary")
Found = Iterator[tuple[str, Any]]
Reader = Callable[[bytes, str, Collection[str]], Found]


class _Unclear(Exception):
    """A body that no two applications need read alike."""


def read(body: bytes, headers: Headers, wanted: Collection[str]) -> tuple[dict[str, Any], frozenset[str]]:
    """Those of the wanted fields that the body has, and those of them that are unclear."""
    if _said(headers, b"content-encoding") - {"identity"}:
        return {}, frozenset(wanted)
    kinds = _said(headers, b"content-type")
    values: dict[str, list[Any]] = {}
    try:
        for reader in _readers(kinds):
            for name, value in reader(body, next(iter(kinds), ""), wanted):
                if name in wanted and value not in (known := values.setdefault(name, [])):
                    known.append(value)
    except _Unclear:
        return {}, frozenset(wanted)
    unclear = frozenset(name for name, known in values.items() if len(known) > 1)
    return {name: known[0] for name, known in values.items() if name not in unclear}, unclear


def _said(headers: Headers, name: bytes) -> set[str]:
    return {value.decode("latin-1").strip() for key, value in headers if key == name}


def _readers(kinds: Collection[str]) -> Iterator[Reader]:
    """How a body is read: as what it says it is, and as the JSON that many applications read anyway."""
    if len(kinds) > 1:
        raise _Unclear
    media = next(iter(kinds), "").partition(";")[0].strip().lower()
    if media == "application/x-www-form-urlencoded":
        yield _form
    elif media == "multipart/form-data":
        yield _parts
    yield _json


def _check_charset(text: str) -> None:
    if any(one.lower() not in _PLAIN_TEXT for one in _CHARSET.findall(text)):
        raise _Unclear


def _form(body: bytes, content_type: str, _wanted: Collection[str]) -> Found:
    """The fields of a form: by `&`, and by the `;` that some parsers take; in UTF-8, and as some parsers take it."""
    _check_charset(content_type)
    for encoding in ("utf-8",) if body.isascii() else ("utf-8", "latin-1"):
        text = body.decode(encoding, "replace")
        for one in (text, text.replace(";", "&")) if ";" in text else (text,):
            try:
                yield from parse_qsl(one, max_num_fields=MAX_FIELDS)
            except ValueError:
                raise _Unclear from None


def _parts(body: bytes, content_type: str, _wanted: Collection[str]) -> Found:
    """The fields of a form in parts (RFC 7578), strictly as browsers write them. Files are none."""
    _check_charset(content_type)
    boundary = _BOUNDARY.fullmatch(content_type)
    if boundary is None:
        raise _Unclear
    delimiter = b"--" + boundary[2].encode("latin-1")
    before, *parts = (b"\r\n" + body.lstrip(b"\r\n")).split(b"\r\n" + delimiter, MAX_FIELDS + 1)
    whole = bool(parts) and not before and parts[-1].rstrip(b"\r\n") == b"--"
    if not whole or body.count(delimiter) != len(parts):
        raise _Unclear
    for part in parts[:-1]:
        yield from _field(part)


def _field(part: bytes) -> Found:
    """The field in a part; nothing where it is a file."""
    head, between, value = part.partition(b"\r\n\r\n")
    lines = head.split(b"\r\n")
    if lines.pop(0) or not between or len(head) > MAX_HEAD:
        raise _Unclear
    told: dict[bytes, bytes] = {}
    for line in lines:
        name, colon, said = line.partition(b":")
        if not colon or not re.fullmatch(rb"[\w-]+", name) or name.lower() in told or re.search(rb"[\r\n\0]", said):
            raise _Unclear
        told[name.lower()] = said.strip()
    found = _DISPOSITION.fullmatch(told.get(b"content-disposition", b""))
    if found is None or told.get(b"content-transfer-encoding", b"8bit").lower() not in _AS_IT_IS:
        raise _Unclear
    _check_charset(told.get(b"content-type", b"").decode("latin-1"))
    if found[3] is None:
        yield (found[1] or found[2] or b"").decode("utf-8", "replace"), value.decode("utf-8", "replace")


def _json(body: bytes, _type: str, wanted: Collection[str]) -> Found:
    """The members of an object; what is not wanted is passed over unread."""
    try:
        members = msgspec.json.decode(body, type=dict[str, msgspec.Raw])
        found = [(name, msgspec.json.decode(members[name])) for name in members.keys() & set(wanted)]
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        found = _lenient(body)
    yield from found


def _lenient(body: bytes) -> list[tuple[str, Any]]:
    """As Python's own parser reads it: other encodings, a byte order mark, NaN."""
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return []
    return list(found.items()) if isinstance(found, dict) else []
