"""The report as one page that needs nothing else: no request leaves it, light or dark, wide or on a phone."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from jinja2 import Environment, StrictUndefined, Template
from markupsafe import Markup

from watchword.streams.findings import DEFINITION, NOWHERE
from watchword.streams.report import Account, Report, Span
from watchword.streams.sentence import number, words
from watchword.streams.words import (
    between,
    day_and_time,
    kind_words,
    length,
    moments,
    network_words,
    share,
    shown,
    year_words,
)
from watchword.streams.world_map import marks, path, world

MOST = 300
"""Rows of a list on the page."""
OPEN = {"rows": 12, "names": 60, "countries": 10, "judged": 6}
"""Rows in sight before somebody asks for the others."""
ACTIONS = ("block", "verify", "monitor", "allow")


def write(report: Report, to: Path) -> None:
    """Writes the page. Raises OSError where it can not."""
    to.write_text(page(report), encoding="utf-8")


def page(report: Report) -> str:
    """The page as HTML."""
    attacked = [account for account in report.accounts if account.attacked]
    return _template().render(
        report=report,
        counts=report.counts,
        css=Markup((files("watchword.streams") / "page.css").read_text(encoding="utf-8")),  # noqa: S704 (our own file)
        tone=_tone(report),
        people=_kind(attacked, "person"),
        services=_kind(attacked, "service"),
        absent=_kind(attacked, "unknown"),
        sources=[source for source in report.sources if source.attacking] or report.sources,
        countries=[country for country in report.countries if country.attempts] or report.countries,
        world=world(),
        marks=[(mark, path(mark)) for mark in marks(report.countries)],
        bars=[_bar(span, report.timeline) for span in report.timeline],
        ticks=_ticks(report.timeline),
        stretch=_stretch(report.timeline),
        definition=DEFINITION,
        nowhere=NOWHERE,
        most=MOST,
        open=OPEN,
        actions=ACTIONS,
    )


@cache
def _template() -> Template:
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    spoken = (
        between,
        day_and_time,
        kind_words,
        length,
        moments,
        network_words,
        number,
        share,
        shown,
        words,
        year_words,
    )
    environment.globals.update({word.__name__: word for word in spoken})
    return environment.from_string((files("watchword.streams") / "page.html").read_text(encoding="utf-8"))


def _tone(report: Report) -> str:
    worst = {judged.action for judged in report.accepted}
    if worst & {"verify", "block"}:
        return "block"
    return "verify" if report.counts.sources_attacking else "calm"


def _kind(accounts: Sequence[Account], kind: str) -> list[Account]:
    return [account for account in accounts if account.kind == kind]


def _bar(span: Span, timeline: Sequence[Span]) -> dict[str, Any]:
    top = max(each.total for each in timeline) or 1
    parts, reached = [], 0.0
    for action in ACTIONS:
        part = 100 * getattr(span, action) / span.total if span.total else 0.0
        if part:
            parts.append(f"var(--{action}-fill) {reached:.1f}% {reached + part:.1f}%")
        reached += part
    height = max(1.5, 100 * span.total / top) if span.total else 0
    return {"span": span, "height": f"{height:.1f}", "fill": ", ".join(parts) or "none 0 0"}


def _ticks(timeline: Sequence[Span]) -> list[tuple[float, str]]:
    if len(timeline) < 2:
        return []
    days = timeline[0].start.date() != timeline[-1].start.date()
    wanted = min(5, len(timeline))
    at = [round(step * (len(timeline) - 1) / (wanted - 1)) for step in range(wanted)] if wanted > 1 else [0]
    return [(100 * (slot + 0.5) / len(timeline), _tick(timeline[slot], days)) for slot in at]


def _tick(span: Span, days: bool) -> str:
    return f"{span.start.day} {span.start:%b %H:%M}" if days else f"{span.start:%H:%M}"


def _stretch(timeline: Sequence[Span]) -> timedelta:
    return timeline[1].start - timeline[0].start if len(timeline) > 1 else timedelta(minutes=1)
