"""Log-ins judged by context alone, and by context and the rhythm of their form together.

Read first: the log-ins are simulated (`benchmarks.logins`), the typing is not: every user types as one person of the
CMU set (their own last repetitions, in order), the attacker as another person of it. The attacker is the hardest twin:
the same providers, the same kind of device and system, at home or on the move. He types the password for the first
times (the set's repetitions 1-5, its own protocol); `practised` has him after 395 repetitions of it. All 51 people type
the same text. Nothing of the product was trained on these people: no background model is loaded.

`challenged`: the share of honest log-ins, from each user's second on, that score over the threshold at which 99 of 100
twins are stopped.
"""

from __future__ import annotations

import argparse
import asyncio
from collections import defaultdict
from collections.abc import Sequence
from random import Random
from time import perf_counter
from typing import Literal

from msgspec.structs import replace
from numpy.typing import NDArray

from benchmarks.behaviour.reference import cmu
from benchmarks.logins import TPR, challenged
from benchmarks.measuring import announce, conclude
from watchword.events.login import FormBehavior, Login
from watchword.events.samples import Focus, Key, RawSample
from watchword.learning.crowd import HONEST, Labelled, Stage
from watchword.learning.people import Person
from watchword.learning.trial import Aim, Service, Trial, make_service, make_trial, run
from watchword.learning.twins import twin
from watchword.rhythms import Rhythms
from watchword.stores.memory_sessions import MemorySessions

SEED = 1012
USERS = 15_000
Practice = Literal["first", "practised"]
REPETITIONS = 400
FIELD = "password"


class Typing:
    """Who types like whom: users and attackers as people of the set, by chance that the seed decides."""

    def __init__(self, seed: int, practice: Practice) -> None:
        self.times: NDArray = cmu()[0]
        self.seed = seed
        self.practice = practice

    def owner(self, user_id: str) -> int:
        """The person of the set that this user is."""
        return Random(f"{self.seed}:types:{user_id}").randrange(len(self.times))

    def attacker(self, user_id: str, name: str) -> tuple[int, int]:
        """Another one, and which of their repetitions the attack is."""
        rng = Random(f"{self.seed}:attacks:{name}")
        other = (self.owner(user_id) + rng.randrange(1, len(self.times))) % len(self.times)
        at = rng.randrange(5)
        return other, at if self.practice == "first" else REPETITIONS - 5 + at

    def form(self, person: int, repetition: int) -> FormBehavior:
        """What the collector sends of that repetition."""
        samples: list[RawSample] = []
        for position, (down, up) in enumerate(self.times[person, repetition].tolist()):
            samples.append(Key(seq=1, t=500 + down, down=True, field=FIELD, pos=position))
            samples.append(Key(seq=1, t=500 + up, down=False, field=FIELD, pos=position))
        samples.append(Focus(seq=1, t=max(sample.t for sample in samples) + 40, field=FIELD, on=False))
        samples.sort(key=lambda sample: sample.t)
        return FormBehavior(events=tuple(replace(sample, seq=at) for at, sample in enumerate(samples, 1)))


def typed(told: Sequence[Labelled], typing: Typing) -> list[Labelled]:
    """The honest events, each successful log-in with its form: everybody's last repetitions, in order."""
    whole: dict[str, int] = defaultdict(int)
    for one in told:
        whole[str(one.event.user_id)] += _entered(one)
    left, made = dict(whole), []
    for one in told:
        user = str(one.event.user_id)
        if not _entered(one) or left[user] > REPETITIONS:
            made.append(one)
            left[user] -= _entered(one)
            continue
        form = typing.form(typing.owner(user), REPETITIONS - left[user])
        left[user] -= 1
        made.append(replace_event(one, form))
    return made


def replace_event(one: Labelled, form: FormBehavior) -> Labelled:
    """The same log-in with a form."""
    return Labelled(replace(one.event, behavior=form), one.truth, one.incident)


def aim_with(typing: Typing | None) -> Aim:
    """The hardest twin, typing as somebody else where there is typing at all."""

    def aim(stage: Stage, _rng: Random, victim: Person, at_s: float, name: str) -> Labelled:
        attack = twin(stage, "isp_device", victim, at_s, name)
        if typing is None:
            return attack
        return replace_event(attack, typing.form(*typing.attacker(victim.user_id, name)))

    return aim


async def judge(service: Service, typing: Typing | None) -> dict[str, list[float]]:
    """The scores of honest log-ins (from the second on) and of attacks."""
    trial: Trial = make_trial(service, scorecard="log_odds")
    if typing is not None:
        trial.engine.rhythms = Rhythms(MemorySessions())
        trial.told[:] = typed(trial.told, typing)
    scores: dict[str, list[float]] = defaultdict(list)
    known: set[str] = set()
    async for one, decision in run(trial, [aim_with(typing)]):
        if not _entered(one):
            continue
        user = str(one.event.user_id)
        if user in known:
            scores[HONEST if one.honest else "twin"].append(decision.score)
        if one.honest:
            known.add(user)
    return scores


def _entered(one: Labelled) -> bool:
    return isinstance(one.event, Login) and one.event.succeeded


def main() -> None:
    """Measures and prints; the last line is that of the CMU set's own protocol."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--seed", type=int, default=SEED)
    asked.add_argument("--users", type=int, default=USERS)
    options = asked.parse_args()
    announce("bench-fused")
    began = perf_counter()
    service = make_service(options.seed, options.users)
    rows: dict[str, float] = {}
    for name, practice in (("context", None), ("fused", "first"), ("practised", "practised")):
        typing = Typing(options.seed, practice) if practice is not None else None  # type: ignore[arg-type]
        scores = asyncio.run(judge(service, typing))
        rows[name] = round(challenged(scores[HONEST], scores["twin"]), 4)
        print(
            f"  {name:<10} challenged {rows[name]:.4f} of {len(scores[HONEST]):,} honest log-ins at TPR {TPR}, "
            f"{len(scores['twin']):,} attacks, {rows[name] / rows['context']:.3f} of context alone",
            flush=True,
        )
    print(f"\n{perf_counter() - began:.0f} s")
    conclude({**rows, "tpr": TPR})


if __name__ == "__main__":
    main()
