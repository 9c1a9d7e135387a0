"""Which key seals which row: the person's, the day's, or the deployment's own."""

from __future__ import annotations

from collections.abc import Iterable

from watchword.errors import SealBroken, StoreError
from watchword.events.pseudonym import Pseudonyms
from watchword.privacy.cipher import Seal, Unsealed
from watchword.privacy.keyring import KeyRing
from watchword.privacy.keys_db import Key, KeysDb
from watchword.state.plan import DAY_MS

NOT_SEALED = 0
_UNSEALED = Unsealed()


class Seals:
    """The keys of one store. Rows name a key of `keys.db` by its number, one of the ring by the negative of its own.

    `enabled=False` writes everything in the clear; it exists for the tests that search for planted data.
    """

    def __init__(self, keys: KeysDb, ring: KeyRing, enabled: bool = True) -> None:
        self.keys = keys
        self.names = Pseudonyms(ring.derive("names"))
        self._ring = ring
        self._enabled = enabled

    def of_deployment(self, table: bytes, row: bytes) -> tuple[int, Seal]:
        """What seals rows that are about nobody: windows by address and device, lists, settings."""
        if not self._enabled:
            return NOT_SEALED, _UNSEALED
        return -self._ring.active, self._ring.cipher(table.decode(), row)

    def of_windows(self, entity: bytes) -> Key | None:
        """The deployment's key for the windows of an address or device; None where nothing is sealed."""
        if not self._enabled:
            return None
        return Key(-self._ring.active, self._ring.cipher("state", entity), False)

    def of_owner(self, owner: bytes | None, table: bytes, row: bytes) -> tuple[int, Seal]:
        """What seals a row written by hand: under the key of the person it is about, made if need be, else our own."""
        if owner is None or not self._enabled:
            return self.of_deployment(table, row)
        key = self.keys.persons([owner])[owner]
        return key.number, key.cipher

    def of_persons(self, owners: Iterable[bytes]) -> dict[bytes, Key]:
        """The keys of persons, made (durably) where there are none."""
        return self.keys.persons(owners) if self._enabled else {}

    def of_person(self, owner: bytes) -> Key | None:
        """The key of a person, or None where none was made."""
        return self.keys.person(owner) if self._enabled else None

    def of_day(self, at_ms: int) -> tuple[int, Seal]:
        """What seals rows of names that never succeeded, and rows without a user."""
        if not self._enabled:
            return NOT_SEALED, _UNSEALED
        key = self.keys.day(at_ms // DAY_MS)
        return key.number, key.cipher

    def by_number(self, number: int) -> Key | None:
        """The key of `keys.db` with that number, or None where there is none: it was destroyed."""
        try:
            return self.keys.by_number(number) if number > 0 else None
        except SealBroken:
            return None

    def open(self, number: int, sealed: bytes, table: bytes, row: bytes) -> bytes:
        """The plain bytes of a row sealed under key `number`. Raises SealBroken."""
        if number > 0:
            return self.keys.by_number(number).cipher.open(sealed, table, row)
        if number < 0:
            return self._ring.cipher(table.decode(), row, -number).open(sealed, table, row)
        if self._enabled:
            raise SealBroken(f"A row of {table.decode()} is not sealed, and sealing is on.")
        return sealed

    def open_if_there(self, number: int, sealed: bytes, table: bytes, row: bytes) -> bytes | None:
        """The plain bytes, or None where the key was destroyed: what is left of an erased person."""
        if number > 0:
            key = self.by_number(number)
            return key.cipher.open(sealed, table, row) if key else None
        return self.open(number, sealed, table, row)

    def check(self, mark: bytes | None, last_key: int) -> bytes:
        """The mark that this ring leaves in its data. Raises StoreError where `mark` or keys.db is not of this data."""
        own = self._ring.derive("mark")
        if mark is not None and mark != own:
            raise StoreError("The deployment keys are not those that this data was written with.")
        if last_key and self.keys.is_new:
            raise StoreError("keys.db is missing or empty: restore it from its own backup; without it nothing opens.")
        self.keys.reserve(last_key)
        return own
