"""Who judges for the middleware: an engine in this process, or a service elsewhere."""

from __future__ import annotations

from types import TracebackType
from typing import Any, Protocol, Self

import httpx
import msgspec
from msgspec import Struct

from watchword.bootstrap import LocalEngine
from watchword.engine import Engine
from watchword.events.codec import encode_event
from watchword.events.event import Event
from watchword.policy.decision import ACTIONS, Action
from watchword.policy.explanation import encode_wire

SOURCE = "middleware"


class Judged(Struct, frozen=True):
    """A decision as far as the middleware needs it. `wire` is the whole of it, as it travels.

    `offer` is the challenge to ask for where an application's own thresholds make it `verify`.
    """

    action: Action
    score: float
    strongest: float
    settled: bool
    wire: bytes
    offer: Struct | None = None

    def act(self, block: float, verify: float) -> Action:
        """The action under the application's own thresholds.

        Where a rule, a list, an override or relief decided, where nothing is enforced, or where another floor than
        `strongest` acted, that stands as it is.
        """
        if self.settled:
            return self.action
        if self.strongest >= block:
            return "block"
        if self.strongest >= verify:
            return "verify"
        return self.action if self.action in ("allow", "monitor") else "monitor"


class Assessor(Protocol):
    """Judges events. Failure policy: open; what raises or is late lets the request pass."""

    async def judge(self, event: Event) -> Judged:
        """The decision on that event, recorded."""


class InProcess:
    """An engine in this process."""

    def __init__(self, engine: Engine | LocalEngine) -> None:
        self._engine = engine

    async def judge(self, event: Event) -> Judged:
        """See `Assessor.judge`."""
        decision, world = await self._engine.assess(event, SOURCE), self._engine.world
        found = judged(encode_wire(decision, world.tell, world.offer))
        return msgspec.structs.replace(found, offer=world.offer(decision))


class RemoteService:
    """A Watchword service at `url`, asked with an API key of the role service."""

    def __init__(self, url: str, key: str, timeout_s: float = 1.0, client: httpx.AsyncClient | None = None) -> None:
        self._client = client or httpx.AsyncClient(base_url=url, timeout=timeout_s)
        self._headers = {"authorization": f"Bearer {key}", "content-type": "application/json"}

    async def judge(self, event: Event) -> Judged:
        """See `Assessor.judge`. Raises httpx.HTTPError."""
        answer = await self._client.post("/api/v1/events", content=encode_event(event), headers=self._headers)
        answer.raise_for_status()
        return judged(answer.content)

    async def close(self) -> None:
        """Closes the connections."""
        await self._client.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()


class _Evidence(Struct):
    score: float


class _Floor(Struct):
    name: str


class _Effect(Struct):
    mode: str


class _Wire(Struct, rename="camel"):
    action: Action
    score: float
    mode: str
    evidence: list[_Evidence] = []
    floor: _Floor | None = None
    relief: Any = None
    policies: list[_Effect] = []


_decoder = msgspec.json.Decoder(_Wire)


def judged(wire: bytes) -> Judged:
    """What the middleware needs of a decision on the wire."""
    found = _decoder.decode(wire)
    by_floor = found.floor is not None and found.floor.name == "strongest"
    strongest = max([found.score, *(one.score for one in found.evidence if by_floor)])
    settled = (
        found.mode != "enforce"
        or found.relief is not None
        or any(one.mode in ("live", "list", "override") for one in found.policies)
        or (found.floor is not None and not by_floor)
    )
    return Judged(found.action, found.score, strongest, settled, wire)


def is_stopped(action: Action) -> bool:
    """Whether an action stops the request."""
    return ACTIONS.index(action) >= ACTIONS.index("verify")
