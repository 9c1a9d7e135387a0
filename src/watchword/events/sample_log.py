"""Batches of samples as they are kept: packed, and deflated where they last: 25 samples in some 400 bytes."""

from __future__ import annotations

import zlib
from typing import cast

import msgspec
from msgspec import Struct

from watchword.events.samples import AnySample, Batch, Clock, Pattern, RawSample, Screen

_WINDOW_BITS = -13
_encoder = msgspec.msgpack.Encoder()


class Logged(Struct, frozen=True, array_like=True):
    """A batch as it is kept: its stream, the number of its first sample, when the server took it (ms since 1970)."""

    nonce: str
    first_seq: int
    at_ms: int
    raw: tuple[RawSample, ...]
    patterns: tuple[Pattern, ...] = ()
    clock: Clock | None = None
    screen: Screen | None = None

    @property
    def events(self) -> tuple[AnySample, ...]:
        """All its samples."""
        return (*self.raw, *self.patterns)


_decoder = msgspec.msgpack.Decoder(Logged)
_DICTIONARY = b"".join(
    _encoder.encode(word)
    for word in (
        "orientation", "alpha", "beta", "gamma", "angle", "motion", "ax", "ay", "az", "gx", "gy", "gz", "paste", "via",
        "autofill", "wheel", "scroll", "dx", "dy", "nav", "page", "action", "enter", "leave", "focus", "on", "touch",
        "phase", "start", "end", "id", "radius", "force", "backspace", "space", "digit", "letter-left", "letter-right",
        "cls", "pos", "field", "down", False, True, "key", "type", "target", "w", "h", "mouse", "device", "button",
        "up", "move", "kind", "x", "y", "pointer", "type", "t", "seq",
    )
)  # fmt: skip
"""Never changes: batches were written with it."""

_fresh = zlib.compressobj(1, zlib.DEFLATED, _WINDOW_BITS, 7, zlib.Z_DEFAULT_STRATEGY, _DICTIONARY)
_PLAIN = 0x90 + len(Logged.__struct_fields__)
"""How a packed batch begins: an array of so many values. No deflated one does: bits 1 and 2 name a kind of block that
does not exist."""


class _Coded(Struct, frozen=True, array_like=True):
    """`Logged`, its samples encoded already."""

    nonce: str
    first_seq: int
    at_ms: int
    raw: msgspec.Raw
    patterns: tuple[Pattern, ...]
    clock: Clock | None
    screen: Screen | None


def encode(events: tuple[AnySample, ...]) -> bytes:
    """The samples' bytes: what tells them from others, and what `pack` then need not make again."""
    return _encoder.encode(events)


def pack(logged: Logged, encoded: bytes | None = None) -> bytes:
    """The batch's bytes. `encoded` are those of all its samples, where they were made before."""
    if encoded is None or logged.patterns:
        return _encoder.encode(logged)
    raw = msgspec.Raw(encoded)
    return _encoder.encode(_Coded(logged.nonce, logged.first_seq, logged.at_ms, raw, (), logged.clock, logged.screen))


def deflate(packed: bytes) -> bytes:
    """A packed batch in a fifth of its bytes."""
    stream = _fresh.copy()
    return stream.compress(packed) + stream.flush()


def logged_of(batch: Batch, at_ms: int = 0, skip: int = 0) -> Logged:
    """The batch, without its first `skip` samples, as it is kept."""
    events = batch.events[skip:] if skip else batch.events
    patterns: tuple[Pattern, ...] = ()
    if Pattern in [type(one) for one in events]:
        patterns = tuple([one for one in events if type(one) is Pattern])
        events = tuple([one for one in events if type(one) is not Pattern])
    raw = cast(tuple[RawSample, ...], events)
    return Logged(batch.nonce, batch.first_seq + skip, at_ms, raw, patterns, batch.clock, batch.screen)


def unpack(kept: bytes) -> Logged:
    """The batch in those bytes, packed or deflated."""
    if kept[0] == _PLAIN:
        return _decoder.decode(kept)
    return _decoder.decode(zlib.decompressobj(_WINDOW_BITS, _DICTIONARY).decompress(kept))
