"""The live page: is this normal, and if not, what is it? Streamed at most four times a second."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from typing import Any

import msgspec
from litestar import get
from litestar.response import Stream
from msgspec import Struct

from watchword.errors import LimitExceeded
from watchword.web.console import words
from watchword.web.console.doors import COOKIE
from watchword.web.console.filtering import Chip, chips, many, matches, one, whole
from watchword.web.console.pulse import Usual, Window
from watchword.web.console.records import Filters, Line, Visitor
from watchword.web.console.shelf import Ask
from watchword.web.console.shell import HEADERS, Console, fragment, here, link, page

SPANS = ((15, "15 min"), (60, "1 h"), (1440, "24 h"))
TICK_S = 0.25
PARTS_S = 1.0
ROWS = 40
ALLOWED_A_SECOND = 5
FLAGGED_A_TICK = 25
WARMTH_S = 15.0
ENOUGH = 60
MOST_STREAMS = 20
"""Live pages that one visitor may have open."""


class Said(Struct, frozen=True):
    """The sentence at the top of the page."""

    head: str
    text: str
    alarm: bool = False
    icon: str = "live"
    href: str = ""
    button: str = ""


class Stat(Struct, frozen=True):
    """A figure beside its usual range."""

    name: str
    figure: str
    unit: str
    usual: str
    times: str = ""


def said_span(minutes: int) -> str:
    """ "the last 15 min" """
    return f"the last {minutes // 60} h" if minutes >= 60 else f"the last {minutes} min"


def span_key(minutes: int) -> str:
    """The same span as a filter of the list of decisions."""
    return {15: "15m", 60: "1h"}.get(minutes, "24h")


def sentence(window: Window) -> Said:
    """What is going on, in words: usual or not, and who stands behind it."""
    block, usual = window.share("block"), window.usual.get("block")
    if window.total == 0:
        return Said("Nothing yet.", f"No event in {said_span(window.minutes)}.")
    flagged = f"{words.count(window.flagged, 'event')} flagged in {said_span(window.minutes)}"
    figures = f"{words.number(window.per_minute)} events a minute, {flagged}."
    blamed = window.blamed
    if usual is None:
        if blamed:
            return _blaming(window, "Under attack, by the look of it.", blamed)
        return Said("Getting to know what is usual.", figures)
    if block is not None and block > max(2 * usual.high, 2 * usual.median) and window.counts["block"] >= 5:
        times = (
            f"Blocks are {block / usual.median:.1f} times the usual share."
            if usual.median > 0
            else "Usually nothing is blocked."
        )
        head = f"Not usual for {words.moment(window.now_ms):%A, %H:%M}. {times}"
        return (
            _blaming(window, head, blamed)
            if blamed
            else Said(head, figures, True, href=_blocked(window), button="Open them")
        )
    return Said("As usual.", figures, icon="allow")


def _blaming(window: Window, head: str, blamed: tuple[str, int, int]) -> Said:
    network, blocks, users = blamed
    total = words.count(window.counts["block"], "block")
    text = f"{blocks:,} of {total} come from {network}, aimed at {words.count(users, 'account')}."
    return Said(
        head,
        text,
        True,
        href=link("decisions", action="block", asn=network, time=span_key(window.minutes)),
        button="Open them",
    )


def _blocked(window: Window) -> str:
    return link("decisions", action="block", time=span_key(window.minutes))


def stats(window: Window) -> list[Stat]:
    """The four figures, each with what is usual."""
    p99 = window.p99_ms
    ms = "ms" if p99 is not None else ""
    return [
        _stat("Events a minute", window.per_minute, window.usual.get("rate"), "", 1 if window.per_minute < 10 else 0),
        _stat("Blocked", window.share("block"), window.usual.get("block"), "%", 2),
        _stat("Asked to verify", window.share("verify"), window.usual.get("verify"), "%", 2),
        Stat("Decision time, p99", words.number(p99, 1) if p99 is not None else "none", ms, "budget 50 ms"),
    ]  # fmt: skip


def _stat(name: str, value: float | None, usual: Usual | None, unit: str, places: int) -> Stat:
    if value is None:
        return Stat(name, "none", "", "no events")
    scale = 100 if unit == "%" else 1
    figure = words.number(value * scale, places)
    if usual is None:
        return Stat(name, figure, unit, "usual not known yet")
    low, high, median = (words.number(part * scale, places) for part in (usual.low, usual.high, usual.median))
    if usual.high == 0:
        return Stat(name, figure, unit, "usually none", "unusual," if value else "")
    if usual.median > 0 and (value > usual.high or value < usual.low):
        return Stat(name, figure, unit, f"usual {median}{' %' if unit else ''}", f"{value / usual.median:.1f} ×")
    return Stat(name, figure, unit, f"usual {low} to {high}{' %' if unit else ''}")


def mix(window: Window) -> list[dict[str, Any]]:
    """One row for each action: count, share, usual share."""
    usual = window.usual
    return [
        {
            "action": name,
            "count": total,
            "share": window.share(name),
            "usual": usual[name].median if name in usual else None,
        }
        for name, total in window.counts.items()
    ]


def where(window: Window) -> str:
    """Where flagged events came from, in one sentence."""
    worst = next((a for a in ("block", "verify", "monitor") if any(spot.action == a for spot in window.spots)), None)
    if worst is None:
        return "No flagged event with a known place." if window.flagged else "Nothing is flagged."
    spots = [spot for spot in window.spots if spot.action == worst]
    verb = {"block": "block", "verify": "request to verify", "monitor": "monitored event"}[worst]
    total = window.counts[worst]
    plural = {"block": "blocks", "verify": "requests to verify", "monitor": "monitored events"}[worst]
    if spots[0].count == total:
        return (
            f"The only {verb} comes from {spots[0].name}."
            if total == 1
            else f"All {total:,} {plural} come from {spots[0].name}."
        )
    return f"{spots[0].count:,} of {total:,} {plural} come from {spots[0].name}."


def parts(window: Window) -> dict[str, str]:
    """The pieces of the page that change, as HTML."""
    said = {"span": span_key(window.minutes), "said_span": said_span(window.minutes)}
    return {
        "note": fragment("live_note.html", said=sentence(window)),
        "stats": fragment("live_stats.html", stats=stats(window)),
        "mix": fragment("live_mix.html", mix=mix(window), **said),
        "evidence": fragment("live_evidence.html", evidence=window.evidence, **said),
        "where": where(window),
    }


def unit(window: Window) -> str:
    """What the line counts events by: where there is less than one a second, by the minute."""
    peak = max(sum(step) for step in zip(*window.series.values(), strict=True))
    return "second" if peak * 1000 >= window.step_ms else "minute"


def drawing(window: Window) -> dict[str, Any]:
    """What the charts draw."""
    rate = window.usual.get("rate")
    return {
        "from": window.from_ms, "step": window.step_ms, "series": window.series, "unit": unit(window),
        "usual": [rate.low / 60, rate.high / 60] if rate else None,
        "spots": [[spot.lng, spot.lat, spot.count, spot.action, spot.name] for spot in window.spots],
        "flagged": f"{words.number(window.flagged)} flagged in {said_span(window.minutes)}",
        "total": words.count(window.total, "event"),
    }  # fmt: skip


def pick(lines: list[Line], filters: Filters, room: int) -> tuple[list[Line], int]:
    """The lines of one tick that are shown, at most `room` allowed ones, and how many allowed were left out."""
    wanted = [line for line in lines if matches(filters, line)]
    allowed = [line for line in wanted if not line.flagged]
    flagged = [line for line in wanted if line.flagged][-FLAGGED_A_TICK:]
    kept = allowed[len(allowed) - room :] if room < len(allowed) else allowed
    return sorted(flagged + kept, key=lambda line: line.sequence), len(allowed) - len(kept)


class Sampling:
    """How many allowed events are shown, over the last minute: said above the list."""

    def __init__(self) -> None:
        self._ticks: list[tuple[float, int, int]] = []

    def room(self, now_s: float) -> int:
        """How many allowed events may still be shown within this second."""
        return max(0, ALLOWED_A_SECOND - sum(shown for at_s, shown, _ in self._ticks if now_s - at_s < 1))

    def add(self, shown: int, left_out: int, now_s: float) -> str:
        """Notes one tick; answers in words."""
        self._ticks = [tick for tick in self._ticks if now_s - tick[0] < 60]
        self._ticks.append((now_s, shown, left_out))
        shown, left_out = sum(tick[1] for tick in self._ticks), sum(tick[2] for tick in self._ticks)
        return (
            f"Every flagged event, 1 in {round((shown + left_out) / max(1, shown)):,} allowed"
            if left_out
            else "Every event"
        )


def _asked(request: Ask) -> tuple[int, Filters]:
    """Minutes of the window, 0 where none is named, and the filters."""
    window = one(request.query_params, "window")
    minutes = int(window) if window in ("15", "60", "1440") else 0
    actions, types = many(request.query_params, "action"), many(request.query_params, "type")
    return minutes, Filters(actions=tuple(actions), types=tuple(types))  # type: ignore[arg-type]


def _window(console: Console, now_ms: int, minutes: int, by_city: bool) -> Window:
    """The window that was asked for; else the shortest one in which enough happened to look at."""
    spans = [minutes] if minutes else [span for span, _ in SPANS]
    for span in spans:
        window = console.watch.pulse.window(now_ms, span, by_city)
        if window.total >= ENOUGH:
            break
    return window


def _chips(filters: Filters, minutes: int) -> list[Chip]:
    query = {"window": str(minutes), "action": list(filters.actions), "type": list(filters.types)}
    return chips(filters, "live", query, None) or [Chip("action", "any"), Chip("type", "any")]


@get("/live", include_in_schema=False)
async def live(request: Ask) -> Any:
    """The page as it stands now; its script follows the stream."""
    console, visitor = here(request)
    minutes, filters = _asked(request)
    now_ms = console.desk.clock.now_ms()
    await console.watch.catch_up(now_ms)
    window = _window(console, now_ms, minutes, visitor.sees_persons)
    minutes = window.minutes
    lines = [line for line in console.watch.newest(2_000) if matches(filters, line)][:ROWS]
    if visitor.sees_persons and lines:
        await console.desk.ledger.note(visitor.actor, "decisions.read", "", {"page": "live", "decisions": len(lines)})
    return await page(
        request, "live.html", window=window, lines=lines, filters=filters, spans=SPANS,
        chips=_chips(filters, minutes), said=sentence(window), stats=stats(window), mix=mix(window), fresh=False,
        evidence=window.evidence, where=where(window), span=span_key(minutes), said_span=said_span(minutes),
        unit=unit(window), sampling="Every event",
        data={**drawing(window), "sequence": console.watch.sequence, "window": minutes},
    )  # fmt: skip


@get("/live/stream", include_in_schema=False)
async def stream(request: Ask) -> Stream:
    """Server-sent events: `tick` with new rows, and once a second what changed on the page."""
    console, visitor = here(request)
    minutes, filters = _asked(request)
    begin, minutes = one(request.query_params, "after"), minutes or SPANS[0][0]
    if visitor.sees_persons:
        await console.desk.ledger.note(visitor.actor, "decisions.stream", "", {})
    after = whole(begin)
    sequence = console.watch.sequence if after is None else after
    if console.watch.streams[visitor] >= MOST_STREAMS:
        raise LimitExceeded("Too many live pages are open.", 10)
    headers = {**HEADERS, "X-Accel-Buffering": "no"}
    token = request.cookies.get(COOKIE)
    return Stream(
        _ticks(console, visitor, filters, minutes, sequence, token), media_type="text/event-stream", headers=headers
    )


async def _ticks(
    console: Console, visitor: Visitor, filters: Filters, minutes: int, sequence: int, token: str | None
) -> AsyncIterator[bytes]:
    sampling, shown_parts, due_s, beat_s = Sampling(), dict[str, str](), 0.0, 0.0
    yield b"retry: 4000\n\n"
    with console.watch.streaming(visitor):
        while await console.doors.find(token) is not None and await console.desk.keys.stands(visitor):
            now_s = time.monotonic()
            tick: dict[str, Any] = {}
            await console.watch.catch_up(console.desk.clock.now_ms())
            lines = console.watch.newer(sequence)
            if lines:
                sequence = lines[-1].sequence
                rows, left_out = pick(lines, filters, sampling.room(now_s))
                said = sampling.add(sum(not line.flagged for line in rows), left_out, now_s)
                tick["rows"] = [fragment("rows.html", lines=[line], visitor=visitor, fresh=True) for line in rows]
                tick["sampling"], tick["sequence"] = said, sequence
            if now_s >= due_s:
                due_s = now_s + PARTS_S
                window = console.watch.pulse.window(console.desk.clock.now_ms(), minutes, visitor.sees_persons)
                fresh = parts(window)
                tick["parts"] = {name: html for name, html in fresh.items() if shown_parts.get(name) != html}
                shown_parts = fresh
                tick["chart"], tick["clock"] = drawing(window), words.clock(window.now_ms)
            if tick or now_s - beat_s > WARMTH_S:
                beat_s = now_s
                yield b"event: tick\ndata: " + msgspec.json.encode(tick) + b"\n\n"
            await asyncio.sleep(TICK_S)
