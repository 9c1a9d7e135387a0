"""Keyed hashes that stand for people and things wherever the raw value need not be known."""

from __future__ import annotations

from hashlib import blake2b

_CACHE_LIMIT = 65_536


class Pseudonyms:
    """Turns values into 16-byte keyed hashes (BLAKE2b, RFC 7693) under the deployment's key.

    The same value of another kind gives another hash, so a user named like a device is not that device.
    """

    def __init__(self, key: bytes) -> None:
        self._key = key
        self._known: dict[tuple[str, str], bytes] = {}

    def of(self, kind: str, value: str) -> bytes:
        """The 16-byte hash of `value` as a `kind` (user, ip, device, session, event, ...)."""
        known = self._known.get((kind, value))
        return known if known is not None else self._compute(kind, value)

    def digest(self, kind: str, content: bytes) -> bytes:
        """The 16-byte hash of arbitrary bytes, not cached: fingerprints of whole events."""
        return blake2b(content, key=self._key, digest_size=16, person=kind.encode()[:16]).digest()

    def _compute(self, kind: str, value: str) -> bytes:
        if len(self._known) >= _CACHE_LIMIT:
            self._known.clear()
        found = self._known[kind, value] = self.digest(kind, value.encode("utf-8", "surrogatepass"))
        return found


def short(digest: bytes) -> int:
    """The first 8 bytes of a hash as a signed integer, the form in which windows keep it."""
    return int.from_bytes(digest[:8], "little", signed=True)


def tiny(digest: bytes) -> int:
    """The first 4 bytes of a hash as an unsigned integer, the form in which profiles count values."""
    return int.from_bytes(digest[:4], "little")
