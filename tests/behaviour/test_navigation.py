"""The way through the pages: a weak term."""

from __future__ import annotations

import numpy as np

from watchword.behaviour.navigation import AGAINST, FOR, NAVIGATION
from watchword.behaviour.samples import Samples, gather
from watchword.behaviour.template import Entry, Shelf
from watchword.events.samples import Nav, Scroll

USUAL = ("home", "accounts", "account", "home", "transfer", "review", "done", "home")
STRANGE = ("home", "limits", "devices", "cards", "limits", "contacts", "devices", "export")


def walk(pages: tuple[str, ...], stay_s: float, seed: int) -> Samples:
    """Somebody walks through those pages, scrolling a little."""
    rng, now, made = np.random.default_rng(seed), 0.0, []
    for page in pages:
        made.append(Nav(seq=1, t=now, page=page, action="enter"))
        made += [Scroll(seq=1, t=now + 100 * at, y=80.0 * at) for at in range(4)]
        now += 1000 * stay_s * float(rng.lognormal(0, 0.3))
        made.append(Nav(seq=1, t=now, page=page, action="leave"))
    return gather(made)


def one(pages: tuple[str, ...], stay_s: float, seed: int) -> Entry:
    return NAVIGATION.extract(walk(pages, stay_s, seed))[0]


def shelf(entries: int = 20) -> Shelf:
    return Shelf(tuple(one(USUAL, 6.0, seed) for seed in range(entries)), entries)


def test_five_pages_are_an_entry() -> None:
    assert NAVIGATION.extract(walk(USUAL[:4], 5, 0)) == ()
    assert NAVIGATION.extract(walk(USUAL[:5], 5, 0))[0].count == 5


def test_the_usual_way_speaks_for_the_owner_a_little() -> None:
    found = NAVIGATION.compare(shelf(), one(USUAL, 6.0, 99), None)
    assert found and 0 < found.llr <= FOR


def test_strange_pages_in_a_hurry_speak_against_but_never_much() -> None:
    found = NAVIGATION.compare(shelf(), one(STRANGE, 0.3, 99), None)
    assert found and AGAINST <= found.llr < -0.3
    assert "unusual" in found.message


def test_few_entries_say_nothing() -> None:
    assert NAVIGATION.compare(shelf(4), one(USUAL, 6.0, 99), None) is None
