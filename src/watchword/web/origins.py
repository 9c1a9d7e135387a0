"""Pages of which other origins may call the API from a browser: for CORS, and for WebSockets, which CORS leaves open.

Nothing here authenticates anybody. Callers are told by keys and tokens, never by cookies, so a page that is allowed
gets no more than what its own token opens. The one cookie that may come along, from those pages alone and to one path
alone, is the device's, which is no key to anything.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from watchword.errors import ConfigurationError
from watchword.web.asgi import Headers

_ORIGIN = re.compile(r"https?://(\[[0-9a-f:]+\]|[a-z0-9.-]+)(:\d{1,5})?\Z")
API = "/api/v1/"
DEVICE = "/api/fraud-detection/device-fingerprint"
DEVICES = "/api/fraud-detection/device-fingerprints"
METHODS = b"GET, POST, PUT, DELETE"
ASKED = b"authorization, content-type, idempotency-key, x-request-id"
SHOWN = b"x-request-id, retry-after"
REMEMBERED_S = b"600"


class Origins:
    """The origins beside the service's own, as browsers write them: `https://shop.example`."""

    def __init__(self, allowed: Iterable[str] = ()) -> None:
        """Raises ConfigurationError naming what is no origin."""
        self._allowed = frozenset(one.strip().rstrip("/").lower() for one in allowed)
        for one in self._allowed:
            if not _ORIGIN.match(one):
                raise ConfigurationError(f"{one} is no origin; write https://shop.example or http://localhost:3000.")

    def __bool__(self) -> bool:
        return bool(self._allowed)

    def lists(self, origin: bytes | None) -> bool:
        """Whether that origin is one of the allowed."""
        return origin is not None and origin.decode("latin-1") in self._allowed

    def admits(self, origin: bytes | None, host: bytes | None) -> bool:
        """Whether a WebSocket may be opened: from no page at all, from a page of this host, from an allowed one."""
        if origin is None:
            return True
        return self.lists(origin) or (host is not None and origin.partition(b"://")[2].lower() == host.lower())


def is_shared(path: str) -> bool:
    """Whether pages of allowed origins may call that path: the API, and what a page tells and reads of its devices."""
    return path.startswith(API) or path in (DEVICE, DEVICES)


def shared_with(origin: bytes, path: str) -> Headers:
    """The headers by which a browser lets a page of that origin read an answer."""
    return [*_admitted(origin, path), (b"access-control-expose-headers", SHOWN), (b"vary", b"origin")]


def preflight(origin: bytes, path: str) -> Headers:
    """The headers that answer a browser which asks before it calls."""
    return [
        *_admitted(origin, path),
        (b"access-control-allow-methods", METHODS),
        (b"access-control-allow-headers", ASKED),
        (b"access-control-max-age", REMEMBERED_S),
        (b"vary", b"origin"),
    ]


def _admitted(origin: bytes, path: str) -> Headers:
    """Always one origin by its name, since browsers refuse cookies to `*`, and we would, too."""
    named = (b"access-control-allow-origin", origin)
    return [named, (b"access-control-allow-credentials", b"true")] if path == DEVICE else [named]
