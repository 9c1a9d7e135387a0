"""Filters as they stand in the address of a page, and as chips above a list."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, cast

from litestar.datastructures import MultiDict
from msgspec import Struct
from msgspec.structs import replace

from watchword.errors import InvalidInput
from watchword.policy.decision import ACTIONS, Action
from watchword.web.console import words
from watchword.web.console.records import Filters
from watchword.web.console.shell import link

SPANS = {
    "15m": (900, "last 15 min"),
    "1h": (3_600, "last hour"),
    "24h": (86_400, "last 24 h"),
    "7d": (604_800, "last 7 days"),
    "30d": (2_592_000, "last 30 days"),
    "all": (None, "everything kept"),
}
LEVELS = ("LOW", "MEDIUM", "HIGH", "CRITICAL")
TYPES = ("login", "logout", "api_call", "account_activity", "transaction", "verification", "purchase", "label")
TEXTS = ("user", "ip", "device", "country", "code")


class Chip(Struct, frozen=True):
    """A filter in words, and the address without it."""

    name: str
    value: str
    without: str | None = None


def read(query: Mapping[str, Any] | MultiDict[Any], now_ms: int, span: str = "24h") -> Filters:
    """The filters in a query string. Raises InvalidInput naming the field."""
    low, high = _scores(one(query, "score") or _joined(query))
    from_ms, to_ms = _times(query, now_ms, span)
    texts = {name: one(query, name) or None for name in TEXTS}
    asn = one(query, "asn").upper().removeprefix("AS")
    number = whole(asn)
    if asn and (number is None or number >= 2**32):
        raise InvalidInput("A network is a number, as in AS64511.", "asn")
    return Filters(
        actions=cast("tuple[Action, ...]", _some(query, "action", ACTIONS)), types=_some(query, "type", TYPES),
        levels=_some(query, "level", LEVELS), **texts, asn=number, score_from=low, score_to=high,
        from_ms=from_ms, to_ms=to_ms, degraded=one(query, "degraded") == "1", unjudged=one(query, "unjudged") == "1",
    )  # fmt: skip


def one(query: Any, name: str) -> str:
    """The first value of that name, stripped, at most 256 characters."""
    return str(query.get(name) or "").strip()[:256]


def whole(text: str) -> int | None:
    """The whole number that is written there; None where there is none, or one that nothing here can be."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 15 else None


def many(query: Any, name: str) -> list[str]:
    """All values of that name, also where they are joined by commas."""
    given = query.getall(name, []) if hasattr(query, "getall") else [query.get(name) or ""]
    return [part.strip() for value in given for part in str(value).split(",") if part.strip()]


def _some(query: Any, name: str, known: tuple[str, ...]) -> tuple[str, ...]:
    asked = many(query, name)
    for value in asked:
        if value not in known:
            raise InvalidInput(f"There is no {name} {value!r}; there are {words.listed(list(known))}.", name)
    return tuple(value for value in known if value in asked)


def _scores(given: str) -> tuple[float | None, float | None]:
    if not given:
        return None, None
    found = re.fullmatch(r"(\d+(?:\.\d+)?)?(?:\.\.(\d+(?:\.\d+)?)?)?", given)
    if found is None:
        raise InvalidInput("Scores are written as 60.., ..30 or 30..60.", "score")
    low, high = (float(part) if part else None for part in found.groups())
    return low, high if ".." in given else low


def _joined(query: Any) -> str:
    low, high = one(query, "score_from"), one(query, "score_to")
    return f"{low}..{high}" if low or high else ""


def _times(query: Any, now_ms: int, span: str) -> tuple[int | None, int | None]:
    seconds, _ = SPANS.get(one(query, "time") or span, SPANS["24h"])
    return (now_ms - seconds * 1000 if seconds is not None else None), None


def matches(filters: Filters, line: Any) -> bool:
    """Whether a line of the stream is in the filter (its actions, types and levels)."""
    return (
        (not filters.actions or line.action in filters.actions)
        and (not filters.types or line.type in filters.types)
        and (not filters.levels or line.level in filters.levels)
    )


def chips(filters: Filters, path: str, query: dict[str, Any], span: str | None = "24h") -> list[Chip]:
    """The filters as chips. Every chip but the time's can be taken off."""
    made: list[Chip] = []
    if span is not None:
        made.append(Chip("time", SPANS.get(query.get("time") or span, SPANS["24h"])[1]))

    def add(name: str, value: str, key: str) -> None:
        made.append(Chip(name, value, link(path, **{**query, key: None, "view": None})))

    for name, values in (("action", filters.actions), ("level", filters.levels), ("type", filters.types)):
        if values:
            add(name, ", ".join(words.kind(value) if name == "type" else value.lower() for value in values), name)
    if filters.score_from is not None or filters.score_to is not None:
        add("score", _score_words(filters), "score")
    for name in TEXTS:
        if value := getattr(filters, name):
            add(
                {"code": "evidence", "ip": "address"}.get(name, name),
                words.in_prose(value) if name == "code" else value,
                name,
            )
    if filters.asn is not None:
        add("network", f"AS{filters.asn}", "asn")
    if filters.degraded:
        add("decided", "without a part", "degraded")
    if filters.unjudged:
        add("label", "none yet", "unjudged")
    return made


def _score_words(filters: Filters) -> str:
    low, high = filters.score_from, filters.score_to
    if low is None:
        return f"{high:g} or less"
    return f"{low:g} or more" if high is None else f"{low:g} to {high:g}"


def as_query(query: Any) -> dict[str, Any]:
    """The query string as what `link` takes; lists stay lists."""
    names = (
        "time",
        "action",
        "level",
        "type",
        "score",
        *TEXTS,
        "asn",
        "degraded",
        "unjudged",
        "view",
        "cursor",
        "rows",
    )
    kept: dict[str, Any] = {}
    for name in names:
        values = many(query, name)
        if values:
            kept[name] = values if name in ("action", "type", "level") else values[0]
    if joined := _joined(query):
        kept["score"] = joined
    return kept


def without_people(filters: Filters) -> Filters:
    """The filters without those that name a person: what a viewer may ask."""
    return replace(filters, user=None, ip=None, device=None)
