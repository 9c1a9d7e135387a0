"""What is done to an account right after a log-in."""

from __future__ import annotations

from collections.abc import Iterable

from watchword.events.account_activity import SENSITIVE, AccountActivity
from watchword.signals.rates import unknown
from watchword.signals.signal import Band, Context, Finding, NotEvaluable, Outcome, signal
from watchword.state.plan import MINUTE_MS

WITHIN_MS = 5 * MINUTE_MS


@signal(
    "BEHAVIORAL",
    {"SENSITIVE_CHANGE": Band("MEDIUM", 30, 45)},
    kinds=("account_activity",),
    reads=("user.logins",),
    setting="behavioral_analysis",
)
def sensitive_change(context: Context) -> Iterable[Outcome]:
    """A change of e-mail, telephone, password, address, payment method or rights within five minutes of a log-in.

    Fraud: a thief's first act is to lock the owner out. Innocent: people log in in order to change something, so it
    asks nobody for anything by itself; with a new place or device it does (policy `sensitive_change_from_new_place`).
    Most takeovers change something within the first minutes; the sooner the stronger, saturating at once after log-in.
    """
    event = context.event
    if not isinstance(event, AccountActivity) or event.activity not in SENSITIVE:
        return ()
    log = context.log("user.logins")
    if log is None:
        late = unknown(context, "SENSITIVE_CHANGE", "user.logins")
        return (late,) if late else ()
    since_ms = log.since_success(context.at_ms, WITHIN_MS)
    if since_ms is None:
        hidden = log.count(context.at_ms, WITHIN_MS).saturated
        return (NotEvaluable("SENSITIVE_CHANGE", "SATURATED"),) if hidden else ()
    what = event.activity.replace("_", " ")
    return (
        Finding(
            "SENSITIVE_CHANGE",
            1.0 - since_ms / WITHIN_MS,
            1.0,
            f"A sensitive change ({what}) {since_ms / 1000:.0f} seconds after a log-in",
            {"activity": event.activity, "secondsAfterLogin": round(since_ms / 1000)},
        ),
    )
