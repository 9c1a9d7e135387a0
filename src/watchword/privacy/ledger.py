"""The audit chain: what was done stays provable, even of persons who were erased.

    commitment = SHA-256(nonce ‖ record)              the nonce lies inside the sealed record
    head       = keyed BLAKE2b(previous head ‖ sequence ‖ commitment)

Once the record's key is destroyed the commitment can be linked to nobody, and the chain still verifies.
"""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import blake2b, sha256
from typing import Any

import msgspec
from msgspec import Struct

NONCE_BYTES = 16
GENESIS = bytes(32)


class Act(Struct, frozen=True):
    """Who did what, when, to whom."""

    at_ms: int
    actor: str
    act: str
    subject: str
    particulars: dict[str, Any]


class Link(Struct, frozen=True):
    """One entry as it is stored: `plain` is nonce and record where they can still be had, None after an erasure."""

    seq: int
    commitment: bytes
    head: bytes
    plain: bytes | None


class Verification(Struct, frozen=True):
    """What a check found. `broken` is the sequence of the first entry that does not hold, with the reason.

    `opened` records matched their commitments; `unlinkable` are those whose record was erased or has aged out.
    """

    entries: int
    opened: int
    unlinkable: int
    head: bytes
    broken: int | None = None
    reason: str | None = None


def commit(plain: bytes) -> bytes:
    """The commitment to `plain`: a nonce of 16 bytes and the record."""
    return sha256(plain).digest()


def chain(key: bytes, previous: bytes, seq: int, commitment: bytes) -> bytes:
    """The head after an entry. Without the deployment's key nobody can make another chain that verifies."""
    return blake2b(previous + seq.to_bytes(8, "big") + commitment, key=key, digest_size=32).digest()


def verify(key: bytes, links: Iterable[Link], start: tuple[int, bytes] = (0, GENESIS)) -> Verification:
    """Walks the chain from `start` (sequence and head of the last entry before it) up to its end or first break."""
    seq, head = start
    opened = unlinkable = 0
    for link in links:
        reason = _broken(key, seq, head, link)
        if reason:
            return Verification(opened + unlinkable, opened, unlinkable, head, link.seq, reason)
        seq, head = link.seq, link.head
        opened, unlinkable = (opened, unlinkable + 1) if link.plain is None else (opened + 1, unlinkable)
    return Verification(opened + unlinkable, opened, unlinkable, head)


def _broken(key: bytes, seq: int, head: bytes, link: Link) -> str | None:
    if link.seq != seq + 1:
        return f"entry {seq + 1} is missing"
    if link.plain is not None and commit(link.plain) != link.commitment:
        return "the record is not the one that was committed to"
    if chain(key, head, link.seq, link.commitment) != link.head:
        return "the entry does not follow from the one before it"
    return None


def pack(act: Act, nonce: bytes) -> bytes:
    """The entry's plain bytes: what is committed to, and sealed."""
    return nonce + _encoder.encode(act)


def unpack(plain: bytes) -> Act:
    """The act in an entry's plain bytes."""
    return _decoder.decode(plain[NONCE_BYTES:])


_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(Act)
