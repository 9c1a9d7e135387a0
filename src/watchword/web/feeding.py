"""Behaviour that comes as an event feeds the session it names, as if its samples had come on a socket."""

from __future__ import annotations

from watchword.errors import NotFound, WatchwordError
from watchword.events.behavior import Behavior
from watchword.events.samples import MAX_BATCH_EVENTS, AnySample, Batch, as_sample, check_sequence
from watchword.policy.session_evidence import UNASKED
from watchword.sessions.engine import SessionEngine
from watchword.sessions.records import Opening

STREAM, SUMMARIES = "events", "events.summaries"
"""The streams of samples that number themselves, and of summaries, which go by the time of their event."""


def batch_of(event: Behavior) -> Batch | None:
    """The samples of an event; None where it has none, or no user. Raises InvalidInput naming the field."""
    samples = tuple(as_sample(one, f"events[{at}]") for at, one in enumerate(event.events))
    user_id = event.user_id or event.global_user_id
    if not samples or user_id is None:
        return None
    nonce, first = _stream(event, samples)
    made = Batch(session_id=event.session_id, user_id=user_id, nonce=nonce, first_seq=first, events=samples)
    check_sequence(made)
    return made


def _stream(event: Behavior, samples: tuple[AnySample, ...]) -> tuple[str, int]:
    if samples[0].seq is not None:
        return STREAM, samples[0].seq
    return SUMMARIES, event.occurred_ms * MAX_BATCH_EVENTS


async def feed(sessions: SessionEngine, batch: Batch) -> None:
    """Has the session take the batch; opens it where there is none.

    The event itself is recorded already, so a session that is over, or a store that is late, fails nobody; what was not
    taken then does not come again, and nothing waits for it.
    """
    assert batch.user_id is not None, "a batch that was made of an event"
    try:
        try:
            claim = await sessions.claim(batch.session_id, batch.user_id)
        except NotFound:
            await sessions.open(Opening(user_id=batch.user_id, session_id=batch.session_id, method=UNASKED))
            claim = await sessions.claim(batch.session_id, batch.user_id)
        await sessions.take(claim, batch, "taken")
    except WatchwordError:
        return
