"""Search from anywhere: users, a decision by its id, and pages to go to."""

from __future__ import annotations

from litestar import Response, get

from watchword.web.console.shelf import Ask
from watchword.web.console.shell import NAVIGATION, answer, fragment, here, link

SHOWN = 6
PERSONAL = ("users", "sessions", "audit")


@get("/palette", include_in_schema=False)
async def palette(request: Ask) -> Response[str]:
    """What fits what was typed, as options of a list."""
    console, visitor = here(request)
    asked = str(request.query_params.get("q") or "").strip()[:256]
    found: list[tuple[str, str, str, str]] = []
    if asked.startswith("dec_"):
        found.append(("Decisions", "decisions", asked, link(f"decisions/{asked}")))
    if asked and visitor.sees_persons:
        names = await console.desk.people.named(asked, SHOWN)
        found += [("Users", "users", name, link(f"users/{name}")) for name in names]
        if asked not in names and not asked.startswith("dec_"):
            found.append(("Users", "users", f"{asked}, exactly", link(f"users/{asked}")))
            found.append(("Decisions", "decisions", f"Decisions of {asked}", link("decisions", user=asked, time="30d")))
        if names:
            await console.desk.ledger.note(visitor.actor, "users.search", "", {"found": len(names)})
    pages = [
        ("Pages", mark, label, link(name))
        for name, label, mark, _, _ in NAVIGATION
        if visitor.sees_persons or name not in PERSONAL
    ]
    found += [item for item in pages if asked.lower() in item[2].lower()]
    return answer(fragment("palette.html", found=found))
