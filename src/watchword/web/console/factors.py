"""A user's second factors: what could be asked, what is locked, and what an admin takes away. No secret is shown."""

from __future__ import annotations

from typing import Any

from litestar import Response, get, post

from watchword.errors import InvalidInput, NotFound
from watchword.web.console import words
from watchword.web.console.factor_file import FactorFile
from watchword.web.console.shelf import Ask
from watchword.web.console.shell import here, link, need, page, see

ALL = "all"
MARKS = {
    "biometric": "key", "totp": "phone", "pin": "lock", "mpin": "lock", "email_otp": "mail", "sms_otp": "chat",
    "security_questions": "note",
}  # fmt: skip


@get("/factors/{user:path}", include_in_schema=False)
async def factors_page(request: Ask) -> Any:
    """One user's factors. Opening the page is recorded."""
    console, visitor = here(request)
    need(visitor, "persons")
    user = _name(request)
    await console.desk.ledger.note(visitor.actor, "factor.list", f"user:{user}", {})
    file = await console.desk.factors.of(user)
    if not file.enrolled and not file.doubted and await console.desk.people.one(user) is None:
        raise NotFound(f"Nothing is known of a user {user}. Names are compared exactly, as events carry them.")
    said = sentence(file, console.desk.clock.now_ms())
    return await page(request, "users.factors.html", file=file, said=said, marks=MARKS)


@post("/remove/factors/{user:path}", include_in_schema=False)
async def factor_remove(request: Ask) -> Response[str]:
    """Removes one factor, or all of them."""
    console, visitor = here(request)
    need(visitor, "admin")
    chosen, reason = await _asked(request, "factor", "Removing a factor")
    user = _name(request)
    if chosen == ALL:
        await console.desk.factors.clear(user, visitor, reason)
    else:
        await console.desk.factors.remove(user, chosen, visitor, reason)
    return see(link(f"factors/{user}"))


@post("/unlock/factors/{user:path}", include_in_schema=False)
async def factor_unlock(request: Ask) -> Response[str]:
    """Ends a lock-out."""
    console, visitor = here(request)
    need(visitor, "admin")
    chosen, reason = await _asked(request, "type", "Lifting a lock-out")
    user = _name(request)
    await console.desk.factors.unlock(user, chosen, visitor, reason)
    return see(link(f"factors/{user}"))


async def _asked(request: Ask, field: str, what: str) -> tuple[str, str]:
    form = await request.form()
    reason = str(form.get("reason", "")).strip()
    if not reason:
        raise InvalidInput(f"{what} needs a reason; it is kept in the audit log.", "reason")
    return str(form.get(field, "")), reason


def _name(request: Ask) -> str:
    return str(request.path_params["user"]).removeprefix("/")


def sentence(file: FactorFile, now_ms: int) -> tuple[str, str, str]:
    """Mark, head and text: could this person be asked just now, and how?"""
    enrolled = [one for one in file.asked if one.many]
    free = [one.name for one in enrolled if not one.locked_ms]
    locked = [one for one in file.ways if one.locked_ms]
    if not enrolled:
        named = " A code can still go to an address that your application names." if _named(file) else ""
        return "verify", "Nothing to ask for.", f"No factor that may be asked for is enrolled.{named}"
    if not free:
        until_ms = min(one.locked_ms for one in enrolled)
        left = words.span((until_ms - now_ms) / 1000)
        return "block", f"Locked out for {left}.", "Everything that could be asked for was answered wrongly too often."
    if locked:
        left = words.span((locked[0].locked_ms - now_ms) / 1000)
        rest = f"{words.listed([_lower(one) for one in free])} can still be asked for."
        return "verify", f"{locked[0].name} locked for {left}.", rest[:1].upper() + rest[1:]
    ways = words.count(len(free), "way")
    used_ms = max((one.used_ms for one in file.enrolled), default=0)
    last = f"the last right answer was given {_at(used_ms, now_ms)}" if used_ms else "no answer was given yet"
    first = f"First by {_lower(free[0])}" if len(free) > 1 else f"By {_lower(free[0])} only"
    return "allow", f"Can be asked in {ways}.", f"{first}; {last}."


def _named(file: FactorFile) -> bool:
    return any(one.delivered and not one.locked_ms for one in file.asked)


def _lower(name: str) -> str:
    """A kind's name within a sentence; PIN stays as it is."""
    return name if name[:2].isupper() else name[:1].lower() + name[1:]


def _at(at_ms: int, now_ms: int) -> str:
    said = words.near(at_ms, now_ms)
    if said.startswith("yesterday"):
        return said
    return f"on {said}" if " " in said else f"at {said}"
