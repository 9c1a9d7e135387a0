"""Log-ins at an hour that is not the user's."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import cos, exp, pi

from watchword.signals.oddity import is_repeated
from watchword.signals.signal import Band, Context, Finding, NotEvaluable, Outcome, ramp, signal
from watchword.state.hours import UNKNOWN, circular_gap, how_many, newest_minute

LEAST_TIMES = 10
CONCENTRATION = 7.0
"""Of the von Mises kernel: a log-in speaks for the two hours around it (circular standard deviation 1 h 30)."""

RARE = 0.1
_WEIGHT = tuple(exp(CONCENTRATION * (cos(2 * pi * gap / 1440) - 1)) for gap in range(721))
_EVEN = sum(_WEIGHT[circular_gap(0, minute)] for minute in range(1440)) / 1440


@signal("BEHAVIORAL", {"UNUSUAL_HOUR": Band("LOW", 15, 29)}, setting="behavioral_analysis")
def unusual_hour(context: Context) -> Iterable[Outcome]:
    """A log-in outside the user's usual hours, by the clock where the user is.

    Fraud: somebody in another part of the world, or while the owner sleeps. Innocent: shift work, a bad night, a
    deadline: so it is low. The last twenty log-ins, at least ten, are spread over the clock by a von Mises kernel
    (circular density; several habits a day are no contradiction); an hour with less than a tenth of the density of
    somebody who logs in at any time is unusual, and saturates where there is none. Not evaluable where the place does
    not tell the local time.
    """
    clock = context.history.clock
    if how_many(clock) < LEAST_TIMES or _as_last_time(context.local_minute, clock):
        return ()
    minutes = context.history.local_minutes
    if len(minutes) < LEAST_TIMES:
        return ()
    if context.local_minute < 0:
        return (NotEvaluable("UNUSUAL_HOUR", "NO_LOCAL_TIME"),)
    density = density_at(context.local_minute, minutes)
    if density >= RARE or is_repeated(context):
        return ()
    nearest = min(circular_gap(context.local_minute, minute) for minute in minutes)
    hour, minute = divmod(context.local_minute, 60)
    return (
        Finding(
            "UNUSUAL_HOUR",
            ramp(RARE - density, 0.0, RARE),
            1.0,
            f"Log-in at {hour:02}:{minute:02} local time; of the last {len(minutes)} none was within "
            f"{nearest / 60:.1f} hours of that",
            {"localHour": hour, "nearestMinutes": nearest, "density": round(density, 3)},
        ),
    )


def _as_last_time(minute: int, clock: bytes) -> bool:
    """Whether the newest log-in alone makes the hour a usual one."""
    newest = newest_minute(clock)
    if minute < 0 or newest == UNKNOWN:
        return False
    return _WEIGHT[circular_gap(minute, newest)] >= RARE * _EVEN * how_many(clock)


def density_at(minute: int, minutes: Sequence[int]) -> float:
    """The density of the times at that minute of the day, as a multiple of that of somebody without habits."""
    total = 0.0
    for other in minutes:
        gap = minute - other if minute >= other else other - minute
        total += _WEIGHT[gap if gap <= 720 else 1440 - gap]
    return total / (len(minutes) * _EVEN)
