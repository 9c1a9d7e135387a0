"""The scripts that browsers load: the collector and the device's fingerprint. `make setup` builds them from `sdk/`."""

from __future__ import annotations

import gzip
from hashlib import sha256
from pathlib import Path

from msgspec import Struct

from watchword.errors import NotFound
from watchword.web.authentication import header
from watchword.web.endpoint import Call, Reply, endpoint

ROOT = Path(__file__).parent / "static"
JAVASCRIPT = "text/javascript"
FOREVER = "public, max-age=31536000, immutable"
FOR_A_WHILE = "public, max-age=300, stale-while-revalidate=86400"
OPEN = {"access-control-allow-origin": "*", "cross-origin-resource-policy": "cross-origin"}
"""Pages of any origin may load a script, also with `integrity`."""


class Edition(Struct):
    """`v` asks for one edition, by the beginning of its hash, which may then be kept for ever."""

    v: str | None = None


class Script(Struct, frozen=True):
    """A built script, plain and gzipped, with the SHA-256 of its content in hex."""

    plain: bytes
    small: bytes
    digest: str


class Shelf:
    """The built scripts of a directory, read when they change."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._kept: dict[str, tuple[int, Script]] = {}

    def script(self, name: str) -> Script:
        """One script. Raises NotFound, saying how to build it, where it is not there."""
        path = self._root / name
        try:
            changed = path.stat().st_mtime_ns
            kept = self._kept.get(name)
            if kept is None or kept[0] != changed:
                plain = path.read_bytes()
                small = gzip.compress(plain, 9, mtime=0)
                kept = self._kept[name] = (changed, Script(plain, small, sha256(plain).hexdigest()))
        except OSError:
            raise NotFound(f"{name} was not built here: it takes Node.js 18 or newer and `make setup`.") from None
        return kept[1]


shelf = Shelf(ROOT)


@endpoint("GET", "/js/watchword.js", query=Edition, gives=str, media_type=JAVASCRIPT, problems=(404,))
async def read_collector(call: Call) -> Reply:
    """The collector: behaviour, the session's stream, MPIN dialog and blocked screen, as `window.watchword`.

    Needs no key. `?v=` with the beginning of the ETag makes it cacheable for ever.
    """
    return give(shelf.script("watchword.js"), call)


@endpoint("GET", "/js/device-fingerprint.js", query=Edition, gives=str, media_type=JAVASCRIPT, problems=(404,))
async def read_device_fingerprint(call: Call) -> Reply:
    """What tells one device from another, and automation hints, as `window.watchwordDevice`.

    Needs no key. `?v=` with the beginning of the ETag makes it cacheable for ever.
    """
    return give(shelf.script("device-fingerprint.js"), call)


def give(script: Script, call: Call) -> Reply:
    """The script as the caller can take it; 304 where the caller has it."""
    tag = f'W/"{script.digest[:16]}"'
    wanted = call.query.v
    kept = bool(wanted) and len(wanted) >= 8 and script.digest.startswith(wanted)
    headers = OPEN | {"etag": tag, "vary": "accept-encoding", "cache-control": FOREVER if kept else FOR_A_WHILE}
    if tag in (header(call.headers, b"if-none-match", once=False) or b"").decode("latin-1"):
        return Reply(b"", JAVASCRIPT, 304, headers)
    if b"gzip" in (header(call.headers, b"accept-encoding", once=False) or b""):
        return Reply(script.small, JAVASCRIPT, 200, headers | {"content-encoding": "gzip"})
    return Reply(script.plain, JAVASCRIPT, 200, headers)
