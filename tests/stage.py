"""A stage for tests: a real engine in memory, with the clock and the facts of every event in the test's hands."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from msgspec.structs import replace

from watchword.bootstrap import memory_engine
from watchword.enrichment.facts import Agent, Facts, Network, Place
from watchword.events.account_activity import AccountActivity
from watchword.events.api_call import ApiCall
from watchword.events.event import Event
from watchword.events.label import Label
from watchword.events.login import Login
from watchword.events.logout import Logout
from watchword.events.verification import Verification
from watchword.policy.decision import Decision
from watchword.state.profile import Profile

OSLO = Place(59.91, 10.75, 20, "NO", "Oslo")
BERGEN = Place(60.39, 5.32, 20, "NO", "Bergen")
LONDON = Place(51.51, -0.13, 20, "GB", "London")
NEW_YORK = Place(40.71, -74.01, 20, "US", "New York")
TOKYO = Place(35.68, 139.69, 20, "JP", "Tokyo")
CHROME = Agent("Chrome", 130, "Windows", "10", "desktop")
ACCESS = Network(asn=2119, organisation="Telenor")
HOME = Facts(place=OSLO, network=ACCESS, agent=CHROME, utc_offset_min=60, versions={"geo": "city 2026-06"})
START = datetime(2026, 3, 2, 9, tzinfo=UTC)


class FixedFacts:
    """An enricher that says what it was told."""

    def __init__(self, facts: Facts) -> None:
        self.facts = facts

    def enrich(self, event: Event, now_ms: int) -> Facts:
        """The facts that stand."""
        return self.facts


class Stage:
    """Plays events; `facts` are those of the next event, `now` is its time."""

    def __init__(self, **settings: Any) -> None:
        self.now = START
        self.enricher = FixedFacts(HOME)
        self.engine = memory_engine(self.enricher, lambda: self.now + timedelta(minutes=4), **settings)
        self._ids = count()

    @property
    def facts(self) -> Facts:
        """What enrichment will say of the next events."""
        return self.enricher.facts

    @facts.setter
    def facts(self, facts: Facts) -> None:
        self.enricher.facts = facts

    def at(self, place: Place | None = None, **network: Any) -> None:
        """Moves to a place, on an access network or one with these flags."""
        kept = self.facts.place if place is None else place
        self.facts = replace(self.facts, place=kept, network=Network(**{"asn": 2119, **network}))

    def wait(self, **span: float) -> None:
        """Lets time pass."""
        self.now += timedelta(**span)

    async def login(
        self, user: str = "ada", ip: str = "81.166.1.1", result: Any = "success", **fields: Any
    ) -> Decision:
        """A log-in now."""
        fields = {"device_fingerprint": f"{user}-laptop", "user_agent": "Mozilla/5.0", **fields}
        return await self.play(Login, user_id=user, ip=ip, result=result, **fields)

    async def logins(self, times: int, each: timedelta = timedelta(seconds=0.5), **fields: Any) -> Decision:
        """That many log-ins, with a pause after each but the last; the last decision."""
        for number in range(times):
            if number:
                self.now += each
            decision = await self.login(**fields)
        return decision

    async def activity(self, activity: str, user: str = "ada", **fields: Any) -> Decision:
        """Something done to an account now."""
        return await self.play(AccountActivity, user_id=user, activity=activity, **{"ip": "81.166.1.1", **fields})

    async def call(self, **fields: Any) -> Decision:
        """An API call now."""
        return await self.play(ApiCall, endpoint="/things", **{"user_id": "ada", **fields})

    async def logout(self, session: str, user: str = "ada") -> Decision:
        """The end of a session now."""
        return await self.play(Logout, user_id=user, session_id=session)

    async def answer(self, decision: Decision, result: Any = "success", user: str = "ada") -> Decision:
        """The outcome of the challenge that a decision asked for."""
        return await self.play(Verification, user_id=user, method="totp", result=result, decision_id=decision.id)

    async def label(self, decision: Decision, label: Any, user: str = "ada") -> Decision:
        """What a decision's event proved to be."""
        return await self.play(Label, user_id=user, label=label, decision_id=decision.id)

    async def play(self, kind: type[Event], *, machine: bool = False, source: str = "api", **fields: Any) -> Decision:
        """Any event, now."""
        event = kind(**{"id": f"event-{next(self._ids)}", "occurred_at": self.now, **fields})
        return await self.engine.assess(event, source, machine)

    async def profile(self, user: str = "ada") -> Profile:
        """What is known of a user."""
        found = await self.engine.store.profile(self.engine.pseudonyms.of("user", user))
        return found if found is not None else Profile()

    async def settle_in(self, logins: int = 12, user: str = "ada", **fields: Any) -> None:
        """An ordinary history: that many log-ins, one a day."""
        for _ in range(logins):
            await self.login(user, **fields)
            self.wait(days=1)


def codes(decision: Decision) -> list[str]:
    """The codes of the evidence, strongest first."""
    return [one.code for one in decision.evidence]


def untold(decision: Decision) -> dict[str, str]:
    """What was not evaluable, and why."""
    return {one.code: one.reason for one in decision.not_evaluable}


def points(decision: Decision, code: str) -> float:
    """The score of one piece of evidence, 0-100."""
    return next(one.score for one in decision.evidence if one.code == code) / 10_000
