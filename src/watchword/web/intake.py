"""Reads what came in: bodies within their bounds, queries and bodies as the types that an endpoint names."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from functools import lru_cache
from typing import Any, cast
from urllib.parse import parse_qsl

import msgspec
from msgspec import Struct, inspect

from watchword.errors import InvalidInput, TooLarge
from watchword.events.invalid import as_invalid
from watchword.web.asgi import Message, Receive
from watchword.web.authentication import header

MAX_PARAMETERS = 64


class CallerGone(Exception):
    """The caller hung up before the whole body was here."""


async def read_body(receive: Receive, headers: Iterable[tuple[bytes, bytes]], most: int) -> bytes:
    """The whole body. Raises TooLarge as soon as it is known to be, CallerGone."""
    announced = header(headers, b"content-length")
    if announced is not None and announced.isdigit() and _is_over(announced, most):
        raise _too_large(most)
    message = await receive()
    body: bytes = message.get("body", b"")
    if message["type"] == "http.request" and not message.get("more_body"):
        if len(body) > most:
            raise _too_large(most)
        return body
    return await _read_on(receive, message, most)


async def _read_on(receive: Receive, message: Message, most: int) -> bytes:
    parts: list[bytes] = []
    size = 0
    while True:
        if message["type"] != "http.request":
            raise CallerGone
        parts.append(message.get("body", b""))
        size += len(parts[-1])
        if size > most:
            raise _too_large(most)
        if not message.get("more_body"):
            return b"".join(parts)
        message = await receive()


def parse_body(body: bytes, kind: Any) -> Any:
    """The body as that type. Raises InvalidInput naming the field."""
    try:
        return _decoder(kind).decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise as_invalid(error) from None


def parameters(query: bytes) -> dict[str, str]:
    """What stands in a query string, the last of each name; raises InvalidInput for too many of them."""
    if query.count(b"&") >= MAX_PARAMETERS:
        raise InvalidInput(f"At most {MAX_PARAMETERS} query parameters are taken.")
    return dict(parse_qsl(query.decode("latin-1")))


def parse_query(query: bytes, kind: type[Struct] | None) -> Any:
    """The query string as that Struct. Raises InvalidInput for unknown, repeated and wrong parameters."""
    if query.count(b"&") >= MAX_PARAMETERS:
        raise InvalidInput(f"At most {MAX_PARAMETERS} query parameters are taken.")
    pairs = parse_qsl(query.decode("latin-1"), keep_blank_values=True) if query else []
    values = dict(pairs)
    if len(values) < len(pairs):
        raise InvalidInput("A query parameter is given twice.", _repeated(pairs))
    if kind is None:
        if values:
            raise InvalidInput("There is no such query parameter.", next(iter(values)))
        return None
    numeric = _numeric(kind)
    read = {name: _number(text) if name in numeric else text for name, text in values.items()}
    try:
        return msgspec.convert(read, kind)
    except msgspec.ValidationError as error:
        raise as_invalid(error) from None


@lru_cache(maxsize=64)
def _numeric(kind: type[Struct]) -> frozenset[str]:
    """The parameters that are numbers."""
    fields = cast(inspect.StructType, inspect.type_info(kind)).fields
    return frozenset(field.encode_name for field in fields if any(isinstance(one, _NUMBERS) for one in _members(field)))


_NUMBERS = (inspect.IntType, inspect.FloatType)
_PLAIN = re.compile(r"-?\d{1,15}(\.\d{1,15})?\Z", re.ASCII)


def _members(field: inspect.Field) -> tuple[inspect.Type, ...]:
    return field.type.types if isinstance(field.type, inspect.UnionType) else (field.type,)


def _number(text: str) -> int | float | str:
    """The number that is written plainly; anything else stays text, and is refused as such."""
    if not _PLAIN.match(text):
        return text
    return float(text) if "." in text else int(text)


def _repeated(pairs: list[tuple[str, str]]) -> str:
    counts = Counter(name for name, _ in pairs)
    return next(name for name, count in counts.items() if count > 1)


@lru_cache(maxsize=256)
def _decoder(kind: Any) -> msgspec.json.Decoder[Any]:
    return msgspec.json.Decoder(kind)


def _is_over(announced: bytes, most: int) -> bool:
    length = announced.lstrip(b"0")
    return len(length) > len(str(most)) or int(length or b"0") > most


def _too_large(most: int) -> TooLarge:
    return TooLarge(f"At most {most:,} bytes are taken here.")
