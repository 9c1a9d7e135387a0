"""How fast a session may send. Whoever is faster is slowed down, and shown out if that goes on."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from math import ceil
from time import monotonic

from msgspec import Struct

from watchword.errors import LimitExceeded

MAX_SESSIONS = 50_000
MOST_OWED_S = 60.0
"""Nobody owes more: a session that was misused is well again a minute later."""

DOOR_S = 5.0
"""Who owes more than so many seconds is let in by no new socket, so that nobody goes on by connecting again."""


class SessionRates(Struct, frozen=True, kw_only=True):
    """What a session may send on all its sockets and beacons together, counted in samples.

    `per_s` is some twenty times what a tab captures at most (4,000 moves a minute, and what is typed). `burst` may come
    at once: all that eight tabs hold back (6,000 samples each) while the service is away. A message costs `message`
    beside its samples, one that is wrong `wrong` more, a new socket `join`, an MPIN `mpin` and a score `score`, since
    those are costly things to look at; a session that is read `read`.
    """

    per_s: float = 2_000
    burst: float = 50_000
    message: float = 4
    join: float = 100
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
        now_s, rates = self._now(), self.rates
        left, at_s = self._budgets.pop(session, (rates.burst, now_s))
        left = max(min(rates.burst, left + (now_s - at_s) * rates.per_s) - cost, -MOST_OWED_S * rates.per_s)
        self._budgets[session] = left, now_s
        if len(self._budgets) > MAX_SESSIONS:
            self._budgets.popitem(last=False)
        return max(0.0, -left / rates.per_s)

    def enter(self, session: bytes) -> None:
        """Takes what a new socket costs. Raises LimitExceeded where the session owes too much for one."""
        owed_s = self.take(session, 0)
        if owed_s > DOOR_S:
            raise LimitExceeded("This session sends too much.", ceil(owed_s))
        self.take(session, self.rates.join)

    def demand(self, session: bytes, cost: float) -> None:
        """Takes so much, for a caller that can not be slowed down. Raises LimitExceeded where there is too little."""
        wait_s = self.take(session, cost)
        if wait_s:
            self.take(session, -cost)
            raise LimitExceeded("This session sends too much.", max(1, ceil(wait_s)))
