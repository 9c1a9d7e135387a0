"""Sessions of a length that is not the user's."""

from __future__ import annotations

from collections.abc import Iterable
from math import exp, log, sqrt

from watchword.signals.signal import Band, Context, Finding, NotEvaluable, Outcome, ramp, signal
from watchword.state.sessions import session_seconds

LEAST_SESSIONS = 5
DEVIATIONS = 3.0
SATURATED = 6.0
LEAST_SPREAD = 0.5


@signal("BEHAVIORAL", {"UNUSUAL_SESSION": Band("LOW", 10, 20)}, kinds=("logout",), setting="behavioral_analysis")
def session_length(context: Context) -> Iterable[Outcome]:
    """A session much longer or shorter than the user's others.

    Fraud: a thief looks around for hours, or a script is done in two seconds. Innocent: a forgotten tab, a quick look:
    so it is the lowest of all. Lengths are log-normal: more than three standard deviations of their logarithm (at least
    0.5, a factor of 1.6) from the mean of five sessions or more; saturates at six. Needs the log-in's `sessionId`.
    """
    held, seconds = context.history.sessions, None
    if held is not None and context.session:
        seconds = session_seconds(context.history, context.session, context.at_ms)
    if seconds is None:
        return (NotEvaluable("UNUSUAL_SESSION", "NO_SESSION_START"),)
    if held is None or held.count < LEAST_SESSIONS:
        return ()
    away = abs(log(max(1.0, seconds)) - held.mean) / max(LEAST_SPREAD, sqrt(held.variance))
    if away <= DEVIATIONS:
        return ()
    text = f"The session lasted {_spoken(seconds)}; the user's {held.count} others about {_spoken(exp(held.mean))}"
    details = {"seconds": round(seconds), "usualSeconds": round(exp(held.mean)), "deviations": round(away, 1)}
    return (Finding("UNUSUAL_SESSION", ramp(away, DEVIATIONS, SATURATED), 1.0, text, details),)


def _spoken(seconds: float) -> str:
    return f"{seconds:.0f} seconds" if seconds < 120 else f"{seconds / 60:.0f} minutes"
