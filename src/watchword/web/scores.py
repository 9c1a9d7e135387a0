"""The score API: how much a session looks like its owner, a person, asked before money moves."""

from __future__ import annotations

from typing import Annotated, Any

from msgspec import Meta, Raw

from watchword.errors import InvalidInput
from watchword.events.event import Record, Text
from watchword.events.samples import AnySample, Clock, RawSample, Screen, Sequence, Short, as_sample
from watchword.sessions.records import Score, Scoring, Transaction
from watchword.web.endpoint import Call, endpoint
from watchword.web.intake import parse_body
from watchword.web.session_tokens import claim_of
from watchword.web.sessions import check_address

MAX_EVENTS = 2_000
MAX_SCORE_BYTES = 512_000
Amount = Annotated[float, Meta(ge=0, le=1e12)]


class ContextIn(Record, kw_only=True):
    """What is about to be done. Only a key's word counts here: a page's own is not asked."""

    transaction_id: Text | None = None
    amount: Amount | None = None
    currency: Annotated[str, Meta(pattern="^[A-Z]{3}$")] | None = None
    beneficiary: Text | None = None
    confirmed: bool = False


class _Asked(Record, kw_only=True):
    user_id: Text
    session_id: Text
    context: ContextIn | None = None
    clock: Clock = Clock()
    screen: Screen | None = None
    nonce: Short | None = None
    first_seq: Sequence = 1
    ip: Text | None = None
    device_fingerprint: Text | None = None


class ScoreIn(_Asked, kw_only=True):
    """Whose session, and the samples since the last call (none: what the session holds already is looked at).

    `ip` and `deviceFingerprint` are the browser's: a session that this call opens is judged by them, too. Only a key's
    word counts there.

    With `nonce` and `firstSeq` they are of a stream, and those that it brought before are not counted again.
    """

    events: Annotated[tuple[RawSample, ...], Meta(max_length=MAX_EVENTS)] = ()


class _Mixed(_Asked, kw_only=True):
    events: Annotated[tuple[dict[str, Any], ...], Meta(max_length=MAX_EVENTS)] = ()


@endpoint(
    "POST", "/api/v1/behavior/score", takes=Raw, documented=ScoreIn, gives=Score, max_bytes=MAX_SCORE_BYTES,
    problems=(404, 409, 410, 503),
    example={
        "userId": "ada", "sessionId": "session-1",
        "events": [
            {"type": "key", "seq": 1, "t": 1203.4, "down": True, "field": "a1b2c3", "pos": 0, "cls": "letter-left"},
            {"type": "key", "seq": 2, "t": 1291.9, "down": False, "field": "a1b2c3", "pos": 0, "cls": "letter-left"},
        ],
        "context": {"transactionId": "tr-1", "amount": 12500, "currency": "EUR", "beneficiary": "LU28001"},
    },
)  # fmt: skip
async def score_behavior(call: Call) -> Score:
    """How much this session looks like its owner, a person: 0-100, with all reasons, by contribution.

    Opens the session where there is none. `isAnomaly` is never said while a person is being learnt, or on few samples;
    the codes of bots are. `confidence` grows with template and evidence: below some dozen keys or strokes hardly
    anything is known.
    """
    given, events = _read(bytes(call.body))
    check_address(given.ip)
    if call.token is not None:
        claim = await claim_of(call, given.session_id, given.user_id)
        call.service.paces.demand(claim.key, call.service.paces.rates.score + len(events))
    return await call.service.sessions.score(
        Scoring(
            user_id=given.user_id, session_id=given.session_id, events=events, clock=given.clock, screen=given.screen,
            context=_context(call, given.context), nonce=given.nonce, first_seq=given.first_seq,
            ip=given.ip if call.token is None else None,
            device=given.device_fingerprint if call.token is None else None,
            by_page=call.token is not None,
        )
    )  # fmt: skip


def _read(body: bytes) -> tuple[_Asked, tuple[AnySample, ...]]:
    """Samples are read as such, at once; where summaries are among them, each by itself."""
    try:
        given: ScoreIn = parse_body(body, ScoreIn)
        return given, given.events
    except InvalidInput:
        if b'"event_type"' not in body:
            raise
    mixed: _Mixed = parse_body(body, _Mixed)
    return mixed, tuple(as_sample(one, f"events[{at}]") for at, one in enumerate(mixed.events))


def _context(call: Call, given: ContextIn | None) -> Transaction | None:
    if given is None or call.token is not None:
        return None
    return Transaction(
        id=given.transaction_id, amount=given.amount, currency=given.currency, beneficiary=given.beneficiary,
        confirmed=given.confirmed,
    )  # fmt: skip
