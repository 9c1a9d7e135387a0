"""Every page opens, keeps itself to itself, and shows persons only to those who may see them; each look is recorded."""

from __future__ import annotations

import re
from typing import Any

import pytest
from tests.web.console.room import ABROAD, HOME, HOSTED, Room

from watchword.errors import StoreError
from watchword.policy.decision import Decision
from watchword.ports import Role

Day = tuple[Room, list[Decision]]

OPEN: dict[str, tuple[Role, ...]] = {
    "live": ("viewer", "analyst", "admin"),
    "decisions": ("viewer", "analyst", "admin"),
    "decisions?time=all&country=PT": ("viewer", "analyst", "admin"),
    "decisions?user=ada": ("analyst", "admin"),
    f"decisions?ip={HOME}": ("analyst", "admin"),
    "decisions/export.csv": ("viewer", "analyst", "admin"),
    "users": ("analyst", "admin"),
    "users?view=recent": ("analyst", "admin"),
    "users?view=learning": ("analyst", "admin"),
    "users?view=listed": ("analyst", "admin"),
    "users/ada": ("analyst", "admin"),
    "sessions": ("analyst", "admin"),
    "sessions?view=all&user=ada": ("analyst", "admin"),
    "sessions/s-ada": ("analyst", "admin"),
    "export/users/ada": ("analyst", "admin"),
    "factors/ada": ("analyst", "admin"),
    "policies": ("viewer", "analyst", "admin"),
    "policies?rule=new": ("viewer", "analyst", "admin"),
    "feeds": ("viewer", "analyst", "admin"),
    f"feeds/look-up?ip={HOME}": ("analyst", "admin"),
    "settings": ("viewer", "analyst", "admin"),
    "audit": ("analyst", "admin"),
    "palette": ("viewer", "analyst", "admin"),
    "sign-out": ("viewer", "analyst", "admin"),
}
CHANGES: dict[str, tuple[Role, ...]] = {
    "decisions/labels": ("analyst", "admin"),
    "clear/users/ada": ("analyst", "admin"),
    "end/sessions/s-ada": ("analyst", "admin"),
    "ask/sessions/s-ada": ("analyst", "admin"),
    "remove/factors/ada": ("admin",),
    "unlock/factors/ada": ("admin",),
    "policies/test": ("analyst", "admin"),
    "policies/save": ("admin",),
    "policies/x/remove": ("admin",),
    "feeds/x/refresh": ("admin",),
    "settings": ("admin",),
    "settings/roll-back": ("admin",),
    "settings/lists": ("analyst", "admin"),
    "settings/lists/x/remove": ("analyst", "admin"),
    "settings/keys": ("admin",),
    "settings/keys/x/revoke": ("admin",),
}
SECRETS = ("ada", "eve@example.com", HOME, ABROAD, HOSTED, "Porto", "Toronto", "Ashburn")


@pytest.mark.parametrize("path", OPEN)
@pytest.mark.parametrize("role", ["viewer", "analyst", "admin"])
async def test_pages_open_to_the_roles_that_may_see_them(day: Day, path: str, role: Role):
    room, _ = day
    answer = await (await room.signed_in(role)).open(path)
    assert answer.status_code == (200 if role in OPEN[path] else 403), answer.text[:300]


@pytest.mark.parametrize("path", CHANGES)
@pytest.mark.parametrize("role", ["viewer", "analyst", "admin"])
async def test_changes_are_open_to_the_roles_that_may_make_them(room: Room, path: str, role: Role):
    answer = await (await room.signed_in(role)).post(path)
    assert (answer.status_code != 403) == (role in CHANGES[path])
    assert answer.status_code < 500


async def test_a_viewer_meets_no_person_anywhere(day: Day):
    room, decisions = day
    before = len(room.acts())
    guest = await room.signed_in("viewer")
    paths = [path for path, roles in OPEN.items() if "viewer" in roles] + [
        f"decisions/{one.id}" for one in decisions[-15:]
    ]
    for path in paths:
        page = (await guest.open(path)).text
        if (csrf := re.search(r'data-csrf="([^"]+)"', page)) is not None:
            page = page.replace(csrf[1], "")
        assert [secret for secret in SECRETS if re.search(rf"\b{re.escape(secret)}\b", page)] == [], path
    assert not any(act == "profile.read" for _, act, _ in room.acts()[before:])


async def test_an_analyst_meets_them_so_the_search_above_can_fail(day: Day):
    room, decisions = day
    guest = await room.signed_in("analyst")
    pages = [(await guest.open(path)).text for path in ("live", "users", "users/ada")]
    pages += [(await guest.open(f"decisions/{one.id}")).text for one in decisions[-15:]]
    assert [secret for secret in SECRETS if not any(secret in page for page in pages)] == []


@pytest.mark.parametrize(
    ("path", "act"),
    [
        ("live", "decisions.read"),
        ("decisions?user=ada", "decisions.read"),
        ("users", "users.read"),
        ("users/ada", "profile.read"),
        ("sessions", "sessions.read"),
        ("sessions?view=all&user=ada", "sessions.read"),
        ("sessions/s-ada", "session.read"),
        ("export/users/ada", "user.export"),
        ("decisions/export.csv", "decisions.export"),
        ("palette?q=ad", "users.search"),
        (f"feeds/look-up?ip={HOME}", "address.read"),
    ],
)
async def test_every_look_at_persons_is_recorded(day: Day, path: str, act: str):
    room, _ = day
    guest = await room.signed_in("analyst")
    before = len(room.acts())
    await guest.open(path)
    noted = room.acts()[before:]
    assert [(actor, done) for actor, done, _ in noted] == [("analyst:the analyst", act)]
    if "users/ada" in path or "user=ada" in path or "s-ada" in path:
        assert noted[0][2] == "user:ada"


async def test_opening_a_decision_is_recorded(day: Day):
    room, (*_, decision) = day
    await (await room.signed_in("analyst")).open(f"decisions/{decision.id}")
    assert room.acts()[-1] == ("analyst:the analyst", "decision.read", decision.id)


@pytest.mark.parametrize(
    "path", [*(path for path in OPEN if "csv" not in path and "export" not in path), "sign-in", "nowhere"]
)
async def test_pages_run_no_script_but_their_own_and_ask_nobody_else(day: Day, path: str):
    room, _ = day
    answer = await (await room.signed_in("admin")).open(path)
    policy = answer.headers["content-security-policy"]
    scripts = dict(part.strip().split(" ", 1) for part in policy.split(";"))
    assert scripts["default-src"] == "'none'"
    assert scripts["script-src"] == "'self'"
    assert scripts["connect-src"] == "'self'"
    assert scripts["frame-ancestors"] == "'none'"
    assert scripts["form-action"] == "'self'"
    assert answer.headers["cache-control"] == "no-store"
    assert re.findall(r"<script(?![^>]*(?:src=\"/console/static/|type=\"application/json\"))", answer.text) == []
    assert re.findall(r"\son[a-z]+=\"|javascript:", answer.text) == []
    assert re.findall(r"(?:src|action|hx-[a-z]+)=\"(?!/console|#|this|\")https?:", answer.text) == []


async def test_content_is_escaped(room: Room):
    name = "<script>alert(1)</script>"
    await room.log_in(name, user_agent="<img src=x onerror=alert(1)>")
    await room.sit(name, "<img src=x>")
    guest = await room.signed_in("admin")
    for path in (
        "live",
        "users?view=recent",
        f"users/{name}",
        "decisions?time=all",
        f"decisions?user={name}",
        "sessions",
        "sessions/<img src=x>",
        "palette?q=<script",
    ):
        page = (await guest.open(path)).text
        assert "<script>alert" not in page, path
        assert "<img src=x" not in page, path


async def test_what_is_not_there_is_said_so(room: Room):
    guest = await room.signed_in("admin")
    for path in ("decisions/dec_none", "users/nobody", "sessions/nothing", "nowhere"):
        answer = await guest.open(path)
        assert answer.status_code == 404
        assert "Nothing is here" in answer.text
    assert (await guest.open("decisions?score=high")).status_code == 422
    assert (await guest.open("decisions?trail=zzz:0")).status_code == 422


async def test_files_are_kept_for_as_long_as_they_are_the_same(room: Room):
    client = room.browser()
    form = (await client.get("/console/sign-in")).text
    for address in re.findall(r'(?:href|src)="(/console/static/[^"]+)"', form):
        answer = await client.get(address)
        assert answer.status_code == 200
        assert "immutable" in answer.headers["cache-control"]
    assert (await client.get("/console/static/old/tokens.css")).headers["cache-control"] == "no-cache"
    assert (await client.get("/console/static/old/%2e%2e/routes.py")).status_code == 404


async def test_what_breaks_is_said_without_saying_whom(room: Room, caplog: pytest.LogCaptureFixture):
    guest = await room.signed_in("admin")

    async def fail(*_: Any) -> Any:
        raise RuntimeError("the row of ada")

    room.engine.store.history = fail  # type: ignore[method-assign]
    answer = await guest.open("decisions")
    assert answer.status_code == 500
    assert "Decisions are still being made" in answer.text
    assert "the row of ada" not in answer.text + caplog.text
    assert answer.headers["x-request-id"] in answer.text
    assert answer.headers["x-request-id"] in caplog.text


async def test_a_store_that_can_not_answer_is_named(room: Room):
    guest = await room.signed_in("admin")

    async def fail(*_: Any) -> Any:
        raise StoreError("The store did not answer within 2 s.")

    room.engine.store.history = fail  # type: ignore[method-assign]
    room.engine.store.decision = fail  # type: ignore[method-assign]
    answer = await guest.open("decisions")
    assert answer.status_code == 503
    assert "The store did not answer within 2 s." in answer.text
    assert "Degraded: store." in (await guest.open("feeds")).text
