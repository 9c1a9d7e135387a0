"""What every page has around it: navigation, who is signed in, headers that keep the page to itself, and problems."""

from __future__ import annotations

import logging
import traceback
from typing import Any, cast
from urllib.parse import quote, urlencode

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape
from litestar import Response
from litestar.connection import ASGIConnection
from litestar.exceptions import HTTPException
from litestar.handlers import BaseRouteHandler
from msgspec import Struct

from watchword.errors import Forbidden, InvalidInput, LimitExceeded, NotFound, WatchwordError
from watchword.web.console import shelf, words
from watchword.web.console.doors import COOKIE, Doors, Session, same
from watchword.web.console.reading import Desk
from watchword.web.console.records import Visitor
from watchword.web.console.shelf import Ask
from watchword.web.console.watch import Watch
from watchword.web.limits import Limits

_logger = logging.getLogger("watchword.web")
BASE = "/console"
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; style-src-attr 'unsafe-inline'; img-src 'self'; "
    "font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Cache-Control": "no-store",
}
NAVIGATION = (
    ("live", "Live", "live", "L", False),
    ("decisions", "Decisions", "decisions", "D", False),
    ("users", "Users", "users", "U", False),
    ("sessions", "Sessions", "sessions", "S", False),
    ("policies", "Policies", "policies", "P", True),
    ("feeds", "Feeds", "feeds", "F", False),
    ("settings", "Settings", "settings", "E", False),
    ("audit", "Audit", "audit", "A", False),
)
LEVELS = {"LOW": "allow", "MEDIUM": "monitor", "HIGH": "verify", "CRITICAL": "block"}


class Console(Struct, frozen=True):
    """The running console: what it reads, who is signed in, what it has seen."""

    desk: Desk
    doors: Doors
    watch: Watch
    limits: Limits


class SignInNeeded(Exception):
    """Nobody is signed in."""


def environment() -> Environment:
    """The templates, with the words and marks that they use."""
    made = Environment(
        loader=PackageLoader("watchword.web.console"), autoescape=select_autoescape(("html", "svg")),
        undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, auto_reload=False,
    )  # fmt: skip
    for name in (
        "article", "clock", "count", "day", "day_head", "evidence", "in_prose", "iso", "kind", "listed", "minute",
        "near", "number", "percent", "signed", "size", "span", "split_name", "story", "stretch", "title", "when", "who",
    ):  # fmt: skip
        made.filters[name] = getattr(words, name)
    made.globals.update(
        base=BASE, navigation=NAVIGATION, levels=LEVELS, done=words.DONE, networks=words.NETWORKS, link=link,
        place_name=words.place, static=lambda name: f"{BASE}/static/{shelf.edition()}/{name}",
    )  # fmt: skip
    return made


def link(path: str, **query: Any) -> str:
    """An address within the console; path parts are escaped, empty queries left out."""
    kept = {name: value for name, value in query.items() if value not in (None, "", ())}
    return f"{BASE}/{quote(path)}" + (f"?{urlencode(kept, doseq=True)}" if kept else "")


TEMPLATES = environment()


def fragment(name: str, **context: Any) -> str:
    """A piece of a page, as HTML."""
    return TEMPLATES.get_template(name).render(**context)


def console_of(request: Ask) -> Console:
    """The console that this route belongs to."""
    console: Console = request.route_handler.opt["console"]()
    return console


def here(request: Ask) -> tuple[Console, Visitor]:
    """The console, and who is signed in."""
    return console_of(request), request.state.session.visitor


async def page(request: Ask, name: str, **context: Any) -> Response[str]:
    """A whole page with everything around it."""
    session: Session = request.state.session
    console = console_of(request)
    health = await console.desk.clock.health()
    html = TEMPLATES.get_template(name).render(
        visitor=session.visitor, csrf=session.csrf, health=health, now_ms=console.desk.clock.now_ms(),
        section=name.partition(".")[0], **context,
    )  # fmt: skip
    return answer(html)


def answer(html: str, status: int = 200, headers: dict[str, str] | None = None) -> Response[str]:
    """HTML with the headers that every page carries."""
    return Response(
        html, media_type="text/html; charset=utf-8", status_code=status, headers={**HEADERS, **(headers or {})}
    )


def see(path: str) -> Response[str]:
    """Sends the browser on to a page of the console, after something was posted."""
    return Response("", status_code=303, headers={**HEADERS, "Location": path})


async def guard(connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler) -> None:
    """Lets nobody past who is not signed in, and no change without the session's CSRF token.

    Raises SignInNeeded, Forbidden.
    """
    if handler.opt.get("public"):
        return
    request = cast("Ask", connection)
    console: Console = handler.opt["console"]()
    session = await console.doors.find(request.cookies.get(COOKIE))
    if session is None:
        raise SignInNeeded
    if not await console.desk.keys.stands(session.visitor):
        await console.doors.end(request.cookies.get(COOKIE))
        raise SignInNeeded
    if request.method not in ("GET", "HEAD"):
        await _check_csrf(request, session)
    request.state.session = session


async def _check_csrf(request: Ask, session: Session) -> None:
    if request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        raise Forbidden("This change was asked for by another site.")
    sent = request.headers.get("x-csrf-token") or str((await request.form()).get("csrf", ""))
    if not same(sent, session.csrf):
        raise Forbidden("This page is out of date. Open it again, then repeat the change.")


def need(visitor: Visitor, what: str) -> None:
    """Raises Forbidden where the visitor's role does not reach: `persons` or `admin`."""
    if what == "persons" and not visitor.sees_persons:
        raise Forbidden("Your role sees no persons. An analyst or admin key does.")
    if what == "admin" and not visitor.is_admin:
        raise Forbidden("Only an admin may do this.")


def needs_sign_in(request: Ask, error: SignInNeeded) -> Response[str]:
    """Off to the sign-in page, and back afterwards."""
    target = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    address = link("sign-in", next=target if request.method == "GET" and target != BASE else None)
    if request.headers.get("hx-request"):
        return answer("", 401, {"HX-Redirect": link("sign-in")})
    if "text/html" not in request.headers.get("accept", "text/html") and request.headers.get("accept") != "*/*":
        return answer("", 401)
    return see(address)


def troubled(request: Ask, error: Exception) -> Response[str]:
    """A page that says what failed, what still works, and the nearest way out."""
    status, head, text = _told(error)
    if status == 500:
        text = f"{text} Request {_log(request, error)}."
    headers = {"Retry-After": str(error.retry_after_s)} if isinstance(error, LimitExceeded) else {}
    name = "trouble_part.html" if request.headers.get("hx-request") else "trouble.html"
    html = TEMPLATES.get_template(name).render(
        head=head, text=text, status=status, path=request.url.path, sign_in=False
    )
    return answer(html, status, headers)


def _log(request: Ask, error: Exception) -> str:
    """Notes what broke and where, and nothing that was asked: it may name a person. Answers with the request's id."""
    seen = request.scope.get("visit")
    request_id = str(seen.request_id) if seen is not None else "unknown"  # type: ignore[attr-defined]
    frames = traceback.extract_tb(error.__traceback__)
    place = f"{frames[-1].name}, line {frames[-1].lineno}" if frames else "nowhere"
    _logger.error("%s in the console, %s, request %s", type(error).__name__, place, request_id)
    return request_id


def _told(error: Exception) -> tuple[int, str, str]:
    if isinstance(error, NotFound):
        return 404, "Nothing is here", str(error)
    if isinstance(error, Forbidden):
        return 403, "Not for this role", str(error)
    if isinstance(error, InvalidInput):
        return 422, "That can not be read", str(error)
    if isinstance(error, LimitExceeded):
        return 429, "Too many tries", f"{error} Try again in {words.span(error.retry_after_s)}."
    if isinstance(error, WatchwordError):
        return 503, "This did not load", f"{error} Decisions are still being made."
    if isinstance(error, HTTPException) and error.status_code < 500:
        return (
            error.status_code,
            "Nothing is here" if error.status_code == 404 else "That can not be read",
            error.detail,
        )
    return (
        500,
        "This did not load",
        "Something went wrong on the server; its log says where. Decisions are still being made.",
    )
