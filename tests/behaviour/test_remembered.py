"""What is remembered of templates: by the object itself, and gone when it is to be forgotten."""

import numpy as np

from watchword.behaviour.remembered import Same, forget, remembered
from watchword.behaviour.template import Shelf, entry


def shelf_of(*values: float) -> Shelf:
    return Shelf(tuple(entry("", 1, np.array([one, one])) for one in values), len(values))


def test_the_same_object_is_asked_once_an_equal_one_again() -> None:
    asked: list[Shelf] = []

    @remembered(8)
    def size(same: Same[Shelf]) -> int:
        asked.append(same.one)
        return len(same.one.entries)

    one, equal = shelf_of(1.0, 2.0), shelf_of(1.0, 2.0)
    assert [size(Same(shelf)) for shelf in (one, one, equal, one)] == [2, 2, 2, 2]
    assert [shelf is one for shelf in asked] == [True, False]
    forget()
    assert size(Same(one)) == 2
    assert len(asked) == 3


def test_a_shelf_is_packed_once_and_oldest_first() -> None:
    shelf = shelf_of(1.0, 2.0)
    assert shelf.packed is shelf.packed
    assert shelf.packed == b"".join(one.vector for one in shelf.entries)
    assert shelf.matrix.tolist() == [[1.0, 1.0], [2.0, 2.0]]
    assert Shelf().packed == b""
