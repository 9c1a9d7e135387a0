"""The devices of a deployment: recognised, trusted, listed, forgotten. What makes two looks one is in `state/devices`.

Kept as records: a person's device under that person's key (`device`), and without a person who was on a device
(`device_user`) and with a look (`device_look`), as keyed hashes that go after 90 days or with their person.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime
from secrets import token_hex
from weakref import WeakValueDictionary

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from watchword.enrichment.facts import Facts
from watchword.errors import NotFound
from watchword.events.device_data import DeviceData
from watchword.events.label import Label
from watchword.events.login import Login
from watchword.events.pseudonym import Pseudonyms
from watchword.events.verification import Verification
from watchword.policy.decision import Decision, decision_id
from watchword.policy.device_factors import SHARED_DAYS, Carried, find_factors, in_order
from watchword.policy.device_looks import label_of, read_look
from watchword.ports import Query, Record, Records, Store, removed
from watchword.state.device import (
    REMEMBERED_DAYS,
    Device,
    Mark,
    day_of,
    marked,
    overflow,
    recognise,
    unmarked,
    users_within,
    with_cookie,
)
from watchword.state.device_trust import RiskFactor, Trust, TrustLevel, set_by_hand, verified, with_factors, with_login
from watchword.state.devices import RESEMBLING, Look, fingerprint, is_telling, likeness, stable_key

KIND, USERS, LOOKS = "device", "device_user", "device_look"
PURPOSE = "device"
HOUR_MS, DAY_MS = 3_600_000, 86_400_000
PREFIX = "dvc_"
Marks = tuple[Mark, ...]
FRAUD = ("fraud", "chargeback")
REPORTED = RiskFactor("fraud_reported", "high")


class Cookie(Struct, frozen=True):
    """What a device carries: whose it is, and when (milliseconds, whole hours) it was issued."""

    device: str
    issued_ms: int


class Visit(Struct, frozen=True, kw_only=True):
    """A device that shows itself. Without `user_id` nothing is kept. `forged`: it brought a cookie that is not ours."""

    data: DeviceData
    facts: Facts
    user_id: str | None = None
    cookie: Cookie | None = None
    forged: bool = False


class Seen(Struct, frozen=True):
    """What became of a visit. `known`: this person was on this device before. `cookie` is what it carries from now."""

    id: str
    fingerprint: str
    level: TrustLevel
    factors: tuple[RiskFactor, ...]
    known: bool
    cookie: Cookie | None


class Owned(Struct, frozen=True):
    """A device with the keyed hash of its person."""

    owner: bytes
    device: Device


class Devices:
    """Recognises devices. `new_id` makes 32 hexadecimal digits, other ones each time, that nobody guesses."""

    def __init__(
        self,
        records: Records,
        store: Store,
        pseudonyms: Pseudonyms,
        clock: Callable[[], datetime],
        new_id: Callable[[], str] = lambda: token_hex(16),
    ) -> None:
        self._records = records
        self._store = store
        self._pseudonyms = pseudonyms
        self._clock = clock
        self._new_id = new_id
        self.wanted: Callable[[], bool] = lambda: True
        self._locks: WeakValueDictionary[bytes, asyncio.Lock] = WeakValueDictionary()

    async def see(self, visit: Visit) -> Seen | None:
        """Recognises a device, or gets to know it; None where its person does not consent to the purpose `device`, or
        devices are not `wanted`.

        By its cookie, if it looks like the device that the cookie was given to; else by its look alone, if that device
        never brought a cookie back and nobody else has that look. Durable before it returns. Raises StoreError.
        """
        if not self.wanted():
            return None
        if visit.user_id is None:
            return self._stranger(visit)
        owner = self._pseudonyms.of("user", visit.user_id)
        lock = self._locks.setdefault(owner, asyncio.Lock())
        async with lock:
            if not await self._consents(owner):
                return None
            return await self._see(visit, owner)

    async def of_user(self, user_id: str) -> list[Owned]:
        """A person's devices as they stand now, the last seen first."""
        owner = self._pseudonyms.of("user", user_id)
        found = [Owned(owner, await self._judged(one, owner)) for one in await self._owned(owner)]
        return sorted(found, key=lambda one: -one.device.last_ms)

    async def find(self, device_id: str) -> list[Owned]:
        """A device as each of its people has it. Raises NotFound."""
        owners = [bytes.fromhex(mark.owner) for mark in _marks(await self._records.get(USERS, device_id))]
        records = [(owner, await self._records.get(KIND, _name(device_id, owner))) for owner in owners]
        found = [Owned(owner, await self._judged(_device(one), owner)) for owner, one in records if one is not None]
        if not found:
            raise NotFound("There is no such device.")
        return found

    async def all(self) -> list[Owned]:
        """Every device of everybody, the last seen first."""
        records = await self._records.all(KIND)
        found = [Owned(one.owner, _device(one)) for one in records if one.owner is not None]
        return sorted(found, key=lambda one: -one.device.last_ms)

    async def set_trust(self, device_id: str, level: TrustLevel, actor: str, reason: str) -> list[Owned]:
        """Sets by hand how far a device is trusted, for each of its people; `unknown` starts anew. Raises NotFound."""
        changed = []
        for one in await self.find(device_id):
            trust = set_by_hand(one.device.trust, level, actor, reason)
            device = replace(one.device, trust=trust, factors=(), judged_ms=self._now_ms())
            changed.append(Owned(one.owner, device))
            await self._keep(changed[-1])
        return changed

    async def forget(self, user_id: str) -> None:
        """Takes a person off the lists of who was on which device; call it before the person is erased."""
        owner = self._pseudonyms.of("user", user_id)
        for one in await self._owned(owner):
            key = stable_key(one.look, self._pseudonyms)
            await self._mark(USERS, one.id, lambda marks: unmarked(marks, owner.hex()))
            if key is not None:
                await self._mark(LOOKS, key.hex(), lambda marks: unmarked(marks, owner.hex()))

    async def remove(self, user_id: str) -> None:
        """Removes what is kept of all devices of a person: for those who consent no more. Blocks of devices stay."""
        await self.forget(user_id)
        owner = self._pseudonyms.of("user", user_id)
        for one in await self._owned(owner):
            await self._records.change(KIND, _name(one.id, owner), removed)

    async def sweep(self) -> int:
        """Drops devices, and lists of who was on them, that nobody renewed for 90 days; how many records went."""
        oldest_ms = self._now_ms() - REMEMBERED_DAYS * DAY_MS
        gone = 0
        for kind in (KIND, USERS, LOOKS):
            for record in await self._records.all(kind):
                if record.at_ms < oldest_ms:
                    await self._records.change(kind, record.name, lambda _: None)
                    gone += 1
        return gone

    def _stranger(self, visit: Visit) -> Seen:
        """Somebody who has not said who they are: nothing is kept but what they carry away."""
        carried: Carried = "forged" if visit.forged else "good" if visit.cookie else "none"
        factors = find_factors(visit.facts, 1, carried)
        level: TrustLevel = with_factors(Trust(), factors, self._now_ms()).level
        look = read_look(visit.data, self._pseudonyms)
        cookie = visit.cookie or (Cookie(PREFIX + self._new_id(), self._hour_ms()) if is_telling(look) else None)
        device = cookie.device if cookie is not None else PREFIX + self._new_id()
        return Seen(device, self._print(look), level, factors, False, cookie)

    async def _see(self, visit: Visit, owner: bytes) -> Seen:
        look = read_look(visit.data, self._pseudonyms)
        mine = await self._owned(owner)
        known, carried = await self._recognise(visit, look, owner, mine)
        if known is None and not is_telling(look):
            return self._stranger(visit)
        device = known or self._met(visit, look, carried)
        read = device.trust
        device = await self._judged(device, owner)
        reported = [one for one in device.factors if one == REPORTED]
        people = await self._noted(look, device, owner)
        factors = in_order([*find_factors(visit.facts, people, carried), *reported])
        device, cookie = self._given_cookie(device, visit.cookie if carried == "good" else None)
        device = self._after(device, visit, look, factors)
        device = replace(device, visits=device.visits + (known is not None))
        device = await self._keep(Owned(owner, device), read)
        for one in overflow([*(other for other in mine if other.id != device.id), device]):
            await self._records.change(KIND, _name(one.id, owner), lambda _: None)
        return Seen(device.id, device.fingerprint, device.trust.level, factors, known is not None, cookie)

    async def _recognise(
        self, visit: Visit, look: Look, owner: bytes, mine: list[Device]
    ) -> tuple[Device | None, Carried]:
        """The person's device that this is, and what its cookie says of it."""
        carried: Carried = "forged" if visit.forged else "none"
        if (cookie := visit.cookie) is not None:
            own = next((one for one in mine if one.id == cookie.device), None)
            twin = own or await self._anybodys(cookie.device)
            if twin is not None and likeness(twin.look, look) < RESEMBLING:
                carried = "elsewhere"
            elif own is not None and cookie.issued_ms not in own.cookies:
                carried = "stale"
            elif twin is not None:
                return own, "good"
            else:
                carried = "good"
        found = recognise(mine, look)
        if found is None or await self._is_common(look, owner):
            return None, carried
        return found, "none" if carried == "good" else carried

    def _met(self, visit: Visit, look: Look, carried: Carried) -> Device:
        """A device that this person was never on; it keeps the id that its own cookie gives it."""
        now_ms = self._now_ms()
        own = visit.cookie if carried == "good" else None
        given = own.device if own is not None else PREFIX + self._new_id()
        return Device(given, self._print(look), label_of(visit.data), look, now_ms, now_ms, judged_ms=now_ms - HOUR_MS)

    def _after(self, device: Device, visit: Visit, look: Look, factors: tuple[RiskFactor, ...]) -> Device:
        """The device after a visit. A look that tells little does not take the place of one that tells more."""
        now_ms = self._now_ms()
        device = replace(
            device, label=label_of(visit.data), last_ms=now_ms, factors=factors,
            trust=with_factors(device.trust, factors, now_ms),
        )  # fmt: skip
        return replace(device, look=look, fingerprint=self._print(look)) if is_telling(look) else device

    def _given_cookie(self, device: Device, presented: Cookie | None) -> tuple[Device, Cookie]:
        """The device with the cookie it gets: a newer one where its own is a day old, else the newest once more."""
        hour_ms = self._hour_ms()
        newest = max(device.cookies, default=presented.issued_ms if presented is not None else 0)
        issued = newest if presented is not None and newest > hour_ms - DAY_MS else hour_ms
        told = presented.issued_ms if presented is not None else None
        return with_cookie(device, told, None if issued == told else issued), Cookie(device.id, issued)

    async def _judged(self, device: Device, owner: bytes) -> Device:
        """The device with the trust that its log-ins, checks and labels since it was last looked at have made."""
        trust, factors, newest_ms = device.trust, list(device.factors), device.judged_ms
        for decision in await self._news(device, owner):
            event, newest_ms = decision.event, decision.event.occurred_ms + 1
            if isinstance(event, Label):
                factors.append(REPORTED)
                trust = with_factors(trust, [REPORTED], event.occurred_ms)
            elif isinstance(event, Verification):
                trust = verified(trust, event.occurred_ms)
            else:
                trust = with_login(trust, event.occurred_ms)
        return replace(device, trust=trust, factors=in_order(factors), judged_ms=newest_ms)

    async def _news(self, device: Device, owner: bytes) -> list[Decision]:
        """Low-risk log-ins, passed checks and labels of fraud on this device that were decided since, oldest first."""
        found: list[Decision] = []
        key = self._pseudonyms.of("device", device.id)
        for kind, of_device in (("login", key), ("verification", None), ("label", None)):
            query = Query(user=owner, device=of_device, type=kind, since_ms=device.judged_ms, limit=500)
            while True:
                page = await self._store.history(query)
                found += [one for one in page.decisions if await self._speaks(one, device)]
                if page.cursor is None:
                    break
                query = replace(query, cursor=page.cursor)
        return sorted(found, key=lambda one: one.event.occurred_ms)

    async def _speaks(self, decision: Decision, device: Device) -> bool:
        event = decision.event
        if isinstance(event, Login):
            return event.succeeded and _is_low(decision)
        if isinstance(event, Verification):
            return event.succeeded and await self._is_about(event.device_hash, event.decision_id, device)
        if isinstance(event, Label) and event.label in FRAUD:
            return await self._is_about(None, self._named(event), device)
        return False

    def _named(self, event: Label) -> str | None:
        """The decision that a label is about."""
        if event.target_event_id is None:
            return event.decision_id
        return decision_id(self._pseudonyms.of("event", event.target_event_id))

    async def _is_about(self, device_hash: str | None, named: str | None, device: Device) -> bool:
        """Whether a check or label is about this device: by its own word, or that of the decision it names."""
        if device_hash is not None or named is None:
            return device_hash == device.id
        decision = await self._store.decision(named)
        return decision is not None and decision.event.device_hash == device.id

    async def _anybodys(self, device_id: str) -> Device | None:
        """A device as the last of its people has it."""
        for mark in reversed(_marks(await self._records.get(USERS, device_id))):
            record = await self._records.get(KIND, _name(device_id, bytes.fromhex(mark.owner)))
            if record is not None:
                return _device(record)
        return None

    async def _is_common(self, look: Look, owner: bytes) -> bool:
        """Whether somebody else has that very look: then it tells nobody apart."""
        key = stable_key(look, self._pseudonyms)
        marks = _marks(await self._records.get(LOOKS, key.hex())) if key is not None else ()
        return any(mark.owner != owner.hex() for mark in marks)

    async def _noted(self, look: Look, device: Device, owner: bytes) -> int:
        """Notes that this person is on the device, and has the look; how many people are on it within 30 days."""
        today, key = day_of(self._now_ms()), stable_key(look, self._pseudonyms)
        if key is not None:
            await self._mark(LOOKS, key.hex(), lambda marks: marked(marks, owner.hex(), today))
        users = await self._mark(USERS, device.id, lambda marks: marked(marks, owner.hex(), today))
        return users_within(users, today, SHARED_DAYS)

    async def _mark(self, kind: str, name: str, change: Callable[[Marks], Marks]) -> Marks:
        """Changes a list of marks, in one transaction; an empty one goes. The marks afterwards."""

        def changed(before: Record | None) -> Record | None:
            marks = _marks(before)
            after = change(marks)
            if not after or after == marks:
                return before if after else None
            return Record(kind, name, msgspec.json.encode(after), at_ms=self._now_ms())

        return _marks(await self._records.change(kind, name, changed))

    async def _owned(self, owner: bytes) -> list[Device]:
        return [_device(record) for record in await self._records.all(KIND, owner)]

    async def _keep(self, one: Owned, read: Trust | None = None) -> Device:
        """Keeps a device, with the trust that somebody set by hand after it was `read`, if so."""

        def changed(before: Record | None) -> Record:
            known = _device(before) if before is not None else None
            device = one.device
            if read is not None and known is not None and _hand(known.trust) != _hand(read):
                device = replace(device, trust=known.trust)
            return Record(KIND, name, msgspec.json.encode(device), one.owner, self._now_ms())

        name = _name(one.device.id, one.owner)
        kept = await self._records.change(KIND, name, changed)
        return _device(kept) if kept is not None else one.device

    async def _consents(self, owner: bytes) -> bool:
        record = await self._records.get("consent", owner.hex())
        return record is None or msgspec.json.decode(record.body, type=dict[str, bool]).get(PURPOSE) is not False

    def _print(self, look: Look) -> str:
        return fingerprint(look, self._pseudonyms).hex()

    def _now_ms(self) -> int:
        return int(self._clock().timestamp() * 1000)

    def _hour_ms(self) -> int:
        return self._now_ms() // HOUR_MS * HOUR_MS


def _is_low(decision: Decision) -> bool:
    """Whether a log-in was judged to be of low risk: judged at all, with every part there, and counted once."""
    judged = decision.durable and not decision.degraded and decision.mode != "disabled" and decision.linked is None
    return judged and decision.level == "LOW" and decision.would_act == "allow"


def _hand(trust: Trust) -> tuple[str, str | None, str]:
    return trust.set_by, trust.level_set, trust.reason


def _name(device_id: str, owner: bytes) -> str:
    return f"{device_id}|{owner.hex()}"


def _marks(record: Record | None) -> Marks:
    return msgspec.json.decode(record.body, type=Marks) if record is not None else ()


def _device(record: Record) -> Device:
    return msgspec.json.decode(record.body, type=Device)
