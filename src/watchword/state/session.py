"""One live session as it is kept: its risk, what was counted, its challenge, and how far each stream was taken."""

from __future__ import annotations

from typing import Any, Literal, get_args

import msgspec
from msgspec import Struct

PACKED: dict[str, Any] = {"frozen": True, "array_like": True, "omit_defaults": True, "gc": False}
Layer = Literal["rules", "patterns", "context"]
Challenge = Literal["none", "asked", "passed"]
Stage = Literal["quiet", "asked", "blocked", "ended"]
STAGES: tuple[Stage, ...] = get_args(Stage)
"""How a session stands: it lives, it lives and waits for an answer, it was blocked, it ended otherwise."""

MAX_STREAMS = 16


class Change(Struct, **PACKED):
    """One step of the risk: `delta` and `risk` (after it) in ten-thousandths, `at_ms` milliseconds since 1970.

    The deltas of a session sum to its risk.
    """

    factor: str
    delta: int
    layer: Layer
    at_ms: int
    risk: int
    message: str = ""


class Counted(Struct, **PACKED):
    """What the once-rules remember. Times in ms since 1970; amounts in ten-thousandths.

    `beneficiaries` and `transactions` are 8-byte keyed hashes, newest last; `others` are further factors that count
    once, with what they have added.
    """

    off_hours: bool = False
    clicks_ms: int = 0
    clicks: int = 0
    typing_ms: int = 0
    typing: int = 0
    beneficiaries: tuple[int, ...] = ()
    transactions: tuple[int, ...] = ()
    others: dict[str, int] = {}
    failures: int = 0


class Session(Struct, **PACKED):
    """A session. `risk`, `peak` and `floor` are ten-thousandths; times milliseconds since 1970, 0 for never.

    `still_ms` is when evidence last raised the risk or time last lowered it; `end` says how it ended ("" while it
    lives). `streams` has the last durable sample of each nonce, the newest stream last. `clicks` are the newest clicks
    (ms since the session's start). `trust` is the last trust score (ten-thousandths, -1 for none); `offset_min` the
    minutes of the user's clock ahead of UTC, where known; `pending` the beneficiaries that are not confirmed yet;
    `scored` the newest batches of the score API that belong to no stream; `doubts` what its device and place say
    against its owner: code, sentence, ten-thousandths of natural log-odds.
    """

    user_id: str
    session_id: str
    opened_ms: int
    expires_ms: int
    method: str = ""
    strong: bool = False
    token: bytes = b""
    risk: int = 0
    peak: int = 0
    floor: int = 0
    still_ms: int = 0
    challenge: Challenge = "none"
    challenge_id: str = ""
    asked_ms: int = 0
    passes: int = 0
    counted: Counted = Counted()
    streams: dict[str, int] = {}
    clicks: tuple[int, ...] = ()
    samples: int = 0
    changes: int = 0
    batches: int = 0
    ended_ms: int = 0
    end: str = ""
    bots: tuple[str, ...] = ()
    flags: tuple[str, ...] = ()
    consent: bool = True
    segment: str = ""
    suspicious: int = 0
    high_risk: int = 0
    spoke_ms: int = 0
    trust: int = -1
    offset_min: int | None = None
    pending: tuple[int, ...] = ()
    scored: tuple[str, ...] = ()
    doubts: tuple[tuple[str, str, int], ...] = ()

    @property
    def blocked(self) -> bool:
        """Whether it was blocked: dead for good."""
        return self.end == "blocked"

    @property
    def live(self) -> bool:
        """Whether it has not ended; it may have expired all the same."""
        return not self.end

    @property
    def stage(self) -> Stage:
        """How it stands."""
        if self.end:
            return "blocked" if self.blocked else "ended"
        return "asked" if self.challenge == "asked" else "quiet"


_decoder = msgspec.msgpack.Decoder(Session)
_encoder = msgspec.msgpack.Encoder()
_changes = msgspec.msgpack.Decoder(tuple[Change, ...])


def pack(session: Session) -> bytes:
    """The session's bytes."""
    return _encoder.encode(session)


def unpack(packed: bytes) -> Session:
    """The session in those bytes."""
    return _decoder.decode(packed)


def pack_changes(changes: tuple[Change, ...]) -> bytes:
    """The bytes of some changes."""
    return _encoder.encode(changes)


def unpack_changes(packed: bytes) -> tuple[Change, ...]:
    """The changes in those bytes."""
    return _changes.decode(packed)
