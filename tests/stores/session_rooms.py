"""Session engines for tests: in memory and in a directory, with a clock that stands still."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

import msgspec
from msgspec.structs import replace
from tests.stores.places import Clock

from watchword.bootstrap import Deployment
from watchword.config import Service, Settings
from watchword.events.samples import AnySample, Batch, as_sample
from watchword.policy.session_messages import Message
from watchword.policy.settings import EngineSettings
from watchword.privacy.secret_hash import Cost, SecretHasher
from watchword.sessions.engine import SessionEngine
from watchword.sessions.records import Claim, Opening, Told

QUICK = Cost(memory_kib=64, passes=1)
PIN = "2580"


@dataclass
class Room:
    """A deployment's sessions, and what its listener was told."""

    deployment: Deployment
    clock: Clock
    told: list[Told] = field(default_factory=list)

    @property
    def sessions(self) -> SessionEngine:
        return self.deployment.sessions

    async def open(self, user: str = "ann", session: str = "s1", **more: Any) -> tuple[Claim, str]:
        """A claim and the token of a session that was opened by PIN."""
        opening = Opening(**({"user_id": user, "session_id": session, "method": "pin"} | more))
        opened = await self.sessions.open(opening)
        return await self.sessions.admit(opened.session_id, opened.token, user), opened.token

    async def send(self, claim: Claim, nonce: str, first: int, events: list[dict[str, Any]]) -> tuple[Message, ...]:
        """Sends raw samples, numbered from `first`."""
        return await self.sessions.take(claim, batch(claim.session_id, nonce, first, events))

    async def risk(self, claim: Claim) -> float:
        return (await self.sessions.state(claim.session_id, claim.user_id)).risk_score

    async def close(self) -> None:
        await self.deployment.close()


def room(directory: Path | None = None, clock: Clock | None = None, **settings: Any) -> Room:
    """A room on a directory, in memory where there is none. `settings` are those of sessions, by wire name."""
    clock = clock or Clock()
    service = (
        Service(store="memory") if directory is None else Service(data_dir=str(directory), commit_deadline_ms=30_000)
    )
    engine = msgspec.convert({"sessions": settings}, EngineSettings)
    deployment = Deployment(Settings(service, engine), clock)
    deployment.sessions.senses.hasher = SecretHasher(b"p" * 32, QUICK)
    deployment.sessions.settings = engine.sessions
    made = Room(deployment, clock)
    deployment.sessions.listen(made.told.append)
    return made


def batch(session: str, nonce: str, first: int, events: list[dict[str, Any]]) -> Batch:
    """A batch of samples numbered from `first`."""
    numbered = [as_sample({"seq": first + at, **event}) for at, event in enumerate(events)]
    return Batch(session_id=session, nonce=nonce, first_seq=first, events=tuple(numbered))


def clicks(at_ms: float, count: int = 9, every_ms: float = 100.0) -> list[dict[str, Any]]:
    """Clicks, evenly spaced."""
    return [
        {"type": "pointer", "kind": "down", "t": at_ms + every_ms * at, "x": 10.0 * at, "y": 20.0}
        for at in range(count)
    ]  # fmt: skip


def keys(at_ms: float, count: int = 24, every_ms: float | None = None, seed: int = 7) -> list[dict[str, Any]]:
    """Keystrokes as a person makes them, or one each `every_ms`."""
    chance, found, t = Random(seed), [], at_ms
    for at in range(count):
        stroke = {
            "type": "key",
            "field": "f1",
            "pos": at,
            "cls": chance.choice(("letter-left", "letter-right", "space")),
        }
        held = every_ms / 2 if every_ms else chance.lognormvariate(4.5, 0.25)
        found += [{**stroke, "t": round(t, 1), "down": True}, {**stroke, "t": round(t + held, 1), "down": False}]
        t += every_ms or 40 + chance.lognormvariate(4.7, 0.5)
    return sorted(found, key=lambda one: float(one["t"]))


def numbered(events: list[dict[str, Any]], first: int = 1) -> tuple[AnySample, ...]:
    """Samples numbered from `first`."""
    return batch("s", "n", first, events).events


def kinds(messages: tuple[Message, ...]) -> list[str]:
    """The types of messages."""
    return [str(one.__struct_config__.tag) for one in messages]


def pieces(events: list[dict[str, Any]], size: int = 25) -> Iterator[tuple[int, list[dict[str, Any]]]]:
    """Events in batches, each with the number of its first."""
    for at in range(0, len(events), size):
        yield at + 1, events[at : at + size]


__all__ = ["PIN", "Room", "batch", "clicks", "keys", "kinds", "numbered", "pieces", "replace", "room"]
