"""The audit log: who did what, chained so that nothing can be taken out unnoticed."""

from __future__ import annotations

from typing import Any

from litestar import get

from watchword.web.console.filtering import one, whole
from watchword.web.console.shelf import Ask
from watchword.web.console.shell import here, need, page

ROWS = 50
ACTS = {
    "address.read": "looked up an address",
    "console.refuse": "refused a wrong key or link",
    "console.sign_in": "signed in",
    "console.sign_out": "signed out",
    "consent.set": "set a consent",
    "decision.read": "opened a decision",
    "decisions.export": "exported decisions",
    "decisions.read": "read a list of decisions",
    "decisions.stream": "followed decisions live",
    "factor.add": "added a second factor",
    "factor.clear": "removed all second factors",
    "factor.list": "looked at second factors",
    "factor.prove": "had a second factor proven",
    "factor.remove": "removed a second factor",
    "factor.unlock": "lifted a lock-out",
    "feeds.refresh": "fetched a feed",
    "key.create": "made a key",
    "key.revoke": "revoked a key",
    "label.add": "judged a decision",
    "list.put": "added to a list",
    "list.remove": "ended a list entry",
    "mpin.set": "set an MPIN",
    "profile.clear": "cleared a profile",
    "profile.override": "set a profile's phase",
    "profile.read": "opened the page of a user",
    "rule.test": "tested a rule",
    "session.ask": "had a person asked for another factor",
    "session.end": "ended a session",
    "session.read": "opened a session",
    "session.stream": "followed a session live",
    "sessions.read": "read the list of sessions",
    "sessions.stream": "followed the list of sessions live",
    "settings.change": "changed settings",
    "user.erase": "erased a person",
    "user.export": "exported a person",
    "users.read": "read the list of users",
    "users.search": "searched for users",
}
"""What was done, in words, by the names under which it is noted."""


@get("/audit", include_in_schema=False)
async def audit(request: Ask) -> Any:
    """Entries, newest first, under the seal of a chain that was just walked."""
    console, visitor = here(request)
    need(visitor, "persons")
    before = one(request.query_params, "before")
    entries = await console.desk.ledger.entries(whole(before), ROWS)
    seal = await console.desk.ledger.verify()
    older = entries[-1].sequence if len(entries) == ROWS and entries[-1].sequence > 1 else None
    return await page(request, "audit.html", entries=entries, seal=seal, older=older, newest=not before, acts=ACTS)
