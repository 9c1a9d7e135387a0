"""API keys on disk, in `keys.db`: of each the SHA-256 of its secret, sealed; never the secret."""

from __future__ import annotations

import hmac
import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from hashlib import sha256
from pathlib import Path
from threading import RLock

import apsw
import msgspec
from msgspec import Struct
from msgspec.structs import replace

from watchword.errors import InvalidInput, NotFound
from watchword.ports import ApiKey, Role
from watchword.privacy.keyring import KeyRing
from watchword.privacy.keys_db import connect

PREFIX = "ww"
LOOK_EVERY_S = 0.5
DAY_MS = 24 * 3_600_000
OVERLAP_MS = DAY_MS
_TABLE = b"api_key"
_NOBODY = sha256(b"").digest()


class Kept(Struct, frozen=True):
    """A key as it is sealed."""

    key: ApiKey
    digest: bytes


class ApiKeys:
    """See `ports.Keys`. A secret reads `ww_ID_SECRET`; what other processes change holds within half a second."""

    def __init__(self, path: Path, ring: KeyRing, now_ms: Callable[[], int] = lambda: time.time_ns() // 1_000_000):
        self._ring = ring
        self._now_ms = now_ms
        self._lock = RLock()
        self._connection = connect(path)
        self._version = -1
        self._looked = float("-inf")
        self._kept: dict[str, Kept] = {}
        self._look()

    def close(self) -> None:
        """Closes the file."""
        with self._lock:
            self._connection.close()

    def find(self, secret: str) -> ApiKey | None:
        """See `ports.Keys.find`. The time it takes tells nothing of a secret."""
        prefix, _, rest = secret.partition("_")
        key_id, _, told = rest.partition("_")
        digest = _digest(told)
        try:
            self._look(at_once=key_id not in self._kept)  # a key made a moment ago is a key
        except apsw.Error:
            return None
        kept = self._kept.get(key_id)
        right = hmac.compare_digest(digest, kept.digest if kept else _NOBODY)
        if not (right and kept and prefix == PREFIX) or not self._lives(kept.key):
            return None
        return self._note_use(kept)

    def create(self, name: str, role: Role, machine: bool = False) -> tuple[ApiKey, str]:
        """See `ports.Keys.create`."""
        with self._lock:
            self._look(at_once=True)
            if not name or any(key.name == name and key.revoked_ms is None for key in self.all()):
                raise InvalidInput(f"There is a key named {name!r} already." if name else "A key needs a name.", "name")
            return self._issue(ApiKey(secrets.token_hex(6), name, role, machine, self._now_ms()))

    def rotate(self, id_or_name: str) -> tuple[ApiKey, str]:
        """A new key in place of a live one, which goes on working for 24 hours. Raises NotFound."""
        with self._lock:
            old = self._live(id_or_name)
            self._keep(replace(old, key=replace(old.key, revoked_ms=self._now_ms() + OVERLAP_MS)))
            return self._issue(replace(old.key, id=secrets.token_hex(6), created_ms=self._now_ms(), used_ms=None))

    def revoke(self, id_or_name: str) -> ApiKey:
        """See `ports.Keys.revoke`. A name ends all that bear it, also one that was rotated and still works."""
        with self._lock:
            self._look(at_once=True)
            named = [one for one in self._kept.values() if id_or_name in (one.key.id, one.key.name)]
            live = sorted((one for one in named if self._lives(one.key)), key=lambda one: one.key.created_ms)
            if not live:
                raise NotFound(f"There is no live key {id_or_name!r}.")
            return [self._keep(replace(one, key=replace(one.key, revoked_ms=self._now_ms()))).key for one in live][-1]

    def all(self) -> tuple[ApiKey, ...]:
        """See `ports.Keys.all`."""
        with self._lock:
            self._look(at_once=True)
            return tuple(sorted((kept.key for kept in self._kept.values()), key=lambda key: (key.created_ms, key.id)))

    def _issue(self, key: ApiKey) -> tuple[ApiKey, str]:
        told = secrets.token_urlsafe(32)
        self._keep(Kept(key, _digest(told)))
        return key, f"{PREFIX}_{key.id}_{told}"

    def _live(self, id_or_name: str) -> Kept:
        self._look(at_once=True)
        for kept in self._kept.values():
            if id_or_name in (kept.key.id, kept.key.name) and kept.key.revoked_ms is None:
                return kept
        raise NotFound(f"There is no live key {id_or_name!r}.")

    def _lives(self, key: ApiKey) -> bool:
        return key.revoked_ms is None or key.revoked_ms > self._now_ms()

    def _note_use(self, kept: Kept) -> ApiKey | None:
        today_ms = self._now_ms() // DAY_MS * DAY_MS
        if (kept.key.used_ms or 0) < today_ms:
            with self._lock, suppress(apsw.Error), transaction(self._connection):
                self._look(at_once=True)
                newest = self._kept[kept.key.id]
                kept = self._keep(replace(newest, key=replace(newest.key, used_ms=today_ms)))
        return kept.key if self._lives(kept.key) else None

    def _keep(self, kept: Kept) -> Kept:
        row = kept.key.id.encode()
        sealed = self._ring.cipher("api_key", row).seal(_encoder.encode(kept), _TABLE, row)
        values = (kept.key.id, self._ring.active, sealed)
        with self._connection:
            self._connection.execute("insert or replace into api_key values(?, ?, ?)", values)
        self._kept[kept.key.id] = kept
        return kept

    def _look(self, at_once: bool = False) -> None:
        """Reads the keys anew where another process changed the file."""
        now = time.monotonic()
        if now - self._looked < LOOK_EVERY_S and not at_once:
            return
        with self._lock:
            version = self._connection.pragma("data_version")
            if version != self._version:
                rows = self._connection.execute("select id, ring, body from api_key").fetchall()
                self._kept = {str(key_id): self._open(str(key_id), ring, body) for key_id, ring, body in rows}
                self._version = version
            self._looked = now

    def _open(self, key_id: str, ring: object, body: object) -> Kept:
        assert isinstance(ring, int) and isinstance(body, bytes)
        row = key_id.encode()
        return _decoder.decode(self._ring.cipher("api_key", row, ring).open(body, _TABLE, row))


@contextmanager
def transaction(connection: apsw.Connection) -> Iterator[None]:
    """What is read and written meanwhile, nobody else changes in between."""
    connection.execute("begin immediate")
    try:
        yield
    except BaseException:
        connection.execute("rollback")
        raise
    connection.execute("commit")


def _digest(told: str) -> bytes:
    return sha256(told.encode("utf-8", "surrogatepass")).digest()


_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(Kept)
