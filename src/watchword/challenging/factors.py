"""A person's second factors: listed, added in two steps (the second proves that they have it), removed."""

from __future__ import annotations

import secrets
from functools import partial
from math import ceil
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from watchword.actions.challenges import Asked, Enrolling, Held, Told
from watchword.challenging.challenges import Challenging
from watchword.challenging.dialogue import Talk, hold
from watchword.errors import InvalidInput, LimitExceeded, NotFound
from watchword.state import stepup
from watchword.state.stepup import Factor, Proof, Standing

PROVE_MS = 600_000
ATTEMPTS = 5
MAX_OF_A_TYPE = 5


class Begun(Struct, frozen=True):
    """A factor that was added; `show` is what the person needs to prove it, where it is not `proven` yet."""

    factor: Factor
    show: dict[str, Any]


class Proving(Struct, frozen=True):
    """Whether a factor is proven now, and how many attempts are left where it is not."""

    proven: bool
    left: int


class Factors:
    """Adds and removes what challenges ask for."""

    def __init__(self, challenging: Challenging) -> None:
        self._challenging = challenging
        self._shelf = challenging.shelf

    async def of(self, user_id: str) -> tuple[Factor, ...]:
        """The factors of a user, oldest first; those that are not proven yet included."""
        return (await self.standing(user_id)).factors

    async def standing(self, user_id: str) -> Standing:
        """All that is kept of a user's factors: lock-outs, challenges that run, codes that were sent."""
        return await self._shelf.read(self._shelf.owner(user_id))

    async def begin(self, user_id: str, type_: str, enrolling: Enrolling, locale: str = "en") -> Begun:
        """Adds a factor. Raises InvalidInput, LimitExceeded, DeliveryFailed."""
        name = self._challenging.named(type_)
        kind, owner, now_ms = self._challenging.kinds[name], self._shelf.owner(user_id), self._shelf.now_ms()
        factor = Factor(
            id=f"fac_{secrets.token_hex(8)}", type=name, label=enrolling.label or kind.label, made_ms=now_ms,
            until_ms=0 if kind.at_once else now_ms + PROVE_MS, attempts=ATTEMPTS,
        )  # fmt: skip
        standing = await self._shelf.change(owner, partial(self._admitted, factor))
        asked = self._asked(user_id, self._shelf.held(owner, standing, name))
        result = await hold(kind.enrol(asked, enrolling), self._challenging.tools, Talk(f"{factor.id}/{name}", locale))
        secret = {"secret": result.secret, "kept": result.kept} if factor.until_ms else result.secret or {}
        factor = replace(factor, sealed=self._shelf.sealed(owner, factor.id, secret))
        await self._shelf.change(owner, partial(self._added, user_id, factor))
        return Begun(factor, result.shown)

    async def prove(self, user_id: str, factor_id: str, told: Told) -> Proving:
        """Whether the person has the factor that was begun. Five attempts, within ten minutes. Raises NotFound."""
        owner = self._shelf.owner(user_id)
        factor = await self._shelf.change(owner, partial(_tried, factor_id))
        pending = self._shelf.opened(owner, factor).secret
        flow = self._challenging.kinds[factor.type].check(
            self._asked(user_id, (Held(factor.id, pending["secret"]),)), pending["kept"], told
        )
        result = await hold(flow, self._challenging.tools, Talk(f"{factor.id}/{factor.type}"))
        if not result.right:
            return Proving(False, factor.attempts)
        sealed = self._shelf.sealed(owner, factor.id, result.secret or pending["secret"])
        proof = Proof(factor.id, result.step, sealed)
        return Proving(await self._shelf.change(owner, partial(_proven, proof, self._shelf.now_ms())), factor.attempts)

    async def remove(self, user_id: str, factor_id: str) -> Factor:
        """Removes a factor. Raises NotFound."""

        def gone(standing: Standing) -> tuple[Standing, Factor]:
            factor = _found(standing, factor_id)
            return standing.without_factor(factor_id), factor

        return await self._shelf.change(self._shelf.owner(user_id), gone)

    async def unlock(self, user_id: str, type_: str) -> None:
        """Ends the lock-out of a type. Raises NotFound where it is not locked, InvalidInput for what is no type."""
        name, now_ms = self._challenging.named(type_), self._shelf.now_ms()

        def opened(standing: Standing) -> tuple[Standing, None]:
            if not stepup.locked_ms(standing, name, now_ms):
                raise NotFound("This is not locked.")
            return standing.unlocked(name), None

        await self._shelf.change(self._shelf.owner(user_id), opened)

    def _admitted(self, factor: Factor, standing: Standing) -> tuple[Standing, Standing]:
        """Whether another factor of that type may begin; a code that will be sent is counted."""
        kind, now_ms = self._challenging.kinds[factor.type], self._shelf.now_ms()
        if kind.several and sum(one.type == factor.type for one in standing.factors) >= MAX_OF_A_TYPE:
            raise InvalidInput(f"A user has at most {MAX_OF_A_TYPE} factors of a type: remove one.", "type")
        if kind.delivered:
            if wait_ms := stepup.wait_to_send(standing, factor.type, self._challenging.rules(), now_ms):
                raise LimitExceeded("Too many codes were sent to this user within the hour.", ceil(wait_ms / 1000))
            standing = stepup.sent(standing, factor.type, now_ms)
        return standing, standing

    def _added(self, user_id: str, factor: Factor, standing: Standing) -> tuple[Standing, None]:
        if not self._challenging.kinds[factor.type].several:
            standing = replace(standing, factors=tuple(one for one in standing.factors if one.type != factor.type))
        return replace(standing, user_id=user_id).with_factor(factor), None

    def _asked(self, user_id: str, held: tuple[Held, ...]) -> Asked:
        rules = self._challenging.rules()
        return Asked(
            user_id=user_id, now_ms=self._shelf.now_ms(), held=held, site=self._challenging.site,
            drift=rules.totp_drift_steps,
        )  # fmt: skip


def _found(standing: Standing, factor_id: str) -> Factor:
    factor = standing.factor(factor_id)
    if factor is None:
        raise NotFound("There is no such factor.")
    return factor


def _tried(factor_id: str, standing: Standing) -> tuple[Standing, Factor]:
    factor = _found(standing, factor_id)
    if factor.proven or factor.attempts <= 0:
        raise NotFound("There is no such factor to prove: begin again.")
    factor = replace(factor, attempts=factor.attempts - 1)
    return standing.with_factor(factor), factor


def _proven(proof: Proof, now_ms: int, standing: Standing) -> tuple[Standing, bool]:
    factor = standing.factor(proof.factor or "")
    if factor is None:
        return standing, False
    standing = standing.with_factor(replace(factor, until_ms=0, attempts=0))
    return stepup.used(standing, proof, now_ms), True
