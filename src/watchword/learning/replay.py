"""Plays labelled events through an engine by a virtual clock; people and attackers answer what they are asked."""

from __future__ import annotations

from asyncio import gather
from collections.abc import AsyncIterator, Iterable
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Protocol

from watchword.engine import Engine
from watchword.events.event import Event
from watchword.events.label import Label
from watchword.events.login import Login
from watchword.events.verification import Verification
from watchword.learning.crowd import Labelled
from watchword.policy.decision import Decision

ANSWER_AFTER = timedelta(seconds=30)


class Movable(Protocol):
    """A clock that can be moved forward."""

    def reach(self, moment: datetime) -> None:
        """Moves forward to that moment; never back."""


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


async def replay(engine: Engine, clock: Movable, told: Iterable[Labelled]) -> AsyncIterator[Judged]:
    """Every event with its decision. Who is stopped at a log-in answers 30 s later: see `answer`."""
    for one in told:
        clock.reach(one.event.occurred_at)
        decision = await engine.assess(one.event)
        yield one, decision
        if isinstance(one.event, Login) and one.event.succeeded:
            await answer(engine, clock, one, decision)


async def fast_forward(
    engine: Engine, clock: Movable, told: Iterable[Labelled], together: int = 64
) -> AsyncIterator[Judged]:
    """As `replay`, but that many events are in flight at once, which a store that commits in groups takes faster.

    So a challenge is answered only after the events in flight with it.
    """
    waiting = iter(told)
    while batch := list(islice(waiting, together)):
        clock.reach(batch[-1].event.occurred_at)
        decisions = await gather(*(engine.assess(one.event) for one in batch))
        for one, decision in zip(batch, decisions, strict=True):
            yield one, decision
            if isinstance(one.event, Login) and one.event.succeeded:
                await answer(engine, clock, one, decision)


async def answer(engine: Engine, clock: Movable, one: Labelled, decision: Decision) -> None:
    """Lets whoever was stopped at a log-in answer the challenge; owners who were blocked call the support."""
    if decision.action == "verify":
        reply: Event = _challenge(one, decision)
    elif decision.action == "block" and one.honest:
        reply = _complaint(one, decision)
    else:
        return
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
    """What the support finds out about a block: that it was the owner."""
    return Label(
        id=f"{one.event.id}-label",
        occurred_at=one.event.occurred_at + ANSWER_AFTER,
        user_id=one.event.user_id,
        label="confirmed_by_user",
        decision_id=decision.id,
    )
