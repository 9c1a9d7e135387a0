"""Sealing: AES-256-GCM, bound to the table and the row it belongs to."""

from __future__ import annotations

from os import urandom
from typing import Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from watchword.errors import SealBroken

NONCE_BYTES = 12
KEY_BYTES = 32


class Seal(Protocol):
    """What seals and opens. `table` and `row` are associated data: sealed bytes open in their own place only."""

    def seal(self, plain: bytes, table: bytes, row: bytes) -> bytes:
        """The sealed bytes."""

    def open(self, sealed: bytes, table: bytes, row: bytes) -> bytes:
        """The plain bytes. Raises SealBroken."""


class Cipher:
    """AES-256-GCM (NIST SP 800-38D) under one key of 32 bytes, with a random nonce of 96 bits.

    Sealed bytes are nonce, ciphertext and tag: 28 bytes more than the plain ones. One key seals at most 2^32 rows.
    """

    __slots__ = ("_aead",)

    def __init__(self, key: bytes) -> None:
        self._aead = AESGCM(key)

    def seal(self, plain: bytes, table: bytes, row: bytes) -> bytes:
        nonce = urandom(NONCE_BYTES)
        return nonce + self._aead.encrypt(nonce, plain, b"%b\0%b" % (table, row))

    def open(self, sealed: bytes, table: bytes, row: bytes) -> bytes:
        try:
            return self._aead.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], b"%b\0%b" % (table, row))
        except (InvalidTag, ValueError):
            raise SealBroken(f"A row of {table.decode()} does not open: wrong key, or altered.") from None


class Unsealed:
    """Seals nothing. It exists to prove that the searches for planted data would find them."""

    def seal(self, plain: bytes, table: bytes, row: bytes) -> bytes:
        return plain

    def open(self, sealed: bytes, table: bytes, row: bytes) -> bytes:
        return sealed
