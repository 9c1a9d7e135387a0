"""How the feeds stand: age, entries, weight, hits, and what is wrong with them."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from pathlib import Path

from msgspec import Struct

from watchword.enrichment.feed import Feed, Use
from watchword.enrichment.feed_catalogue import known_feeds
from watchword.enrichment.feed_store import FeedStore
from watchword.errors import FeedError


class FeedStatus(Struct, frozen=True, rename="camel"):
    """One feed as pages and the command line show it.

    `age_s`: seconds since its content was new (None: there is no copy); `weight` 0-1: how much its word counts now;
    `stale`: named in every decision; `hits`: events it named since the counts began; `problem`: of the last attempt.
    """

    name: str
    kind: str
    use: Use
    age_s: int | None
    entries: int | None
    weight: float
    stale: bool
    hits: int
    half_life_days: float
    refresh_hours: float
    url: str
    licence: str
    attribution: str
    dropped: int = 0
    problem: str | None = None


def describe_feeds(data_dir: Path, now: datetime, hits: Counter[str] | None = None) -> list[FeedStatus]:
    """Every known feed, those in use first. `hits` of the running service, else what it last wrote down."""
    store = FeedStore(data_dir)
    counted = store.hits() if hits is None else hits
    found = [_status(feed, store, now, counted) for feed in known_feeds(data_dir).values()]
    return sorted(found, key=lambda each: (each.age_s is None, each.use != "always", each.kind, each.name))


def _status(feed: Feed, store: FeedStore, now: datetime, hits: Counter[str]) -> FeedStatus:
    attempt = store.attempt(feed.name)
    problem = attempt.error if attempt else None
    try:
        copy = store.copy(feed.name)
    except FeedError as error:
        copy, problem = None, str(error)
    age_ms = int(now.timestamp() * 1000) - copy.fetched_ms if copy else None
    return FeedStatus(
        feed.name, feed.kind, feed.use,
        None if age_ms is None else max(0, age_ms // 1000),
        copy.entries if copy else None,
        0.0 if age_ms is None or feed.use == "never" else round(feed.weight(age_ms), 3),
        age_ms is not None and feed.is_stale(age_ms),
        hits[feed.name], feed.half_life_days, feed.refresh_hours, feed.url, feed.licence, feed.attribution,
        copy.dropped if copy else 0, problem,
    )  # fmt: skip
