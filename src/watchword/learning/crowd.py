"""What the people of a simulated service send: log-ins, mistyped passwords, resets and changes of their accounts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random

from watchword.events.account_activity import AccountActivity
from watchword.events.event import DeviceFingerprint, Event, UserFacts
from watchword.events.login import Login
from watchword.learning.people import Person, Town, Visit

HONEST = "honest"
RESETS = 0.25
"""Share of people with two failures or more who then have their password reset."""
CHANGES = 0.02
"""Share of log-ins that are followed by a sensitive change of the account."""
CHANGED: tuple[str, ...] = ("update_password", "update_address", "add_payment_method", "update_email", "update_phone")
ZONES = {
    "AU": "Australia/Sydney", "BR": "America/Sao_Paulo", "DE": "Europe/Berlin", "DK": "Europe/Copenhagen",
    "ES": "Europe/Madrid", "FR": "Europe/Paris", "GB": "Europe/London", "ID": "Asia/Jakarta", "IN": "Asia/Kolkata",
    "NL": "Europe/Amsterdam", "NO": "Europe/Oslo", "PL": "Europe/Warsaw", "RO": "Europe/Bucharest",
    "RU": "Europe/Moscow", "SE": "Europe/Stockholm", "UA": "Europe/Kyiv", "US": "America/New_York",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Labelled:
    """An event and the truth about it: `honest` or the kind of attack, and which attack it belongs to."""

    event: Event
    truth: str = HONEST
    incident: str = ""

    @property
    def honest(self) -> bool:
        """Whether the account's owner did it."""
        return self.truth == HONEST


@dataclass(frozen=True, slots=True)
class Stage:
    """Where and when a simulated world plays. `begins` is a Monday, 00:00 UTC, for the weekdays to be right.

    `collected` is the share of people whose browser runs the collector and so sends a device fingerprint.
    """

    town: Town
    begins: datetime
    collected: float = 0.0

    def time(self, at_s: float) -> datetime:
        """The time that many seconds after the beginning, to the millisecond."""
        return self.begins + timedelta(milliseconds=round(at_s * 1000))


def monday_before(moment: datetime) -> datetime:
    """The last Monday, 00:00 UTC, at or before that moment."""
    midnight = moment.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return midnight - timedelta(days=midnight.weekday())


def tell(stage: Stage, people: Iterable[Person]) -> list[Labelled]:
    """Everything that those people send, from the lives they were given, in time order."""
    told = [labelled for person in people for labelled in tell_one(stage, person)]
    told.sort(key=lambda labelled: labelled.event.occurred_at)
    return told


def tell_one(stage: Stage, person: Person) -> Iterator[Labelled]:
    """What one person sends: about 73 of 100 attempts succeed, and now and then the account is changed."""
    rng = stage.town.randomness("telling", person.user_id)
    sends_device = rng.random() < stage.collected
    for number, visit in enumerate(person.visits):
        name = f"{stage.town.seed}-{person.user_id}-{number}"
        yield from (Labelled(event) for event in _attempts(stage, person, visit, name, rng, sends_device))


def login(stage: Stage, person: Person, visit: Visit, name: str, **more: object) -> Login:
    """One attempt by that person, successful unless `more` says otherwise; `more` overrides any field."""
    fields: dict[str, object] = {
        "id": name,
        "occurred_at": stage.time(visit.at_s),
        "user_id": person.user_id,
        "session_id": f"session-{name}",
        "ip": visit.ip,
        "user_agent": visit.agent,
        "result": "success",
        "method": "password",
        "endpoint": "/login",
    }
    return Login(**{**fields, **more})  # type: ignore[arg-type]


def fingerprint(person: Person, visit: Visit) -> DeviceFingerprint:
    """What the collector in that device's browser would send."""
    device = visit.device
    return DeviceFingerprint(
        hash=device.hash,
        user_agent=visit.agent,
        screen_resolution=device.screen,
        timezone=ZONES[person.country],
        touch_points=0 if device.kind == "desktop" else 5,
        webdriver=False,
    )


def change(stage: Stage, attempt: Login, at_s: float, activity: str) -> AccountActivity:
    """A change of the account in the session that the log-in opened."""
    return AccountActivity(
        id=f"{attempt.id}-{activity}",
        occurred_at=stage.time(at_s),
        user_id=attempt.user_id,
        session_id=attempt.session_id,
        ip=attempt.ip,
        user_agent=attempt.user_agent,
        device_fingerprint=attempt.device_fingerprint,
        activity=activity,
    )


def _attempts(
    stage: Stage, person: Person, visit: Visit, name: str, rng: Random, sends_device: bool
) -> Iterator[Event]:
    device = fingerprint(person, visit) if sends_device else None
    user = UserFacts(created_at=stage.begins - timedelta(days=person.joined_days_ago), country=person.country)
    shared = {"device_fingerprint": device, "user": user}
    attempt = login(stage, person, visit, name, **shared)
    moments = _fumbles(rng, stage.town.habits.fumbles)
    for number, before_s in enumerate(moments):
        failed = Visit(visit.at_s - before_s, visit.ip, visit.carrier, visit.device, visit.agent)
        tried = f"{name}-try{number}"
        yield login(stage, person, failed, tried, result="failure", session_id=None, **shared)
    if len(moments) > 1 and rng.random() < RESETS:
        yield change(stage, attempt, visit.at_s - moments[-1] / 2, "reset_password")
    yield attempt
    if rng.random() < CHANGES:
        yield change(stage, attempt, visit.at_s + rng.uniform(40, 900), rng.choice(CHANGED))


def _fumbles(rng: Random, share: float) -> list[float]:
    """Seconds before the success at which the person mistyped, the earliest first; mostly none."""
    if rng.random() >= share:
        return []
    gaps = [rng.lognormvariate(3.0, 0.6)]
    while rng.random() < 0.4 and len(gaps) < 6:
        gaps.append(rng.lognormvariate(3.0, 0.6))
    return [sum(gaps[index:]) for index in range(len(gaps))]
