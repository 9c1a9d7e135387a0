"""Bursts that a clock makes, not a hand."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise
from math import sqrt

from watchword.signals.rates import UNSURE, figures, mostly_failed
from watchword.signals.signal import Band, Context, Finding, Outcome, ramp, signal
from watchword.state.log import Log
from watchword.state.plan import HOUR_MS

GAPS = 8
MOST_VARIATION = 0.1
LEAST_VARIATION = 0.02
LONGEST_MS = 60_000
_BURST_MS = (GAPS + 2) * LONGEST_MS
"""No nine log-ins a minute apart take longer, also where this one was counted by another channel a minute before."""


@signal(
    "VELOCITY",
    {"CLOCKWORK_LOGINS": Band("MEDIUM", 40, 69), "CLOCKWORK_FAILURES": Band("HIGH", 70, 89)},
    reads=("user.logins", "ip.logins"),
)
def regular_spacing(context: Context) -> Iterable[Outcome]:
    """Nine log-ins or more, at most a minute apart, with gaps as even as a machine makes them.

    Fraud: a script that paces itself to stay below a rate. Innocent: a monitoring check that logs in by the clock (mark
    its key `machine`). People's gaps vary by a third of their mean and more; the newest eight gaps varying by less than
    a tenth (coefficient of variation) is a machine, and at a fiftieth the evidence saturates. High when most fail, else
    half sure.
    """
    if context.machine:
        return ()
    found: list[Outcome] = []
    for name, whose in (("user.logins", "for this user"), ("ip.logins", "from this address")):
        log = context.log(name)
        if log is not None and log.exceeds(GAPS, context.at_ms, _BURST_MS):
            found += _clockwork(context, log, whose)
    return found[:1]


def _clockwork(context: Context, log: Log, whose: str) -> Iterable[Finding]:
    times = log.newest(GAPS + 1, context.at_ms, HOUR_MS)
    if times[-1] - times[0] > GAPS * LONGEST_MS:
        return
    gap_ms, variation = _spacing(times)
    if variation > MOST_VARIATION:
        return
    hour = log.count(context.at_ms, HOUR_MS)
    failed = mostly_failed(hour)
    yield Finding(
        "CLOCKWORK_FAILURES" if failed else "CLOCKWORK_LOGINS",
        ramp(MOST_VARIATION - variation, 0.0, MOST_VARIATION - LEAST_VARIATION),
        1.0 if failed else UNSURE,
        f"The last {GAPS + 1} log-ins {whose} came every {gap_ms / 1000:.1f} s, varying by {variation:.0%}",
        figures(hour) | {"gapMs": round(gap_ms), "variation": round(variation, 3)},
    )


def _spacing(times: Sequence[int]) -> tuple[float, float]:
    """The mean gap in milliseconds and the gaps' coefficient of variation; infinite where all are at one time."""
    gaps = [later - earlier for earlier, later in pairwise(times)]
    mean = sum(gaps) / len(gaps)
    if mean <= 0:
        return 0.0, float("inf")
    return mean, sqrt(sum((gap - mean) ** 2 for gap in gaps) / len(gaps)) / mean
