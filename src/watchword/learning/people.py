"""Simulated people: where they live, what they own, how often and from where they log in.

The figures of `Habits` come from a log-in generator that was matched to the published re-authentication rates of a
Norwegian sign-on service (Wiefling et al. 2022: 3.3 million users, 31.3 million log-ins).
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field
from math import exp
from random import Random

from watchword.learning.addresses import AddressBook
from watchword.learning.carriers import (
    HOME_COUNTRY,
    HOURS_AHEAD,
    TRAVEL,
    VPN_EXITS,
    Carrier,
    draw,
    line_in,
    mobile_in,
    vpn_in,
)  # fmt: skip
from watchword.learning.devices import Device, new_device

WEEKDAYS = (0.151, 0.154, 0.150, 0.148, 0.142, 0.125, 0.130)
"""Share of log-ins by weekday, Monday first."""
DAY_S = 86_400.0
JOURNEY_DAYS = 0.6


@dataclass(frozen=True, slots=True)
class Habits:
    """What the people of a simulated service do. Durations in days, shares 0-1.

    `yearly_median` and `yearly_sigma` are the log-normal number of log-ins a person makes in a year.
    """

    yearly_median: float = 1.86
    yearly_sigma: float = 1.2
    most_yearly: float = 365.0
    abroad: float = 0.002
    vpn_users: float = 0.01
    vpn_use: float = 0.7
    vpn_exits: int = 150
    static_line: float = 0.40
    lease_days: float = 75.0
    places: tuple[float, float, float] = (3.48, 1.8, 0.72)
    mobile_sticky: float = 0.62
    trips_yearly: float = 1.3
    trip_days: float = 6.0
    trip_abroad: float = 0.55
    roaming: float = 0.5
    devices: tuple[float, float, float] = (0.48, 0.36, 0.16)
    new_device_days: float = 540.0
    bursts: float = 0.25
    fumbles: float = 0.22


@dataclass(frozen=True, slots=True)
class Visit:
    """One log-in of an honest person: seconds since the world began, from where, and with what."""

    at_s: float
    ip: str
    carrier: Carrier
    device: Device
    agent: str


@dataclass(frozen=True, slots=True)
class Trip:
    """A time away from home."""

    first_day: float
    last_day: float
    carrier: Carrier
    ip: str
    abroad: bool


@dataclass(slots=True)
class Person:
    """Somebody with an account. `places` are the shares of log-ins from home, on the move, and at work."""

    user_id: str
    country: str
    home: Carrier
    mobile: Carrier
    work: Carrier
    home_block: int
    work_ip: str
    devices: list[Device]
    device_weights: tuple[float, ...]
    places: tuple[float, float, float]
    yearly: float
    static_line: bool
    uses_vpn: bool
    peak_hour: float
    joined_days_ago: float
    visits: list[Visit] = field(default_factory=list)

    def device_at(self, at_s: float) -> Device:
        """The device last used before that time, or the first ever used."""
        used = [visit.device for visit in self.visits[: bisect_right(self.visits, at_s, key=lambda visit: visit.at_s)]]
        return used[-1] if used else self.devices[0]


@dataclass(frozen=True, slots=True)
class Town:
    """What all people of one simulated world share: habits, addresses and the exits of VPN providers."""

    seed: int
    habits: Habits
    book: AddressBook
    exits: tuple[tuple[Carrier, str], ...]

    def randomness(self, *what: object) -> Random:
        """Random numbers of their own for one thing of this world, the same each time."""
        return Random(":".join(map(str, (self.seed, *what))))  # noqa: S311 - nothing here is a secret


def make_town(seed: int, habits: Habits, book: AddressBook) -> Town:
    """A world of that seed. The same seed, habits and addresses give the same people."""
    rng = Random(f"{seed}:exits")  # noqa: S311
    carriers = [vpn_in(draw(rng, VPN_EXITS), rng) for _ in range(habits.vpn_exits)]
    return Town(seed, habits, book, tuple((carrier, book.anywhere(carrier, rng)) for carrier in carriers))


def make_person(town: Town, number: object, country: str | None = None) -> Person:
    """Person `number` of that world, without a life yet; the number alone decides who they are."""
    rng, habits = town.randomness("person", number), town.habits
    country = country or (HOME_COUNTRY if rng.random() >= habits.abroad else draw(rng, TRAVEL))
    home = line_in(country, rng)
    work = line_in(country, rng) if country == HOME_COUNTRY else home
    devices = [new_device(rng) for _ in range(1 + draw(rng, tuple(enumerate(habits.devices))))]
    shares = _shares(rng, habits.places)
    if not any(device.kind == "mobile" for device in devices):
        shares = (shares[0] + shares[1], 0.0, shares[2])
    yearly = habits.yearly_median * exp(rng.gauss(0, habits.yearly_sigma))
    return Person(
        user_id=f"user-{number}",
        country=country,
        home=home,
        mobile=mobile_in(country, rng),
        work=work,
        home_block=town.book.block(home, rng),
        work_ip=town.book.anywhere(work, rng),
        devices=devices,
        device_weights=_shares(rng, (4.0, 1.5, 0.8)[: len(devices)]),
        places=(shares[0], shares[1], shares[2]),
        yearly=min(habits.most_yearly, max(0.4, yearly)),
        static_line=rng.random() < habits.static_line,
        uses_vpn=rng.random() < habits.vpn_users,
        peak_hour=draw(rng, ((9.0, 0.30), (13.0, 0.35), (20.0, 0.35))),
        joined_days_ago=rng.uniform(5, 1500),
    )


def live(town: Town, person: Person, days: float) -> list[Visit]:
    """The person's log-ins in the first `days` of the world, in time order. Devices change on the way."""
    life = _Life(town, person, town.randomness("life", person.user_id), days)
    person.visits = [life.visit(at_s) for at_s in life.times() if not life.under_way(at_s / DAY_S)]
    return person.visits


def glimpse(town: Town, person: Person, at_s: float) -> Visit:
    """One log-in of that person at that time from a usual place (home, on the move or work), their life apart."""
    life = _Life(town, person, town.randomness("glimpse", person.user_id, at_s), 1.0)
    day = at_s / DAY_S
    device = draw(life.rng, tuple(zip(person.devices, person.device_weights, strict=True)))
    carrier, ip = life.usual(day, device)
    return Visit(at_s, ip, carrier, device, device.agent(day))


class _Life:
    """The state that changes while a person lives: current lease, VPN exit, mobile address and main device."""

    def __init__(self, town: Town, person: Person, rng: Random, days: float) -> None:
        self.town, self.person, self.rng, self.days = town, person, rng, days
        self.home_ip = town.book.leased(person.home, person.home_block, rng)
        self.lease_ends = self._lease()
        self.device_ends = rng.expovariate(1 / town.habits.new_device_days)
        self.exit: tuple[Carrier, str] | None = None
        self.mobile_ip, self.mobile_day = "", -1.0
        self.trips = list(self._trips())

    def times(self) -> list[float]:
        """When the person logs in, in seconds: by weekday and hour of habit, a part of them in bursts."""
        rng, habits, person = self.rng, self.town.habits, self.person
        count = max(1, _poisson(rng, person.yearly * self.days / 365))
        whole = sorted(self._day() for _ in range(count))
        for index in range(1, count):
            if rng.random() < habits.bursts:
                whole[index] = min(whole[index - 1] + rng.expovariate(1 / 0.35), self.days - 0.01)
        ahead = HOURS_AHEAD[person.country]
        hours = [(rng.gauss(person.peak_hour, 3.6) % 24 - ahead) % 24 for _ in whole]
        return sorted((int(day) + hour / 24) * DAY_S for day, hour in zip(whole, hours, strict=True))

    def under_way(self, day: float) -> bool:
        """Whether the person sits in an aeroplane: to or from a place abroad, and logs in nowhere."""
        ends = (end for trip in self.trips if trip.abroad for end in (trip.first_day, trip.last_day))
        return any(0 <= day - end < JOURNEY_DAYS for end in ends)

    def visit(self, at_s: float) -> Visit:
        """One log-in at that time."""
        day = at_s / DAY_S
        device = self._device(day)
        trip = next((trip for trip in self.trips if trip.first_day <= day < trip.last_day), None)
        if trip is not None:
            carrier, ip = trip.carrier, trip.ip
        elif self.person.uses_vpn and self.rng.random() < self.town.habits.vpn_use:
            carrier, ip = self._exit()
        else:
            carrier, ip = self.usual(day, device)
        return Visit(at_s, ip, carrier, device, device.agent(day))

    def usual(self, day: float, device: Device) -> tuple[Carrier, str]:
        """The network and address of a log-in when the person is not away."""
        home, mobile, work = self.person.places
        mobile = mobile if device.kind == "mobile" else 0.0
        where = draw(self.rng, (("home", home), ("mobile", mobile), ("work", work)))
        if where == "work":
            return self.person.work, self.person.work_ip
        if where == "mobile":
            return self.person.mobile, self._mobile_ip(day)
        if not self.person.static_line and day > self.lease_ends:
            self.home_ip = self.town.book.leased(self.person.home, self.person.home_block, self.rng)
            self.lease_ends = day + self._lease()
        return self.person.home, self.home_ip

    def _day(self) -> float:
        while True:
            day = self.rng.random() * self.days
            if self.rng.random() * max(WEEKDAYS) < WEEKDAYS[int(day) % 7]:
                return day

    def _device(self, day: float) -> Device:
        person = self.person
        if day > self.device_ends:
            person.devices[0] = new_device(self.rng, person.devices[0].kind)
            self.device_ends = day + self.rng.expovariate(1 / self.town.habits.new_device_days)
        return draw(self.rng, tuple(zip(person.devices, person.device_weights, strict=True)))

    def _mobile_ip(self, day: float) -> str:
        recent = self.mobile_ip and day - self.mobile_day < 0.5
        if not (recent and self.rng.random() < self.town.habits.mobile_sticky):
            self.mobile_ip = self.town.book.pooled(self.person.mobile, self.rng)
        self.mobile_day = day
        return self.mobile_ip

    def _exit(self) -> tuple[Carrier, str]:
        if self.exit is None or self.rng.random() < 0.15:
            self.exit = self.rng.choice(self.town.exits)
        return self.exit

    def _lease(self) -> float:
        return self.rng.expovariate(1 / self.town.habits.lease_days)

    def _trips(self) -> Iterator[Trip]:
        rng, habits, person, book = self.rng, self.town.habits, self.person, self.town.book
        for _ in range(_poisson(rng, habits.trips_yearly * self.days / 365)):
            first = rng.random() * self.days
            last = first + rng.expovariate(1 / habits.trip_days) + 1
            country = draw(rng, TRAVEL) if rng.random() < habits.trip_abroad else person.country
            if country != person.country and rng.random() < habits.roaming:
                yield Trip(first, last, person.mobile, book.pooled(person.mobile, rng), True)
            else:
                carrier = line_in(country, rng)
                yield Trip(first, last, carrier, book.anywhere(carrier, rng), country != person.country)


def _shares(rng: Random, weights: tuple[float, ...]) -> tuple[float, ...]:
    """One draw of a Dirichlet distribution."""
    parts = [rng.gammavariate(weight, 1.0) for weight in weights]
    total = sum(parts)
    return tuple(part / total for part in parts)


def _poisson(rng: Random, mean: float) -> int:
    """A Poisson number, by counting exponential gaps."""
    count, left = 0, mean
    while (left := left - rng.expovariate(1.0)) > 0:
        count += 1
    return count
