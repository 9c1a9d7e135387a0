"""The ML engine: what a stretch of behaviour says of who acts. In process, or asked elsewhere; both answer alike."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Annotated, Any, Protocol

import msgspec
from msgspec import Meta, Struct

from watchword.behaviour.clock_grain import believed
from watchword.behaviour.samples import gather
from watchword.errors import InvalidInput, TooLarge
from watchword.events.event import Text
from watchword.events.invalid import as_invalid
from watchword.events.pseudonym import Pseudonyms
from watchword.events.sample_log import Logged
from watchword.events.samples import AnySample, Clock, RawSample, Screen, as_sample
from watchword.policy.session_evidence import Eyes, Verdict, examine, verdict_of
from watchword.ports import Templates
from watchword.sessions.lives import in_turn
from watchword.sessions.senses import AskMl
from watchword.state.session import Session

MAX_EVENTS = 30_000
MAX_BYTES = 8_000_000
"""What a session holds in memory: 60 batches of 500 samples."""


class Question(Struct, frozen=True, kw_only=True):
    """Who is said to act, in which session, and what was seen of them. Names as on the wire."""

    user_id: Text
    session_id: Text
    events: tuple[AnySample, ...] = ()
    clock: Clock = Clock()
    screen: Screen | None = None


class _Fast(Struct, kw_only=True, forbid_unknown_fields=True):
    user_id: Text
    session_id: Text
    events: Annotated[tuple[RawSample, ...], Meta(max_length=MAX_EVENTS)] = ()
    clock: Clock = Clock()
    screen: Screen | None = None


class _Slow(_Fast, kw_only=True, forbid_unknown_fields=True):
    events: Annotated[tuple[dict[str, Any], ...], Meta(max_length=MAX_EVENTS)] = ()  # type: ignore[assignment]


_fast, _slow = msgspec.json.Decoder(_Fast), msgspec.json.Decoder(_Slow)
_encoder = msgspec.json.Encoder()


class MlEngine(Protocol):
    """Says who acts. Failure policy: open; None where it can not be asked or is late, and the rules stand alone."""

    async def judge(self, question: Question) -> Verdict | None:
        """The decision (allow, challenge, block), how sure it is, and the probability that the owner acts."""


class LocalMl:
    """The ML engine in this process. `eyes` gives the modalities with their population models as they are now."""

    def __init__(self, templates: Templates, pseudonyms: Pseudonyms, eyes: Callable[[], Eyes]) -> None:
        self._templates = templates
        self._pseudonyms = pseudonyms
        self._eyes = eyes

    async def judge(self, question: Question) -> Verdict:
        """See `MlEngine.judge`. Raises StoreError where the template can not be read."""
        template = await self._templates.template(self._pseudonyms.of("user", question.user_id))
        ordered = sorted(question.events, key=lambda one: one.t or 0.0)
        samples = believed(gather(ordered, question.clock, question.screen))
        return verdict_of(examine(samples, template, self._eyes()))


def encode_question(question: Question) -> bytes:
    """The question as JSON."""
    return _encoder.encode(question)


def decode_question(body: bytes) -> Question:
    """The question in `body`. Raises TooLarge over 8 MB, InvalidInput naming the field for all else that is wrong."""
    if len(body) > MAX_BYTES:
        raise TooLarge(f"The body has {len(body):,} bytes; at most {MAX_BYTES:,} are taken.")
    try:
        found, events = _read(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise as_invalid(error) from None
    return Question(
        user_id=found.user_id, session_id=found.session_id, events=events, clock=found.clock, screen=found.screen
    )


def _read(body: bytes) -> tuple[_Fast, tuple[AnySample, ...]]:
    try:
        found = _fast.decode(body)
        return found, found.events
    except msgspec.ValidationError:
        if b'"event_type"' not in body:
            raise
    slow = _slow.decode(body)
    return slow, tuple(as_sample(value, f"events[{at}]") for at, value in enumerate(slow.events))


def encode_verdict(verdict: Verdict) -> bytes:
    """The verdict as JSON."""
    return _encoder.encode(verdict)


def decode_verdict(body: bytes) -> Verdict:
    """The verdict in `body`. Raises InvalidInput for what is none, also for figures outside 0-1."""
    try:
        verdict = msgspec.json.decode(body, type=Verdict)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise as_invalid(error) from None
    if not (0 <= verdict.confidence <= 1 and 0 <= verdict.similarity_score <= 1):
        raise InvalidInput("A probability lies outside 0-1.")
    return verdict


def asking(engine: MlEngine) -> AskMl:
    """How a session engine asks this one: with all samples of the session that it remembers."""

    async def ask(session: Session, batches: Sequence[Logged]) -> Verdict | None:
        newest = batches[-1] if batches else None
        question = Question(
            user_id=session.user_id,
            session_id=session.session_id,
            events=(*in_turn(batches), *(pattern for batch in batches for pattern in batch.patterns)),
            clock=newest.clock or Clock() if newest else Clock(),
            screen=newest.screen if newest else None,
        )
        return await engine.judge(question)

    return ask
