"""State in SQLite: all windows and the profile of one entity in one sealed row, read and written once a batch."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from itertools import islice
from typing import Any

import apsw
import msgspec

from watchword.errors import SealBroken
from watchword.privacy.keys_db import Key
from watchword.state.plan import LOGS
from watchword.stores.sqlite_seals import Seals
from watchword.stores.transition import PROFILE, Row

TABLE = b"state"
CACHED_ENTITIES = 16_384
OF_USERS = frozenset({PROFILE[0], *(kind.number for kind in LOGS.values() if kind.entity == "user")})
_Parts = dict[int, tuple[int | None, bytes]]
_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(_Parts)


class Bundle:
    """Everything kept of one entity: by the number of its kind, when it stops mattering and its bytes."""

    __slots__ = ("entity", "key", "of_user", "parts", "slot")

    def __init__(self, entity: bytes, slot: int, of_user: bool) -> None:
        self.entity = entity
        self.slot = slot
        self.of_user = of_user
        self.key: Key | None = None
        self.parts: _Parts = {}


class StateRows:
    """The state that one connection has read. Rows lie at the first eight bytes of their keyed hash, or the next free
    place. What was read stays known until `forget`, which is due whenever another process may have written.
    """

    def __init__(self, connection: apsw.Connection, seals: Seals) -> None:
        self._connection = connection
        self._seals = seals
        self._bundles: dict[bytes, Bundle] = {}

    def forget(self) -> None:
        """Forgets everything read: it is no longer known to be what the file has."""
        self._bundles.clear()

    def trim(self) -> None:
        """Forgets what was read first, down to 16,384 entities."""
        for entity in list(islice(self._bundles, max(0, len(self._bundles) - CACHED_ENTITIES))):
            del self._bundles[entity]

    def read(self, key: bytes) -> bytes | None:
        """The bytes of one part (its kind's number and the entity), for `transition.Workspace`."""
        bundle = self._bundles.get(key[1:]) or self.load(key[1:], key[0] in OF_USERS)
        part = bundle.parts.get(key[0])
        return part[1] if part else None

    def user(self, owner: bytes) -> Bundle:
        """What is kept of a user, with the person's key where there is one."""
        return self._bundles.get(owner) or self.load(owner, True)

    def foresee(self, users: Iterable[bytes], others: Iterable[bytes]) -> None:
        """Reads the rows of many entities at once, which costs half of reading them one by one."""
        wanted = {slot_of(entity): (entity, True) for entity in users if entity not in self._bundles}
        wanted.update((slot_of(entity), (entity, False)) for entity in others if entity not in self._bundles)
        rows: dict[int, Any] = {slot: (entity, None, None) for slot, (entity, _) in wanted.items()}
        select = "select id, entity, key, body from state where id=?"
        for slot, *row in self._connection.executemany(select, ((slot,) for slot in wanted)):
            rows[slot] = row
        for slot, (entity, of_user) in wanted.items():
            found, number, body = rows[slot]
            if found == entity:
                with suppress(SealBroken):  # whoever asks for it again is told
                    self._unpack(Bundle(entity, slot, of_user), number, body)

    def load(self, entity: bytes, of_user: bool) -> Bundle:
        """Reads an entity's row."""
        slot, row = find(self._connection, entity)
        return self._unpack(Bundle(entity, slot, of_user), *(row or (None, b"")))

    def _unpack(self, bundle: Bundle, number: int | None, body: bytes) -> Bundle:
        entity = bundle.entity
        if number is None:
            bundle.key = self._seals.of_person(entity) if bundle.of_user else self._seals.of_windows(entity)
        else:
            key = self._seals.by_number(number)
            seals = self._seals
            plain = key.cipher.open(body, TABLE, entity) if key else seals.open_if_there(number, body, TABLE, entity)
            bundle.parts = _decoder.decode(plain) if plain is not None else {}
            own = key if key is not None and key.personal else None
            bundle.key = own if bundle.of_user else seals.of_windows(entity)
        self._bundles[entity] = bundle
        return bundle

    def merge(self, rows: Iterable[Row], at_ms: int) -> list[Bundle]:
        """Takes over changed parts, drops those that stopped mattering before `at_ms`; the bundles that changed."""
        changed: dict[bytes, Bundle] = {}
        for row in rows:
            entity = row.key[1:]
            bundle = self._bundles.get(entity) or self.load(entity, row.key[0] in OF_USERS)
            changed[entity] = bundle
            bundle.parts[row.key[0]] = (row.expires_ms, row.body)
        for bundle in changed.values():
            stale = [kind for kind, (expires, _) in bundle.parts.items() if expires is not None and expires < at_ms]
            for kind in stale:
                del bundle.parts[kind]
        return list(changed.values())

    def write(self, bundles: Iterable[Bundle], decided_ms: int) -> None:
        """Writes bundles, each under the key that is now right for it."""
        self._connection.executemany(
            "insert or replace into state(id, entity, key, decided_ms, body) values(?, ?, ?, ?, ?)",
            (self._row(bundle, decided_ms) for bundle in bundles),
        )

    def _row(self, bundle: Bundle, decided_ms: int) -> tuple[int, bytes, int, int, bytes]:
        plain, key, entity = _encoder.encode(bundle.parts), bundle.key, bundle.entity
        if key is not None:
            return bundle.slot, entity, key.number, decided_ms, key.cipher.seal(plain, TABLE, entity)
        number, seal = self._seals.of_day(decided_ms)
        return bundle.slot, entity, number, decided_ms, seal.seal(plain, TABLE, entity)


def slot_of(entity: bytes) -> int:
    """Where an entity's row lies, if that place is free."""
    return int.from_bytes(entity[:8], "little", signed=True)


def find(connection: apsw.Connection, entity: bytes) -> tuple[int, tuple[int, bytes] | None]:
    """Where an entity's row lies, or would lie, and its key's number and body."""
    slot = slot_of(entity)
    while True:
        row = connection.execute("select entity, key, body from state where id=?", (slot,)).fetchone()
        if row is None:
            return slot, None
        if row[0] == entity:
            return slot, (row[1], row[2])
        slot = (slot + 1 + (1 << 63)) % (1 << 64) - (1 << 63)


def unpack(plain: bytes) -> _Parts:
    """The parts in a row's plain bytes."""
    return _decoder.decode(plain)
