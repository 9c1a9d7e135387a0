"""Any text, fifty keys at a time: what becomes an entry, what a comparison promises, with and without other people."""

from __future__ import annotations

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from tests import reference
from tests.behaviour.hands import SECRET, Hands, typed

from watchword.behaviour.free_features import SIZE, describe
from watchword.behaviour.free_text import BOUND, KEEP, compare, extract, place, train
from watchword.behaviour.modality import Comparison
from watchword.behaviour.samples import Table, no_samples
from watchword.behaviour.template import Entry, Shelf, entry


def prose(hands: Hands, keys: int = 50) -> Entry:
    times, cls = hands.prose(keys)
    (one,) = extract(typed(times, cls))
    return one


def shelf_of(hands: Hands, entries: int) -> Shelf:
    made = Shelf()
    for _ in range(entries):
        made = made.plus(prose(hands), KEEP)
    return made


def said(shelf: Shelf, one: Entry, background: object = None) -> Comparison:
    found = compare(shelf, one, background)
    assert found is not None
    return found


@pytest.fixture(scope="module")
def learnt() -> object:
    found = train([[prose(hands) for _ in range(8)] for hands in map(Hands, range(1000, 1110))])
    assert found is not None
    return found


def test_every_fifty_keys_are_an_entry_and_a_rest_of_fourteen_too() -> None:
    for keys, counts in ((13, []), (14, [14]), (50, [50]), (63, [50]), (64, [50, 14]), (150, [50, 50, 50])):
        assert [one.count for one in extract(typed(*Hands(1).prose(keys)))] == counts
    assert extract(no_samples()) == ()


def test_secret_fields_scripts_and_coarse_clocks_give_nothing() -> None:
    times, cls = Hands(1).prose()
    assert extract(typed(times, SECRET)) == ()
    assert extract(typed(times, cls, granularity_ms=16.67)) == ()
    samples = typed(times, cls)
    untrusted = Table({**samples.keys.columns, "trusted": np.zeros(50)})
    assert extract(replace(samples, keys=untrusted)) == ()


def test_key_ups_that_were_not_seen_are_borne_unless_they_are_many() -> None:
    times, cls = Hands(1).prose()
    times[::10, 1] = np.nan
    (one,) = extract(typed(times, cls))
    assert np.isfinite(one.values).all()
    times[::3, 1] = np.nan
    assert extract(typed(times, cls)) == ()


@settings(max_examples=80)
@given(st.data())
def test_features_are_finite_whatever_was_typed(data: st.DataObject) -> None:
    keys = data.draw(st.integers(14, 50))
    gaps = np.array(data.draw(st.lists(st.floats(0, 20_000), min_size=keys, max_size=keys)))
    holds = np.array(data.draw(st.lists(st.floats(0, 5_000), min_size=keys, max_size=keys)))
    cls = np.array(data.draw(st.lists(st.integers(0, 11), min_size=keys, max_size=keys)), float)
    down = np.cumsum(gaps)
    values = describe(down, down + holds, cls)
    assert values.shape == (SIZE,)
    assert np.isfinite(values).all()


def test_features_do_not_depend_on_when_it_was_typed() -> None:
    times, cls = Hands(1).prose()
    assert describe(*times.T, cls) == pytest.approx(describe(*(times + 3_600_000).T, cls), abs=1e-6)


def test_too_few_entries_say_nothing(learnt: object) -> None:
    one = prose(Hands(1))
    assert compare(Shelf(), one, None) is None
    assert compare(shelf_of(Hands(1), 3), one, None) is None
    assert compare(Shelf(), one, learnt) is None
    assert compare(shelf_of(Hands(1), 1), one, learnt) is not None
    assert compare(shelf_of(Hands(1), 5), entry("", 50, np.zeros(9)), learnt) is None


@pytest.mark.parametrize("known", [False, True])
def test_owners_are_told_from_others(learnt: object, known: bool) -> None:
    background, right = learnt if known else None, []
    for who in range(15):
        shelf = shelf_of(Hands(who), 10)
        again = Hands(who)
        right += [said(shelf, prose(again), background).llr > 0 for _ in range(4)]
        right += [said(shelf, prose(Hands(other)), background).llr < 0 for other in range(20, 24)]
    assert np.mean(right) > (0.95 if known else 0.85)


@pytest.mark.parametrize("known", [False, True])
def test_the_ratio_is_bounded_and_falls_with_distance(learnt: object, known: bool) -> None:
    shelf, background = shelf_of(Hands(1), 10), learnt if known else None
    found = sorted((said(shelf, prose(Hands(who)), background) for who in range(1, 60)), key=lambda one: one.distance)
    assert [one.llr for one in found] == sorted((one.llr for one in found), reverse=True)
    wild = said(shelf, entry("", 50, np.full(SIZE + 1, 40.0)), background)
    assert all(abs(one.llr) <= BOUND for one in [*found, wild])


def test_fewer_keys_and_a_coarser_clock_say_less(learnt: object) -> None:
    shelf, values = shelf_of(Hands(1), 10), prose(Hands(30)).values.astype(float)
    full = said(shelf, entry("", 50, values), learnt)
    few = said(shelf, entry("", 14, values), learnt)
    coarse = said(shelf, entry("", 50, np.append(values[:-1], 12.0)), learnt)
    blind = said(shelf, entry("", 50, np.append(values[:-1], 16.0)), learnt)
    assert abs(full.llr) > abs(few.llr) > 0
    assert full.quality > coarse.quality > blind.quality == 0 == blind.llr


def test_a_population_needs_a_hundred_people_of_four_entries() -> None:
    people = [[prose(hands) for _ in range(4)] for hands in map(Hands, range(100))]
    assert train(people) is not None
    assert train(people[1:]) is None
    assert train([*people[1:], people[0][:3]]) is None
    assert train([]) is None


def test_what_was_learnt_survives_msgpack(learnt: object) -> None:
    kept = msgspec.msgpack.decode(msgspec.msgpack.encode(learnt))
    shelf, one = shelf_of(Hands(1), 10), prose(Hands(1))
    assert said(shelf, one, kept) == said(shelf, one, learnt)
    here, there = place(one, learnt), place(one, kept)
    assert here is not None and there is not None
    assert (here == there).all()
    assert place(one, None) is None


@pytest.mark.slow
def test_real_sentences_of_people_whom_no_model_knows() -> None:
    reference.path("behaviour/aalto_subset.npz")
    from benchmarks.behaviour import freetext, verification
    from benchmarks.behaviour.reference import aalto, classes_of_codes

    known, asked = freetext.split(aalto())
    classes = classes_of_codes()
    model = freetext.train([freetext.entries(one, classes) for one in known[:700]])
    people = [freetext.entries(one, classes) for one in asked[:300]]
    trials = freetext.trials(people, 5, freetext.by_product(model))
    assert verification.each(trials).mean() <= 0.038
    assert verification.calibration_error(trials) <= 0.06
    own = freetext.trials(people[:100], 5, freetext.by_product(None))
    assert verification.each(own).mean() <= 0.14
    honest, caught = freetext.replays(asked[:100], 2.0)
    assert honest <= 0.01
    assert caught >= 0.97
