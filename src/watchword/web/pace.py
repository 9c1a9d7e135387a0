"""How fast a session may send. Whoever is faster is slowed down, and shown out if that goes on."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from math import ceil
from time import monotonic

from msgspec import Struct

from watchword.errors import LimitExceeded

MAX_SESSIONS = 50_000


class SessionRates(Struct, frozen=True, kw_only=True):
    """What a session may send on all its sockets and beacons together, counted in samples.

    `burst` may come at once, as after a reconnect. A message costs `message` beside its samples, one that is wrong
    `wrong` more, an MPIN `mpin` and a score `score`, since those are costly things to look at; a session that is read
    `read`.
    """

    per_s: float = 2_000
    burst: float = 12_000
    message: float = 4
    wrong: float = 100
    mpin: float = 1_000
    score: float = 500
    read: float = 50


class Paces:
    """The budgets of the sessions of one process. `clock` is monotonic, in seconds."""

    def __init__(self, rates: SessionRates | None = None, clock: Callable[[], float] = monotonic) -> None:
        self.rates = rates or SessionRates()
        self._now = clock
        self._budgets: OrderedDict[bytes, tuple[float, float]] = OrderedDict()

    def take(self, session: bytes, cost: float) -> float:
        """Takes so much off the session's budget; the seconds that it has to wait before it may go on, 0 mostly."""
        now_s = self._now()
        left, at_s = self._budgets.pop(session, (self.rates.burst, now_s))
        left = min(self.rates.burst, left + (now_s - at_s) * self.rates.per_s) - cost
        self._budgets[session] = left, now_s
        if len(self._budgets) > MAX_SESSIONS:
            self._budgets.popitem(last=False)
        return max(0.0, -left / self.rates.per_s)

    def demand(self, session: bytes, cost: float) -> None:
        """Takes so much, for a caller that can not be slowed down. Raises LimitExceeded where there is too little."""
        wait_s = self.take(session, cost)
        if wait_s:
            self.take(session, -cost)
            raise LimitExceeded("This session sends too much.", max(1, ceil(wait_s)))
