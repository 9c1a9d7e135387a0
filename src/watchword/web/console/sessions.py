"""Sessions: which live, which wait, which were stopped; and one session: who is acting, and what happens next."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from typing import Any

import msgspec
from litestar import Response, get, post
from litestar.response import Stream

from watchword.errors import InvalidInput, LimitExceeded, NotFound
from watchword.state.session import Session
from watchword.web.console import session_words, words
from watchword.web.console.doors import COOKIE
from watchword.web.console.filtering import Chip, one
from watchword.web.console.likeness import ranges
from watchword.web.console.live import MOST_STREAMS, TICK_S, WARMTH_S
from watchword.web.console.records import Visitor
from watchword.web.console.session_file import SessionFile, SessionFilters, SessionLine
from watchword.web.console.shelf import Ask
from watchword.web.console.shell import HEADERS, Console, fragment, here, link, need, page, see

SHOWN = 200
LIST_S = 2.0
PIECES = ("standing", "acting", "steps", "like", "others", "facts")
VIEWS = (
    ("live", "Live", "going on now, the newest first"),
    ("asked", "Waiting", "asked for the MPIN, and not answered yet"),
    ("blocked", "Blocked", "stopped for good"),
    ("ended", "Ended", "logged out, expired, or ended by hand"),
    ("all", "All", "live and recent ones"),
)
LEVELS = {"normal": "normal", "suspicious": "suspicious", "high_risk": "high risk"}
STREAMED = {**HEADERS, "X-Accel-Buffering": "no"}
DRAWN_S, PULSE_S = 0.5, 5.0
"""A session is drawn anew so often at most, where something happened, and at least, for time goes on."""


@get("/sessions", include_in_schema=False)
async def sessions(request: Ask) -> Any:
    """The list, filtered by the address. Reading it is recorded."""
    console, visitor = here(request)
    need(visitor, "persons")
    filters = read(request.query_params)
    lines = await console.desk.sessions.search(filters, SHOWN)
    subject = f"user:{filters.user}" if filters.user else ""
    asked = {"view": filters.state, "level": filters.level, "sessions": len(lines)}
    await console.desk.ledger.note(visitor.actor, "sessions.read", subject, asked)
    note = next(note for key, _, note in VIEWS if key == filters.state)
    return await page(
        request, "sessions.html", lines=lines, filters=filters, views=VIEWS, note=note, levels_known=LEVELS,
        chips=chips(filters), query=_query(filters), most=SHOWN,
        data={"stream": link("stream/session-list", **_query(filters))},
    )  # fmt: skip


@get("/stream/session-list", include_in_schema=False)
async def list_stream(request: Ask) -> Stream:
    """Server-sent events: the list as it is now, whenever it changed."""
    console, visitor = here(request)
    need(visitor, "persons")
    filters = read(request.query_params)
    _check_room(console, visitor)
    subject = f"user:{filters.user}" if filters.user else ""
    await console.desk.ledger.note(visitor.actor, "sessions.stream", subject, {"view": filters.state})
    lists = _lists(console, visitor, filters, request.cookies.get(COOKIE))
    return Stream(lists, media_type="text/event-stream", headers=STREAMED)


async def _lists(
    console: Console, visitor: Visitor, filters: SessionFilters, token: str | None
) -> AsyncIterator[bytes]:
    said, beat_s = "", 0.0
    yield b"retry: 4000\n\n"
    with console.watch.streaming(visitor):
        while await console.doors.find(token) is not None and await console.desk.keys.stands(visitor):
            lines = await console.desk.sessions.search(filters, SHOWN)
            html = fragment(
                "session_list.html", lines=lines, filters=filters, query=_query(filters), chips=chips(filters),
                most=SHOWN, now_ms=console.desk.clock.now_ms(),
            )  # fmt: skip
            tick = {"list": html, "found": f"{len(lines)}{'+' if len(lines) >= SHOWN else ''}"} if html != said else {}
            if tick or time.monotonic() - beat_s > WARMTH_S:
                said, beat_s = html, time.monotonic()
                yield b"event: tick\ndata: " + msgspec.json.encode(tick) + b"\n\n"
            await asyncio.sleep(LIST_S)


def _check_room(console: Console, visitor: Visitor) -> None:
    """Raises LimitExceeded where a visitor follows too much at once."""
    if console.watch.streams[visitor] >= MOST_STREAMS:
        raise LimitExceeded("Too many live pages are open.", 10)


def read(query: Any) -> SessionFilters:
    """The filters in a query string. Raises InvalidInput naming the field."""
    state, level = one(query, "view") or "live", one(query, "level") or None
    if all(state != key for key, _, _ in VIEWS):
        raise InvalidInput(f"There is no view {state!r}.", "view")
    if level is not None and level not in LEVELS:
        raise InvalidInput(f"There is no level {level!r}; there are {words.listed(list(LEVELS))}.", "level")
    return SessionFilters(state, level, one(query, "user") or None, one(query, "id") or None)


def chips(filters: SessionFilters) -> list[Chip]:
    """The filters as chips, each with the address without it."""
    query = _query(filters)
    given = (("level", LEVELS.get(filters.level or "")), ("user", filters.user), ("id", filters.id))
    return [Chip(name, value, link("sessions", **{**query, name: None})) for name, value in given if value]


def _query(filters: SessionFilters) -> dict[str, Any]:
    return {"view": filters.state, "level": filters.level, "user": filters.user, "id": filters.id}


@get("/sessions/{session:path}", include_in_schema=False)
async def session_page(request: Ask) -> Any:
    """One session as it stands; its script follows it. Opening the page is recorded."""
    console, visitor = here(request)
    need(visitor, "persons")
    session_id = _name(request)
    users = [user] if (user := one(request.query_params, "user")) else await console.desk.sessions.whose(session_id)
    if len(users) > 1:
        return see(link("sessions", view="all", id=session_id))
    file = await console.desk.sessions.one(session_id, users[0]) if users else None
    if file is None:
        raise NotFound(f"There is no session {session_id}, or it is older than what is kept.")
    await console.desk.ledger.note(visitor.actor, "session.read", f"user:{file.line.user}", {"session": session_id})
    now_ms = console.desk.clock.now_ms()
    follow = link(f"stream/sessions/{session_id}", user=file.line.user)
    return await page(
        request, "sessions.one.html", file=file, line=file.line, address=f"sessions/{session_id}",
        data={**session_words.drawing(file, now_ms), "stream": follow}, **shown(file),
    )  # fmt: skip


def shown(file: SessionFile) -> dict[str, Any]:
    """What the pieces of the page say."""
    return {
        "said": session_words.standing(file), "steps": session_words.steps(file),
        "layers": session_words.by_layer(file.changes), "picture": session_words.picture(file),
        "ranges": ranges(file.template, file.entries),
    }  # fmt: skip


def pieces(file: SessionFile, now_ms: int) -> dict[str, str]:
    """The pieces of the page that change, as HTML."""
    context = {"file": file, "line": file.line, "now_ms": now_ms, **shown(file)}
    return {name: fragment(f"session_{name}.html", **context) for name in PIECES}


@get("/stream/sessions/{session:path}", include_in_schema=False)
async def session_stream(request: Ask) -> Stream:
    """Server-sent events: `tick` with what changed, at most four times a second, until the session is over."""
    console, visitor = here(request)
    need(visitor, "persons")
    session_id, user = _name(request), one(request.query_params, "user")
    if await console.desk.sessions.state(session_id, user) is None:
        raise NotFound(f"There is no session {session_id}.")
    _check_room(console, visitor)
    await console.desk.ledger.note(visitor.actor, "session.stream", f"user:{user}", {"session": session_id})
    ticks = _ticks(console, visitor, session_id, user, request.cookies.get(COOKIE))
    return Stream(ticks, media_type="text/event-stream", headers=STREAMED)


async def _ticks(
    console: Console, visitor: Visitor, session_id: str, user: str, token: str | None
) -> AsyncIterator[bytes]:
    said, seen, drawn_s, beat_s = dict[str, str](), None, 0.0, 0.0
    desk = console.desk.sessions
    yield b"retry: 4000\n\n"
    with console.watch.streaming(visitor):
        while await console.doors.find(token) is not None and await console.desk.keys.stands(visitor):
            now_s, tick = time.monotonic(), dict[str, Any]()
            state = _state(await desk.state(session_id, user))
            if now_s - drawn_s >= (DRAWN_S if state != seen else PULSE_S):
                file, now_ms = await desk.one(session_id, user), console.desk.clock.now_ms()
                if file is None:
                    return
                seen, drawn_s = state, now_s
                fresh = pieces(file, now_ms)
                tick = {
                    "parts": {name: html for name, html in fresh.items() if said.get(name) != html},
                    "chart": session_words.drawing(file, now_ms), "clock": words.clock(now_ms),
                    "word": session_words.standing(file).word, "picture": session_words.picture(file),
                }  # fmt: skip
                said = fresh
            if tick or now_s - beat_s > WARMTH_S:
                beat_s = now_s
                yield b"event: tick\ndata: " + msgspec.json.encode(tick) + b"\n\n"
            if tick and not tick["chart"]["live"]:
                yield b"event: over\ndata: {}\n\n"
                return
            await asyncio.sleep(TICK_S)


def _state(session: Session | None) -> tuple[Any, ...]:
    """What of a session shows on its page."""
    if session is None:
        return ()
    return (session.samples, session.changes, session.challenge_id, session.end, session.trust, session.bots,
            session.opened_ms)  # fmt: skip


@post("/end/sessions/{session:path}", include_in_schema=False)
async def session_end(request: Ask) -> Response[str]:
    """Ends a session on every socket."""
    console, visitor = here(request)
    user, reason = await _asked(request, "Ending a session")
    await console.desk.sessions.end(_name(request), user, visitor, reason)
    return see(link(f"sessions/{_name(request)}", user=user))


@post("/ask/sessions/{session:path}", include_in_schema=False)
async def session_ask(request: Ask) -> Response[str]:
    """Has the person of a session asked for another factor."""
    console, visitor = here(request)
    user, reason = await _asked(request, "Asking for another factor")
    await console.desk.sessions.ask(_name(request), user, visitor, reason)
    return see(link(f"sessions/{_name(request)}", user=user))


async def _asked(request: Ask, what: str) -> tuple[str, str]:
    """Whose session, and why. Raises Forbidden for a role that sees no persons, InvalidInput without a reason."""
    _, visitor = here(request)
    need(visitor, "persons")
    form = await request.form()
    reason = str(form.get("reason", "")).strip()[:256]
    if not reason:
        raise InvalidInput(f"{what} needs a reason; it is kept in the audit log.", "reason")
    return str(form.get("user", "")), reason


def _name(request: Ask) -> str:
    return str(request.path_params["session"]).removeprefix("/")


def address(line: SessionLine) -> str:
    """The page of a session; the id alone may be several users'."""
    return link(f"sessions/{line.id}", user=line.user)
