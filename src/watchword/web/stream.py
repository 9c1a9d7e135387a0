"""Decisions as they are made, handed to whoever follows: bounded, and at most four times a second."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable

from watchword.errors import LimitExceeded
from watchword.policy.decision import Decision
from watchword.ports import Recorded

MAX_FOLLOWERS = 200
MAX_OF_ONE = 20
MAX_WAITING = 1_000
BEAT_S = 0.25
IDLE_S = 15.0

Line = Decision | int
"""A decision, or how many were left out since the last one; 0 only says that the stream still stands."""


class Follower:
    """What waits for one reader."""

    __slots__ = ("left", "waiting", "wakes", "wants", "who")

    def __init__(self, wants: Callable[[Decision], bool], who: str = "") -> None:
        self.wants = wants
        self.who = who
        self.waiting: deque[Decision] = deque()
        self.left = 0
        self.wakes = asyncio.Event()

    def offer(self, decision: Decision) -> None:
        """Queues a decision; the oldest one goes where the reader is too slow."""
        if len(self.waiting) >= MAX_WAITING:
            self.waiting.popleft()
            self.left += 1
        self.waiting.append(decision)
        self.wakes.set()


class Stream:
    """The decisions of this process. `publish` is an engine's listener."""

    def __init__(self, beat_s: float = BEAT_S, idle_s: float = IDLE_S) -> None:
        self._followers: set[Follower] = set()
        self._beat_s = beat_s
        self._idle_s = idle_s
        self._closed = False

    def __len__(self) -> int:
        return len(self._followers)

    def publish(self, recorded: Recorded) -> None:
        """Offers a fresh decision to everybody who wants it."""
        if not recorded.fresh:
            return
        for follower in self._followers:
            if follower.wants(recorded.decision):
                follower.offer(recorded.decision)

    def close(self) -> None:
        """Ends every stream, so that the server can stop."""
        self._closed = True
        for follower in self._followers:
            follower.wakes.set()

    def make_room(self, who: str) -> None:
        """Raises LimitExceeded where too many follow, or too many of this one's. Asked before an answer begins."""
        own = sum(follower.who == who for follower in self._followers)
        if len(self._followers) >= MAX_FOLLOWERS or own >= MAX_OF_ONE:
            raise LimitExceeded("Too many streams are open.", 10)

    async def follow(self, wants: Callable[[Decision], bool], who: str = "") -> AsyncIterator[Line]:
        """Decisions from now on, until the reader goes. Raises LimitExceeded as `make_room` does."""
        self.make_room(who)
        follower = Follower(wants, who)
        self._followers.add(follower)
        try:
            yield 0
            while not self._closed:
                async for line in self._next(follower):
                    yield line
        finally:
            self._followers.discard(follower)

    async def _next(self, follower: Follower) -> AsyncIterator[Line]:
        try:
            await asyncio.wait_for(follower.wakes.wait(), self._idle_s)
        except TimeoutError:
            yield 0
            return
        follower.wakes.clear()
        left, follower.left = follower.left, 0
        waiting, follower.waiting = follower.waiting, deque()
        if left:
            yield left
        for decision in waiting:
            yield decision
        await asyncio.sleep(self._beat_s)
