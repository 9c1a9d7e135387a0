"""What the log `user.incidents` says happened to an account: a number each, in its column `incident`."""

from __future__ import annotations

from collections import Counter

from watchword.state.log import Log
from watchword.state.plan import USER_INCIDENTS, USER_LABELS, Touch

FRAUD = 1
"""An event of this user was labelled fraud or a chargeback, or others reported the account as taken over."""

FAILED_RECOVERY = 2
"""Somebody failed to reset the password."""

FAILED_PRIVILEGE = 3
"""Somebody tried in vain to raise the account's rights."""

FAILED_CHALLENGE = 4
"""Somebody failed a challenge."""

RESTORED = 5
"""The owner passed a challenge, or said that it was him: what happened before is history."""


LASTING = frozenset({FRAUD, RESTORED})
"""What only staff, applications and owners can cause: kept in `user.labels` as well, apart from strangers' failures."""


def incident_touches(owner: bytes, incident: tuple[int] | None) -> tuple[Touch, ...]:
    """The logs that an incident (None for none) is put into."""
    touch = Touch(USER_INCIDENTS, owner, incident)
    return (touch, Touch(USER_LABELS, owner, incident)) if incident and incident[0] in LASTING else (touch,)


def all_incidents(log: Log, labels: Log | None, at_ms: int, span_ms: int) -> list[tuple[int, int]]:
    """Time and number of the incidents in the window, and of labels that were pushed out of it, oldest first."""
    found = incidents_of(log, at_ms, span_ms)
    if labels is None or not len(labels):
        return found
    both = Counter(found) | Counter(incidents_of(labels, at_ms, span_ms))
    return sorted(both.elements())


def newest_incident(log: Log) -> int:
    """When the newest incident was, in milliseconds; 0 where there is none."""
    found = incidents_of(log, log.newest_ms, log.kind.span_ms)
    return max((at for at, kind in found if kind != RESTORED), default=0)


def incidents_of(log: Log, at_ms: int, span_ms: int) -> list[tuple[int, int]]:
    """Time and number of the incidents in the window, oldest first."""
    return list(zip(log.times(at_ms, span_ms), log.column("incident", at_ms, span_ms), strict=True))
