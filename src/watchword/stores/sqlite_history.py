"""Searches over recorded decisions: equality on plain columns, ranges on time and score, newest first."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import apsw

from watchword.errors import InvalidInput
from watchword.policy.decision import ACTIONS, Decision
from watchword.ports import Page, Query, Spread
from watchword.stores import sqlite_rows as rows
from watchword.stores.sqlite_rows import LEVEL_NAMES, MODES, Versions
from watchword.stores.sqlite_seals import Seals

MAX_LIMIT = 500
_SELECT = "select event, key, versions, body, occurred_ms, seq from decision"
_NEWEST = "order by occurred_ms desc, seq desc limit ?"


def page(connection: apsw.Connection, seals: Seals, versions: Versions, query: Query) -> Page:
    """One page. Raises InvalidInput for a limit or cursor that is none."""
    if not 1 <= query.limit <= MAX_LIMIT:
        raise InvalidInput(f"limit is 1 to {MAX_LIMIT}.", "limit")
    conditions = list(_conditions(query))
    where = f"where {' and '.join(condition for condition, _ in conditions)}" if conditions else ""
    values = (value for _, group in conditions for value in group)
    found: list[Any] = connection.execute(f"{_SELECT} {where} {_NEWEST}", (*values, query.limit + 1)).fetchall()
    shown = found[: query.limit]
    decisions = (rows.read(seals, versions, row[:4]) for row in shown)
    cursor = f"{shown[-1][4]}-{shown[-1][5]}" if len(found) > len(shown) else None
    return Page(tuple(decision for decision in decisions if decision is not None), cursor)


def one(connection: apsw.Connection, seals: Seals, versions: Versions, event_key: bytes) -> Decision | None:
    """The decision on the event with that keyed hash."""
    row = connection.execute("select event, key, versions, body from decision where event=?", (event_key,)).fetchone()
    return rows.read(seals, versions, row) if row else None


def spread(connection: apsw.Connection, query: Query, step_ms: int) -> tuple[Spread, ...]:
    """See `ports.Statistics.spread`: from the plain columns alone."""
    conditions = list(_conditions(query))
    where = f"where {' and '.join(condition for condition, _ in conditions)}" if conditions else ""
    values = (value for _, group in conditions for value in group)
    select = f"select (occurred_ms-?)/?, action, count(*) from decision {where} group by 1, 2 order by 1, 2"
    found: list[Any] = connection.execute(select, (query.since_ms or 0, step_ms, *values)).fetchall()
    return tuple(Spread(step, ACTIONS[action], count) for step, action, count in found)


def _conditions(query: Query) -> Iterator[tuple[str, tuple[Any, ...]]]:
    equal = {
        "user": query.user,
        "ip": query.ip,
        "device": query.device,
        "session": query.session,
        "type": query.type,
        "level": _number(LEVEL_NAMES, query.level, "level"),
        "action": _number(ACTIONS, query.action, "action"),
        "mode": _number(MODES, query.mode, "mode"),
        "country": query.country,
        "asn": query.asn,
    }
    yield from ((f"{column}=?", (value,)) for column, value in equal.items() if value is not None)
    if query.least is not None:
        yield "action>=?", (_number(ACTIONS, query.least, "least"),)
    if query.code is not None:
        yield "instr(codes, ?)", (f",{query.code},",)
    bounds = {
        "occurred_ms>=?": query.since_ms,
        "occurred_ms<?": query.until_ms,
        "score>=?": query.score_from,
        "score<=?": query.score_to,
    }
    yield from ((condition, (value,)) for condition, value in bounds.items() if value is not None)
    if query.cursor is not None:
        yield "(occurred_ms, seq)<(?, ?)", _position(query.cursor)


def _number(names: tuple[str, ...], name: str | None, field: str) -> int | None:
    if name is None:
        return None
    if name not in names:
        raise InvalidInput(f"{field} is one of {', '.join(names)}.", field)
    return names.index(name)


def _position(cursor: str) -> tuple[int, int]:
    occurred, _, seq = cursor.partition("-")
    if not (occurred.isdecimal() and seq.isdecimal()) or max(len(occurred), len(seq)) > 18:
        raise InvalidInput("cursor is not one that a page gave.", "cursor")
    return int(occurred), int(seq)
