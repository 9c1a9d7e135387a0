"""Everything an assessment depends on besides the event and the state: read once, replaced whole, never changed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Literal

from msgspec import Struct
from msgspec.structs import force_setattr

from watchword.policy.breaker import Rest
from watchword.policy.decision import Action, Blend, Decision, Terms
from watchword.policy.lists import Lists
from watchword.policy.pace import Budget
from watchword.policy.rulebook import Rulebook
from watchword.scoring.evidence import Evidence
from watchword.scoring.scorecard import Scored, weighted_average
from watchword.signals.limits import Limits
from watchword.signals.relief import spared
from watchword.signals.signal import TRAITS, Context, Detect, Signal
from watchword.state.population import Population

Scorecard = Callable[[Sequence[Evidence], Context], Scored]
Model = Callable[[Context, Sequence[Evidence]], Blend]
Tell = Callable[[str, str], Struct | None]
"""From an action and a locale to the message for the person it stops; None where nobody is stopped."""

Offer = Callable[[Decision], Struct | None]
"""From a decision to the challenge that it asks for; None where it asks for none."""


class Scheme(Struct, frozen=True):
    """A way to get from evidence to an action. The live one, or a variant judged beside it and only recorded."""

    name: str = "live"
    terms: Terms = Terms()
    scorecard: Scorecard = lambda found, _context: weighted_average(found)
    rulebook: Rulebook = Rulebook()


Parts = tuple[tuple[str, Detect, Signal], ...]


class Asked(Struct, frozen=True):
    """Which of the signals are asked: by the kind of an event, then by its traits (`signals.signal.traits_of`)."""

    signals: tuple[Signal, ...] = ()
    by_kind: dict[str, tuple[Parts, ...]] = {}


class World(Struct, frozen=True):
    """One consistent view of settings, signals, scorecard, policy and versions.

    `asked` is made of `signals`. `missing` is what is answered at
    least where a part did not answer; `model` is blended in where it is `model_wanted`.
    """

    signals: tuple[Signal, ...]
    limits: Limits = Limits()
    scheme: Scheme = Scheme()
    variants: tuple[Scheme, ...] = ()
    lists: Lists = Lists()
    mode: Literal["enforce", "monitor"] = "enforce"
    rollout_share: float = 1.0
    enabled: bool = True
    missing: Action = "allow"
    budget: Budget = Budget()
    rest: Rest = Rest()
    model: Model | None = None
    model_wanted: bool = False
    spared: Callable[[Context], str | None] = spared
    tell: Tell = lambda _action, _locale: None
    offer: Offer = lambda _decision: None
    debug: bool = False
    population: Population = Population()
    versions: dict[str, Any] = {}
    asked: Asked = Asked()

    def __post_init__(self) -> None:
        if self.asked.signals is not self.signals:
            force_setattr(self, "asked", Asked(self.signals, _by_kind(self.signals)))


def _by_kind(signals: tuple[Signal, ...]) -> dict[str, tuple[Parts, ...]]:
    kinds = {kind for one in signals for kind in one.kinds}
    every = range(1 << len(TRAITS))
    return {kind: tuple(_parts(signals, kind, traits) for traits in every) for kind in kinds}


def _parts(signals: tuple[Signal, ...], kind: str, traits: int) -> Parts:
    return tuple(
        (f"signals.{one.name}", one.detect, one)
        for one in signals
        if kind in one.kinds and (one.trait is None or traits >> TRAITS.index(one.trait) & 1)
    )
