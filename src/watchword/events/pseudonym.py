"""Keyed hashes that stand for people and things wherever the raw value need not be known."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from hashlib import blake2b
from struct import Struct as Packing

_CACHE_LIMIT = 65_536
_signed = Packing("<q").unpack_from
_unsigned = Packing("<I").unpack_from


class Pseudonyms:
    """Turns values into 16-byte keyed hashes (BLAKE2b, RFC 7693) under the deployment's key.

    The same value of another kind gives another hash, so a user named like a device is not that device.
    `of(kind, value)` is the hash of `value` as a `kind` (user, ip, device, session, ...), remembered for the next time.
    """

    of: Callable[[str, str], bytes]

    def __init__(self, key: bytes) -> None:
        self._key = key
        self._begun: dict[str, blake2b] = {}
        self.of = lru_cache(_CACHE_LIMIT)(self.of_new)

    def of_new(self, kind: str, value: str) -> bytes:
        """What `of` gives, not remembered: for values that do not come again, as events' ids."""
        return self.digest(kind, value.encode("utf-8", "surrogatepass"))

    def digest(self, kind: str, content: bytes) -> bytes:
        """The 16-byte hash of arbitrary bytes, not remembered: fingerprints of whole events."""
        begun = self._begun.get(kind)
        if begun is None:
            begun = self._begun[kind] = blake2b(key=self._key, digest_size=16, person=kind.encode()[:16])
        hashed = begun.copy()
        hashed.update(content)
        return hashed.digest()


def short(digest: bytes) -> int:
    """The first 8 bytes of a hash as a signed integer, the form in which windows keep it."""
    number: int = _signed(digest)[0]
    return number


def tiny(digest: bytes) -> int:
    """The first 4 bytes of a hash as an unsigned integer, the form in which profiles count values."""
    number: int = _unsigned(digest)[0]
    return number
