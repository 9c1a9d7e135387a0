"""Alerts that applications raise: kept under the key of the person they are about, and told to whoever should know.

An alert is durable before it is answered; a webhook, the account's owner and one more person are told beside, and again
for hours where that fails.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Callable
from functools import partial
from typing import Literal

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from watchword.actions.alert_letters import of_alert, of_report
from watchword.challenging.shelf import Shelf
from watchword.errors import Conflict, DeliveryFailed, WatchwordError
from watchword.events.codec import from_ms
from watchword.ports import Courier, Letter, Record
from watchword.state.stepup import Rules

KIND = "alert"
HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS
AGAIN_MS = 60_000
MAX_TRIES = 8
MAX_AT_ONCE = 200
MAX_KEPT = 20_000
_logger = logging.getLogger("watchword.alerts")

Severity = Literal["INFO", "LOW", "MEDIUM", "HIGH", "CRITICAL"]
Detail = str | bool | int | float | None
Reached = Literal["webhook", "owner", "user"]


class Raising(Struct, frozen=True, kw_only=True):
    """What an application reports. `INFO` is kept and told to nobody: a note for the audit log.

    `id` makes it idempotent for that `source`. `message` is a sentence for people, and stands in letters:
    `notify_owner` writes to the account's owner, `notify_user` to one more user, by the address that they enrolled.
    """

    type: str
    severity: Severity
    actor: str
    source: str
    id: str | None = None
    user_id: str | None = None
    session_id: str | None = None
    message: str = ""
    details: dict[str, Detail] = {}
    notify_owner: bool = False
    notify_user: str | None = None
    locale: str = "en"


class Alert(Struct, frozen=True, kw_only=True):
    """An alert as it is kept: `due` is who is still to be told, `told` who was."""

    id: str
    at_ms: int
    raised: Raising
    due: tuple[Reached, ...] = ()
    told: tuple[Reached, ...] = ()
    tries: int = 0


class Wanted(Struct, frozen=True, kw_only=True):
    """Which alerts to list: equality, and `[since_ms, until_ms)`; at most `limit`, newest first."""

    type: str | None = None
    severity: Severity | None = None
    user_id: str | None = None
    session_id: str | None = None
    since_ms: int | None = None
    until_ms: int | None = None
    limit: int = 50

    def holds(self, alert: Alert) -> bool:
        """Whether that alert is wanted."""
        raised = alert.raised
        pairs = (
            (self.type, raised.type), (self.severity, raised.severity), (self.user_id, raised.user_id),
            (self.session_id, raised.session_id),
        )  # fmt: skip
        same = all(wanted is None or wanted == found for wanted, found in pairs)
        return same and (self.since_ms or 0) <= alert.at_ms and (self.until_ms is None or alert.at_ms < self.until_ms)


class Wire(Struct, frozen=True):
    """How alerts travel. `hook`: a webhook is told; `mail`: letters can be sent."""

    courier: Courier
    name: str = "Watchword"
    mail: bool = False
    hook: bool = False


class Alerts:
    """The alerts of one deployment. An owner gets as many letters a day as `ownerNoticesPerDay` says."""

    def __init__(self, shelf: Shelf, wire: Wire, rules: Callable[[], Rules]) -> None:
        self._shelf = shelf
        self._wire = wire
        self._rules = rules
        self._running: set[asyncio.Task[None]] = set()
        self._due: set[str] = set()
        self._looked_ms = 0

    async def put(self, raising: Raising) -> tuple[Alert, bool]:
        """Keeps an alert, durably, and has it told; whether it is new. Raises Conflict for an id with other content."""
        due = await self._reached(raising)
        made = Alert(id=self._name(raising), at_ms=self._shelf.now_ms(), raised=raising, due=due)
        owner = self._shelf.owner(raising.user_id) if raising.user_id is not None else None
        fresh = [True]

        def keep(record: Record | None) -> Record:
            fresh[0] = record is None
            return record or Record(KIND, made.id, msgspec.json.encode(made), owner, made.at_ms)

        kept = await self._shelf.records.change(KIND, made.id, keep)
        alert = made if kept is None else _unpack(kept)
        if alert.raised != raising:
            raise Conflict("This id was used for another alert.")
        if fresh[0] and due:
            self._begin(alert)
        return alert, fresh[0]

    async def find(self, wanted: Wanted) -> tuple[Alert, ...]:
        """The alerts wanted, newest first."""
        owner = self._shelf.owner(wanted.user_id) if wanted.user_id is not None else None
        found = [_unpack(record) for record in await self._shelf.records.all(KIND, owner)]
        held = [alert for alert in found if wanted.holds(alert)]
        return tuple(sorted(held, key=lambda alert: alert.at_ms, reverse=True)[: wanted.limit])

    async def again(self) -> None:
        """Tells what could not be told, once more. Call every minute; once an hour it looks for what others left."""
        now_ms = self._shelf.now_ms()
        if now_ms - self._looked_ms >= HOUR_MS:
            self._looked_ms = now_ms
            found = [_unpack(record) for record in await self._shelf.records.all(KIND)]
            self._due |= {alert.id for alert in found if alert.due}
        for name in tuple(self._due):
            record = await self._shelf.records.get(KIND, name)
            alert = _unpack(record) if record is not None else None
            if alert is None or not alert.due:
                self._due.discard(name)
            elif alert.at_ms + AGAIN_MS * 2**alert.tries <= now_ms:
                await self._tell(alert)

    async def sweep(self, days: int) -> int:
        """Removes alerts older than that, and the oldest of too many; how many."""
        records = await self._shelf.records.all(KIND)
        over = max(0, len(records) - MAX_KEPT)
        since_ms = self._shelf.now_ms() - days * DAY_MS
        gone = [one for at, one in enumerate(records) if at < over or one.at_ms < since_ms]
        for record in gone:
            await self._shelf.records.change(KIND, record.name, lambda _: None)
        return len(gone)

    async def drain(self, limit_s: float = 3.0) -> None:
        """Waits for what is being told; what takes longer is due, and is told after the next start."""
        if self._running:
            _, late = await asyncio.wait(tuple(self._running), timeout=limit_s)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    def _name(self, raising: Raising) -> str:
        if raising.id is None:
            return f"alr_{secrets.token_hex(16)}"
        content = f"{raising.source}|{raising.id}".encode()
        return f"alr_{self._shelf.pseudonyms.digest('alert', content).hex()}"

    async def _reached(self, raising: Raising) -> tuple[Reached, ...]:
        if raising.severity == "INFO":
            return ()
        reached: list[Reached] = ["webhook"] if self._wire.hook else []
        if self._wire.mail and raising.notify_owner and raising.user_id and await self._may_write(raising.user_id):
            reached.append("owner")
        if self._wire.mail and raising.notify_user and await self._address(raising.notify_user):
            reached.append("user")
        return tuple(reached)

    async def _may_write(self, user_id: str) -> bool:
        """Whether the owner has an address, and has not had today's letters."""
        if await self._address(user_id) is None:
            return False
        recent = Wanted(user_id=user_id, since_ms=self._shelf.now_ms() - DAY_MS, limit=MAX_KEPT)
        written = [one for one in await self.find(recent) if "owner" in (*one.due, *one.told)]
        return len(written) < self._rules().owner_notices_per_day

    def _begin(self, alert: Alert) -> None:
        self._due.add(alert.id)
        if len(self._running) < MAX_AT_ONCE:
            task = asyncio.get_running_loop().create_task(self._tell(alert))
            self._running.add(task)
            task.add_done_callback(self._running.discard)

    async def _tell(self, alert: Alert) -> None:
        told, due = list(alert.told), list[Reached]()
        try:
            for reached in alert.due:
                try:
                    await self._wire.courier.send(await self._letter(alert, reached))
                    told.append(reached)
                except DeliveryFailed as failure:
                    _logger.warning("an alert did not get through: %s", failure)
                    if not failure.lasting and alert.tries + 1 < MAX_TRIES:
                        due.append(reached)
            change = partial(_noted, told=tuple(told), due=tuple(due))
            await self._shelf.records.change(KIND, alert.id, change)
        except WatchwordError as error:  # the edge of a task: nobody waits for it
            _logger.warning("an alert was not told: %s", type(error).__name__)

    async def _letter(self, alert: Alert, reached: Reached) -> Letter:
        raised, at = alert.raised, from_ms(alert.at_ms)
        if reached == "webhook":
            return Letter(id=f"{alert.id}.hook", channel="alert", data={"alert": body_of(alert)})
        to = await self._address((raised.user_id if reached == "owner" else raised.notify_user) or "")
        if to is None:
            raise DeliveryFailed("There is no address any more.", lasting=True)
        about = raised.user_id or raised.session_id or alert.id
        words = (
            of_alert(raised.message, at, self._wire.name, raised.locale)
            if reached == "owner"
            else of_report(raised.type, about, raised.message, at, self._wire.name)
        )
        return Letter(
            id=f"{alert.id}.{reached}", channel="email", to=to, subject=words.subject, text=words.text, html=words.html
        )

    async def _address(self, user_id: str) -> str | None:
        owner = self._shelf.owner(user_id)
        held = self._shelf.held(owner, await self._shelf.read(owner), "email_otp")
        return str(held[-1].secret["to"]) if held else None


def body_of(alert: Alert) -> dict[str, object]:
    """An alert as it travels."""
    raised = alert.raised
    return {
        "id": alert.id, "type": raised.type, "severity": raised.severity, "raisedAt": from_ms(alert.at_ms),
        "raisedBy": raised.actor,
        "userId": raised.user_id, "sessionId": raised.session_id, "message": raised.message or None,
        "details": raised.details,
    }  # fmt: skip


def _noted(record: Record | None, told: tuple[Reached, ...], due: tuple[Reached, ...]) -> Record | None:
    if record is None:
        return None
    alert = _unpack(record)
    after = replace(alert, told=told, due=due, tries=alert.tries + 1)
    return replace(record, body=msgspec.json.encode(after))


def _unpack(record: Record) -> Alert:
    return msgspec.json.decode(record.body, type=Alert)
