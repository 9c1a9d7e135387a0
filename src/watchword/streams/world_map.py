"""A world map with a mark for each country, for pages that ask nothing of the network."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache
from importlib.resources import files
from math import hypot, sqrt
from typing import NamedTuple

import msgspec

from watchword.policy.decision import Action
from watchword.streams.report import Country

LEAST_RADIUS = 4.0
MOST_RADIUS = 20.0
LABELLED = 3
APART_ROUNDS = 40


class World(msgspec.Struct, frozen=True):
    """The countries as SVG paths in a natural-earth projection, and a middle of each, by ISO 3166-1 alpha-2 code."""

    source: str
    width: int
    height: int
    centres: dict[str, tuple[int, int]]
    shapes: dict[str, str]


class Mark(NamedTuple):
    """A country's mark: where, how large (its area by attempts), for which action, and what it says."""

    x: float
    y: float
    radius: float
    action: Action
    name: str
    attempts: int
    labelled: bool


@cache
def world() -> World:
    """The shipped map."""
    return msgspec.json.decode((files("watchword.streams") / "world_map.json").read_bytes(), type=World)


def marks(countries: Sequence[Country]) -> list[Mark]:
    """Marks for the countries that are on the map, the largest first, moved aside until none covers another."""
    known = [country for country in countries if country.code in world().centres and country.attempts]
    most = max((country.attempts for country in known), default=1)
    ranked = sorted(known, key=lambda country: -country.attempts)
    placed: list[Mark] = []
    for country in ranked:
        x, y = world().centres[country.code or ""]
        radius = max(LEAST_RADIUS, MOST_RADIUS * sqrt(country.attempts / most))
        mark = Mark(x, y, radius, country.worst, country.name, country.attempts, len(placed) < LABELLED)
        placed.append(_apart(mark, placed))
    return placed


def path(mark: Mark) -> str:
    """The outline of a mark as an SVG path: circle, square, triangle or diamond, by its action."""
    x, y, r = mark.x, mark.y, mark.radius
    if mark.action == "block":
        return f"M{x:.1f} {y - r:.1f}l{r:.1f} {r:.1f} {-r:.1f} {r:.1f} {-r:.1f} {-r:.1f}z"
    if mark.action == "verify":
        return f"M{x:.1f} {y - r:.1f}l{r:.1f} {1.75 * r:.1f}h{-2 * r:.1f}z"
    if mark.action == "monitor":
        side = 1.7 * r
        return f"M{x - side / 2:.1f} {y - side / 2:.1f}h{side:.1f}v{side:.1f}h{-side:.1f}z"
    return f"M{x - r:.1f} {y:.1f}a{r:.1f} {r:.1f} 0 1 0 {2 * r:.1f} 0a{r:.1f} {r:.1f} 0 1 0 {-2 * r:.1f} 0z"


def _apart(mark: Mark, others: Iterable[Mark]) -> Mark:
    others = list(others)
    for _ in range(APART_ROUNDS):
        close = next((other for other in others if _gap(mark, other) < 0), None)
        if close is None:
            return mark
        dx, dy = mark.x - close.x, mark.y - close.y
        away = hypot(dx, dy) or 1.0
        step = -_gap(mark, close) + 0.5
        mark = mark._replace(x=mark.x + (dx or 1.0) / away * step, y=mark.y + dy / away * step)
    return mark


def _gap(one: Mark, other: Mark) -> float:
    return hypot(one.x - other.x, one.y - other.y) - one.radius - other.radius - 1
