"""The simulated service behaves like the one it was matched to, and the same seed gives the same world."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from ipaddress import ip_address
from statistics import mean, median

import pytest

from watchword.events.account_activity import AccountActivity
from watchword.events.codec import decode_event, encode_event
from watchword.events.login import Login
from watchword.learning.addresses import POOL, AddressBook, invented_ranges
from watchword.learning.carriers import Carrier, every_carrier
from watchword.learning.crowd import Stage, tell
from watchword.learning.people import Habits, Person, live, make_person, make_town

BEGINS = datetime(2025, 1, 6, tzinfo=UTC)
BOOK = AddressBook(invented_ranges(every_carrier()))


def populate(seed: int, count: int, habits: Habits | None = None) -> tuple[Stage, list[Person]]:
    stage = Stage(make_town(seed, habits or Habits(), BOOK), BEGINS)
    people = [make_person(stage.town, number) for number in range(count)]
    for person in people:
        live(stage.town, person, 365)
    return stage, people


@pytest.fixture(scope="module")
def service() -> tuple[Stage, list[Person]]:
    return populate(5, 3000)


def test_log_ins_a_year_are_those_of_the_sign_on_service(service: tuple[Stage, list[Person]]) -> None:
    counts = [len(person.visits) for person in service[1]]
    assert 3.6 < mean(counts) < 4.6
    assert median(counts) == 2
    assert 0.05 < sum(count >= 12 for count in counts) / len(counts) < 0.09
    assert 0.003 < sum(count >= 39 for count in counts) / len(counts) < 0.012


def test_about_73_of_100_attempts_succeed(service: tuple[Stage, list[Person]]) -> None:
    told = tell(*service)
    results = Counter(one.event.result for one in told if isinstance(one.event, Login))
    assert 0.71 < results["success"] / results.total() < 0.75
    assert any(one.event.activity == "reset_password" for one in told if isinstance(one.event, AccountActivity))


def test_hours_and_weekdays_are_peoples(service: tuple[Stage, list[Person]]) -> None:
    hours = Counter(int(visit.at_s / 3600) % 24 for person in service[1] for visit in person.visits)
    assert sum(hours[hour] for hour in range(8, 20)) / hours.total() > 0.6
    assert sum(hours[hour] for hour in range(1, 5)) / hours.total() < 0.10
    days = Counter(int(visit.at_s / 86400) % 7 for person in service[1] for visit in person.visits)
    assert days[1] > days[5]


def test_events_are_ordered_valid_and_their_own(service: tuple[Stage, list[Person]]) -> None:
    told = tell(*service)
    times = [one.event.occurred_at for one in told]
    assert times == sorted(times)
    assert len({one.event.id for one in told}) == len(told)
    for one in told[::97]:
        assert decode_event(encode_event(one.event)) == one.event
        assert ip_address(one.event.ip or "").is_global


def test_the_same_seed_gives_the_same_people_however_many_there_are() -> None:
    few, many = populate(9, 5)[1], populate(9, 50)[1]
    assert [person.visits for person in few] == [person.visits for person in many[:5]]
    assert populate(10, 5)[1][0].visits != few[0].visits


def test_nobody_logs_in_from_an_aeroplane() -> None:
    """Between log-ins from two countries lies the time of a journey, but for those who use a VPN."""
    _, people = populate(3, 700, Habits(yearly_median=150, trips_yearly=6, vpn_users=0))
    gaps = [
        later.at_s - earlier.at_s
        for person in people
        for earlier, later in zip(person.visits, person.visits[1:], strict=False)
        if earlier.carrier.country != later.carrier.country
    ]
    assert len(gaps) > 50
    assert sum(gap < 6 * 3600 for gap in gaps) / len(gaps) < 0.02


def test_addresses_stay_within_their_carrier() -> None:
    carrier = Carrier("NO", 2119)
    ((first, last),) = invented_ranges([carrier])["NO", 2119]
    book = AddressBook({("NO", 2119): [(first, first + 299), (last - 299, last)]})
    inside = {int(ip_address(book.at(carrier, index))) for index in range(600)}
    assert all(first <= number <= first + 299 or last - 299 <= number <= last for number in inside)
    assert not any(number & 0xFF in (0, 255) for number in inside)


def test_a_mobile_pool_is_small_and_always_the_same(service: tuple[Stage, list[Person]]) -> None:
    town, carrier = service[0].town, Carrier("NO", 25400, "mobile")
    drawn = {BOOK.pooled(carrier, town.randomness(number)) for number in range(20_000)}
    assert len(drawn) <= POOL
