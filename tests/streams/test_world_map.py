"""Marks on the map: where, how large, and apart."""

from __future__ import annotations

from itertools import combinations
from math import hypot

from watchword.enrichment.countries import countries
from watchword.streams.report import Country
from watchword.streams.world_map import MOST_RADIUS, marks, path, world


def country(code: str | None, attempts: int) -> Country:
    return Country(code, code or "nowhere", attempts, attempts, 1, 1, "block")


def test_every_country_that_a_place_may_name_is_on_the_map() -> None:
    assert countries().keys() <= world().centres.keys()
    assert len(world().shapes) > 170


def test_marks_cover_no_other_and_the_largest_comes_first() -> None:
    crowd = [country(code, 100 + n) for n, code in enumerate(("BE", "NL", "LU", "DE", "FR", "CH", "AT", "CZ"))]
    placed = marks([*crowd, country(None, 900), country("BR", 0)])
    assert [mark.attempts for mark in placed] == sorted((mark.attempts for mark in placed), reverse=True)
    assert len(placed) == len(crowd)
    assert placed[0].radius == MOST_RADIUS
    for one, other in combinations(placed, 2):
        assert hypot(one.x - other.x, one.y - other.y) >= one.radius + other.radius


def test_each_action_has_a_shape_of_its_own() -> None:
    mark = marks([country("BR", 5)])[0]
    assert len({path(mark._replace(action=action)) for action in ("allow", "monitor", "verify", "block")}) == 4
