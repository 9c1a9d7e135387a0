"""A person's second factors for the console: what is enrolled, what is locked, and what an admin may undo."""

from __future__ import annotations

from typing import Any

from watchword.errors import NotFound
from watchword.ports import SessionKey, Step, Stepped
from watchword.sessions import pins
from watchword.sessions.names import Names
from watchword.state.person import Pin
from watchword.state.plan import HOUR_MS
from watchword.state.stepup import EVERY, Bar, Rules, Standing, Type
from watchword.web.console.factor_file import MPIN, Enrolled, FactorFile, Way
from watchword.web.console.records import Visitor, Wire
from watchword.web.service import Service

MPIN_NAME = "MPIN of sessions"


class FactorsDesk:
    """Reads and removes what step-up and the session engine keep. Secrets stay sealed."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._names = Names(service.engine.pseudonyms)

    async def of(self, user: str) -> FactorFile:
        """Everything about a person's factors, also where there are none."""
        standing = await self._service.step_up.factors.standing(user)
        pin: Pin = await self._advance(user, lambda _session, person: Stepped(answer=person().pin))
        now_ms, rules = self._now_ms(), self._rules
        running = [one for one in standing.running if one.made_ms > now_ms - HOUR_MS]
        opened = [one.until_ms for one in standing.running if one.state == "open" and one.until_ms > now_ms]
        sent = {name: len(standing.sent.get(name, ())) for name in ("email_otp", "sms_otp")}
        return FactorFile(
            user=user, enrolled=(*self._enrolled(standing), *_mpin(pin)), rules=rules, begun=len(running), sent=sent,
            ways=(*self._ways(standing, rules, now_ms), self._session_way(pin, now_ms)),
            open_ms=max(opened, default=0),
        )  # fmt: skip

    async def remove(self, user: str, factor_id: str, visitor: Visitor, reason: str) -> None:
        """Removes one factor, or the MPIN. Raises NotFound."""
        found = next((one for one in (await self.of(user)).enrolled if one.id == factor_id), None)
        if found is None:
            raise NotFound("There is no such factor. It may have been removed a moment ago.")
        await self._note(visitor, "factor.remove", user, {"factor": found.id, "type": found.type, "reason": reason})
        await self._drop(user, found)

    async def clear(self, user: str, visitor: Visitor, reason: str) -> None:
        """Removes everything that is enrolled. Raises NotFound where nothing is."""
        enrolled = (await self.of(user)).enrolled
        if not enrolled:
            raise NotFound("Nothing is enrolled. It may have been removed a moment ago.")
        told = {"types": [one.type for one in enrolled], "reason": reason}
        await self._note(visitor, "factor.clear", user, told)
        for one in enrolled:
            await self._drop(user, one)

    async def unlock(self, user: str, type_: str, visitor: Visitor, reason: str) -> None:
        """Ends a lock-out. Raises NotFound where there is none."""
        if not any(one.type == type_ and one.locked_ms for one in (await self.of(user)).ways):
            raise NotFound("This is not locked. The lock-out may have ended a moment ago.")
        await self._note(visitor, "factor.unlock", user, {"type": type_, "reason": reason})
        if type_ == MPIN:
            await self._advance(user, pins.unlocked(self._now_ms()))
        else:
            await self._service.step_up.factors.unlock(user, type_)

    def _enrolled(self, standing: Standing) -> list[Enrolled]:
        found = []
        for one in standing.factors:
            name = self._name(one.type)
            label = one.label if one.label != name else ""
            found.append(
                Enrolled(
                    id=one.id, type=one.type, name=name, label=label, made_ms=one.made_ms, used_ms=one.used_ms,
                    lapses_ms=one.until_ms,
                )
            )  # fmt: skip
        return sorted(found, key=lambda one: (EVERY.index(one.type), one.made_ms))

    def _ways(self, standing: Standing, rules: Rules, now_ms: int) -> list[Way]:
        """Every kind: those that may be asked for in their order, then the others."""
        order = (*rules.challenge_types, *(one for one in EVERY if one not in rules.challenge_types))
        return [self._way(one, standing, rules, now_ms) for one in order]

    def _way(self, type_: Type, standing: Standing, rules: Rules, now_ms: int) -> Way:
        bar = standing.bars.get(type_, Bar())
        return Way(
            type=type_, name=self._name(type_), many=len(standing.proven(type_)),
            allowed=type_ in rules.challenge_types, delivered=self._service.step_up.challenging.kinds[type_].delivered,
            failures=bar.failures, most=rules.lockout_failures, failed_ms=bar.at_ms,
            locked_ms=bar.until_ms if bar.until_ms > now_ms else 0, lockouts=bar.lockouts,
        )  # fmt: skip

    def _session_way(self, pin: Pin, now_ms: int) -> Way:
        return Way(
            type=MPIN, name=MPIN_NAME, many=bool(pin.hashed), failures=pin.failures,
            most=self._service.sessions.settings.mpin_attempts, lockouts=pin.lockouts,
            locked_ms=pin.locked_ms if pin.locked_ms > now_ms else 0,
        )  # fmt: skip

    async def _drop(self, user: str, one: Enrolled) -> None:
        if one.id == MPIN:
            await self._advance(user, pins.removed)
        else:
            await self._service.step_up.factors.remove(user, one.id)

    async def _advance(self, user: str, step: Step) -> Any:
        owner = self._names.owner(user)
        return (await self._service.sessions.senses.store.advance(SessionKey(owner, owner, owner), step)).answer

    async def _note(self, visitor: Visitor, act: str, user: str, particulars: Wire) -> None:
        await self._service.ledger.note(visitor.actor, act, f"user:{user}", particulars)

    def _name(self, type_: str) -> str:
        return self._service.step_up.challenging.kinds[type_].label

    @property
    def _rules(self) -> Rules:
        return self._service.governance.settings.step_up

    def _now_ms(self) -> int:
        return int(self._service.engine.clock().timestamp() * 1000)


def _mpin(pin: Pin) -> list[Enrolled]:
    return [Enrolled(id=MPIN, type=MPIN, name=MPIN_NAME, made_ms=pin.set_ms)] if pin.hashed else []
