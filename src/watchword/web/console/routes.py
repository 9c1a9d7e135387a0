"""The console's routes, to be mounted by the app; every one but the public ones needs a session."""

from __future__ import annotations

from typing import Any

from litestar import Router, get
from litestar.response import Redirect

from watchword.errors import NotFound
from watchword.web.console import (
    audit,
    decision,
    decisions,
    factors,
    feeds,
    live,
    palette,
    policies,
    sessions,
    settings,
    shelf,
    signin,
    users,
)
from watchword.web.console.records import Visitor
from watchword.web.console.shelf import Ask
from watchword.web.console.shell import BASE, Console, SignInNeeded, guard, link, needs_sign_in, see, troubled
from watchword.web.endpoint import MAX_BODY_BYTES


@get("/", include_in_schema=False)
async def front(request: Ask) -> Any:
    """The console opens on what happens now."""
    return see(link("live"))


@get("/{elsewhere:path}", include_in_schema=False)
async def nowhere(request: Ask) -> Any:
    """Every other address below /console."""
    raise NotFound("The console has no such page.")


@get("/", include_in_schema=False)
async def root() -> Redirect:
    """Who opens the service in a browser means the console."""
    return Redirect(link("live"))


HANDLERS = (
    shelf.shelf, signin.sign_in_page, signin.sign_in, signin.enter, signin.sign_out_page, signin.sign_out, front,
    live.live, live.stream, decisions.decisions, decisions.export, decisions.labels, decision.decision,
    decision.label, users.users, users.user_page, users.user_export, users.user_clear, factors.factors_page,
    factors.factor_remove, factors.factor_unlock, sessions.sessions, sessions.list_stream, sessions.session_page,
    sessions.session_stream, sessions.session_end, sessions.session_ask, policies.policies, policies.check,
    policies.test, policies.save, policies.remove, feeds.feeds, feeds.refresh, feeds.look_up, settings.settings,
    settings.change, settings.roll_back, settings.add_entry, settings.remove_entry, settings.add_key,
    settings.revoke_key, audit.audit, palette.palette, nowhere,
)  # fmt: skip


def console_routes(console: Console) -> list[Any]:
    """Everything to mount: the console below /console, and / leading to it."""
    router = Router(
        BASE, route_handlers=list(HANDLERS), guards=[guard], opt={"console": lambda: console},
        exception_handlers={SignInNeeded: needs_sign_in, Exception: troubled}, request_max_body_size=MAX_BODY_BYTES,
    )  # fmt: skip
    return [router, root]


def one_time_link(console: Console, origin: str, name: str = "the operator") -> str:
    """An address that signs its first visitor in as admin, within the hour. `origin` is as in http://127.0.0.1:8000."""
    return f"{origin}{BASE}/enter/{console.doors.invite(Visitor(name, 'admin'))}"
