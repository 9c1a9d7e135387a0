"""Feeds: what would we decide without? Ages against each feed's own aim, and what the lists say of an address."""

from __future__ import annotations

from ipaddress import ip_address
from typing import Any

from litestar import Response, get, post

from watchword.errors import WatchwordError
from watchword.web.console import words
from watchword.web.console.filtering import one
from watchword.web.console.records import Feed
from watchword.web.console.shelf import Ask
from watchword.web.console.shell import answer, fragment, here, need, page

KINDS = {
    "places": "places",
    "place": "places",
    "networks": "networks",
    "tor": "Tor exits",
    "vpn": "VPN ranges",
    "proxy": "proxies",
    "hosting": "hosting ranges",
    "abuse": "abuse list",
    "bot": "bot networks",
    "relay": "private relays",
    "cdn": "content networks",
    "disposable_email": "throw-away e-mail",
    "agent": "user agents",
    "domain": "e-mail domains",
}


@get("/feeds", include_in_schema=False)
async def feeds(request: Ask) -> Any:
    """All feeds; the one in the address, or the worst, beside them."""
    console, _ = here(request)
    found = await console.desk.feeds.all()
    now = console.desk.clock.now_ms()
    asked = one(request.query_params, "feed")
    chosen = next((feed for feed in found if feed.name == asked), None) or (min(found, key=_health) if found else None)
    return await page(
        request,
        "feeds.html",
        feeds=sorted(found, key=_health),
        chosen=chosen,
        said=sentence(found, now),
        kinds=KINDS,
        total=sum(feed.entries for feed in found),
        hits=_sum(found),
        oldest=_oldest(found, now),
        credits=sorted({feed.attribution: feed.attribution_url for feed in found if feed.attribution}.items()),
    )


@post("/feeds/{name:str}/refresh", include_in_schema=False)
async def refresh(request: Ask) -> Response[str]:
    """Fetches one feed now; says what came of it."""
    console, visitor = here(request)
    need(visitor, "admin")
    name = str(request.path_params["name"])
    try:
        said = await console.desk.feeds.refresh(name, visitor)
    except WatchwordError as error:
        said = str(error)
    return answer(fragment("said.html", said=said))


@get("/feeds/look-up", include_in_schema=False)
async def look_up(request: Ask) -> Response[str]:
    """What reference data says of one address."""
    console, visitor = here(request)
    need(visitor, "persons")
    asked = one(request.query_params, "ip")
    try:
        address = str(ip_address(asked))
    except ValueError:
        return answer(fragment("looked_up.html", found=None, problem=f"{asked or 'Nothing'} is no address."))
    await console.desk.ledger.note(visitor.actor, "address.read", "", {})
    return answer(fragment("looked_up.html", found=await console.desk.feeds.look_up(address), problem=None))


def _health(feed: Feed) -> tuple[int, str]:
    return {"failing": 0, "stale": 1, "missing": 2}.get(feed.state, 3), feed.title


def _sum(found: list[Feed]) -> int | None:
    known = [feed.hits for feed in found if feed.hits is not None]
    return sum(known) if known else None


def _oldest(found: list[Feed], now_ms: int) -> tuple[Feed, float] | None:
    read = [(feed, (now_ms - feed.read_ms) / 1000) for feed in found if feed.read_ms is not None]
    return max(read, key=lambda pair: pair[1] / max(1, pair[0].aim_s)) if read else None


def sentence(found: list[Feed], now_ms: int) -> tuple[str, str, str, str | None]:
    """Mark, head, text and feed: the first thing to know."""
    failing = sorted((feed for feed in found if feed.state in ("failing", "stale")), key=_health)
    missing = [feed for feed in found if feed.state == "missing"]
    fresh = sum(feed.state == "fresh" for feed in found)
    rest = f"{words.count(fresh, 'feed')} {'is' if fresh == 1 else 'are'} fresh."
    if not found:
        text = "Places, networks and lists are unknown; decisions are made without them."
        return "verify", "No reference data.", text, None
    if failing:
        feed = failing[0]
        age = words.span((now_ms - feed.read_ms) / 1000) if feed.read_ms is not None else None
        since = f"has failed since {words.near(feed.failed_ms, now_ms)}" if feed.failed_ms else "failed at the last try"
        head = f"{feed.title} {since}." if feed.error else f"{feed.title} is stale."
        kept = f"The copy in use is {age} old, and weighs less as it ages." if age else "No copy is in use."
        return "verify", head, f"{kept} {rest}", feed.name
    if missing:
        verb = "was" if len(missing) == 1 else "were"
        head = f"{words.count(len(missing), 'feed')} {verb} never fetched."
        return (
            "verify",
            head,
            f"Decisions are made without them; watchword feeds update brings them. {rest}",
            missing[0].name,
        )
    return "allow", "All fresh.", f"{words.count(fresh, 'feed')}, each younger than its aim.", None
