"""Who is let in: sessions behind a cookie and one-time links, known to every process of a deployment."""

from __future__ import annotations

import hmac
import secrets
import time
from collections.abc import Callable
from hashlib import sha256

import msgspec
from msgspec import Struct

from watchword.ports import Record, Records, removed
from watchword.web.console.records import Visitor

COOKIE = "watchword_console"
IDLE_S = 3_600
LONGEST_S = 12 * 3_600
LINK_S = 3_600
TOUCH_S = 60
SESSION, USED = "console.session", "console.link"

Seal = Callable[[str, str], bytes]
"""A keyed hash of a kind and a value, under the deployment's key: `Pseudonyms.of`."""


class Session(Struct, frozen=True):
    """A signed-in visitor. `csrf` goes with every change that is posted. Times are seconds since 1970."""

    visitor: Visitor
    csrf: str
    began_s: float
    seen_s: float

    def runs(self, now_s: float) -> bool:
        """Whether it has neither idled out nor lasted too long."""
        return now_s - self.seen_s <= IDLE_S and now_s - self.began_s <= LONGEST_S


class Doors:
    """Sessions and links. Of their tokens only hashes are kept.

    A session ends after an hour without a request, after twelve hours, at sign-out, and when its key is revoked. A link
    is signed with the deployment's key, holds for an hour, and opens once.
    """

    def __init__(self, records: Records, seal: Seal, now: Callable[[], float] = time.time) -> None:
        self.now = now
        self._records = records
        self._seal = seal
        self._spent: set[str] = set()

    async def begin(self, visitor: Visitor) -> str:
        """Starts a session; the token that is returned belongs in the cookie."""
        await self._sweep()
        token, now_s = secrets.token_urlsafe(32), self.now()
        await self._keep(_digest(token), Session(visitor, secrets.token_urlsafe(24), now_s, now_s))
        return token

    async def find(self, token: str | None) -> Session | None:
        """The session of that token, if it still runs; finding it keeps it from idling out."""
        record = await self._records.get(SESSION, _digest(token)) if token else None
        session = _session(record) if record is not None else None
        if session is None or token is None or not session.runs(self.now()):
            return None
        if self.now() - session.seen_s > TOUCH_S:
            session = msgspec.structs.replace(session, seen_s=self.now())
            await self._keep(_digest(token), session)
        return session

    async def end(self, token: str | None) -> None:
        """Ends the session of that token."""
        if token:
            await self._records.change(SESSION, _digest(token), removed)

    def invite(self, visitor: Visitor) -> str:
        """A token for a one-time link, good for an hour."""
        body = f"{secrets.token_hex(12)}.{round(self.now()) + LINK_S}.{visitor.role}.{visitor.name.encode().hex()}"
        return f"{body}.{self._sign(body)}"

    async def redeem(self, token: str) -> Visitor | None:
        """The visitor whom a one-time link lets in; the second time nobody."""
        body, _, signature = token.rpartition(".")
        parts = body.split(".")
        if len(parts) != 4 or not same(signature, self._sign(body)) or int(parts[1]) < self.now():
            return None
        nonce = parts[0]
        if nonce in self._spent:
            return None
        self._spent.add(nonce)
        if await self._records.get(USED, nonce) is not None:
            return None
        await self._records.put(Record(USED, nonce, parts[1].encode(), at_ms=round(self.now() * 1000)))
        return Visitor(bytes.fromhex(parts[3]).decode(), parts[2])  # type: ignore[arg-type]

    def _sign(self, body: str) -> str:
        return self._seal("console link", body).hex()

    async def _keep(self, name: str, session: Session) -> None:
        body = msgspec.json.encode(session)
        await self._records.put(Record(SESSION, name, body, at_ms=round(session.seen_s * 1000)))

    async def _sweep(self) -> None:
        now_s = self.now()
        for record in await self._records.all(SESSION):
            if not _session(record).runs(now_s):
                await self._records.change(SESSION, record.name, removed)
        for record in await self._records.all(USED):
            if int(record.body) < now_s:
                await self._records.change(USED, record.name, removed)


def _session(record: Record) -> Session:
    return msgspec.json.decode(record.body, type=Session)


def _digest(token: str) -> str:
    return sha256(token.encode()).hexdigest()


def same(one: str, other: str) -> bool:
    """Whether two secrets are equal, in constant time."""
    return hmac.compare_digest(one.encode(), other.encode())
