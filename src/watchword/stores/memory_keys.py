"""API keys in memory: for tests, trials and a demo that ends with the process."""

from __future__ import annotations

import hmac
import secrets
import time
from hashlib import sha256

from msgspec.structs import replace

from watchword.errors import InvalidInput, NotFound
from watchword.ports import ApiKey, Role

PREFIX = "ww_"


class MemoryKeys:
    """Keys by the SHA-256 of their secret. See `ports.Keys`."""

    def __init__(self) -> None:
        self._keys: dict[bytes, tuple[bytes, ApiKey]] = {}

    def find(self, secret: str) -> ApiKey | None:
        """See `ports.Keys.find`. Only hashes are looked up, so the time it takes tells nothing of a secret."""
        digest = _digest(secret)
        known = self._keys.get(digest[:8])
        if known is None or not hmac.compare_digest(known[0], digest):
            return None
        return known[1] if known[1].revoked_ms is None else None

    def create(self, name: str, role: Role, machine: bool = False) -> tuple[ApiKey, str]:
        """See `ports.Keys.create`."""
        if any(key.name == name for key in self.all() if key.revoked_ms is None):
            raise InvalidInput(f"There is a key named {name!r} already.", "name")
        secret = PREFIX + secrets.token_urlsafe(32)
        key = ApiKey(secrets.token_hex(6), name, role, machine, _now_ms())
        self._keep(_digest(secret), key)
        return key, secret

    def revoke(self, id_or_name: str) -> ApiKey:
        """See `ports.Keys.revoke`."""
        for digest, key in self._keys.values():
            if id_or_name in (key.id, key.name) and key.revoked_ms is None:
                return self._keep(digest, replace(key, revoked_ms=_now_ms()))
        raise NotFound(f"There is no live key {id_or_name!r}.")

    def all(self) -> tuple[ApiKey, ...]:
        """See `ports.Keys.all`."""
        return tuple(key for _, key in self._keys.values())

    def _keep(self, digest: bytes, key: ApiKey) -> ApiKey:
        self._keys[digest[:8]] = (digest, key)
        return key


def _digest(secret: str) -> bytes:
    return sha256(secret.encode("utf-8", "surrogatepass")).digest()


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
