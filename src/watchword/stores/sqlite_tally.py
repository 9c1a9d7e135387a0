"""Sums over recorded decisions, from the plain columns alone."""

from __future__ import annotations

from collections import Counter

import apsw

from watchword.policy.decision import ACTIONS
from watchword.ports import Tally

_SUMS = """select coalesce(codes, ''), count(*), sum(action = ?), sum(score) from decision
    where occurred_ms >= ? and occurred_ms < ? group by codes"""
_EVER = 2**62


def tally(connection: apsw.Connection, since_ms: int | None, until_ms: int | None) -> Tally:
    """See `ports.Statistics.tally`."""
    total = blocked = score_sum = 0
    counts: Counter[str] = Counter()
    since, until = (-_EVER if since_ms is None else since_ms), (_EVER if until_ms is None else until_ms)
    for codes, count, stopped, score in connection.execute(_SUMS, (ACTIONS.index("block"), since, until)):
        total, blocked, score_sum = total + count, blocked + stopped, score_sum + score
        for code in filter(None, codes.split(",")):
            counts[code] += count
    return Tally(total, blocked, score_sum, dict(counts))
