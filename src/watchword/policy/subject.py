"""What is judged, as rules see it, and the readings of it that take more than a look at one field."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from msgspec import Struct

from watchword.enrichment.facts import Agent, Facts, Network
from watchword.events.account_activity import SENSITIVE
from watchword.events.event import Event
from watchword.policy.assessment import Assessment
from watchword.policy.ruling import level_of
from watchword.scoring.evidence import Evidence, rank
from watchword.scoring.scorecard import Scored
from watchword.signals.signal import UNIT, Context, NotEvaluable
from watchword.state.learning import phase_of
from watchword.state.plan import DAY_MS, HOUR_MS
from watchword.state.probation import is_lasting
from watchword.state.profile import Profile

MOST = 32
"""Members of a list that a rule sees."""


class Subject(Struct, gc=False):
    """What is judged, as rules see it."""

    assessment: Assessment
    context: Context
    evidence: Sequence[Evidence]
    not_evaluable: Sequence[NotEvaluable]
    scored: Scored

    @property
    def event(self) -> Event:
        """The event."""
        return self.assessment.event

    @property
    def facts(self) -> Facts:
        """What reference data says."""
        return self.assessment.facts

    @property
    def network(self) -> Network:
        """What is known of the address."""
        return self.assessment.facts.network

    @property
    def agent(self) -> Agent:
        """What is known of the client."""
        return self.assessment.facts.agent

    @property
    def history(self) -> Profile:
        """The user's profile before this event."""
        return self.context.observed.profile


def sensitive(subject: Subject) -> bool:
    """Whether the activity hands over the account or its money."""
    return getattr(subject.event, "activity", "") in SENSITIVE


def roles(subject: Subject) -> list[str]:
    """The user's roles."""
    user = subject.event.user
    return list(user.roles[:MOST]) if user else []


def user_country(subject: Subject) -> str:
    """The country of the account."""
    user = subject.event.user
    return user.country or "" if user else ""


def account_age_days(subject: Subject) -> int:
    """Whole days since the account was made, -1 where that is not known."""
    user = subject.event.user
    if user is None or user.created_at is None:
        return -1
    return max(0, (subject.context.at_ms - int(user.created_at.timestamp() * 1000)) // DAY_MS)


def metadata(subject: Subject) -> dict[str, Any]:
    """The first 32 plain values of the event's metadata."""
    given = subject.event.metadata.items()
    plain = [(key, value) for key, value in given if isinstance(value, str | bool | int | float)]
    return dict(plain[:MOST])


def country(subject: Subject) -> str:
    """The country of the place, else the one where the address is registered."""
    facts = subject.assessment.facts
    return (facts.place.country if facts.place else facts.network.country) or ""


def city(subject: Subject) -> str:
    """The city of the place."""
    place = subject.facts.place
    return place.city or "" if place else ""


def high_risk_country(subject: Subject) -> bool:
    """Whether the country is on the configured list."""
    return country(subject) in subject.context.limits.high_risk_countries


def proxied(subject: Subject) -> bool:
    """Whether the address is a proxy's, residential ones included."""
    return subject.network.proxy or subject.network.residential_proxy


def new_device(subject: Subject) -> bool:
    """Whether there is evidence of a device that the user never had."""
    return _found(subject, "NEW_DEVICE")


def new_country(subject: Subject) -> bool:
    """Whether there is evidence of a country in which the user never was."""
    return _found(subject, "NEW_COUNTRY")


def new_place(subject: Subject) -> bool:
    """Whether there is evidence of a new country, or of a place far from every normal one."""
    return _found(subject, ("NEW_COUNTRY", "FAR_"))


def _found(subject: Subject, start: str | tuple[str, ...]) -> bool:
    for one in subject.evidence:  # noqa: SIM110 - a generator would take twice as long, for every event
        if one.code.startswith(start):
            return True
    return False


def usual_network(subject: Subject) -> bool:
    """Whether this kind of network is ordinary, or this user's habit."""
    return is_lasting(subject.history, subject.network.kind)


def usual_country(subject: Subject) -> bool:
    """Whether the address belongs to a country where this user usually is; so too while nothing is known of either."""
    usual = subject.history.countries
    where = country(subject)
    return not usual or not where or where in usual


def phase(subject: Subject) -> str:
    """The phase of the profile."""
    return phase_of(subject.history)


def hours_since_login(subject: Subject) -> int:
    """Whole hours since the last learnt log-in, -1 where there is none."""
    last = subject.history.last_ms
    return max(0, (subject.context.at_ms - last) // HOUR_MS) if last else -1


def counted(log: str, span_ms: int, failed: bool = False) -> Callable[[Subject], int]:
    """Reads how many entries a log's window has, or how many of them failed; 0 without such a log."""

    def read(subject: Subject) -> int:
        context = subject.context
        found = context.log(log)
        if found is None:
            return 0
        count = found.count(context.at_ms, span_ms)
        return count.failures if failed else count.total

    return read


def distinct(log: str, column: str, span_ms: int) -> Callable[[Subject], int]:
    """Reads how many different values a log's window has in a column; 0 without such a log."""

    def read(subject: Subject) -> int:
        found = subject.context.log(log)
        return 0 if found is None else found.distinct(column, subject.context.at_ms, span_ms)

    return read


def codes(subject: Subject) -> list[str]:
    """The codes of the evidence, strongest first."""
    return [one.code for one in sorted(subject.evidence, key=rank)[:MOST]]


def types(subject: Subject) -> list[str]:
    """The types of the evidence, by name."""
    return sorted({one.type for one in subject.evidence})


def unknown(subject: Subject) -> list[str]:
    """The codes of what could not be told."""
    return [one.code for one in subject.not_evaluable[:MOST]]


def strongest(subject: Subject) -> float:
    """The highest score of a single piece of evidence."""
    return max((one.score for one in subject.evidence), default=0) / UNIT


def score(subject: Subject) -> float:
    """The score in points, not rounded."""
    return subject.scored.numerator / subject.scored.denominator / UNIT


def level(subject: Subject) -> str:
    """The level of the score."""
    return level_of(subject.scored)
