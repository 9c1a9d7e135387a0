"""What the log `user.incidents` says happened to an account: a number each, in its column `incident`."""

from __future__ import annotations

from watchword.state.log import Log

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


def newest_incident(log: Log) -> int:
    """When the newest incident was, in milliseconds; 0 where there is none."""
    found = incidents_of(log, log.newest_ms, log.kind.span_ms)
    return max((at for at, kind in found if kind != RESTORED), default=0)


def incidents_of(log: Log, at_ms: int, span_ms: int) -> list[tuple[int, int]]:
    """Time and number of the incidents in the window, oldest first."""
    return list(zip(log.times(at_ms, span_ms), log.column("incident", at_ms, span_ms), strict=True))
