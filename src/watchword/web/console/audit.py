"""The audit log: who did what, chained so that nothing can be taken out unnoticed."""

from __future__ import annotations

from typing import Any

from litestar import get

from watchword.web.console.filtering import one
from watchword.web.console.shelf import Ask
from watchword.web.console.shell import here, need, page

ROWS = 50


@get("/audit", include_in_schema=False)
async def audit(request: Ask) -> Any:
    """Entries, newest first, under the seal of a chain that was just walked."""
    console, visitor = here(request)
    need(visitor, "persons")
    before = one(request.query_params, "before")
    entries = await console.desk.ledger.entries(int(before) if before.isdigit() else None, ROWS)
    seal = await console.desk.ledger.verify()
    older = entries[-1].sequence if len(entries) == ROWS and entries[-1].sequence > 1 else None
    return await page(request, "audit.html", entries=entries, seal=seal, older=older, newest=not before)
