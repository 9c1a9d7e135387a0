"""What the middleware reads of a log-in's body while it flows past: a copy within bounds, and the fields in it.

The application has the body as it came, at once. Who can not be told from it is a miss, which is judged all the same.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Collection
from time import monotonic
from typing import Any, Literal

from watchword.web.asgi import Headers, Message
from watchword.web.fields import read

SURE_BYTES = 64_000
"""Of every body so much is kept, whatever else is under way."""

MAX_BYTES = 1_048_576
"""Of a body at most so much is kept: what proxies let through where nobody told them otherwise (nginx: 1 MB)."""

MAX_TOGETHER = 67_108_864
SAID_EVERY_S = 60.0
Miss = Literal["too large", "no user", "unclear"]
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
        self._copy = bytearray()
        self.too_large = False
        self.unclear: frozenset[str] = frozenset()

    def see(self, message: Message) -> None:
        """Looks at a message on its way to the application."""
        body = message.get("body", b"") if message["type"] == "http.request" else b""
        if not body or self.too_large:
            return
        if not self._pool.admits(len(self._copy), len(body)):
            self.close()
            self.too_large = True
            return
        self._copy += body
        self._pool.held += len(body)

    def close(self) -> None:
        """Lets go of the copy."""
        self._pool.held -= len(self._copy)
        self._copy = bytearray()

    def fields(self, headers: Headers, wanted: Collection[str]) -> dict[str, Any]:
        """Those of the wanted fields that the body has, whatever type it says it is; `unclear` are those that
        applications may read differently."""
        if not self._copy:
            return {}
        found, self.unclear = read(bytes(self._copy), headers, wanted)
        return found


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
