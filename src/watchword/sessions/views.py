"""A session, and a score, as they are shown."""

from __future__ import annotations

from datetime import UTC, datetime
from hashlib import sha256

from watchword.behaviour.trust import UNIT as POINT
from watchword.events.samples import Batch
from watchword.policy.session_evidence import Examined
from watchword.policy.session_messages import UNIT, FactorTold, Welcome
from watchword.policy.sessions import Bounds, level_of
from watchword.sessions.records import Reason, Score, Scoring, SessionView
from watchword.state.session import Session

NONCE = 32
"""Characters of a nonce that is the samples' digest."""


def view(session: Session, bounds: Bounds, changes: tuple[FactorTold, ...] = ()) -> SessionView:
    """A session as it is shown."""
    return SessionView(
        session_id=session.session_id,
        user_id=session.user_id,
        risk_score=session.risk / UNIT,
        level=level_of(session, bounds),
        peak=session.peak / UNIT,
        challenge=session.challenge,
        challenge_id=session.challenge_id or None,
        opened_ms=session.opened_ms,
        expires_ms=session.expires_ms,
        ended_ms=session.ended_ms or None,
        end=session.end or None,
        method=session.method,
        samples=session.samples,
        changes=changes,
        bots=session.bots,
        flags=session.flags,
        consent=session.consent,
        trust_score=None if session.trust < 0 else round(100 * session.trust / UNIT),
    )


def welcome(session: Session, nonce: str, bounds: Bounds) -> Welcome:
    """The greeting of a stream."""
    expires = datetime.fromtimestamp(session.expires_ms / 1000, UTC).isoformat(timespec="milliseconds")
    seq, risk = session.streams[nonce], session.risk / UNIT
    return Welcome(session.session_id, nonce, seq, risk, level_of(session, bounds), expires.replace("+00:00", "Z"))


def score_of(found: Examined) -> Score:
    """The score that was found."""
    trust = found.trust
    return Score(
        trust_score=round(trust.trust_score / POINT, 4),
        is_anomaly=trust.is_anomaly,
        top_reasons=tuple(Reason(one.code, one.message, one.contribution / POINT) for one in trust.reasons),
        ai_analysis=trust.ai_analysis,
        confidence=trust.confidence,
        phase=trust.phase,
    )


def batch_of(scoring: Scoring, encoded: bytes) -> Batch:
    """The samples of a score call as a batch. Without a nonce their digest stands for one: the same are taken once."""
    nonce = scoring.nonce or sha256(encoded).hexdigest()[:NONCE]
    return Batch(
        session_id=scoring.session_id, nonce=nonce, first_seq=scoring.first_seq, user_id=scoring.user_id,
        clock=scoring.clock, screen=scoring.screen, events=scoring.events,
    )  # fmt: skip
