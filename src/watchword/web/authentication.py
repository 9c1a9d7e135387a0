"""Who calls: a bearer key becomes a caller with a role, within its limits."""

from __future__ import annotations

from collections.abc import Iterable
from time import time_ns

from msgspec import Struct

from watchword.errors import Forbidden, InvalidInput, Unauthenticated
from watchword.ports import ApiKey, Keys, Role
from watchword.web.limits import Limits

SCHEME = b"bearer "
MAX_SECRET = 512


class Caller(Struct, frozen=True):
    """Whoever holds the key. `source` names the channel by which this caller's events come in."""

    key: ApiKey
    address: str

    @property
    def source(self) -> str:
        """The channel, the same for as long as the key lives."""
        return f"key:{self.key.id}"

    @property
    def actor(self) -> str:
        """How the audit log names this caller."""
        return f"{self.key.role}:{self.key.name}"

    @property
    def sees_persons(self) -> bool:
        """Whether personal data may be shown: to analysts and admins."""
        return self.key.role in ("analyst", "admin")


class Gate:
    """Lets callers in: keys, then roles, then limits. Fails closed."""

    def __init__(self, keys: Keys, limits: Limits) -> None:
        self._keys = keys
        self._limits = limits

    def admit(self, authorization: bytes | None, address: str, roles: frozenset[Role]) -> Caller:
        """The caller. Raises Unauthenticated, Forbidden or LimitExceeded."""
        key = self._keys.find(secret_of(authorization)) if authorization is not None else None
        if key is None:
            if authorization is not None:
                self._limits.count_wrong(address)
            raise Unauthenticated("This needs a valid key, sent as `Authorization: Bearer KEY`.")
        self._limits.take(key)
        if key.role not in roles:
            raise Forbidden(f"This is not open to keys of the role {key.role}.")
        return Caller(key, address)


def secret_of(authorization: bytes) -> str:
    """The secret in an Authorization header; empty where there is none."""
    if len(authorization) > MAX_SECRET or authorization[:7].lower() != SCHEME:
        return ""
    return authorization[7:].strip().decode("latin-1")


def header(headers: Iterable[tuple[bytes, bytes]], name: bytes, once: bool = True) -> bytes | None:
    """The first header of that (lower-case) name.

    Raises InvalidInput where one that may be sent `once` is sent again: whoever looked before us may have read another.
    """
    found = None
    for key, value in headers:
        if key == name:
            if found is not None:
                if not once:
                    break
                raise InvalidInput("A header that may be sent once is sent twice.", name.decode())
            found = value
    return found


def is_live(keys: Keys, key: ApiKey) -> bool:
    """Whether a key that was let in would still be: for answers that go on. Fails closed."""
    found = next((one for one in keys.all() if one.id == key.id), None)
    return found is not None and (found.revoked_ms is None or found.revoked_ms > time_ns() // 1_000_000)
