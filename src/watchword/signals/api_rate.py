"""API calls a minute."""

from __future__ import annotations

from collections.abc import Iterable

from watchword.signals.rates import at_least, unknown
from watchword.signals.signal import Band, Context, Finding, Outcome, ramp, signal
from watchword.state.plan import MINUTE_MS

FLOOD = 3


@signal(
    "VELOCITY",
    {"RAPID_API_CALLS": Band("MEDIUM", 40, 69), "API_FLOOD": Band("HIGH", 70, 89)},
    kinds=("api_call",),
    reads=("user.calls", "ip.calls"),
)
def api_rate(context: Context) -> Iterable[Outcome]:
    """More API calls a minute than an application makes for one user, or for one address without a user.

    Fraud: scraping, enumeration, a stolen token being used up. Innocent: a badly written client that polls, a page that
    loads a hundred thumbnails. More than a hundred a minute is medium, from three times that high, which saturates at
    six times.
    """
    name = "user.calls" if context.event.user_id is not None else "ip.calls"
    log = context.log(name)
    if log is None:
        late = unknown(context, "RAPID_API_CALLS", name)
        return (late,) if late else ()
    limit = context.limits.velocity.max_api_calls_per_minute
    if not log.exceeds(limit, context.at_ms, MINUTE_MS):
        return ()
    minute = log.count(context.at_ms, MINUTE_MS)
    whose = "for this user" if name == "user.calls" else "from this address"
    text = f"{at_least(minute)}{minute.total} API calls {whose} within a minute"
    details = {"calls": minute.total, "atLeast": minute.saturated}
    if minute.total >= FLOOD * limit:
        return (Finding("API_FLOOD", ramp(minute.total, FLOOD * limit, 2 * FLOOD * limit), 1.0, text, details),)
    return (Finding("RAPID_API_CALLS", ramp(minute.total, limit, FLOOD * limit), 1.0, text, details),)
