"""The list of decisions: filters in the address, saved views, cursor pages, and judgements of many at once."""

from __future__ import annotations

import csv
import io
from collections.abc import AsyncIterator
from typing import Any, cast

from litestar import Response, get, post
from litestar.response import Stream
from msgspec import Struct

from watchword.errors import InvalidInput
from watchword.web.console import filtering, words
from watchword.web.console.records import Filters, Line, Tallied, Verdict, Visitor
from watchword.web.console.shelf import Ask
from watchword.web.console.shell import HEADERS, Console, here, link, need, page, see

BARS = 48
ROWS = (20, 50, 200)
MAX_EXPORT = 10_000
MAX_BULK = 200
HEADS = ("time", "id", "type", "action", "level", "score", "user", "evidence", "country", "asn", "address", "label")


class View(Struct, frozen=True):
    """A saved filter, as a tab."""

    key: str
    name: str
    query: dict[str, Any]


FLAGGED = ["monitor", "verify", "block"]
VIEWS = (
    View("all", "All", {"time": "7d"}),
    View("flagged", "Flagged, 24 h", {"action": FLAGGED}),
    View("blocked", "Blocked", {"action": ["block"], "time": "7d"}),
    View("verify", "Asked to verify", {"action": ["verify"], "time": "7d"}),
    View("judge", "To judge", {"action": ["verify", "block"], "time": "7d", "unjudged": "1"}),
    View("degraded", "Degraded", {"degraded": "1", "time": "7d"}),
)


@get("/decisions", include_in_schema=False)
async def decisions(request: Ask) -> Any:
    """One page of decisions, newest first. Without a filter: what was flagged in the last 24 hours."""
    console, visitor = here(request)
    query = filtering.as_query(request.query_params)
    if not query:
        query = {**VIEWS[1].query, "view": "flagged"}
    filters = _allowed(filtering.read(_flat(query), console.desk.clock.now_ms()), visitor)
    rows = _rows(query)
    cursors = [cursor for cursor in filtering.one(request.query_params, "trail").split("~") if cursor]
    found = await console.desk.decisions.search(filters, cursors[-1] if cursors else None, rows)
    tallied = await console.desk.decisions.tally(filters, BARS)
    if visitor.sees_persons and found.lines:
        asked = {chip.name: chip.value for chip in filtering.chips(filters, "decisions", query)}
        subject = f"user:{filters.user}" if filters.user else ""
        await console.desk.ledger.note(visitor.actor, "decisions.read", subject, asked)
    return await page(
        request,
        "decisions.html",
        lines=found.lines,
        filters=filters,
        chips=filtering.chips(filters, "decisions", query),
        views=VIEWS,
        view=_view_of(query),
        query=query,
        rows=rows,
        all_rows=ROWS,
        first=len(cursors) * rows + 1,
        tallied=tallied,
        said=_said(tallied),
        spans=filtering.SPANS,
        types=filtering.TYPES,
        levels_known=filtering.LEVELS,
        older=link("decisions", **query, trail="~".join([*cursors, found.older])) if found.older else None,
        newer=link("decisions", **query, trail="~".join(cursors[:-1])) if cursors else None,
        export=link("decisions/export.csv", **query),
        most_exported=MAX_EXPORT,
        data={"bars": [[bar.from_ms, bar.monitor, bar.verify, bar.block, bar.allow] for bar in tallied.bars]},
    )


@get("/decisions/export.csv", include_in_schema=False)
async def export(request: Ask) -> Stream:
    """What the filter holds, as a table for spreadsheets: at most ten thousand rows. Recorded in the audit log."""
    console, visitor = here(request)
    query = filtering.as_query(request.query_params)
    filters = _allowed(filtering.read(_flat(query), console.desk.clock.now_ms()), visitor)
    subject = f"user:{filters.user}" if filters.user else ""
    await console.desk.ledger.note(visitor.actor, "decisions.export", subject, {"filter": query})
    headers = {**HEADERS, "Content-Disposition": 'attachment; filename="decisions.csv"'}
    return Stream(_table(console, visitor, filters), media_type="text/csv; charset=utf-8", headers=headers)


@post("/decisions/labels", include_in_schema=False)
async def labels(request: Ask) -> Response[str]:
    """Judges many decisions at once."""
    console, visitor = here(request)
    need(visitor, "persons")
    form = await request.form()
    verdict, ids = str(form.get("verdict", "")), str(form.get("ids", "")).split()
    if verdict not in ("fraud", "legitimate", "unsure") or not 1 <= len(ids) <= MAX_BULK:
        raise InvalidInput(f"Say fraud, legitimate or unsure of 1 to {MAX_BULK} decisions.", "verdict")
    for decision_id in ids:
        await console.desk.decisions.judge(decision_id, cast("Verdict", verdict), visitor)
    back = str(form.get("back") or "")
    return see(back if back.startswith(link("decisions")) and "//" not in back else link("decisions"))


def _allowed(filters: Filters, visitor: Visitor) -> Filters:
    if filters.user or filters.ip or filters.device:
        need(visitor, "persons")
    return filters


def _flat(query: dict[str, Any]) -> dict[str, Any]:
    return {name: ",".join(value) if isinstance(value, list) else value for name, value in query.items()}


def _rows(query: dict[str, Any]) -> int:
    asked = str(query.get("rows", ""))
    return next((rows for rows in ROWS if asked == str(rows)), ROWS[0])


def _view_of(query: dict[str, Any]) -> str:
    bare = {name: value for name, value in query.items() if name not in ("view", "rows")}
    return next((view.key for view in VIEWS if view.query == bare), "")


def _said(tallied: Tallied) -> str:
    total = words.count(tallied.total, "decision")
    return f"at least {total}" if tallied.at_least else total


async def _table(console: Console, visitor: Visitor, filters: Filters) -> AsyncIterator[bytes]:
    yield _written([HEADS])
    cursor, left = None, MAX_EXPORT
    while left > 0:
        found = await console.desk.decisions.search(filters, cursor, min(500, left))
        yield _written([_cells(line, visitor) for line in found.lines])
        cursor, left = found.older, left - len(found.lines)
        if cursor is None or not found.lines:
            return


def _cells(line: Line, visitor: Visitor) -> tuple[Any, ...]:
    seen = visitor.sees_persons
    who = line.user if seen else line.alias
    return (
        words.iso(line.at_ms),
        line.id,
        line.type,
        line.action,
        line.level,
        f"{line.score:.4f}",
        _safe(who),
        " ".join(line.codes),
        line.country,
        line.asn,
        line.ip if seen else "",
        line.label or "",
    )


def _safe(text: str | None) -> str:
    """A cell that no spreadsheet takes for a formula."""
    return f"'{text}" if text and text[0] in "=+-@\t\r" else text or ""


def _written(rows: list[Any]) -> bytes:
    held = io.StringIO()
    csv.writer(held).writerows(rows)
    return held.getvalue().encode()
