"""Seeded, frozen workloads: the same events in every run and on every machine."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from msgspec import Struct

from watchword.events.event import Event
from watchword.events.login import Login

START = datetime(2026, 9, 1, tzinfo=UTC)
CHROME = (
    "Mozilla/5.0 ({}) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{}.0.0.0 Safari/537.36",
    ("Windows NT 10.0; Win64; x64", "Macintosh; Intel Mac OS X 10_15_7", "X11; Linux x86_64"),
)
NETWORKS = ("81.166.{}.{}", "84.208.{}.{}", "92.220.{}.{}", "193.71.{}.{}", "2.148.{}.{}")
FAR = ("200.147.{}.{}", "203.104.{}.{}", "41.203.{}.{}", "110.32.{}.{}")


class Person(Struct, frozen=True):
    """One user of a workload: the address, agent and device they come from."""

    name: str
    ip: str
    user_agent: str
    device: str


def people(count: int, seed: int = 1) -> list[Person]:
    """That many users, each with an address in Norway, a browser and a device."""
    rng = random.Random(seed)
    return [_person(rng, number) for number in range(count)]


def history(who: list[Person], logins: int, seed: int = 2) -> Iterator[Login]:
    """`logins` ordinary log-ins for every user, spread over eighty days, in order of time."""
    rng = random.Random(seed)
    for day in range(logins):
        for person in who:
            at = START + timedelta(days=4 * day, seconds=rng.randrange(28_800, 72_000))
            yield _login(person, f"h{day}-{person.name}", at)


def traffic(who: list[Person], count: int, start: datetime, seed: int = 3) -> Iterator[Event]:
    """`count` log-ins a tenth of a second apart: three in four ordinary, the rest with something to find."""
    rng = random.Random(seed)
    for number in range(count):
        person = rng.choice(who)
        at = start + timedelta(milliseconds=100 * number)
        yield _login(_odd(person, rng) if rng.random() < 0.25 else person, f"t{seed}-{number}", at, rng.random() < 0.9)


def _person(rng: random.Random, number: int) -> Person:
    pattern, systems = CHROME
    return Person(
        f"user-{number}",
        rng.choice(NETWORKS).format(rng.randrange(256), rng.randrange(1, 255)),
        pattern.format(rng.choice(systems), rng.randrange(120, 140)),
        f"device-{number}",
    )


def _odd(person: Person, rng: random.Random) -> Person:
    changes = ({"device": f"device-x{rng.randrange(10**9)}"}, {"ip": _far(rng)}, {"user_agent": "python-requests/2.32"})
    chosen = rng.choice(changes)
    return Person(**{**{name: getattr(person, name) for name in person.__struct_fields__}, **chosen})


def _far(rng: random.Random) -> str:
    return rng.choice(FAR).format(rng.randrange(256), rng.randrange(1, 255))


def _login(person: Person, identity: str, at: datetime, succeeded: bool = True) -> Login:
    return Login(
        id=identity,
        occurred_at=at,
        user_id=person.name,
        ip=person.ip,
        user_agent=person.user_agent,
        device_fingerprint=person.device,
        result="success" if succeeded else "failure",
    )
