"""Gradual rollout: for which users decisions are enforced."""

from __future__ import annotations

from hashlib import blake2b

from watchword.policy.assessment import Assessment


def enforced(assessment: Assessment, share: float) -> bool:
    """Whether this event's user belongs to the share (0-1) for whom decisions are enforced.

    Decided by a stable hash of the user (else of the address, else of the event): a user stays on one side, and who is
    in at a smaller share is in at every greater one.
    """
    if share >= 1.0:
        return True
    if share <= 0.0:
        return False
    entities = assessment.entities
    key = entities.user or entities.ip or assessment.event_key
    return position(key) < share


def position(key: bytes) -> float:
    """Where that keyed hash stands between 0 and 1, evenly spread."""
    return int.from_bytes(blake2b(key, digest_size=8, person=b"rollout").digest(), "big") / 2**64
