"""Replay: recordings are found, people are not, by a threshold of each owner."""

from __future__ import annotations

import numpy as np
import pytest
from tests.behaviour.hands import Hands, one_entry, shelf_of, typed

from watchword.behaviour.free_text import FREE_TEXT
from watchword.behaviour.replay import NEVER_OVER_MS, find_replay
from watchword.behaviour.template import Shelf


@pytest.fixture
def noise() -> np.random.Generator:
    """The same draws for every test, whichever ran before it."""
    return np.random.default_rng(11)


@pytest.mark.parametrize("jitter_ms", [0.0, 2.0])
def test_a_recording_is_found_also_with_noise_on_it(jitter_ms: float, noise: np.random.Generator) -> None:
    hands, shelf, times = Hands(4), Shelf(), []
    for _ in range(40):
        times.append(hands.times())
        shelf = shelf.plus(one_entry(times[-1]))
    found = [find_replay(shelf, one_entry(one + noise.normal(0, jitter_ms, one.shape))) for one in times]
    assert all(one is not None and one.found and one.quantile < 0.01 for one in found)


def test_people_who_type_again_are_not_recordings() -> None:
    wrong = []
    for who in range(20):
        hands = Hands(who)
        shelf = shelf_of(hands, 40)
        found = [find_replay(shelf, one_entry(hands.times())) for _ in range(50)]
        wrong.append(sum(one is not None and one.found for one in found))
    assert sum(wrong) <= 10
    assert max(wrong) <= 3


def test_a_replay_that_was_accepted_does_not_hide_the_next(noise: np.random.Generator) -> None:
    hands = Hands(4)
    stored, shelf = hands.times(), shelf_of(hands, 36)
    for _ in range(4):
        shelf = shelf.plus(one_entry(stored + noise.normal(0, 0.5, stored.shape)))
    found = find_replay(shelf, one_entry(stored + noise.normal(0, 2.0, stored.shape)))
    assert found is not None and found.found


def test_the_quantile_falls_as_an_entry_comes_nearer_to_a_stored_one() -> None:
    hands = Hands(4)
    stored, shelf = hands.times(), shelf_of(hands, 30)
    shelf, other = shelf.plus(one_entry(stored)), hands.times()
    found = [find_replay(shelf, one_entry(stored + share * (other - stored))) for share in (0.0, 0.02, 0.2, 0.6)]
    quantiles = [one.quantile for one in found if one is not None]
    assert quantiles == sorted(quantiles)
    assert quantiles[0] < 1e-6


def test_the_threshold_is_the_owners_own() -> None:
    steady, loose, even = Shelf(), Shelf(), Hands(6)
    for _ in range(30):
        steady = steady.plus(one_entry(even.times(scatter=0.3)))
        loose = loose.plus(one_entry(even.times(scatter=2.0)))
    tight, wide = find_replay(steady, one_entry(even.times())), find_replay(loose, one_entry(even.times()))
    assert tight is not None and wide is not None
    assert tight.threshold_ms < wide.threshold_ms <= NEVER_OVER_MS


def test_few_entries_and_other_texts_say_nothing() -> None:
    hands = Hands(4)
    assert find_replay(shelf_of(hands, 9), one_entry(hands.times())) is None
    assert find_replay(shelf_of(hands, 20), one_entry(Hands(4, 10).times())) is None


def test_a_replayed_stretch_of_prose_is_found_and_new_prose_is_not(noise: np.random.Generator) -> None:
    hands, shelf, stretches = Hands(4), Shelf(), list[tuple[np.ndarray, np.ndarray]]()
    for _ in range(20):
        stretches.append(hands.prose())
        (one,) = FREE_TEXT.extract(typed(*stretches[-1]))
        shelf = shelf.plus(one)
    times, cls = stretches[5]
    (again,) = FREE_TEXT.extract(typed(times + noise.normal(0, 1.0, times.shape), cls))
    (fresh,) = FREE_TEXT.extract(typed(*hands.prose()))
    played, new = find_replay(shelf, again), find_replay(shelf, fresh)
    assert played is not None and played.found
    assert new is not None and not new.found
