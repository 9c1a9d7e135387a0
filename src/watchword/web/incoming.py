"""What comes in on a session's socket: batches and single samples, an MPIN, a sign of life."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from msgspec import Meta

from watchword.errors import InvalidInput, TooLarge
from watchword.events.event import Record, Text
from watchword.events.invalid import as_invalid
from watchword.events.samples import RAW, Batch, Short, as_sample, decode_batch


class Hello(Record, kw_only=True, tag="hello", tag_field="type"):
    """The first message of a socket; its token is absent where it stands in the URL or in a subprotocol.

    `nonce` is that of an earlier socket of the same tab: its stream goes on. `lastSeq` is what the page believes to be
    durable; the answer says what is.
    """

    token: Annotated[str, Meta(min_length=1, max_length=512)] | None = None
    user_id: Text | None = None
    nonce: Short | None = None
    last_seq: Annotated[int, Meta(ge=0, le=2**53)] = 0


class MpinVerify(Record, kw_only=True, tag="mpin_verify", tag_field="type"):
    """The MPIN that was asked for."""

    mpin: Annotated[str, Meta(min_length=1, max_length=64)]


class Ping(Record, kw_only=True, tag="ping", tag_field="type"):
    """The page is still there. Answered with `{"type":"pong"}`."""


Incoming = Batch | MpinVerify | Ping


class Forged(InvalidInput):
    """A client said what only the server may say: a factor, a verdict, a risk. Ignored, and noted."""

    code = "NOT_YOURS_TO_SAY"


_CONTROLS: dict[str, Any] = {"mpin_verify": MpinVerify, "ping": Ping}
_SAMPLES = frozenset(str(kind.__struct_config__.tag) for kind in RAW)
_VERDICTS = frozenset(
    {"welcome", "risk_update", "mpin_required", "mpin_result", "session_blocked", "score", "decision"}
)
_SAYINGS = frozenset(
    {
        "factor", "factors", "risk", "riskScore", "risk_score", "level", "verdict", "decision", "trustScore", "delta",
        "trust_score", "isAnomaly", "increment", "mpin_failed", "mpin_verified", "verified",
    }
)  # fmt: skip
_hello = msgspec.json.Decoder(Hello)


def read_hello(body: bytes) -> Hello:
    """The hello in `body`. Raises InvalidInput."""
    try:
        return _hello.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise as_invalid(error) from None


def read_message(body: bytes, session_id: str, nonce: str, next_seq: int) -> Incoming:
    """The message in `body`; a single sample becomes a batch of one of this socket's stream.

    Raises TooLarge, Forged for what is not a client's to say, InvalidInput naming the field for all else.
    """
    try:
        return decode_batch(body)
    except TooLarge:
        raise
    except InvalidInput as error:
        return _read_other(body, error, Batch(session_id=session_id, nonce=nonce, first_seq=next_seq))


def _read_other(body: bytes, wrong: InvalidInput, stream: Batch) -> Incoming:
    try:
        said = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise wrong from None
    if not isinstance(said, dict):
        raise InvalidInput("A message is a JSON object.")
    kind = said.get("type")
    _refuse_verdicts(said, kind)
    if isinstance(kind, str) and kind in _CONTROLS:
        return _convert(said, _CONTROLS[kind])
    if "event_type" in said or (isinstance(kind, str) and kind in _SAMPLES):
        sample = as_sample(said, "message")
        return msgspec.structs.replace(stream, first_seq=sample.seq or stream.first_seq, events=(sample,))
    if kind is not None and "events" not in said:
        raise InvalidInput("There is no message or sample of this type.", "type")
    raise wrong


def _convert(said: dict[str, Any], kind: Any) -> Incoming:
    try:
        made: Incoming = msgspec.convert(said, kind)
    except msgspec.ValidationError as error:
        raise as_invalid(error) from None
    return made


def _refuse_verdicts(said: dict[str, Any], kind: Any) -> None:
    events = said.get("events")
    samples = [one for one in events if isinstance(one, dict)] if isinstance(events, list) else []
    for one in (said, *samples):
        forged = _SAYINGS & one.keys()
        if forged or (isinstance(kind, str) and kind in _VERDICTS):
            field = min(forged) if forged else "type"
            raise Forged("Risk is judged by the server alone; this message was ignored, and noted.", field)
