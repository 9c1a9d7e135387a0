"""Users: whom to look at, and one user's page: is the owner in control?"""

from __future__ import annotations

from typing import Any

import msgspec
from litestar import Response, get, post

from watchword.errors import InvalidInput, NotFound
from watchword.web.console import words
from watchword.web.console.factors import MARKS
from watchword.web.console.records import Biography, Line
from watchword.web.console.shelf import Ask
from watchword.web.console.shell import HEADERS, here, link, need, page, see

VIEWS = (
    ("risk", "At risk", "flagged in the last 7 days, the strictest action first"),
    ("recent", "Seen last", "whoever was seen last"),
    ("learning", "Still learning", "profiles that do not know their owner well yet"),
    ("listed", "On a list", "allowed, blocked or overridden by hand"),
)
SHOWN = 100
SESSIONS = 6
TIMELINE_MS = 30 * 86_400_000
PHASES = {"bootstrap": (1, "learning its first log-ins"), "learning": (3, "learning"), "mature": (5, "mature")}


@get("/users", include_in_schema=False)
async def users(request: Ask) -> Any:
    """The list; viewers are told why they see none."""
    console, visitor = here(request)
    need(visitor, "persons")
    asked = str(request.query_params.get("view") or "risk")
    view = next((key for key, _, _ in VIEWS if key == asked), "risk")
    people = await console.desk.people.watched(view, SHOWN)
    await console.desk.ledger.note(visitor.actor, "users.read", "", {"view": view})
    note = next(note for key, _, note in VIEWS if key == view)
    return await page(request, "users.html", people=people, views=VIEWS, view=view, note=note, phases=PHASES)


@get("/users/{user:path}", include_in_schema=False)
async def user_page(request: Ask) -> Any:
    """One user. Opening the page is recorded."""
    console, visitor = here(request)
    need(visitor, "persons")
    user = _name(request)
    await console.desk.ledger.note(visitor.actor, "profile.read", f"user:{user}", {})
    about = await console.desk.people.one(user)
    sessions = await console.desk.sessions.of_user(user, SESSIONS)
    if about is None and sessions:
        about = Biography(user, "bootstrap", 0, 0, 0, sessions[0].spoke_ms)
    if about is None:
        raise NotFound(f"Nothing is known of a user {user}. Names are compared exactly, as events carry them.")
    now = console.desk.clock.now_ms()
    return await page(
        request, "users.one.html", about=about, said=sentence(about, now), phases=PHASES, stats=_stats(about, now),
        lines=about.timeline[:40], refused=_refused(about), sessions=sessions,
        known=await console.desk.sessions.known(user), data=_drawing(about, now),
        file=await console.desk.factors.of(user), marks=MARKS,
    )  # fmt: skip


@get("/export/users/{user:path}", include_in_schema=False)
async def user_export(request: Ask) -> Response[bytes]:
    """Everything kept of one person, as JSON, to hand to them."""
    console, visitor = here(request)
    need(visitor, "persons")
    user = _name(request)
    await console.desk.ledger.note(visitor.actor, "user.export", f"user:{user}", {})
    headers = {**HEADERS, "Content-Disposition": 'attachment; filename="person.json"'}
    return Response(await console.desk.people.export(user), media_type="application/json", headers=headers)


@post("/clear/users/{user:path}", include_in_schema=False)
async def user_clear(request: Ask) -> Response[str]:
    """Forgets what was learnt of a user, so that learning begins anew; decisions stay."""
    console, visitor = here(request)
    need(visitor, "persons")
    reason = str((await request.form()).get("reason", "")).strip()
    if not reason:
        raise InvalidInput("Clearing a profile needs a reason; it is kept in the audit log.", "reason")
    user = _name(request)
    await console.desk.people.clear(user, visitor, reason)
    return see(link(f"users/{user}"))


def _name(request: Ask) -> str:
    return str(request.path_params["user"]).removeprefix("/")


def sentence(about: Biography, now_ms: int) -> tuple[str, str, str, str | None]:
    """Mark, head, text and decision to open: what there is to say of this user first."""
    day = [line for line in about.timeline if line.at_ms > now_ms - 86_400_000]
    worst = next((line for line in day if line.action == "block"), None) or next(
        (x for x in day if x.action == "verify"), None
    )
    blocked = next((entry for entry in about.standing if entry.action == "block"), None)
    if blocked is not None:
        return "block", "Blocked by hand.", blocked.reason or "No reason was given.", None
    if worst is not None:
        head = f"{words.DONE[worst.action]} at {words.clock(worst.at_ms)}."
        spot = f" from {place}" if (place := words.place(worst.city, None) or worst.country) else ""
        same = sum(line.action == worst.action for line in day)
        text = f"{words.article(words.kind(worst.type)).capitalize()}{spot}: {words.in_prose(worst.code)}."
        more = f" {words.number(same)} of the kind in 24 hours." if same > 1 else ""
        return worst.action, head, text.replace("api call", "API call") + more, worst.id
    if about.phase == "bootstrap":
        learnt = words.count(about.logins, "log-in")
        left = f"{learnt} learnt so far; deviations weigh less until the profile knows its owner."
        return "monitor", "Still being learnt.", left, None
    return "allow", "As the owner usually is.", "Nothing was refused or stepped up in the last 24 hours.", None


def _stats(about: Biography, now_ms: int) -> list[tuple[str, str, str, str]]:
    recent = [line for line in about.timeline if line.at_ms > now_ms - TIMELINE_MS]
    flagged = [line for line in recent if line.flagged]
    by = [
        f"{sum(line.action == a for line in flagged)} {words.DONE[a].lower()}" for a in ("block", "verify", "monitor")
    ]
    told = ", ".join(part for part in by if not part.startswith("0 ")) or "nothing flagged"
    top = max((line.score for line in recent if line.at_ms > now_ms - 7 * 86_400_000), default=None)
    usual = sorted(line.score for line in recent)
    since = (
        f"{words.count(about.logins, 'log-in')} since {words.day(about.first_ms)}"
        if about.first_ms
        else "nothing learnt yet"
    )
    median = f"usual {usual[len(usual) // 2]:.1f}" if usual else "no events"
    countries = ", ".join(sorted({spot.country for spot in about.places})) or "none yet"
    return [
        ("Highest score, 7 days", f"{top:.1f}" if top is not None else "none", "", median),
        ("Profile", "New" if about.phase == "bootstrap" else about.phase.capitalize(), "", since),
        ("Flagged, 30 days", str(len(flagged)), f"of {len(recent)}", told),
        ("Places", str(len(about.places)), "usual", countries),
        ("Devices", str(len(about.devices)), "known", f"{about.pending or 'none'} on probation"),
    ]


def _refused(about: Biography) -> list[Line]:
    """Flagged events from places that are none of the usual ones, one a place, the newest first."""
    known = {(spot.name, spot.country) for spot in about.places}
    found: dict[tuple[str | None, str | None], Line] = {}
    for line in about.timeline:
        if line.flagged and (line.city or line.country) and (line.city, line.country) not in known:
            found.setdefault((line.city, line.country), line)
    return list(found.values())[:3]


def _drawing(about: Biography, now_ms: int) -> dict[str, Any]:
    begin = now_ms - TIMELINE_MS
    points = [[line.at_ms, round(line.score, 1), line.action] for line in about.timeline if line.at_ms > begin]
    odd = [
        [line.at_ms, line.action]
        for line in about.timeline
        if line.action in ("verify", "block") and line.at_ms > now_ms - 86_400_000
    ]
    return {
        "from": begin,
        "to": now_ms,
        "points": points,
        "hours": list(about.hours),
        "odd": odd,
        "zone": about.zone,
        "places": [msgspec.to_builtins(spot) for spot in about.places],
        "refused": [
            {"name": line.city or line.country, "lng": line.lng, "lat": line.lat}
            for line in _refused(about)
            if line.lng is not None
        ],
    }
