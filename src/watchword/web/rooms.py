"""The open sockets of a process, by session: who is in, who is told what, who has been silent for too long."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterable
from typing import Protocol

from msgspec import Struct

from watchword.errors import LimitExceeded
from watchword.policy.session_messages import Message
from watchword.sessions.records import Told

UNAUTHENTICATED, BLOCKED, IDLE, TOO_BIG, FLOOD = 4401, 4403, 4408, 4413, 4429
RESTART, TRY_LATER, FAULT = 1012, 1013, 1011
"""Why sockets are closed. From 4000 on as HTTP would say it; see docs/how-to/follow-a-session.md."""


class RoomRules(Struct, frozen=True, kw_only=True):
    """How many sockets there may be, and how patient the server is, in seconds.

    `strangers` have not shown a token yet; `of_address` counts them by address, except on loopback.
    """

    sockets: int = 20_000
    of_session: int = 8
    strangers: int = 2_000
    of_address: int = 64
    hello_s: float = 10.0
    idle_s: float = 300.0
    look_s: float = 5.0


class Member(Protocol):
    """A socket, as its room sees it."""

    heard_s: float

    @property
    def key(self) -> bytes:
        """The keyed hash of its session."""

    @property
    def nonce(self) -> str:
        """The stream that it carries."""

    def push(self, messages: tuple[Message, ...]) -> None:
        """Sends messages that answer nothing."""

    def end(self, code: int, reason: str, messages: tuple[Message, ...] = ()) -> None:
        """Sends what is waiting, then those messages, then closes."""


class Rooms:
    """The sockets of this process. `tell` is a listener of the session engine."""

    def __init__(self, rules: RoomRules | None = None) -> None:
        self.rules = rules or RoomRules()
        self.refused = 0
        self.closed: Counter[int] = Counter()
        self._members: dict[bytes, set[Member]] = {}
        self._size = 0
        self._strangers: Counter[str] = Counter()
        self._watch: asyncio.TimerHandle | None = None
        self._shut = False

    def __len__(self) -> int:
        return self._size

    def closings(self) -> dict[str, float]:
        """How many sockets were closed by the service, by code."""
        return {str(code): float(count) for code, count in self.closed.items() if code}

    def refusals(self) -> dict[str, float]:
        """How many messages were answered with an error."""
        return {"message": float(self.refused)}

    def greet(self, address: str | None) -> None:
        """Counts a socket that has not shown its token. Raises LimitExceeded; see `part`. None is loopback."""
        total = sum(self._strangers.values())
        own = self._strangers[address] if address is not None else 0
        if self._shut or total >= self.rules.strangers or own >= self.rules.of_address:
            raise LimitExceeded("Too many sockets are waiting to say who they are.", 5)
        if self._size >= self.rules.sockets:
            raise LimitExceeded("Too many sockets are open.", 30)
        self._strangers[address or ""] += 1

    def part(self, address: str | None) -> None:
        """A socket that was counted by `greet` has shown its token, or went away."""
        self._strangers[address or ""] -= 1
        if self._strangers[address or ""] <= 0:
            del self._strangers[address or ""]

    def enter(self, member: Member) -> None:
        """Puts a socket into its session's room. Raises LimitExceeded where that is full."""
        room = self._members.setdefault(member.key, set())
        if len(room) >= self.rules.of_session:
            raise LimitExceeded(f"A session may have {self.rules.of_session} sockets.", 5)
        room.add(member)
        self._size += 1
        if self._watch is None:
            self._watch = asyncio.get_running_loop().call_later(self.rules.look_s, self._look)

    def leave(self, member: Member) -> None:
        """A socket has gone."""
        room = self._members.get(member.key, set())
        if member in room:
            room.discard(member)
            self._size -= 1
        if not room:
            self._members.pop(member.key, None)

    def tell(self, told: Told) -> None:
        """Sends on what a session is to be told, to each of its sockets; ends them where it is over.

        The socket whose own message caused it has the messages as its answer.
        """
        for member in tuple(self._members.get(told.key, ())):
            answered = bool(told.origin) and member.nonce == told.origin
            if told.over:
                blocked = any(message.__struct_config__.tag == "session_blocked" for message in told.messages)
                code, reason = (BLOCKED, "blocked") if blocked else (UNAUTHENTICATED, "the session has ended")
                member.end(code, reason, () if answered else told.messages)
            elif not answered:
                member.push(told.messages)

    def close(self) -> None:
        """Ends every socket: the server restarts."""
        self._shut = True
        if self._watch is not None:
            self._watch.cancel()
        for member in tuple(self._all()):
            member.end(RESTART, "restart")

    def _all(self) -> Iterable[Member]:
        return (member for room in self._members.values() for member in room)

    def _look(self) -> None:
        loop = asyncio.get_running_loop()
        now_s = loop.time()
        for member in tuple(self._all()):
            if now_s - member.heard_s > self.rules.idle_s:
                member.end(IDLE, "idle")
        self._watch = loop.call_later(self.rules.look_s, self._look) if self._size and not self._shut else None
