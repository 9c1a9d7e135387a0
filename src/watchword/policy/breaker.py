"""Circuit breaker: a part that is late again and again is left out for a while. Time is an argument."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct

KEPT = 1_000
"""Strikes remembered for a part; so many within a minute are enough whatever the traffic."""


class Rest(Struct, frozen=True):
    """When a part is left out, and for how long.

    The defaults: late three times within a minute, and for a fifth of that minute's events; then for half a minute.
    """

    strikes: int = 3
    within_ms: int = 60_000
    rest_ms: int = 30_000
    share: float = 0.2


class Breaker:
    """Which parts are left out now. Times are milliseconds of any clock that only goes forward.

    A part is struck when it takes more than its share. After so many strikes within so long it rests, if it was late
    for a good share of the events since: a busy machine is late now and then with everything, and a few crafted events
    must not switch a part off for everybody else. Then the next event tries it again, and one more strike sends it
    back. A part that *fails* is not struck: it costs no time.
    """

    def __init__(self) -> None:
        self._strikes: dict[str, list[int]] = {}
        self._events = 0
        self._before = 0
        self._since_ms = 0
        self._until: dict[str, int] = {}
        self._out: frozenset[str] = frozenset()
        self._next_ms = 0

    def left_out(self, now_ms: int) -> frozenset[str]:
        """The parts that rest now."""
        if self._out and now_ms >= self._next_ms:
            self._settle(now_ms)
        return self._out

    def count(self, now_ms: int, rest: Rest) -> None:
        """Notes that an event is being judged."""
        if now_ms - self._since_ms >= rest.within_ms:
            recent = now_ms - self._since_ms < 2 * rest.within_ms
            self._before, self._events, self._since_ms = self._events if recent else 0, 0, now_ms
        self._events += 1

    def strike(self, parts: Iterable[str], now_ms: int, rest: Rest) -> None:
        """Notes that these parts took more than their share."""
        for part in parts:
            recent = [at for at in self._strikes.get(part, ()) if now_ms - at < rest.within_ms]
            self._strikes[part] = recent = [*recent, now_ms][-KEPT:]
            if len(recent) >= max(rest.strikes, min(KEPT, rest.share * (self._events + self._before))):
                self._until[part] = now_ms + rest.rest_ms
        self._settle(now_ms)

    def _settle(self, now_ms: int) -> None:
        resting = {part: until for part, until in self._until.items() if now_ms < until}
        self._until = resting
        self._out = frozenset(resting)
        self._next_ms = min(resting.values(), default=0)
