"""Keeps the feeds of a running service fresh: fetches what is due, and tells when a new snapshot should be opened."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from datetime import datetime
from pathlib import Path

from watchword.enrichment.feed import Feed
from watchword.enrichment.feed_catalogue import known_feeds
from watchword.enrichment.feed_store import FeedStore
from watchword.enrichment.feed_update import Outcome, due, update
from watchword.errors import ConfigurationError

TURN_S = 60.0


class Refresher:
    """One a process. Only one process of a deployment need `fetch`; the others see its copies within a turn.

    `clock` gives the time now (aware); `hits` are the counts to write down for `watchword feeds list`.
    """

    def __init__(
        self, data_dir: Path, clock: Callable[[], datetime], hits: Counter[str] | None = None, fetch: bool = True
    ) -> None:
        self.store = FeedStore(data_dir)
        self._data_dir = data_dir
        self._clock = clock
        self._hits = hits
        self._fetch = fetch
        self._stamp = self.store.stamp()
        self._feeds: dict[str, Feed] = {}
        self._saved: Counter[str] = Counter()
        self._problem: str | None = None

    async def turn(self) -> tuple[bool, list[Outcome]]:
        """Fetches what is due. Says whether any copy changed (by this process or another), and what became of each."""
        outcomes = self._read_settings()
        if self._fetch:
            wanted = due(self._feeds.values(), self.store, self._clock())
            outcomes += await update(wanted, self.store, self._clock()) if wanted else []
        stamp = await asyncio.to_thread(self.store.stamp)
        changed, self._stamp = stamp != self._stamp, stamp
        if self._hits and self._hits != self._saved:
            self._saved = self._hits.copy()
            self.store.save_hits(self._saved)
        return changed, outcomes

    async def refresh_forever(
        self,
        tell: Callable[[bool, list[Outcome]], None],
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        """A turn every minute until cancelled; `tell(changed, outcomes)` whenever there is something to tell.

        On `changed`, open a new snapshot aside (`open_enricher`, a quarter of a second) and put it in place.
        """
        while True:
            changed, outcomes = await self.turn()
            if changed or outcomes:
                tell(changed, outcomes)
            await sleep(TURN_S)

    def _read_settings(self) -> list[Outcome]:
        """Reads `feeds.toml` anew; where it is wrong, the feeds stay as they were, and that is said once."""
        before, self._problem = self._problem, None
        try:
            self._feeds = known_feeds(self._data_dir)
        except ConfigurationError as error:
            self._problem = str(error)
        if self._problem is None or self._problem == before:
            return []
        return [Outcome("feeds.toml", "refused", None, self._problem)]
