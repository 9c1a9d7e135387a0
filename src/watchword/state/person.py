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
    session.
    """

    session: bytes
    closed_ms: int
    entries: bytes = b""
    beneficiaries: tuple[int, ...] = ()


class Pin(Struct, **PACKED):
    """An MPIN: its argon2id hash, the failures since it was last right, and until when nobody may try (ms)."""

    hashed: str = ""
    set_ms: int = 0
    failures: int = 0
    locked_ms: int = 0
    lockouts: int = 0


class Person(Struct, **PACKED):
    """Kept of one person. `learnt` counts the sessions that were learnt from; thresholds of 0 are as everybody's."""

    pin: Pin = Pin()
    beneficiaries: tuple[int, ...] = ()
    waiting: tuple[Waiting, ...] = ()
    learnt: int = 0
    finished: int = 0
    suspicious: int = 0
    high_risk: int = 0

    def confirming(self, beneficiaries: tuple[int, ...]) -> Person:
        """With those beneficiaries confirmed, the newest 256 kept."""
        fresh = tuple(one for one in dict.fromkeys(beneficiaries) if one not in self.beneficiaries)
        return replace(self, beneficiaries=(*self.beneficiaries, *fresh)[-MAX_BENEFICIARIES:]) if fresh else self

    def holding(self, waiting: Waiting) -> Person:
        """With a session waiting to be learnt, the newest 8 kept; one that waits already stays as it was."""
        if any(one.session == waiting.session and one.closed_ms == waiting.closed_ms for one in self.waiting):
            return self
        return replace(self, waiting=(*self.waiting, waiting)[-MAX_WAITING:])


_decoder = msgspec.msgpack.Decoder(Person)
_encoder = msgspec.msgpack.Encoder()


def pack(person: Person) -> bytes:
    """The person's bytes."""
    return _encoder.encode(person)


def unpack(packed: bytes | None) -> Person:
    """The person in those bytes; an empty one where there are none."""
    return _decoder.decode(packed) if packed else Person()
