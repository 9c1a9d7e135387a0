"""Settings: the live configuration with its history, lists and overrides, and keys. Every change has a reason."""

from __future__ import annotations

import secrets
from typing import Any, cast

from litestar import Response, get, post

from watchword.errors import ConfigurationError, InvalidInput
from watchword.policy.decision import ACTIONS
from watchword.policy.lists import KINDS, Entry, Kind, checked
from watchword.ports import Role
from watchword.web.console import fields
from watchword.web.console.filtering import whole
from watchword.web.console.records import Filters, Wire
from watchword.web.console.shelf import Ask
from watchword.web.console.shell import Console, answer, fragment, here, link, need, page, see

HISTORY = 50
BINS = 50
ENDS = {"1h": 3_600, "24h": 86_400, "7d": 604_800, "30d": 2_592_000, "never": None}


@get("/settings", include_in_schema=False)
async def settings(request: Ask) -> Any:
    """All sections on one page."""
    console, visitor = here(request)
    current = await console.desk.settings.current()
    history = await console.desk.settings.history(HISTORY)
    entries = await console.desk.lists.all()
    keys = await console.desk.keys.all() if visitor.is_admin else []
    shown = [entry for entry in entries if visitor.sees_persons or entry.kind in ("asn", "country")]
    now = console.desk.clock.now_ms()
    return await page(
        request,
        "settings.html",
        current=current,
        history=history,
        groups=fields.GROUPS,
        step_up=fields.STEP_UP,
        of_sessions=fields.SESSIONS,
        kinds=fields.KINDS,
        value=fields.value_of,
        values=current.values,
        entries=shown,
        hidden=len(entries) - len(shown),
        keys=keys,
        ends=ENDS,
        list_kinds=KINDS,
        actions=ACTIONS,
        data={
            "now": _thresholds(current.values),
            "scores": await _scores(console, now, current.values.get("floor") == "strongest"),
            "admin": visitor.is_admin,
            "floor": current.values.get("floor"),
        },
    )


@post("/settings", include_in_schema=False)
async def change(request: Ask) -> Response[str]:
    """Saves what differs; on every node within a second."""
    console, visitor = here(request)
    need(visitor, "admin")
    form = await request.form()
    reason = str(form.get("reason", "")).strip()
    if not reason:
        raise InvalidInput("A change needs a reason; it is kept in the audit log and the history.", "reason")
    current = (await console.desk.settings.current()).values
    asked = fields.changes_in(form, current)
    if not asked:
        return see(link("settings"))
    try:
        await console.desk.settings.change(asked, visitor, reason)
    except ConfigurationError as error:
        raise InvalidInput(str(error)) from None
    return see(link("settings") + "#history")


@post("/settings/roll-back", include_in_schema=False)
async def roll_back(request: Ask) -> Response[str]:
    """Makes an earlier version the newest."""
    console, visitor = here(request)
    need(visitor, "admin")
    form = await request.form()
    version = whole(str(form.get("version", "")))
    if version is None:
        raise InvalidInput("Say which version.", "version")
    reason = str(form.get("reason", "")).strip() or f"back to version {version}"
    await console.desk.settings.roll_back(version, visitor, reason)
    return see(link("settings") + "#history")


@post("/settings/lists", include_in_schema=False)
async def add_entry(request: Ask) -> Response[str]:
    """Adds an entry to a list, or an override."""
    console, visitor = here(request)
    need(visitor, "persons")
    form = await request.form()
    now = console.desk.clock.now_ms()
    seconds = ENDS.get(str(form.get("ends", "30d")), ENDS["30d"])
    action, override = str(form.get("action", "")), form.get("override") == "1"
    if action not in ACTIONS or str(form.get("kind", "")) not in KINDS:
        raise InvalidInput("Say what is listed, and whether it is allowed or blocked.", "action")
    entry = Entry(
        id=f"ent_{secrets.token_hex(8)}",
        kind=cast("Kind", form["kind"]),
        value=str(form.get("value", "")),
        action=action,
        override=override,
        reason=str(form.get("reason", "")).strip(),
        by=visitor.actor,
        since_ms=now,
        until_ms=now + seconds * 1000 if seconds else None,
    )
    await console.desk.lists.add(checked(entry), visitor)
    back = str(form.get("back") or "")
    return see(back if back.startswith(link("users/")) and "//" not in back else link("settings") + "#lists")


@post("/settings/lists/{entry_id:str}/remove", include_in_schema=False)
async def remove_entry(request: Ask) -> Response[str]:
    """Ends an entry now."""
    console, visitor = here(request)
    need(visitor, "persons")
    await console.desk.lists.remove(str(request.path_params["entry_id"]), visitor)
    return see(link("settings") + "#lists")


@post("/settings/keys", include_in_schema=False)
async def add_key(request: Ask) -> Response[str]:
    """Makes a key; its secret is shown once, here."""
    console, visitor = here(request)
    need(visitor, "admin")
    form = await request.form()
    name, role = str(form.get("name", "")).strip(), str(form.get("role", ""))
    if role not in ("service", "viewer", "analyst", "admin") or not name:
        raise InvalidInput("A key has a name and a role.", "name")
    secret = await console.desk.keys.create(name, cast("Role", role), form.get("machine") == "1", visitor)
    return answer(fragment("new_key.html", holder=name, role=role, secret=secret))


@post("/settings/keys/{name:str}/revoke", include_in_schema=False)
async def revoke_key(request: Ask) -> Response[str]:
    """Ends a key and the sessions behind it, at once."""
    console, visitor = here(request)
    need(visitor, "admin")
    await console.desk.keys.revoke(str(request.path_params["name"]), visitor)
    return see(link("settings") + "#keys")


def _thresholds(values: Wire) -> dict[str, Any]:
    names = {"monitor": "monitorThreshold", "verify": "verificationThreshold", "block": "autoBlockThreshold"}
    return {name: values.get(setting) for name, setting in names.items()}


async def _scores(console: Console, now_ms: int, by_strongest: bool) -> dict[str, list[int]]:
    """What thresholds are compared with, of the last decisions, in bins of two; what is labelled fraud apart.

    Under the floor `strongest` that is the highest single score, where it is above the combined one.
    """
    filters = Filters(from_ms=now_ms - 30 * 86_400_000)
    bins: dict[str, list[int]] = {"all": [0] * BINS, "fraud": [0] * BINS}
    cursor = None
    for _ in range(8):
        found = await console.desk.decisions.search(filters, cursor, 500)
        for line in found.lines:
            compared = max(line.score, line.strongest) if by_strongest else line.score
            at = min(BINS - 1, int(compared // 2))
            bins["fraud" if line.label == "fraud" else "all"][at] += 1
        cursor = found.older
        if cursor is None:
            break
    return bins
