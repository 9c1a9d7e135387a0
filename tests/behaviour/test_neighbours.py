"""The index across users: exact, the same with either library, and the same hands are found."""

from __future__ import annotations

import numpy as np
import pytest

from watchword.behaviour.neighbours import LEAST_PEOPLE, Neighbours, by_faiss, by_numpy
from watchword.behaviour.template import Entry, Template, entry

SIZE = 12


def person(number: int) -> np.ndarray:
    return np.random.default_rng((1, number)).normal(0, 1, SIZE)


def typed(number: int, at: int) -> Entry:
    return entry("", 50, person(number) + np.random.default_rng((2, number, at)).normal(0, 0.35, SIZE), at)


def template(number: int, entries: int = 10) -> Template:
    made = Template()
    for at in range(entries):
        made = made.plus("free_text", typed(number, at)).plus("fixed_text", entry("password:8", 8, person(number)))
    return made


def owner(number: int) -> bytes:
    return number.to_bytes(16, "big")


@pytest.fixture
def index() -> Neighbours:
    made = Neighbours()
    made.rebuild((owner(number), template(number)) for number in range(40))
    return made


def session(number: int) -> list[tuple[str, Entry]]:
    return [("free_text", typed(number, 100 + at)) for at in range(3)]


def test_the_same_hands_on_another_account_are_nearest_and_speak(index: Neighbours) -> None:
    for number in range(20):
        first, second = index.near(session(number))[:2]
        assert first.owner == owner(number)
        assert first.llr > 1.5 > second.llr


def test_only_those_asked_for_are_found(index: Neighbours) -> None:
    asked = {owner(5), owner(6)}
    assert {one.owner for one in index.near(session(3), among=[*asked, owner(777)])} == asked
    assert index.near(session(3), among=()) == []


def test_strangers_do_not_look_like_anybody(index: Neighbours) -> None:
    alike = [index.near(session(number))[0].llr for number in range(500, 560)]
    assert np.mean(np.array(alike) > 2) < 0.05


def test_shelves_about_one_text_are_left_out(index: Neighbours) -> None:
    assert index.near([("fixed_text", entry("password:8", 8, person(1)))]) == []


def test_forgotten_and_added_at_once(index: Neighbours) -> None:
    before = index.near(session(3))
    index.drop(owner(3))
    assert owner(3) not in {one.owner for one in index.near(session(3), most=40)}
    assert index.near(session(39))[0].owner == owner(39)
    index.put(owner(3), template(3))
    index.put(owner(3), template(3))
    assert [one.owner for one in index.near(session(3))] == [one.owner for one in before]
    assert len(index.near(session(3), most=99)) == len(index) == 40


def test_few_people_are_no_population() -> None:
    index = Neighbours()
    index.rebuild((owner(number), template(number)) for number in range(LEAST_PEOPLE - 1))
    assert index.near(session(1)) == []
    index.rebuild((owner(number), template(number)) for number in range(LEAST_PEOPLE))
    assert index.near(session(1))


def test_missing_features_and_other_shapes_harm_nothing(index: Neighbours) -> None:
    holes = person(4)
    holes[::3] = np.nan
    found = index.near([("free_text", entry("", 50, holes)), ("free_text", entry("", 50, np.zeros(3)))])
    assert found[0].owner == owner(4)


def test_both_libraries_find_the_same() -> None:
    pytest.importorskip("faiss")
    rng = np.random.default_rng(3)
    for size in (1, 7, 300):
        points = rng.normal(0, 1, (size, 20)).astype(np.float32)
        points[size // 2 :] = points[: size - size // 2]
        for _ in range(20):
            query = rng.normal(0, 1, (1, 20)).astype(np.float32)
            ours, theirs = by_numpy(points, query, min(5, size)), by_faiss(points, query, min(5, size))
            assert ours[0].tolist() == theirs[0].tolist()
            assert ours[1] == pytest.approx(theirs[1])
