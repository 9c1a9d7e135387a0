"""Who is let in: sessions behind a cookie, one-time links, and how often a wrong key may be tried."""

from __future__ import annotations

import hmac
import secrets
import time
from collections import deque
from collections.abc import Callable
from hashlib import sha256

from msgspec import Struct

from watchword.errors import LimitExceeded
from watchword.web.console.records import Visitor

COOKIE = "watchword_console"
IDLE_S = 3_600
LONGEST_S = 12 * 3_600
LINK_S = 3_600
TRIES_A_MINUTE = 20
MAX_SESSIONS = 10_000


class Session(Struct):
    """A signed-in visitor. `csrf` goes with every change that is posted."""

    visitor: Visitor
    csrf: str
    began_s: float
    seen_s: float


class Doors:
    """Sessions and links of one process. Only hashes of their tokens are kept.

    A session ends after an hour without a request, after twelve hours, at sign-out, and when its key is revoked.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.now = clock
        self._sessions: dict[bytes, Session] = {}
        self._links: dict[bytes, tuple[Visitor, float]] = {}
        self._tries: dict[str, deque[float]] = {}

    def begin(self, visitor: Visitor) -> str:
        """Starts a session; the token that is returned belongs in the cookie."""
        if len(self._sessions) >= MAX_SESSIONS:
            self._sweep()
        token = secrets.token_urlsafe(32)
        now = self.now()
        self._sessions[_digest(token)] = Session(visitor, secrets.token_urlsafe(24), now, now)
        return token

    def find(self, token: str | None) -> Session | None:
        """The session of that token, if it still runs; finding it keeps it from idling out."""
        session = self._sessions.get(_digest(token)) if token else None
        if session is None:
            return None
        now = self.now()
        if now - session.seen_s > IDLE_S or now - session.began_s > LONGEST_S:
            self.end(token)
            return None
        session.seen_s = now
        return session

    def runs(self, token: str | None) -> bool:
        """Whether the session of that token runs; unlike `find` this does not keep it from idling out."""
        session = self._sessions.get(_digest(token)) if token else None
        now = self.now()
        return session is not None and now - session.began_s <= LONGEST_S

    def end(self, token: str | None) -> None:
        """Ends the session of that token."""
        if token:
            self._sessions.pop(_digest(token), None)

    def invite(self, visitor: Visitor) -> str:
        """A token for a one-time link, good for an hour."""
        token = secrets.token_urlsafe(24)
        self._links[_digest(token)] = (visitor, self.now())
        return token

    def redeem(self, token: str) -> Visitor | None:
        """The visitor whom a one-time link lets in; the second time nobody."""
        visitor, made_s = self._links.pop(_digest(token), (None, 0.0))
        return visitor if visitor is not None and self.now() - made_s <= LINK_S else None

    def count_try(self, address: str) -> None:
        """Counts a wrong key or link from that address. Raises LimitExceeded from the 21st within a minute."""
        tries = self._tries.setdefault(address, deque())
        tries.append(self.now())
        if len(self._tries) > MAX_SESSIONS:
            self._tries.clear()

    def check_tries(self, address: str) -> None:
        """Raises LimitExceeded where that address tried too many wrong keys within the last minute."""
        tries = self._tries.get(address)
        if tries is None:
            return
        now = self.now()
        while tries and now - tries[0] > 60:
            tries.popleft()
        if len(tries) >= TRIES_A_MINUTE:
            raise LimitExceeded("Too many wrong keys from this address.", max(1, round(60 - (now - tries[0]))))

    def _sweep(self) -> None:
        now = self.now()
        for key, session in list(self._sessions.items()):
            if now - session.seen_s > IDLE_S or now - session.began_s > LONGEST_S:
                del self._sessions[key]
        while len(self._sessions) >= MAX_SESSIONS:
            self._sessions.pop(next(iter(self._sessions)))


def _digest(token: str) -> bytes:
    return sha256(token.encode()).digest()


def same(one: str, other: str) -> bool:
    """Whether two secrets are equal, in constant time."""
    return hmac.compare_digest(one.encode(), other.encode())
