"""Touch: what an entry is, and what a comparison may say."""

from __future__ import annotations

import numpy as np
import pytest
from tests.behaviour.movements import PEOPLE, shelf_of, touch_entries, touched

from watchword.behaviour.likeness import BOUND
from watchword.behaviour.samples import TOUCH as COLUMNS
from watchword.behaviour.samples import Table, no_samples
from watchword.behaviour.template import entry
from watchword.behaviour.touch import FEATURES, TOUCH


def test_ten_gestures_are_an_entry_and_nine_are_none() -> None:
    assert len(TOUCH.extract(touched(0, 0, 14))) == 1
    assert TOUCH.extract(touched(0, 0, 9)) == ()
    assert TOUCH.extract(no_samples()) == ()


def test_where_and_when_changes_nothing() -> None:
    touch = touched(1, 0, 25).touch
    shifted = {"x": touch["x"] + 37, "y": touch["y"] - 210, "t": touch["t"] + 5000}
    there = TOUCH.extract(no_samples(touch=Table(touch.columns | shifted)))
    np.testing.assert_allclose(there[0].values, touch_entries(1)[0].values, atol=2e-3)


def test_two_fingers_at_once_are_two_ways() -> None:
    """Samples of two fingers come in turn; neither's way jumps to the other's."""
    one, far = touched(2, 0, 25).touch, 600.0
    other = {"id": one["id"] + 500, "x": one["x"] + far, "t": one["t"] + 1}
    both = {name: np.concatenate([one[name], other.get(name, one[name])]) for name in COLUMNS}
    order = np.argsort(both["t"], kind="stable")
    made = TOUCH.extract(no_samples(touch=Table({name: column[order] for name, column in both.items()})))
    alone = TOUCH.extract(touched(2, 0, 25))
    assert sum(entry.count for entry in made) == 2 * alone[0].count
    length = FEATURES.index("length") * 5 + 4
    assert made[0].values[length] == pytest.approx(alone[0].values[length], abs=0.01)


@pytest.mark.parametrize("known", [False, True])
def test_owners_are_told_from_others(known: bool) -> None:
    assert TOUCH.train is not None
    model = TOUCH.train([touch_entries(who) for who in range(PEOPLE)]) if known else None
    own, other = [], []
    for who in range(PEOPLE):
        shelf = shelf_of(touch_entries(who)[:8])
        own += [found.llr for one in touch_entries(who)[8:] if (found := TOUCH.compare(shelf, one, model))]
        found = TOUCH.compare(shelf, touch_entries((who + 1) % PEOPLE)[9], model)
        other.append(found.llr if found else 0.0)
    assert np.median(own) > 0.5
    assert np.median(other) < 0
    assert max(map(abs, own + other)) <= BOUND


def test_odd_entries_are_bounded_and_others_shapes_are_not_compared() -> None:
    odd = entry("", 10_000, np.full(len(touch_entries(0)[0].values), 1e9))
    found = TOUCH.compare(shelf_of(touch_entries(0)), odd, None)
    assert found and -BOUND <= found.llr < 0
    assert TOUCH.compare(shelf_of(touch_entries(0)), entry("", 20, np.zeros(3)), None) is None
