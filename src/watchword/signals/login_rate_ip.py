"""Log-in attempts a minute from one address."""

from __future__ import annotations

from collections.abc import Iterable

from watchword.signals.rates import UNSURE, at_least, figures, is_crowd, mostly_failed, unknown
from watchword.signals.signal import Band, Context, Finding, NotEvaluable, Outcome, ramp, signal
from watchword.state.plan import MINUTE_MS


@signal(
    "VELOCITY",
    {"RAPID_LOGINS_IP": Band("CRITICAL", 90, 95), "BUSY_IP": Band("MEDIUM", 40, 69)},
    reads=("ip.logins",),
)
def login_rate_ip(context: Context) -> Iterable[Outcome]:
    """More log-in attempts a minute from one address than a person makes.

    Fraud: a script that tries one account or many. Innocent: an office at nine in the morning, a carrier's gateway, a
    school. So the rate is critical only when most attempts fail or all aim at one user; many people succeeding is
    medium at most and half sure, and says nothing at an address that is known for many people. Five a minute as for one
    user; saturates at three times that.
    """
    log = context.log("ip.logins")
    if log is None:
        late = unknown(context, "RAPID_LOGINS_IP", "ip.logins")
        return (late,) if late else ()
    limit = context.limits.velocity.max_logins_per_minute
    if not log.exceeds(limit, context.at_ms, MINUTE_MS):
        return ()
    minute = log.count(context.at_ms, MINUTE_MS)
    users = log.distinct("user", context.at_ms, MINUTE_MS)
    intensity, details = ramp(minute.total, limit, 3 * limit), figures(minute) | {"users": users}
    if mostly_failed(minute) or users == 1:
        aim = "at one user" if users == 1 else f"at {users} users"
        text = f"{at_least(minute)}{minute.total} log-in attempts {aim} from this address within a minute"
        return (Finding("RAPID_LOGINS_IP", intensity, 1.0, f"{text}, {minute.failures} failed", details),)
    if is_crowd(context):
        return (NotEvaluable("BUSY_IP", "CROWD"),)
    text = f"{at_least(minute)}{minute.total} log-ins of {users} users from this address within a minute"
    return (Finding("BUSY_IP", intensity, UNSURE, text, details),)
