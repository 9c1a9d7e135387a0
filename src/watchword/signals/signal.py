"""What a signal is: a pure function from an event and its context to findings, with the bands it may use."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Literal

from msgspec import Struct

from watchword.behaviour.rhythm import Rhythm
from watchword.enrichment.facts import Facts
from watchword.events.event import Event
from watchword.signals.limits import Limits
from watchword.state.log import Log
from watchword.state.observed import Observed
from watchword.state.population import Population
from watchword.state.profile import Observation, Profile

Severity = Literal["LOW", "MEDIUM", "HIGH", "CRITICAL"]
Family = Literal["VELOCITY", "GEOLOCATION", "DEVICE", "BEHAVIORAL", "NETWORK", "ACCOUNT"]
UNIT = 10_000
"""Scores, confidences and contributions are whole ten-thousandths."""


class Band(Struct, frozen=True):
    """The range of scores of one code: `low + (high - low) x intensity x confidence`."""

    severity: Severity
    low: float
    high: float


class Finding(Struct, frozen=True, gc=False):
    """Something that speaks for fraud. `intensity` 0-1 is how far past the threshold, `confidence` 0-1 how sure."""

    code: str
    intensity: float
    confidence: float
    message: str
    details: dict[str, Any] = {}


class NotEvaluable(Struct, frozen=True, gc=False):
    """Something a signal could not tell, and why."""

    code: str
    reason: str


class Context(Struct, frozen=True, gc=False):
    """All that a signal may look at. `history` is the profile before this event.

    `local_minute` is the minute of the day where the user is, -1 where that is not known; `device` and `session` are
    8-byte hashes, 0 where there is none. `seen` is a log-in in the form in which a profile would learn it; None for
    other events. `rhythm` is how a log-in's form was filled in, None where it did not say.
    """

    event: Event
    facts: Facts
    observed: Observed
    limits: Limits
    at_ms: int
    local_minute: int
    device: int
    machine: bool = False
    population: Population = Population()
    seen: Observation | None = None
    session: int = 0
    rhythm: Rhythm | None = None

    @property
    def history(self) -> Profile:
        """The user's profile before this event."""
        return self.observed.profile

    def log(self, name: str) -> Log | None:
        """The log of that name, or None where the event has no such entity or came too late for it."""
        return self.observed.logs.get(name)


Trait = Literal["flags", "hints", "claim", "record", "form"]
"""What only some events have: an address that is not just somebody's line, signs at the client or a tool's name, a
claimed place, something of the account that the application or a list knows, how the form was filled in."""

TRAITS: tuple[Trait, ...] = ("flags", "hints", "claim", "record", "form")
Outcome = Finding | NotEvaluable
Detect = Callable[[Context], Iterable[Outcome]]


class Signal(Struct, frozen=True):
    """A detector: its family, the events it looks at, the logs it reads, and a band for every code it may find.

    One with a `trait` has nothing to say of events without it, and is not asked.
    """

    name: str
    family: Family
    kinds: tuple[str, ...]
    bands: dict[str, Band]
    detect: Detect
    reads: tuple[str, ...] = ()
    doc: str = ""
    setting: str | None = None
    trait: Trait | None = None


def signal(
    family: Family,
    bands: dict[str, Band],
    *,
    kinds: tuple[str, ...] = ("login",),
    reads: tuple[str, ...] = (),
    setting: str | None = None,
    trait: Trait | None = None,
) -> Callable[[Detect], Signal]:
    """Makes a signal of a function; its docstring becomes the text of the reference and the console.

    `reads` names the logs it needs (`state.plan.LOGS`), `setting` the on/off setting that removes it, `trait` what an
    event must have for it to find anything.
    """

    def make(detect: Detect) -> Signal:
        name: str = detect.__name__
        return Signal(name, family, kinds, bands, detect, reads, (detect.__doc__ or "").strip(), setting, trait)

    return make


def traits_of(context: Context) -> int:
    """The traits of an event, a bit for each of `TRAITS`."""
    event, facts = context.event, context.facts
    network = facts.network
    found = 0
    if network.kind != "access" or network.abuse_sources or network.known_bot:
        found = 1
    if facts.hints or facts.agent.tool is not None:
        found |= 2
    if event.geolocation is not None:
        found |= 4
    if event.user is not None or facts.disposable_email:
        found |= 8
    if context.rhythm is not None:
        found |= 16
    return found


def ramp(value: float, threshold: float, saturation: float) -> float:
    """How far `value` lies past `threshold`, 0-1, reaching 1 at `saturation`."""
    return min(1.0, max(0.0, (value - threshold) / (saturation - threshold)))
