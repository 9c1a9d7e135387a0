"""Whether the same oddity alarmed today already, and waits on probation."""

from __future__ import annotations

from watchword.signals.signal import Context
from watchword.state.probation import repeats


def is_repeated(context: Context) -> bool:
    """Whether all that is new about this log-in is on probation and alarmed within the last day: it does not twice."""
    return bool(context.history.pending) and context.seen is not None and repeats(context.history, context.seen)
