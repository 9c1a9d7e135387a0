"""What the middleware reads of a log-in's body while it flows past: a copy within bounds, and the fields in it.

The application has the body as it came, at once. Who can not be told from it is a miss, which is judged all the same.
"""

from __future__ import annotations

import json
import logging
import re
from collections import Counter
from collections.abc import Callable, Collection, Iterator
from time import monotonic
from typing import Any, Literal
from urllib.parse import parse_qsl

import msgspec

from watchword.web.asgi import Message

SURE_BYTES = 64_000
"""Of every body so much is kept, whatever else is under way."""

MAX_BYTES = 1_048_576
"""Of a body at most so much is kept: what proxies let through where nobody told them otherwise (nginx: 1 MB)."""

MAX_TOGETHER = 67_108_864
MAX_FIELDS = 1_000
MAX_HEAD = 1_000
SAID_EVERY_S = 60.0
Miss = Literal["too large", "no user"]
_BOUNDARY = re.compile(r'boundary="?([^";,]+)"?', re.IGNORECASE)
_NAME = re.compile(rb'content-disposition:[^\r\n]*[;\s]name="?([^";\r\n]*)"?', re.IGNORECASE)
_logger = logging.getLogger("watchword.middleware")


class Pool:
    """The bytes that all log-ins under way keep together. Not shared between processes."""

    def __init__(self, each: int = MAX_BYTES, together: int = MAX_TOGETHER) -> None:
        self.each = each
        self.together = together
        self.held = 0

    def admits(self, size: int, more: int) -> bool:
        """Whether a body of which `size` bytes are kept may keep `more`."""
        return size + more <= self.each and (size + more <= SURE_BYTES or self.held + more <= self.together)


class Tap:
    """A copy of one body. Nothing is held up; of what is too large nothing is kept."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._parts: list[bytes] = []
        self._size = 0
        self.too_large = False

    def see(self, message: Message) -> None:
        """Looks at a message on its way to the application."""
        body = message.get("body", b"") if message["type"] == "http.request" else b""
        if not body or self.too_large:
            return
        if not self._pool.admits(self._size, len(body)):
            self.close()
            self.too_large = True
            return
        self._parts.append(bytes(body))
        self._size += len(body)
        self._pool.held += len(body)

    def close(self) -> None:
        """Lets go of the copy."""
        self._pool.held -= self._size
        self._parts, self._size = [], 0

    def fields(self, content_type: str, wanted: Collection[str]) -> dict[str, Any]:
        """Those of the wanted fields that the body has: of a form, or of a JSON object, whatever type it says it is."""
        body = b"".join(self._parts)
        for read in _readers(content_type.lower()) if body else ():
            if found := {name: value for name, value in read(body, content_type, wanted) if name in wanted}:
                return found
        return {}


class Misses:
    """Counts log-ins of which the user could not be told, by cause, and says so in the log, once a minute at most."""

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self.counts: Counter[str] = Counter()
        self._now = clock
        self._said_s = -SAID_EVERY_S

    def note(self, cause: Miss, path: str) -> None:
        """Counts one log-in by that path of a rule."""
        self.counts[cause] += 1
        if self._now() - self._said_s >= SAID_EVERY_S:
            self._said_s = self._now()
            _logger.warning("log-ins at %s are judged without their user, %s: %s", path, cause, dict(self.counts))


Found = Iterator[tuple[str, Any]]
Reader = Callable[[bytes, str, Collection[str]], Found]


def _readers(content_type: str) -> Iterator[Reader]:
    """How a body is read: as what it says it is, then as the JSON that many applications read anyway."""
    if "x-www-form-urlencoded" in content_type:
        yield _form
    elif "multipart/form-data" in content_type:
        yield _parts
    yield _json


def _form(body: bytes, _type: str, _wanted: Collection[str]) -> Found:
    """The fields of a form, the first of a name last so that it counts."""
    try:
        yield from reversed(parse_qsl(body.decode("utf-8", "replace"), max_num_fields=MAX_FIELDS))
    except ValueError:
        return


def _parts(body: bytes, content_type: str, _wanted: Collection[str]) -> Found:
    """The fields of a form in parts (RFC 7578). Files are none."""
    boundary = _BOUNDARY.search(content_type)
    if boundary is None:
        return
    for part in body.split(b"--" + boundary[1].encode("latin-1", "replace"), MAX_FIELDS):
        head, _, value = part.partition(b"\r\n\r\n")
        name = _NAME.search(head[:MAX_HEAD])
        if name is not None and b"filename" not in head:
            yield name[1].decode("utf-8", "replace"), value.removesuffix(b"\r\n").decode("utf-8", "replace")


def _json(body: bytes, _type: str, wanted: Collection[str]) -> Found:
    """The members of an object; what is not wanted is passed over unread."""
    try:
        members = msgspec.json.decode(body, type=dict[str, msgspec.Raw])
        for name in members.keys() & set(wanted):
            yield name, msgspec.json.decode(members[name])
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        yield from _lenient(body)


def _lenient(body: bytes) -> Found:
    """As Python's own parser reads it: other encodings, a byte order mark, NaN."""
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return
    if isinstance(found, dict):
        yield from found.items()
