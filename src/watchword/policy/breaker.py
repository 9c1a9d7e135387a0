"""Circuit breaker: a part that is late again and again is left out for a while. Time is an argument."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct


class Rest(Struct, frozen=True):
    """When a part is left out, and for how long. The defaults: three times late within a minute, half a minute."""

    strikes: int = 3
    within_ms: int = 60_000
    rest_ms: int = 30_000


class Breaker:
    """Which parts are left out now. Times are milliseconds of any clock that only goes forward.

    A part is struck when it takes more than its share. After so many strikes within so long it rests; then the next
    event tries it again, and one more strike sends it back to rest. A part that *fails* is not struck: it costs no
    time, and a crafted event that makes it fail must not switch it off for everybody else.
    """

    def __init__(self) -> None:
        self._strikes: dict[str, list[int]] = {}
        self._until: dict[str, int] = {}
        self._out: frozenset[str] = frozenset()
        self._next_ms = 0

    def left_out(self, now_ms: int) -> frozenset[str]:
        """The parts that rest now."""
        if self._out and now_ms >= self._next_ms:
            self._settle(now_ms)
        return self._out

    def strike(self, parts: Iterable[str], now_ms: int, rest: Rest) -> None:
        """Notes that these parts took more than their share."""
        for part in parts:
            recent = [at for at in self._strikes.get(part, ()) if now_ms - at < rest.within_ms]
            self._strikes[part] = recent = [*recent, now_ms][-rest.strikes :]
            if len(recent) >= rest.strikes:
                self._until[part] = now_ms + rest.rest_ms
        self._settle(now_ms)

    def _settle(self, now_ms: int) -> None:
        resting = {part: until for part, until in self._until.items() if now_ms < until}
        self._until = resting
        self._out = frozenset(resting)
        self._next_ms = min(resting.values(), default=0)
