"""A simulated service in front of an engine: honest people are assessed as they come, attackers only in preview.

So attacks see the state of the moment and leave no trace in it: each is judged as if it were the first.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from watchword.bootstrap import memory_engine
from watchword.engine import Engine
from watchword.enrichment.sources import embedded_asn, embedded_countries, open_enricher
from watchword.events.login import Login
from watchword.learning.addresses import AddressBook, real_ranges
from watchword.learning.attackers import CAMPAIGNS, SINGLE, Scene
from watchword.learning.carriers import every_carrier
from watchword.learning.crowd import Labelled, Stage, tell
from watchword.learning.people import DAY_S, Habits, Person, live, make_person, make_town
from watchword.learning.replay import Judged, VirtualClock, answer
from watchword.learning.twins import KINDS, Twin, twin

BEGINS = datetime(2025, 1, 6, tzinfo=UTC)
RETENTION = timedelta(days=400)
ENOUGH_PEOPLE = 500
"""Attacks begin when so many people have logged in once."""

Service = tuple[Stage, list[Person]]
Aim = Callable[[Stage, Random, Person, float, str], Labelled]


@dataclass(frozen=True, slots=True)
class Trial:
    """A year of a service. `attacked` is the share of honest log-ins at the time of which somebody is attacked."""

    stage: Stage
    people: dict[str, Person]
    told: list[Labelled]
    engine: Engine
    clock: VirtualClock
    attacked: float = 0.12


def real_addresses() -> AddressBook:
    """The addresses of all carriers of the generator, from the packs in the package."""
    return AddressBook(real_ranges(embedded_countries(), embedded_asn(), every_carrier()))


def make_service(seed: int, people: int, habits: Habits | None = None) -> Service:
    """A year of that many people."""
    stage = Stage(make_town(seed, habits or Habits(), real_addresses()), BEGINS)
    born = [make_person(stage.town, number) for number in range(people)]
    for person in born:
        live(stage.town, person, 365)
    return stage, born


def make_trial(service: Service, **changes: Any) -> Trial:
    """That service in front of a new engine in memory; `changes` are live settings by wire name.

    The engine's stop-watch stands still, so that no part is ever late: a busy machine gives the same decisions.
    """
    stage, people = service
    clock = VirtualClock()
    engine = memory_engine(open_enricher(None), clock, **changes)
    engine.retention, engine.ticks = RETENTION, lambda: 0
    return Trial(stage, {person.user_id: person for person in people}, tell(stage, people), engine, clock)


async def run(trial: Trial, aims: Sequence[Aim]) -> AsyncIterator[Judged]:
    """Every honest event and, beside some of them, one attack of each aim on somebody drawn uniformly over people."""
    rng = trial.stage.town.randomness("victims")
    known: set[str] = set()
    victims: list[Person] = []
    for one in trial.told:
        trial.clock.reach(one.event.occurred_at)
        entered = isinstance(one.event, Login) and one.event.succeeded
        if entered and len(victims) >= ENOUGH_PEOPLE and rng.random() < trial.attacked:
            async for judged in _attack(trial, aims, rng.choice(victims), one):
                yield judged
        decision = await trial.engine.assess(one.event)
        yield one, decision
        if entered:
            await answer(trial.engine, trial.clock, one, decision)
        name = one.event.user_id
        if entered and name is not None and name not in known:
            known.add(name)
            victims.append(trial.people[name])


async def run_campaigns(trial: Trial, times: int) -> AsyncIterator[Judged]:
    """That many campaigns of each kind after the year, one an hour and with effect: rates only rise when counted."""
    rng = trial.stage.town.randomness("campaigns")
    people = list(trial.people.values())
    for number in range(times):
        for place, (kind, (attack, size)) in enumerate(CAMPAIGNS.items()):
            at_s = (366 + (number * len(CAMPAIGNS) + place) / 24) * DAY_S
            scene = Scene(trial.stage, rng, at_s, rng.sample(people, size), f"{kind}-{number}")
            for one in attack(scene):
                trial.clock.reach(one.event.occurred_at)
                yield one, await trial.engine.assess(one.event)


async def _attack(trial: Trial, aims: Sequence[Aim], victim: Person, beside: Labelled) -> AsyncIterator[Judged]:
    at_s = (beside.event.occurred_at - trial.stage.begins).total_seconds()
    rng = trial.stage.town.randomness("attack", beside.event.id)
    for number, aim in enumerate(aims):
        attack = aim(trial.stage, rng, victim, at_s, f"{beside.event.id}-{number}")
        yield attack, await trial.engine.preview(attack.event)


def twin_aim(kind: Twin) -> Aim:
    """Twins of that kind."""
    return lambda stage, rng, victim, at_s, name: twin(stage, kind, victim, at_s, name)


def single_aim(kind: str) -> Aim:
    """The log-in with the right password of that kind of attacker."""
    return lambda stage, rng, victim, at_s, name: next(iter(SINGLE[kind](Scene(stage, rng, at_s, [victim], name))))


TWIN_AIMS: dict[str, Aim] = {f"twin_{kind}": twin_aim(kind) for kind in KINDS}
SINGLE_AIMS: dict[str, Aim] = {kind: single_aim(kind) for kind in SINGLE}
