"""What the collector in the browser sends: raw samples of typing, pointer, touch and navigation, in batches.

A sample says when (`t`, milliseconds since the session's start) and which (`seq`, from 1, gapless within a stream).
Keys come as class and position, never as characters; fields and pages as hashes.
"""

from __future__ import annotations

from functools import reduce
from operator import or_
from typing import Annotated, Any, Literal, cast, get_args

import msgspec
from msgspec import Meta

from watchword.errors import InvalidInput, TooLarge
from watchword.events.event import Record, Text
from watchword.events.invalid import as_invalid

KeyClass = Literal[
    "letter-left", "letter-right", "digit", "space", "backspace", "enter", "tab", "shift-left", "shift-right", "arrow",
    "punctuation", "other",
]  # fmt: skip
KEY_CLASSES: tuple[KeyClass, ...] = get_args(KeyClass)
Short = Annotated[str, Meta(min_length=1, max_length=64)]
Time = Annotated[float, Meta(ge=0, le=1e10)]
Sequence = Annotated[int, Meta(ge=1, le=2**53)]
Position = Annotated[int, Meta(ge=0, le=100_000)]
Pixels = Annotated[float, Meta(ge=-1e6, le=1e6)]
Size = Annotated[float, Meta(ge=0, le=1e6)]
Real = Annotated[float, Meta(ge=-1e6, le=1e6)]
MAX_BATCH_EVENTS = 500
MAX_BATCH_BYTES = 128_000


class Sample(Record, tag_field="type", kw_only=True):
    """What every raw sample has: its number, its time, and whether the browser vouches that a person caused it."""

    seq: Sequence
    t: Time
    trusted: bool = True


class Key(Sample, tag="key", kw_only=True):
    """A key went down or up. `cls` is absent in secret fields."""

    down: bool
    field: Short
    pos: Position = 0
    cls: KeyClass | None = None


class Target(Record, kw_only=True):
    """The box that was clicked, and where in it, from its centre (CSS px)."""

    w: Size
    h: Size
    dx: Pixels
    dy: Pixels


class Pointer(Sample, tag="pointer", kw_only=True):
    """The mouse or pen moved or was pressed. `x`, `y` in CSS px of the viewport; `pressure` 0-1 where reported."""

    kind: Literal["move", "down", "up", "cancel"]
    x: Pixels
    y: Pixels
    device: Literal["mouse", "pen"] = "mouse"
    button: Annotated[int, Meta(ge=-1, le=32)] = 0
    target: Target | None = None
    pressure: Annotated[float, Meta(ge=0, le=1)] | None = None


class Touch(Sample, tag="touch", kw_only=True):
    """A finger. `id` tells fingers apart, `radius` in CSS px, `force` 0-1."""

    phase: Literal["start", "move", "end", "cancel"]
    id: Annotated[int, Meta(ge=-(2**53), le=2**53)]
    x: Pixels
    y: Pixels
    radius: Size = 0.0
    force: Annotated[float, Meta(ge=0, le=1)] = 0.0


class Wheel(Sample, tag="wheel", kw_only=True):
    """The wheel turned by so much (CSS px)."""

    dx: Real = 0.0
    dy: Real = 0.0


class Scroll(Sample, tag="scroll", kw_only=True):
    """The page scrolled to there (CSS px)."""

    x: Real = 0.0
    y: Real = 0.0


class Nav(Sample, tag="nav", kw_only=True):
    """A step through the application. `page` is a hash."""

    page: Short
    action: Literal["enter", "leave", "back", "forward", "hide", "show", "resize"]


class Focus(Sample, tag="focus", kw_only=True):
    """A field got or lost the focus."""

    field: Short
    on: bool


class Paste(Sample, tag="paste", kw_only=True):
    """Text came into a field by other means than keys."""

    field: Short
    via: Literal["paste", "autofill", "replace", "composition"]


class Motion(Sample, tag="motion", kw_only=True):
    """Acceleration (m/s²) and rotation (°/s) of the device."""

    ax: Real = 0.0
    ay: Real = 0.0
    az: Real = 0.0
    gx: Real = 0.0
    gy: Real = 0.0
    gz: Real = 0.0


class Orientation(Sample, tag="orientation", kw_only=True):
    """How the device is held (degrees); `angle` is the screen's."""

    alpha: Real = 0.0
    beta: Real = 0.0
    gamma: Real = 0.0
    angle: Real = 0.0


PatternName = Literal[
    "typing_pattern", "touch_pattern", "mouse_pattern", "navigation_pattern", "device_motion", "transaction_context"
]
Feature = float | str | bool | Annotated[tuple[float, ...], Meta(max_length=256)] | None


class Pattern(Record, rename=None, kw_only=True):
    """A summary that an application made itself: `{"event_type": "typing_pattern", "features": {...}}`."""

    event_type: PatternName
    features: Annotated[dict[Short, Feature], Meta(max_length=64)]
    seq: Sequence | None = None
    t: Time | None = None


class Clock(Record, kw_only=True):
    """How fine the browser's clock is."""

    granularity_ms: Annotated[float, Meta(gt=0, le=1000)] = 0.1


class Screen(Record, kw_only=True):
    """The viewport's screen: CSS px and device pixels per CSS px."""

    w: Size
    h: Size
    dpr: Annotated[float, Meta(gt=0, le=16)] = 1.0


RAW: tuple[type[Sample], ...] = (Key, Pointer, Touch, Wheel, Scroll, Nav, Focus, Paste, Motion, Orientation)
RawSample = Key | Pointer | Touch | Wheel | Scroll | Nav | Focus | Paste | Motion | Orientation
AnySample = RawSample | Pattern


class _Batch(Record, kw_only=True):
    session_id: Text
    nonce: Short
    first_seq: Sequence
    user_id: Text | None = None
    clock: Clock = Clock()
    screen: Screen | None = None


class Batch(_Batch, kw_only=True):
    """Samples of one stream (one tab): `seq` rises by one from `first_seq`; `nonce` is what the server gave it."""

    events: tuple[AnySample, ...] = ()


class _Fast(_Batch, kw_only=True):
    events: Annotated[tuple[RawSample, ...], Meta(max_length=MAX_BATCH_EVENTS)] = ()


class _Slow(_Batch, kw_only=True):
    events: Annotated[tuple[dict[str, Any], ...], Meta(max_length=MAX_BATCH_EVENTS)] = ()


_fast = msgspec.json.Decoder(_Fast)
_slow = msgspec.json.Decoder(_Slow)
_raw = reduce(or_, RAW)


def decode_batch(body: bytes) -> Batch:
    """The batch in `body`. Raises TooLarge over 128 kB, InvalidInput naming the field for all else that is wrong."""
    if len(body) > MAX_BATCH_BYTES:
        raise TooLarge(f"The batch has {len(body):,} bytes; at most {MAX_BATCH_BYTES:,} are taken.")
    try:
        found: _Batch = _fast.decode(body)
        events: tuple[AnySample, ...] = found.events  # type: ignore[attr-defined]
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        if b'"event_type"' not in body:
            raise as_invalid(error) from None
        found, events = _decode_slowly(body)
    batch = Batch(
        session_id=found.session_id, nonce=found.nonce, first_seq=found.first_seq, user_id=found.user_id,
        clock=found.clock, screen=found.screen, events=events,
    )  # fmt: skip
    check_sequence(batch)
    return batch


def as_sample(value: Any, field: str = "events") -> AnySample:
    """One sample of a decoded JSON object. Raises InvalidInput naming the field, also for an unknown type."""
    try:
        if isinstance(value, dict) and "event_type" in value:
            return msgspec.convert(value, Pattern)
        return cast(RawSample, msgspec.convert(value, cast(Any, _raw)))
    except msgspec.ValidationError as error:
        wrong = as_invalid(error)
        raise InvalidInput(str(wrong), f"{field}.{wrong.field}" if wrong.field else field) from None


def check_sequence(batch: Batch) -> None:
    """Raises InvalidInput where raw samples are not numbered one after the other from `firstSeq`."""
    expected = batch.first_seq
    for at, sample in enumerate(batch.events):
        if sample.seq is not None and sample.seq != expected:
            raise InvalidInput(f"The sample has seq {sample.seq}, {expected} was due.", f"events[{at}].seq")
        expected += 1


def _decode_slowly(body: bytes) -> tuple[_Batch, tuple[AnySample, ...]]:
    try:
        found = _slow.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise as_invalid(error) from None
    return found, tuple(as_sample(value, f"events[{at}]") for at, value in enumerate(found.events))
