"""Styles, scripts and fonts, kept in memory and served under the hash of their content: browsers may keep them."""

from __future__ import annotations

import gzip
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from litestar import Request, Response, get
from litestar.exceptions import NotFoundException

Ask = Request[Any, Any, Any]
ROOT = Path(__file__).parent / "static"
KINDS = {
    ".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".woff2": "font/woff2",
    ".svg": "image/svg+xml", ".txt": "text/plain; charset=utf-8",
}  # fmt: skip
FOREVER = "public, max-age=31536000, immutable"


@cache
def files() -> dict[str, bytes]:
    """Every file that may be served, by its path below `static`."""
    found = sorted(path for path in ROOT.rglob("*") if path.suffix in KINDS)
    return {path.relative_to(ROOT).as_posix(): path.read_bytes() for path in found}


@cache
def edition() -> str:
    """A hash of all files: another release, other addresses."""
    digest = sha256()
    for name, content in files().items():
        digest.update(name.encode() + b"\0" + content)
    return digest.hexdigest()[:12]


@cache
def squeezed(name: str) -> bytes | None:
    """The file gzipped, or None where that gains nothing."""
    content = files()[name]
    small = gzip.compress(content, 6, mtime=0)
    return small if len(small) < 0.9 * len(content) else None


@get("/static/{edition:str}/{name:path}", include_in_schema=False, opt={"public": True})
async def shelf(request: Ask) -> Response[bytes]:
    """One file of the console, for as long as the browser likes to keep it."""
    name = str(request.path_params["name"]).lstrip("/")
    if name not in files():
        raise NotFoundException()
    headers = {"X-Content-Type-Options": "nosniff", "Vary": "Accept-Encoding"}
    headers["Cache-Control"] = FOREVER if request.path_params["edition"] == edition() else "no-cache"
    small = squeezed(name) if "gzip" in request.headers.get("accept-encoding", "") else None
    if small is not None:
        headers["Content-Encoding"] = "gzip"
    return Response(small or files()[name], media_type=KINDS[Path(name).suffix], headers=headers)
