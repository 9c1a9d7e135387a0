"""Plays labelled events through an engine by a virtual clock; people and attackers answer what they are asked."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from datetime import UTC, datetime, timedelta

from watchword.engine import Engine
from watchword.events.login import Login
from watchword.events.verification import Verification
from watchword.learning.crowd import Labelled
from watchword.policy.decision import Decision

ANSWER_AFTER = timedelta(seconds=30)


class VirtualClock:
    """A clock that stands at the latest event's time; give it to the engine in place of the system's."""

    def __init__(self) -> None:
        self.now = datetime.fromtimestamp(0, UTC)

    def __call__(self) -> datetime:
        """The time of the world that is being replayed."""
        return self.now

    def reach(self, moment: datetime) -> None:
        """Moves forward to that moment; never back."""
        self.now = max(self.now, moment)


Judged = tuple[Labelled, Decision]


async def replay(engine: Engine, clock: VirtualClock, told: Iterable[Labelled]) -> AsyncIterator[Judged]:
    """Every event with its decision. Who is asked to verify a log-in answers 30 s later: owners pass, others fail."""
    for one in told:
        clock.reach(one.event.occurred_at)
        decision = await engine.assess(one.event)
        yield one, decision
        if decision.action == "verify" and isinstance(one.event, Login) and one.event.succeeded:
            answer = answered(one, decision)
            clock.reach(answer.occurred_at)
            await engine.assess(answer)


def answered(one: Labelled, decision: Decision) -> Verification:
    """The outcome of the challenge that the decision asked for."""
    event = one.event
    return Verification(
        id=f"{event.id}-answer",
        occurred_at=event.occurred_at + ANSWER_AFTER,
        user_id=event.user_id,
        session_id=event.session_id,
        ip=event.ip,
        user_agent=event.user_agent,
        device_fingerprint=event.device_fingerprint,
        method="totp",
        result="success" if one.honest else "failure",
        decision_id=decision.id,
    )
