"""A realistic day of a simulated service, with the weeks before it and the truth about every event."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random

from watchword.learning.addresses import AddressBook
from watchword.learning.attackers import CAMPAIGNS, SINGLE, Scene
from watchword.learning.carriers import Weighted, draw
from watchword.learning.crowd import Labelled, Stage, monday_before, tell
from watchword.learning.people import DAY_S, Habits, Person, Town, live, make_person, make_town

REGULARS = Habits(yearly_median=120.0, yearly_sigma=0.9, most_yearly=1500.0)
"""People of a service that is used several times a week: enough history within weeks to know them by."""

BREAK_INS: Weighted[str] = (
    ("naive", 0.58), ("vpn", 0.12), ("bot", 0.12), ("travel", 0.08), ("tor", 0.06), ("targeted", 0.04),
)  # fmt: skip
"""After the 141 confirmed takeovers of Wiefling et al. (2022): nine in ten from abroad, half by listed addresses."""


@dataclass(frozen=True, slots=True)
class Plan:
    """How large a day to make. `collected` is the share of people whose browser sends a device fingerprint."""

    seed: int = 7
    people: int = 500
    warm_up_days: int = 28
    break_ins: int = 40
    campaigns: tuple[tuple[str, int], ...] = (("guessing", 5), ("stuffing", 3), ("spraying", 2))
    collected: float = 0.8
    habits: Habits = REGULARS


@dataclass(frozen=True, slots=True)
class Day:
    """The weeks before (honest only, to be replayed fast), the day itself, both in time order, and when it begins."""

    begins: datetime
    town: Town = field(repr=False)
    history: list[Labelled] = field(repr=False)
    events: list[Labelled] = field(repr=False)


def make_day(plan: Plan, book: AddressBook, before: datetime) -> Day:
    """The last whole working day, Monday to Friday, that ends before that moment; the same plan gives the same day."""
    midnight = before.replace(hour=0, minute=0, second=0, microsecond=0)
    begins = midnight - timedelta(days=1)
    while begins.weekday() > 4:
        begins -= timedelta(days=1)
    opened = monday_before(begins - timedelta(days=plan.warm_up_days))
    first_s = (begins - opened).total_seconds()
    stage = Stage(make_town(plan.seed, plan.habits, book), opened, plan.collected)
    people = [make_person(stage.town, number) for number in range(plan.people)]
    for person in people:
        live(stage.town, person, first_s / DAY_S + 1)
    told = tell(stage, people)
    history = [one for one in told if one.event.occurred_at < begins]
    events = [one for one in told if begins <= one.event.occurred_at < begins + timedelta(days=1)]
    events += _attacks(plan, stage, [person for person in people if _known(person, first_s)], first_s)
    return Day(begins, stage.town, history, sorted(events, key=lambda one: one.event.occurred_at))


def _known(person: Person, first_s: float) -> bool:
    return bool(person.visits) and person.visits[0].at_s < first_s


def _attacks(plan: Plan, stage: Stage, victims: Sequence[Person], first_s: float) -> Iterator[Labelled]:
    """The day's attacks, drawn uniformly over people with a history and over the hours."""
    rng = stage.town.randomness("attacks")
    for number in range(plan.break_ins):
        kind = draw(rng, BREAK_INS)
        victim, at_s = rng.choice(victims), first_s + rng.uniform(0, 0.99) * DAY_S
        if kind == "travel":
            victim, at_s = _after_login(rng, victims, first_s)
        yield from SINGLE[kind](Scene(stage, rng, at_s, [victim], f"{plan.seed}-{kind}-{number}"))
    for kind, times in plan.campaigns:
        attack, size = CAMPAIGNS[kind]
        for number in range(times):
            at_s = first_s + rng.uniform(0, 0.9) * DAY_S
            aimed = rng.sample(list(victims), min(size, len(victims)))
            yield from attack(Scene(stage, rng, at_s, aimed, f"{plan.seed}-{kind}-{number}"))


def _after_login(rng: Random, victims: Sequence[Person], first_s: float) -> tuple[Person, float]:
    """Somebody who logged in on that day, and a time within the hour after that."""
    until_s = first_s + 0.95 * DAY_S
    seen = [(victim, visit.at_s) for victim in victims for visit in victim.visits if first_s <= visit.at_s < until_s]
    victim, at_s = rng.choice(seen)
    return victim, at_s + rng.uniform(300, 3000)
