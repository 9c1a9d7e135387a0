"""The mouse: what its features do not depend on, and what a comparison may say."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.behaviour.movements import PEOPLE, mouse_entries, moved, resampled, shelf_of

from watchword.behaviour.likeness import BOUND
from watchword.behaviour.mouse import FEATURES, MOUSE
from watchword.behaviour.samples import POINTER, Table, no_samples
from watchword.behaviour.strokes import QUANTILES, pointer_strokes, quantiles, shapes
from watchword.behaviour.template import Shelf, entry


def test_ten_strokes_are_an_entry_and_nine_are_none() -> None:
    strokes = len(pointer_strokes(moved(0, 0, 30).pointer).paths)
    assert strokes >= 20
    assert len(MOUSE.extract(moved(0, 0, 30))) == 1
    assert MOUSE.extract(moved(0, 0, 3)) == ()
    assert MOUSE.extract(no_samples()) == ()


def test_an_entry_counts_its_strokes_and_a_long_stretch_gives_several() -> None:
    made = MOUSE.extract(moved(0, 0, 300))
    strokes = len(pointer_strokes(moved(0, 0, 300).pointer).paths)
    assert len(made) == round(strokes / 120)
    assert sum(one.count for one in made) == strokes
    assert {len(one.values) for one in made} == {len(FEATURES) * len(QUANTILES)}


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 11), st.floats(-500, 500), st.floats(-500, 500), st.floats(0, 1e7))
def test_where_and_when_a_stretch_was_changes_nothing(who: int, right: float, down: float, later: float) -> None:
    pointer = moved(who, 1, 20).pointer
    shifted = {"x": pointer["x"] + round(right), "y": pointer["y"] + round(down), "t": pointer["t"] + round(later)}
    there = no_samples(pointer=Table(pointer.columns | shifted))
    here = MOUSE.extract(moved(who, 1, 20))[0].values
    np.testing.assert_allclose(MOUSE.extract(there)[0].values, here, atol=2e-3)


def test_half_the_samples_show_the_same_shapes() -> None:
    """A mouse that reports half as often: what a path looks like moves by far less than from person to person."""
    rate, people = [], []
    for who in range(PEOPLE):
        full = shapes(pointer_strokes(moved(who, 2, 60).pointer).paths)
        half = shapes(pointer_strokes(resampled(moved(who, 2, 60), 2).pointer).paths)
        other = shapes(pointer_strokes(moved((who + 1) % PEOPLE, 2, 60).pointer).paths)
        assert len(half) == len(full)
        usual, scale = np.nanmedian(full, axis=0), np.nanstd(full, axis=0) + 1e-6
        rate.append(np.abs(np.nanmedian(half, axis=0) - usual) / scale)
        people.append(np.abs(np.nanmedian(other, axis=0) - usual) / scale)
    assert np.mean(rate) < np.mean(people) / 2


def test_half_the_samples_are_still_the_owner_s() -> None:
    own, other = [], []
    for who in range(PEOPLE):
        slow = [MOUSE.extract(resampled(moved(who, sitting, 15), 2))[0] for sitting in range(8)]
        probe, stranger = (MOUSE.extract(resampled(moved(one, 9, 15), 2))[0] for one in (who, (who + 3) % PEOPLE))
        for ratios, entry_ in ((own, probe), (other, stranger)):
            found = MOUSE.compare(shelf_of(tuple(slow)), entry_, None)
            ratios.append(found.llr if found else 0.0)
    assert np.median(own) > 0.5 > np.median(other)


@pytest.mark.slow
@settings(max_examples=40, deadline=None)
@given(st.integers(10, 5000), st.floats(-1e3, 1e3), st.floats(0, 50), st.booleans())
def test_no_entry_says_more_than_the_bound(count: int, centre: float, spread: float, known: bool) -> None:
    rng = np.random.default_rng(count)
    odd = entry("", count, rng.normal(centre, spread, len(FEATURES) * len(QUANTILES)))
    found = MOUSE.compare(shelf_of(mouse_entries(0)), odd, _model() if known else None)
    assert found is not None and abs(found.llr) <= BOUND and np.isfinite(found.distance)


def test_an_entry_without_values_is_not_an_error() -> None:
    empty = entry("", 12, np.full(len(FEATURES) * len(QUANTILES), np.nan))
    found = MOUSE.compare(shelf_of(mouse_entries(0)), empty, _model())
    assert found is not None and np.isfinite(found.llr)


def test_owners_are_told_from_others_without_a_word_about_others() -> None:
    own, other = _ratios(None)
    assert np.median(own) > 0.5 and np.mean(np.array(own) > np.median(other)) == 1.0


def test_people_make_the_ratio_sharper_even_when_the_owner_is_one_of_them() -> None:
    own, other = _ratios(_model())
    assert np.median(own) > 1.5 and np.median(other) < -2
    assert np.mean(np.array(own) > 0) > 0.9


def test_a_young_template_says_less() -> None:
    entries = mouse_entries(0)
    young, old = (MOUSE.compare(Shelf(tuple(entries[:9]), taken), entries[9], None) for taken in (4, 20))
    assert young and old and abs(young.llr) < abs(old.llr) and young.maturity < old.maturity
    assert MOUSE.compare(Shelf(tuple(entries[:2]), 2), entries[9], None) is None


def test_features_of_another_shape_are_not_compared() -> None:
    assert MOUSE.compare(shelf_of(mouse_entries(0)), entry("", 20, np.zeros(7)), None) is None
    old = Shelf(tuple(entry("", 20, np.zeros(7)) for _ in range(10)), 20)
    assert MOUSE.compare(old, mouse_entries(0)[0], None) is None


def test_a_model_of_something_else_is_ignored() -> None:
    entries = mouse_entries(0)
    alone = MOUSE.compare(shelf_of(entries), entries[-1], None)
    assert MOUSE.compare(shelf_of(entries), entries[-1], {"model": "other"}) == alone


def test_too_few_people_are_no_population() -> None:
    assert MOUSE.train is not None
    assert MOUSE.train([mouse_entries(who) for who in range(4)]) is None
    assert MOUSE.train([]) is None


def test_a_script_s_movement_is_nobody_s() -> None:
    pointer = moved(0, 0, 30).pointer
    untrusted = no_samples(pointer=Table(pointer.columns | {"trusted": pointer["trusted"] * 0}))
    assert MOUSE.extract(untrusted) == ()


def test_a_pen_is_not_compared_with_a_mouse() -> None:
    pointer = moved(0, 0, 30).pointer
    pen = no_samples(pointer=Table(pointer.columns | {"pen": pointer["pen"] * 0 + 1}))
    assert [one.about for one in MOUSE.extract(pen)] == ["pen"]


@settings(max_examples=30, deadline=None)
@given(st.lists(st.lists(st.one_of(st.floats(-9, 9), st.just(float("nan"))), min_size=3, max_size=3), min_size=1))
def test_quantiles_are_numpy_s_without_the_nan(rows: list[list[float]]) -> None:
    values = np.array(rows)
    made = quantiles(values)
    for at in range(3):
        known = values[~np.isnan(values[:, at]), at]
        if len(known):
            np.testing.assert_allclose(made[at], np.quantile(known, QUANTILES), atol=1e-9)
        else:
            assert np.isnan(made[at]).all()


@settings(max_examples=30, deadline=None)
@given(
    st.lists(st.tuples(st.floats(0, 1e5), st.integers(0, 3), st.floats(-1e5, 1e5), st.floats(-1e5, 1e5)), max_size=80)
)
def test_any_samples_are_taken(rows: list[tuple[float, int, float, float]]) -> None:
    columns = {name: np.zeros(len(rows)) for name in POINTER}
    for at, name in enumerate(("t", "kind", "x", "y")):
        columns[name] = np.array([row[at] for row in rows], dtype=float)
    columns["trusted"] = np.ones(len(rows))
    for one in MOUSE.extract(no_samples(pointer=Table(columns))):
        assert not np.isinf(one.values).any()


def _model() -> object:
    assert MOUSE.train is not None
    return MOUSE.train([mouse_entries(who) for who in range(PEOPLE)])


def _ratios(model: object) -> tuple[list[float], list[float]]:
    own, other = [], []
    for who in range(PEOPLE):
        shelf = shelf_of(mouse_entries(who)[:8])
        own += [found.llr for one in mouse_entries(who)[8:] if (found := MOUSE.compare(shelf, one, model))]
        stranger = mouse_entries((who + 3) % PEOPLE)[9]
        if found := MOUSE.compare(shelf, stranger, model):
            other.append(found.llr)
    return own, other
