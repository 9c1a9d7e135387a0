"""What is kept of a person beside profile and template: the MPIN, confirmed beneficiaries, what waits to be learnt."""

from __future__ import annotations

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from watchword.state.session import PACKED

MAX_BENEFICIARIES = 256
MAX_WAITING = 8


class Waiting(Struct, **PACKED):
    """A finished session whose entries wait out their quarantine.

    `entries` are packed by the behaviour layer, `beneficiaries` 8-byte keyed hashes; `session` is the keyed hash of the
    session, `proved` whether two different proofs of its person were given.
    """

    session: bytes
    closed_ms: int
    entries: bytes = b""
    beneficiaries: tuple[int, ...] = ()
    proved: bool = False


class Pin(Struct, **PACKED):
    """An MPIN: its argon2id hash, the failures since it was last right, and until when nobody may try (ms)."""

    hashed: str = ""
    set_ms: int = 0
    failures: int = 0
    locked_ms: int = 0
    lockouts: int = 0


class Person(Struct, **PACKED):
    """Kept of one person. `learnt` counts the sessions that were learnt from; thresholds of 0 are as everybody's.

    `doubted_ms` is when the newest session ended that casts doubt on those near it; 0 for never.
    """

    pin: Pin = Pin()
    beneficiaries: tuple[int, ...] = ()
    waiting: tuple[Waiting, ...] = ()
    learnt: int = 0
    finished: int = 0
    suspicious: int = 0
    high_risk: int = 0
    doubted_ms: int = 0

    def confirming(self, beneficiaries: tuple[int, ...]) -> Person:
        """With those beneficiaries confirmed, the newest 256 kept."""
        fresh = tuple(one for one in dict.fromkeys(beneficiaries) if one not in self.beneficiaries)
        return replace(self, beneficiaries=(*self.beneficiaries, *fresh)[-MAX_BENEFICIARIES:]) if fresh else self

    def holding(self, waiting: Waiting, near_ms: int = 0) -> Person:
        """With a session waiting to be learnt; without it where one was doubted since, or less than `near_ms` before.

        One that waits already stays as it was. Of more than eight the one that followed most closely goes: sessions in
        quick succession displace none of another day, and the oldest gets its turn.
        """
        if any(one.session == waiting.session and one.closed_ms == waiting.closed_ms for one in self.waiting):
            return self
        if waiting.closed_ms - self.doubted_ms < near_ms:
            return self
        return replace(self, waiting=_thinned(sorted((*self.waiting, waiting), key=lambda one: one.closed_ms)))

    def doubting(self, at_ms: int, near_ms: int) -> Person:
        """After a session that casts doubt on those less than `near_ms` from its end: what waits of them is dropped."""
        left = tuple(one for one in self.waiting if abs(at_ms - one.closed_ms) >= near_ms)
        return replace(self, waiting=left, doubted_ms=max(at_ms, self.doubted_ms))


def _thinned(waiting: list[Waiting]) -> tuple[Waiting, ...]:
    if len(waiting) > MAX_WAITING:
        del waiting[min(range(1, len(waiting)), key=lambda at: waiting[at].closed_ms - waiting[at - 1].closed_ms)]
    return tuple(waiting)


_decoder = msgspec.msgpack.Decoder(Person)
_encoder = msgspec.msgpack.Encoder()


def pack(person: Person) -> bytes:
    """The person's bytes."""
    return _encoder.encode(person)


def unpack(packed: bytes | None) -> Person:
    """The person in those bytes; an empty one where there are none."""
    return _decoder.decode(packed) if packed else Person()
