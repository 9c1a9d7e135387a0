"""Plays labelled events through an engine by a virtual clock; people and attackers answer what they are asked."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from datetime import UTC, datetime, timedelta

from watchword.engine import Engine
from watchword.events.label import Label
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
    """Every event with its decision. Who is stopped at a log-in answers 30 s later: see `answer`."""
    for one in told:
        clock.reach(one.event.occurred_at)
        decision = await engine.assess(one.event)
        yield one, decision
        if isinstance(one.event, Login) and one.event.succeeded:
            await answer(engine, clock, one, decision)


async def answer(engine: Engine, clock: VirtualClock, one: Labelled, decision: Decision) -> None:
    """Lets the person who was stopped at a log-in answer the challenge, or call the support when blocked."""
    if decision.action not in ("verify", "block"):
        return
    reply = _challenge(one, decision) if decision.action == "verify" else _complaint(one, decision)
    clock.reach(reply.occurred_at)
    await engine.assess(reply)


def _challenge(one: Labelled, decision: Decision) -> Verification:
    """The outcome of the challenge: owners pass it, others fail."""
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


def _complaint(one: Labelled, decision: Decision) -> Label:
    """What an analyst finds out about a block: that it was the owner, or not."""
    return Label(
        id=f"{one.event.id}-label",
        occurred_at=one.event.occurred_at + ANSWER_AFTER,
        user_id=one.event.user_id,
        label="confirmed_by_user" if one.honest else "fraud",
        decision_id=decision.id,
    )
