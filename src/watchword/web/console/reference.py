"""Reference data for the console: feeds and places, how old they are, and what they say of an address."""

from __future__ import annotations

import asyncio
import re
import time
from datetime import UTC, datetime
from typing import Any

from watchword.bootstrap import Deployment
from watchword.enrichment.feed_catalogue import known_feeds
from watchword.enrichment.feed_list import FeedStatus, describe_feeds
from watchword.enrichment.feed_store import FeedStore
from watchword.enrichment.feed_update import update
from watchword.enrichment.sources import Source, describe_sources
from watchword.errors import NotFound
from watchword.events.login import Login
from watchword.web.console import words
from watchword.web.console.records import Feed, Visitor, Wire
from watchword.web.service import Service

LISTED_S = 5.0
CREDIT = "IP Geolocation by DB-IP"
CREDIT_URL = "https://db-ip.com"
CITY_AIM_S, PACK_AIM_S = 45 * 86_400, 366 * 86_400
FLAGS = ("hosting", "vpn", "proxy", "residential_proxy", "tor", "relay", "cdn")
NAMES = {
    "tor_exits": "Tor exits", "firehol_level1": "FireHOL level 1", "firehol_level2": "FireHOL level 2",
    "icloud_relay": "iCloud Private Relay",
}  # fmt: skip


class FeedsDesk:
    """Reads feeds from the data directory; without one, only what comes with the package is there."""

    def __init__(self, service: Service, deployment: Deployment | None) -> None:
        self._service = service
        self._deployment = deployment
        self._known: list[Feed] = []
        self._asked_s = 0.0

    async def all(self) -> list[Feed]:
        """Feeds that are in use or wanted, and the sources of places and networks."""
        if not self._known or time.monotonic() - self._asked_s > LISTED_S:
            self._known = await asyncio.to_thread(self._list)
            self._asked_s = time.monotonic()
        return self._known

    async def refresh(self, name: str, visitor: Visitor) -> str:
        """Fetches one feed now. Raises NotFound for one that is not fetched."""
        deployment = self._deployment
        feed = known_feeds(deployment.directory).get(name) if deployment is not None else None
        if deployment is None or feed is None or not feed.url:
            raise NotFound(f"{name} is not fetched; it comes with the package or by import.")
        outcomes = await update([feed], FeedStore(deployment.directory), datetime.now(UTC))
        await self._service.ledger.note(visitor.actor, "feeds.refresh", name, {})
        self._asked_s = 0.0
        outcome = outcomes[0]
        if outcome.state in ("refused", "failed"):
            return f"{outcome.state.capitalize()}, the copy in use is kept: {outcome.message}"
        self._service.engine.enricher = await asyncio.to_thread(deployment.open_enricher)
        return f"{outcome.state.capitalize()}{f', {outcome.entries:,} entries' if outcome.entries else ''}."

    async def look_up(self, ip: str) -> Wire:
        """What the reference data in use says of an address."""
        now = datetime.now(UTC)
        event = Login(id="look-up", occurred_at=now, user_id="nobody", ip=ip, result="success")
        facts = self._service.engine.enricher.enrich(event, int(now.timestamp() * 1000))
        place, network = facts.place, facts.network
        owner = ", ".join(
            part for part in (f"AS{network.asn}" if network.asn else "", network.organisation or "") if part
        )
        return {
            "ip": ip, "place": words.place(place.city, place.country) if place else None,
            "network": network.special or owner or None,
            "flags": [words.NETWORKS.get(flag, flag) for flag in FLAGS if getattr(network, flag)],
            "abuseSources": list(network.abuse_sources),
        }  # fmt: skip

    def _list(self) -> list[Feed]:
        directory = self._deployment.directory if self._deployment is not None else None
        now_ms = time.time_ns() // 1_000_000
        sources = [_source(one, now_ms) for one in describe_sources(directory) if one.used]
        if directory is None or self._deployment is None:
            return sources
        now = datetime.now(UTC)
        feeds = describe_feeds(directory, now, self._deployment.hits)
        return sources + [_feed(one, now_ms) for one in feeds if one.age_s is not None or one.use == "always"]


def _feed(status: FeedStatus, now_ms: int) -> Feed:
    age_s = status.age_s
    state = "stale" if status.stale else "fresh" if age_s is not None else "missing"
    return Feed(
        name=status.name,
        title=NAMES.get(status.name, words.title(status.name)),
        kind=status.kind,
        entries=status.entries or 0,
        aim_s=round(2 * status.half_life_days * 86_400),
        read_ms=now_ms - 1000 * age_s if age_s is not None else None,
        state="failing" if status.problem else state,
        source=status.url or None,
        licence=status.licence or None,
        attribution=status.attribution or None,
        attribution_url=_project(status.attribution),
        error=status.problem,
        hits=status.hits,
        weight=status.weight,
        schedule=f"every {words.span(3600 * status.refresh_hours)}" if status.url else "by import",
    )


def _source(source: Source, now_ms: int) -> Feed:
    credit = "db-ip" in source.attribution.lower() or "db-ip" in source.name.lower()
    city, read_ms = source.path.endswith(".mmdb"), _built(source.version)
    aim_s = CITY_AIM_S if city else PACK_AIM_S
    return Feed(
        name=source.name,
        title=_titled(source),
        kind=source.kind,
        entries=0,
        aim_s=aim_s,
        read_ms=read_ms,
        state="stale" if read_ms is not None and now_ms - read_ms > 1000 * aim_s else "fresh",
        version=source.version,
        licence="CC BY 4.0" if credit else None,
        attribution=CREDIT if credit else source.attribution or None,
        attribution_url=CREDIT_URL if credit else None,
        schedule="by make setup" if city else "with the package",
    )


def _project(attribution: str) -> str | None:
    """Where a list comes from, if its credit names a repository."""
    return f"https://github.com/{attribution}" if re.fullmatch(r"[\w.-]+/[\w.-]+", attribution) else None


def _titled(source: Source) -> str:
    if source.name.startswith("dbip-city"):
        return f"DB-IP city, {'IPv6' if 'ipv6' in source.name else 'IPv4'}"
    return source.name[:1].upper() + source.name[1:]


def _built(version: Any) -> int | None:
    try:
        return int(datetime.fromisoformat(str(version)).replace(tzinfo=UTC).timestamp() * 1000)
    except ValueError:
        return None
