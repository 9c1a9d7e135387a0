"""Where a person's second factors and challenges are kept: one record each, changed in one piece."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, Protocol, TypeVar

import msgspec
from msgspec import Struct

from watchword.actions.challenges import Held
from watchword.errors import NotFound
from watchword.events.pseudonym import Pseudonyms
from watchword.ports import Record, Records
from watchword.state import stepup
from watchword.state.stepup import Factor, Standing

KIND = "stepup"
_NONCE_BYTES = 12
_OWNER_BYTES = 16
_PREFIX = "chl_"
T = TypeVar("T")


class Box(Protocol):
    """What seals factors' secrets; see `privacy.cipher`."""

    def seal(self, plain: bytes, table: bytes, row: bytes) -> bytes: ...

    def open(self, sealed: bytes, table: bytes, row: bytes) -> bytes: ...


class Shelf(Struct, frozen=True):
    """Reads and changes what is kept. Secrets of factors are sealed once more, so that no export shows them."""

    records: Records
    pseudonyms: Pseudonyms
    box: Box
    clock: Callable[[], datetime]

    def now_ms(self) -> int:
        """The time."""
        return int(self.clock().timestamp() * 1000)

    def owner(self, user_id: str) -> bytes:
        """The keyed hash of a user."""
        return self.pseudonyms.of("user", user_id)

    async def read(self, owner: bytes) -> Standing:
        """What is kept of that person, without what is over."""
        record = await self.records.get(KIND, owner.hex())
        return stepup.pruned(stepup.unpack(record.body if record else None), self.now_ms())

    async def change(self, owner: bytes, change: Callable[[Standing], tuple[Standing, T]]) -> T:
        """Puts what `change` (pure) makes of it in its place; the second thing that it gave."""
        now_ms = self.now_ms()
        given: list[T] = []

        def changed(record: Record | None) -> Record | None:
            before = stepup.pruned(stepup.unpack(record.body if record else None), now_ms)
            after, said = change(before)
            given[:] = [said]
            if after.empty:
                return None
            body = stepup.pack(after)
            return record if record and record.body == body else Record(KIND, owner.hex(), body, owner, now_ms)

        await self.records.change(KIND, owner.hex(), changed)
        return given[0]

    async def sweep(self) -> int:
        """Removes what is over, also of persons who never came back; how many were looked at."""
        found = await self.records.all(KIND)
        for record in found:
            if record.owner is not None and stepup.pack(stepup.pruned(stepup.unpack(record.body), self.now_ms())) != (
                record.body
            ):
                await self.change(record.owner, lambda standing: (standing, None))
        return len(found)

    def sealed(self, owner: bytes, factor_id: str, secret: dict[str, Any]) -> bytes:
        """A factor's secret, sealed for its place."""
        return self.box.seal(msgspec.json.encode(secret), b"factor", owner + factor_id.encode())

    def opened(self, owner: bytes, factor: Factor) -> Held:
        """A factor with its secret open."""
        plain = self.box.open(factor.sealed, b"factor", owner + factor.id.encode())
        return Held(factor.id, msgspec.json.decode(plain))

    def held(self, owner: bytes, standing: Standing, type_: str) -> tuple[Held, ...]:
        """The proven factors of a type, open."""
        return tuple(self.opened(owner, one) for one in standing.proven(type_))

    def name(self, owner: bytes, nonce: bytes) -> str:
        """The id of a challenge: a nonce, and whose it is, which only this deployment can read from it."""
        return f"{_PREFIX}{nonce.hex()}{self._masked(owner, nonce).hex()}"

    def name_for(self, owner: bytes, decision_id: str) -> str:
        """The id that is reserved for the challenge of a decision."""
        return self.name(owner, self.pseudonyms.digest("challenge of", decision_id.encode())[:_NONCE_BYTES])

    def owner_of(self, challenge_id: str) -> bytes:
        """Whose challenge that is. Raises NotFound for what is no challenge's id."""
        try:
            raw = bytes.fromhex(challenge_id.removeprefix(_PREFIX))
        except ValueError:
            raw = b""
        if len(raw) != _NONCE_BYTES + _OWNER_BYTES or not challenge_id.startswith(_PREFIX):
            raise NotFound("There is no such challenge.")
        return self._masked(raw[_NONCE_BYTES:], raw[:_NONCE_BYTES])

    def _masked(self, owner: bytes, nonce: bytes) -> bytes:
        mask = self.pseudonyms.digest("challenge mask", nonce)
        return bytes(one ^ other for one, other in zip(owner, mask, strict=True))
