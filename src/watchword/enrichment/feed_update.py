"""Fetching lists: asked with the validators of last time, bounded in time and size, checked, then swapped in whole.

Whatever goes wrong, the last good copy stays in use, and the failure is written beside it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Literal

import httpx
from msgspec import Struct

from watchword.enrichment.feed import Feed
from watchword.enrichment.feed_bounds import checked
from watchword.enrichment.feed_formats import read_content
from watchword.enrichment.feed_store import Attempt, FeedStore
from watchword.errors import FeedError

State = Literal["updated", "unchanged", "refused", "failed"]
_AT_ONCE = 4


class Limits(Struct, frozen=True, kw_only=True):
    """Bounds of one fetch: seconds in all, bytes as received, redirects followed."""

    seconds: float = 60.0
    max_bytes: int = 64_000_000
    redirects: int = 5


class Outcome(Struct, frozen=True):
    """What became of one feed: `refused` was fetched and not believed, `failed` could not be fetched."""

    name: str
    state: State
    entries: int | None = None
    message: str = ""


class _Fetched(Struct, frozen=True):
    body: bytes
    etag: str | None
    last_modified: str | None


async def update(
    feeds: Iterable[Feed], store: FeedStore, now: datetime, limits: Limits | None = None, force: bool = False
) -> list[Outcome]:
    """Fetches every feed that has an address, a few at a time; none raises.

    `force` asks without validators, and takes a list even where it shrank.
    """
    limits = limits or Limits()
    gate = asyncio.Semaphore(_AT_ONCE)
    timeout = httpx.Timeout(limits.seconds, connect=min(10.0, limits.seconds))
    async with httpx.AsyncClient(
        timeout=timeout, follow_redirects=True, max_redirects=limits.redirects, headers={"User-Agent": "watchword"}
    ) as client:

        async def one(feed: Feed) -> Outcome:
            async with gate:
                try:
                    return await _update_one(client, feed, store, now, limits, force)
                except Exception as error:  # whatever a source sends stops its own feed only
                    text, at_ms = type(error).__name__, int(now.timestamp() * 1000)
                    store.note(feed.name, _repeated(store.attempt(feed.name), at_ms, text))
                    return Outcome(feed.name, "failed", None, text)

        return list(await asyncio.gather(*(one(feed) for feed in feeds if feed.url)))


def due(feeds: Iterable[Feed], store: FeedStore, now: datetime) -> list[Feed]:
    """The feeds fetched on schedule whose last attempt is older than their cadence (10 minutes after a failure)."""
    now_ms = int(now.timestamp() * 1000)
    scheduled = (feed for feed in feeds if feed.use == "always" and feed.url)
    return [feed for feed in scheduled if _is_due(store.attempt(feed.name), feed, now_ms)]


def _is_due(attempt: Attempt | None, feed: Feed, now_ms: int) -> bool:
    if attempt is None:
        return True
    wait_ms = feed.refresh_hours * 3_600_000 if attempt.error is None else min(feed.refresh_hours * 3_600_000, 600_000)
    return now_ms - attempt.attempted_ms >= wait_ms


async def _update_one(
    client: httpx.AsyncClient, feed: Feed, store: FeedStore, now: datetime, limits: Limits, force: bool
) -> Outcome:
    now_ms = int(now.timestamp() * 1000)
    before = store.attempt(feed.name)
    known = before if before and not force and store.copy_or_none(feed.name) else None
    try:
        async with asyncio.timeout(limits.seconds):
            fetched = await _fetch(client, feed.url, known, limits)
    except (httpx.HTTPError, httpx.InvalidURL, TimeoutError, FeedError) as error:
        text = str(error) or type(error).__name__
        store.note(feed.name, _repeated(before, now_ms, text))
        return Outcome(feed.name, "failed", None, text)
    if fetched is None:
        store.note(feed.name, _repeated(before, now_ms, None))
        return Outcome(feed.name, "unchanged")
    return await asyncio.to_thread(_take, feed, store, fetched, now_ms, force)


async def _fetch(client: httpx.AsyncClient, url: str, known: Attempt | None, limits: Limits) -> _Fetched | None:
    """What the source answers, or None where it says that nothing changed."""
    if not url.startswith(("http://", "https://")):
        raise FeedError("its address is neither http nor https")
    headers = {}
    if known and known.etag:
        headers["If-None-Match"] = known.etag
    if known and known.last_modified:
        headers["If-Modified-Since"] = known.last_modified
    async with client.stream("GET", url, headers=headers) as answer:
        if answer.status_code == httpx.codes.NOT_MODIFIED and known:
            return None
        if url.startswith("https:") and any(one.url.scheme != "https" for one in (*answer.history, answer)):
            raise FeedError("it leads from https to http")
        if answer.status_code != httpx.codes.OK:
            raise FeedError(f"the source answered {answer.status_code}")
        body = bytearray()
        async for chunk in answer.aiter_bytes():
            body += chunk
            if len(body) > limits.max_bytes:
                raise FeedError(f"it is longer than {limits.max_bytes:,} bytes")
        return _Fetched(bytes(body), answer.headers.get("etag"), answer.headers.get("last-modified"))


def _take(feed: Feed, store: FeedStore, fetched: _Fetched, now_ms: int, force: bool) -> Outcome:
    """Reads, checks and swaps in what was fetched. Its age counts from `Last-Modified` where the source says so."""
    try:
        last_good = None if force else store.copy_or_none(feed.name)
        content, dropped = checked(read_content(fetched.body, feed), feed, last_good.entries if last_good else None)
    except FeedError as error:
        store.note(feed.name, _repeated(store.attempt(feed.name), now_ms, str(error)))
        return Outcome(feed.name, "refused", None, str(error))
    copy = store.save(feed, content, fetched.body, _dated(fetched.last_modified, now_ms), dropped)
    store.note(feed.name, Attempt(now_ms, fetched.etag, fetched.last_modified))
    return Outcome(feed.name, "updated", copy.entries, f"{dropped} reserved ranges left out" if dropped else "")


def _repeated(before: Attempt | None, now_ms: int, error: str | None) -> Attempt:
    """An attempt that brought no new copy: the validators stay those of the copy in use."""
    etag, last_modified = (before.etag, before.last_modified) if before else (None, None)
    return Attempt(now_ms, etag, last_modified, error[:300] if error else None)


def _dated(last_modified: str | None, now_ms: int) -> int:
    try:
        said = int(parsedate_to_datetime(last_modified or "").timestamp() * 1000)
    except (TypeError, ValueError):
        return now_ms
    return min(said, now_ms)
