"""What waits to be learnt of a person: bounded, thinned fairly, dropped near a doubt."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from watchword.state.person import MAX_WAITING, Person, Waiting, pack, unpack

DAY = 24 * 3_600_000


def held(*closed_ms: int, near_ms: int = 0, person: Person | None = None) -> Person:
    person = person or Person()
    for at in closed_ms:
        person = person.holding(Waiting(at.to_bytes(8, "big"), at), near_ms)
    return person


def times(person: Person) -> list[int]:
    return [one.closed_ms for one in person.waiting]


@given(st.lists(st.integers(1, 10**12), unique=True))
def test_at_most_eight_wait_in_order_and_the_oldest_is_among_them(closed: list[int]) -> None:
    person = held(*closed)
    assert times(person) == sorted(times(person)) and len(person.waiting) == min(MAX_WAITING, len(closed))
    assert not closed or times(person)[0] == min(closed)
    assert held(*closed, person=person).waiting[:1] == person.waiting[:1]


@given(st.lists(st.integers(3 * DAY, 3 * DAY + 60_000), unique=True, max_size=60))
def test_sessions_in_quick_succession_displace_none_of_another_day(burst: list[int]) -> None:
    apart = [DAY * at for at in (1, 2, 4, 5, 6)]
    person = held(*burst, person=held(*apart))
    assert set(apart) <= set(times(person)) and len(person.waiting) <= MAX_WAITING


def test_a_doubt_drops_what_lies_near_and_keeps_what_follows_out() -> None:
    person = held(DAY, 3 * DAY, 5 * DAY).doubting(5 * DAY, 3 * DAY)
    assert times(person) == [DAY]
    assert times(held(6 * DAY, near_ms=3 * DAY, person=person)) == [DAY]
    assert times(held(8 * DAY, near_ms=3 * DAY, person=person)) == [DAY, 8 * DAY]
    assert person.doubting(2 * DAY, DAY).doubted_ms == 5 * DAY
    assert unpack(pack(person)) == person
