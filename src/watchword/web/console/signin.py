"""Signing in with a key or a one-time link, and out again. Every sign-in is recorded, and so is every wrong key."""

from __future__ import annotations

from importlib.metadata import version
from typing import Any

from litestar import Response, get, post
from litestar.datastructures import Cookie

from watchword.errors import Forbidden, LimitExceeded
from watchword.web.console import words
from watchword.web.console.doors import COOKIE, LONGEST_S
from watchword.web.console.records import Visitor
from watchword.web.console.shelf import Ask
from watchword.web.console.shell import BASE, TEMPLATES, Console, answer, console_of, here, link, see

LOOPBACK = ("127.0.0.1", "::1", "localhost", "testserver.local")
RING = (
    *(2,) * 28, 4, 9, 17, 30, 46, 60, 52, 38, 27, 20, 14, 11, 9, 8, 10, 13, 18, 24, 28, 25, 20, 16, 12, 10, 9,
    10, 9, 11, 10, 12, 14, 12, 13, 15, 16, 19, 22, 26, 29, 32, 31, 36, 41, 47, 52, 58, 66, 72, 75, 70, 63, 57,
    50, 44, 37, 31, 26, 20, 15, 11, 7, 4, *(2,) * 6,
)  # fmt: skip
"""The picture beside the form: log-ins of one person by quarter of an hour."""


@get("/sign-in", include_in_schema=False, opt={"public": True})
async def sign_in_page(request: Ask) -> Any:
    """The form; who is signed in already goes on."""
    console = console_of(request)
    if await console.doors.find(request.cookies.get(COOKIE)):
        return see(link("live"))
    return await _form(request, console, "", str(request.query_params.get("next") or ""))


@post("/sign-in", include_in_schema=False, opt={"public": True})
async def sign_in(request: Ask) -> Any:
    """Takes a key. Wrong ones are counted by address."""
    console = console_of(request)
    if request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        raise Forbidden("This sign-in was sent by another site.")
    form = await request.form()
    target = str(form.get("next") or "")
    visitor = await console.desk.keys.holder(str(form.get("key") or "").strip())
    if visitor is None:
        return await _refused(request, console, "This key is not known, or was revoked.", target)
    if visitor.role == "service":
        return await _form(
            request, console, "This key sends events. The console takes viewer, analyst and admin keys.", target, 403
        )
    return await _enter(request, console, visitor, safe_target(target))


@get("/enter/{token:str}", include_in_schema=False, opt={"public": True})
async def enter(request: Ask) -> Any:
    """Takes a one-time link. The page that follows is loaded from here, so that the strict cookie goes with it."""
    console = console_of(request)
    visitor = await console.doors.redeem(str(request.path_params["token"]))
    if visitor is None:
        return await _refused(request, console, "This link was used already, or is older than an hour.", "")
    return await _enter(request, console, visitor, link("live"))


@get("/sign-out", include_in_schema=False, opt={"public": True})
async def sign_out_page(request: Ask) -> Any:
    """Asks before signing out, so that no other page can do it."""
    console = console_of(request)
    session = await console.doors.find(request.cookies.get(COOKIE))
    if session is None:
        return see(link("sign-in"))
    return answer(TEMPLATES.get_template("signout.html").render(visitor=session.visitor, csrf=session.csrf))


@post("/sign-out", include_in_schema=False)
async def sign_out(request: Ask) -> Any:
    """Ends the session."""
    console, visitor = here(request)
    await console.doors.end(request.cookies.get(COOKIE))
    await console.desk.ledger.note(visitor.actor, "console.sign_out", "", {})
    response = see(link("sign-in"))
    response.delete_cookie(COOKIE, path=BASE)
    return response


def safe_target(target: str) -> str:
    """Where to go after signing in: a page of the console, never another site."""
    inside = target.startswith(f"{BASE}/") and "//" not in target and "\\" not in target
    return target if inside and not target.startswith((link("sign-"), link("enter"))) else link("live")


def address_of(request: Ask) -> str:
    """The address that wrong keys are counted by: the caller's, also behind a trusted proxy."""
    seen = request.scope.get("visit")
    return str(seen.address) if seen is not None else request.client.host if request.client else "unknown"  # type: ignore[attr-defined]


async def _refused(request: Ask, console: Console, said: str, target: str) -> Response[str]:
    try:
        console.limits.count_wrong(address_of(request))
    except LimitExceeded as error:
        again = f"Too many wrong keys. Try again in {words.span(error.retry_after_s)}."
        return await _form(request, console, again, target, 429)
    await console.desk.ledger.note("console", "console.refuse", "", {})
    return await _form(request, console, said, target, 401)


async def _enter(request: Ask, console: Console, visitor: Visitor, target: str) -> Response[str]:
    token = await console.doors.begin(visitor)
    await console.desk.ledger.note(visitor.actor, "console.sign_in", "", {})
    html = TEMPLATES.get_template("signin.html").render(
        enters=target, version=version("watchword"), ring=RING, place="", problem="", next=""
    )
    response = answer(html)
    response.set_cookie(
        Cookie(
            COOKIE, value=token, path=BASE, httponly=True, samesite="strict", max_age=LONGEST_S, secure=_secure(request)
        )
    )
    return response


def _secure(request: Ask) -> bool:
    return request.url.scheme == "https" or (request.url.hostname or "") not in LOOPBACK


async def _form(request: Ask, console: Console, problem: str, target: str, status: int = 200) -> Response[str]:
    health = await console.desk.clock.health()
    doing = {"enforce": "enforcing", "monitor": "monitoring only"}.get(health.mode, "switched off")
    place = f"{request.headers.get('host', 'this server')}, {doing}"
    html = TEMPLATES.get_template("signin.html").render(
        enters="", version=version("watchword"), ring=RING, place=place, problem=problem, next=target
    )
    return answer(html, status)
