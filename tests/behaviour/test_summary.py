"""Summaries of an application's own: compared with the owner's by the names in them, weakly, and never more."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from watchword.behaviour.samples import gather
from watchword.behaviour.summary import AGAINST, FOR, HANDLING, LEAST_ENTRIES, POINTER, TYPING, numbers_of
from watchword.behaviour.template import Entry, Shelf
from watchword.events.samples import Pattern


def summary(person: int, number: int, event_type: Any = "typing_pattern") -> Pattern:
    """What an application sums up of a person: their speed and intervals, a little different each time."""
    own, today = np.random.default_rng(person), np.random.default_rng((person, number))
    speed, gap = 30 + 70 * own.random(), 80 + 300 * own.random()
    intervals = tuple(gap * np.exp(today.normal(0, 0.3, 30)))
    return Pattern(
        event_type=event_type,
        features={
            "typing_speed": speed * float(np.exp(today.normal(0, 0.05))), "keystroke_intervals": intervals,
            "accuracy": 0.9, "layout": "qwerty", "trusted": True,
        },
    )  # fmt: skip


def entry(person: int, number: int) -> Entry:
    (found,) = TYPING.extract(gather([summary(person, number)]))
    return found


def shelf(person: int, many: int) -> Shelf:
    held = Shelf()
    for number in range(many):
        held = held.plus(entry(person, number))
    return held


def test_numbers_are_taken_by_name_and_nothing_else() -> None:
    names, values = numbers_of({"b": 3.0, "a": (1.0, 2.0, 3.0), "text": "x", "yes": True, "one": (1.0,), "none": None})
    assert names == ("a/middle", "a/spread", "b")
    assert len(values) == 3 and np.isfinite(values).all()
    assert numbers_of({"b": -3.0})[1] == -numbers_of({"b": 3.0})[1]


def test_an_owner_is_told_from_another_and_neither_for_sure() -> None:
    own, others = [], []
    for person in range(1, 13):
        known = shelf(person, 25)
        own += [TYPING.compare(known, entry(person, 100 + number), None) for number in range(5)]
        others += [TYPING.compare(known, entry(person + 50, number), None) for number in range(5)]
    own_llrs, other_llrs = [one.llr for one in own if one], [one.llr for one in others if one]
    assert len(own_llrs) == len(other_llrs) == 60
    assert np.median(own_llrs) > 0.5 and np.median(other_llrs) < -1
    assert max(own_llrs) <= FOR and min(other_llrs) >= AGAINST


def test_few_summaries_and_other_names_say_nothing() -> None:
    assert TYPING.compare(shelf(1, LEAST_ENTRIES - 1), entry(1, 9), None) is None
    assert TYPING.compare(shelf(1, LEAST_ENTRIES), entry(1, 9), None) is not None
    renamed = Pattern(event_type="typing_pattern", features={"a": 1.0, "b": 2.0, "c": 3.0, "d": 4.0})
    (other,) = TYPING.extract(gather([renamed]))
    assert other.about != entry(1, 9).about
    assert TYPING.extract(gather([Pattern(event_type="typing_pattern", features={"speed": 60.0})])) == ()


@pytest.mark.parametrize(("modality", "event_type"), [(POINTER, "mouse_pattern"), (HANDLING, "device_motion")])
def test_each_lane_has_its_own(modality: Any, event_type: Any) -> None:
    samples = gather([summary(1, 1, event_type), summary(1, 2, "transaction_context")])
    assert len(modality.extract(samples)) == 1
    assert TYPING.extract(samples) == ()
