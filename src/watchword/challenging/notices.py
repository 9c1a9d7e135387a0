"""Tells the owner of an account of log-ins that were refused or stepped up, and takes their answer once."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from functools import partial
from typing import Any, Literal

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from watchword.actions.notices import Said, Seen, of_notice, seen
from watchword.challenging.links import Link, read, signed
from watchword.challenging.shelf import Shelf
from watchword.errors import DeliveryFailed, WatchwordError
from watchword.events.login import Login
from watchword.policy.decision import Decision
from watchword.policy.explanation import locale_of
from watchword.ports import Courier, Letter, Record, Recorded, Store
from watchword.state.stepup import Rules

KIND = "notice"
HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS
LINK_MS = 7 * DAY_MS
AGAIN_MS = 60_000
MAX_TRIES = 8
MAX_AT_ONCE = 200
_logger = logging.getLogger("watchword.notices")

State = Literal["due", "sent", "failed"]


class Notice(Struct, frozen=True, kw_only=True):
    """One notice. `until_ms` is when its links end; `through` what got through; `said` is the owner's answer."""

    decision_id: str
    at_ms: int
    until_ms: int
    state: State = "due"
    tries: int = 0
    through: tuple[str, ...] = ()
    said: str = ""


class Post(Struct, frozen=True):
    """How notices travel. `url` is where links lead; None: no links. `hook`: a webhook is told as well."""

    courier: Courier
    key: bytes
    name: str = "Watchword"
    url: str | None = None
    mail: bool = False
    hook: bool = False


class Notices:
    """Owner notices of one deployment. Told by e-mail, where an address is enrolled, and by webhook.

    At most so many a user a day. A notice that did not get through is tried again for hours. Links are signed, end
    after seven days, and count once: whichever of the two comes first.
    """

    def __init__(self, shelf: Shelf, store: Store, post: Post, rules: Callable[[], Rules]) -> None:
        self._shelf = shelf
        self._store = store
        self._post = post
        self._rules = rules
        self._running: set[asyncio.Task[None]] = set()
        self._due: set[bytes] = set()
        self._looked_ms = 0
        self.dropped = 0

    def note(self, recorded: Recorded) -> None:
        """Looks at a decision; what its owner should know of goes out beside. For `Engine.listen`."""
        decision = recorded.decision
        if not (recorded.fresh and concerns(decision) and self._rules().owner_notices and self.reaches):
            return
        if len(self._running) >= MAX_AT_ONCE:
            self.dropped += 1
            return
        task = asyncio.get_running_loop().create_task(self._tell(decision))
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    @property
    def reaches(self) -> bool:
        """Whether there is any way to tell an owner."""
        return self._post.mail or self._post.hook

    async def drain(self, limit_s: float = 3.0) -> None:
        """Waits for what is going out; what takes longer is due, and goes out after the next start."""
        if self._running:
            _, late = await asyncio.wait(tuple(self._running), timeout=limit_s)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    async def again(self) -> None:
        """Tries what did not get through once more. Call every minute.

        Once an hour it looks for what other processes left behind, and removes what has ended.
        """
        now_ms = self._shelf.now_ms()
        if now_ms - self._looked_ms >= HOUR_MS:
            self._looked_ms = now_ms
            await self._look(now_ms)
        for owner in tuple(self._due):
            due = [one for one in await self._kept(owner) if one.state == "due"]
            if not due:
                self._due.discard(owner)
            for notice in due:
                decision = await self._store.decision(notice.decision_id)
                if decision is not None and notice.at_ms + AGAIN_MS * 2**notice.tries < now_ms:
                    await self._send(decision, notice)

    def link(self, token: str) -> Link | None:
        """What a link says; None where it is not ours."""
        return read(token, self._post.key)

    def ended(self, link: Link) -> bool:
        """Whether a link counts no more."""
        return link.until_s * 1000 <= self._shelf.now_ms()

    @property
    def name(self) -> str:
        """What the service calls itself."""
        return self._post.name

    async def decision(self, link: Link) -> tuple[Decision, Notice] | None:
        """What a link is about, and how far its notice is; None where it is gone."""
        decision = await self._store.decision(link.decision_id)
        if decision is None or decision.event.user_id is None:
            return None
        owner = self._shelf.owner(decision.event.user_id)
        found = next((one for one in await self._kept(owner) if one.decision_id == decision.id), None)
        return (decision, found) if found is not None else None

    async def take(self, decision: Decision, said: Said) -> bool:
        """Takes the owner's answer; False where there was one before."""
        return await self._change(decision, lambda one: replace(one, said=said) if not one.said else None)

    async def give_back(self, decision: Decision) -> None:
        """Makes the answer that was taken undone: what followed from it failed."""
        await self._change(decision, lambda one: replace(one, said=""))

    def seen(self, decision: Decision) -> Seen:
        """What the owner may know of a log-in."""
        return seen(decision.event, decision.facts)

    async def _look(self, now_ms: int) -> None:
        for record in await self._shelf.records.all(KIND):
            owner, kept = record.owner or b"", _unpack(record)
            if any(one.state == "due" for one in kept):
                self._due.add(owner)
            if any(one.until_ms <= now_ms for one in kept):
                await self._shelf.records.change(KIND, record.name, partial(_living, owner, now_ms))

    async def _tell(self, decision: Decision) -> None:
        try:
            notice = await self._admit(decision)
            if notice is not None:
                await self._send(decision, notice)
        except WatchwordError as error:  # the edge of a task: nobody waits for it
            _logger.warning("an owner was not told: %s", type(error).__name__)

    async def _admit(self, decision: Decision) -> Notice | None:
        now_ms, most = self._shelf.now_ms(), self._rules().owner_notices_per_day
        assert decision.event.user_id is not None
        owner = self._shelf.owner(decision.event.user_id)
        if not self._post.hook and await self._address(owner) is None:
            return None
        admitted: list[Notice] = []

        def admit(record: Record | None) -> Record | None:
            kept = [one for one in _unpack(record) if one.until_ms > now_ms]
            recent = [one for one in kept if one.at_ms > now_ms - DAY_MS]
            if len(recent) >= most or any(one.decision_id == decision.id for one in kept):
                admitted.clear()
                return _packed(owner, kept, now_ms)
            admitted[:] = [Notice(decision_id=decision.id, at_ms=now_ms, until_ms=now_ms + LINK_MS)]
            return _packed(owner, [*kept, *admitted], now_ms)

        await self._shelf.records.change(KIND, owner.hex(), admit)
        return admitted[0] if admitted else None

    async def _send(self, decision: Decision, notice: Notice) -> None:
        assert decision.event.user_id is not None
        owner = self._shelf.owner(decision.event.user_id)
        through, waiting = list(notice.through), False
        for letter in self._letters(decision, notice, await self._address(owner)):
            if letter.channel in through:
                continue
            try:
                await self._post.courier.send(letter)
                through.append(letter.channel)
            except DeliveryFailed as failure:
                _logger.warning("a notice did not get through: %s", failure)
                waiting = waiting or not (failure.lasting or notice.tries + 1 >= MAX_TRIES)
        state: State = "due" if waiting else "sent" if through else "failed"
        if waiting:
            self._due.add(owner)
        await self._change(decision, lambda one: replace(one, state=state, tries=one.tries + 1, through=tuple(through)))

    def _letters(self, decision: Decision, notice: Notice, to: str | None) -> list[Letter]:
        known, links = self.seen(decision), self._links(notice)
        letters = []
        if to is not None and self._post.mail:
            words = of_notice(known, decision.action, self._post.name, links, locale_of(decision.event))
            letters.append(
                Letter(
                    id=f"{decision.id}.mail",
                    channel="email",
                    to=to,
                    subject=words.subject,
                    text=words.text,
                    html=words.html,
                )
            )
        if self._post.hook:
            letters.append(Letter(id=f"{decision.id}.hook", channel="notice", data=self._data(decision, known, links)))
        return letters

    def _data(self, decision: Decision, known: Seen, links: dict[Said, str]) -> dict[str, Any]:
        data: dict[str, Any] = {
            "userId": decision.event.user_id, "decisionId": decision.id, "action": decision.action,
            "occurredAt": decision.event.occurred_at, "place": known.place, "device": known.device,
        }  # fmt: skip
        return data | {"links": {"itWasMe": links["me"], "itWasNotMe": links["not_me"]} if links else None}

    def _links(self, notice: Notice) -> dict[Said, str]:
        if self._post.url is None:
            return {}
        base, until_s = self._post.url.rstrip("/"), notice.until_ms // 1000
        both: tuple[Said, ...] = ("me", "not_me")
        return {
            said: f"{base}/confirm/{signed(Link(notice.decision_id, said, until_s), self._post.key)}" for said in both
        }

    async def _address(self, owner: bytes) -> str | None:
        held = self._shelf.held(owner, await self._shelf.read(owner), "email_otp")
        return str(held[-1].secret["to"]) if held else None

    async def _kept(self, owner: bytes) -> list[Notice]:
        return _unpack(await self._shelf.records.get(KIND, owner.hex()))

    async def _change(self, decision: Decision, change: Callable[[Notice], Notice | None]) -> bool:
        """Changes the notice of a decision; False where there is none, or `change` gives None."""
        assert decision.event.user_id is not None
        owner, done = self._shelf.owner(decision.event.user_id), [False]

        def changed(record: Record | None) -> Record | None:
            kept = _unpack(record)
            at = next((at for at, one in enumerate(kept) if one.decision_id == decision.id), None)
            after = change(kept[at]) if at is not None else None
            done[0] = after is not None
            if at is None or after is None:
                return record
            return _packed(owner, [*kept[:at], after, *kept[at + 1 :]], self._shelf.now_ms())

        await self._shelf.records.change(KIND, owner.hex(), changed)
        return done[0]


def concerns(decision: Decision) -> bool:
    """Whether an owner should know: the right password was given, and the log-in was refused or stepped up."""
    event = decision.event
    stopped = decision.action in ("verify", "block")
    return isinstance(event, Login) and event.succeeded and event.user_id is not None and stopped


def _unpack(record: Record | None) -> list[Notice]:
    return msgspec.json.decode(record.body, type=list[Notice]) if record is not None else []


def _living(owner: bytes, now_ms: int, record: Record | None) -> Record | None:
    """A record without the notices whose links have ended."""
    return _packed(owner, [one for one in _unpack(record) if one.until_ms > now_ms], now_ms)


def _packed(owner: bytes, kept: list[Notice], now_ms: int) -> Record | None:
    return Record(KIND, owner.hex(), msgspec.json.encode(kept), owner, now_ms) if kept else None
