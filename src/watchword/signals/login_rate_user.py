"""Log-in attempts a minute, and failures an hour, for one user."""

from __future__ import annotations

from collections.abc import Iterable

from watchword.signals.rates import at_least, figures, unknown
from watchword.signals.signal import Band, Context, Finding, Outcome, ramp, signal
from watchword.state.plan import HOUR_MS, MINUTE_MS


@signal(
    "VELOCITY",
    {"RAPID_LOGINS": Band("CRITICAL", 90, 95), "FAILED_LOGINS": Band("MEDIUM", 40, 69)},
    reads=("user.logins",),
)
def login_rate_user(context: Context) -> Iterable[Outcome]:
    """More log-in attempts for one user than a person makes.

    Fraud: guessing at one account, by hand or by script. Innocent: a password manager that retries, a phone with an old
    password. Five attempts a minute and ten failures an hour are what people reach by mistyping; saturates at three
    times the threshold, where no hand types any more.
    """
    log = context.log("user.logins")
    if log is None:
        late = unknown(context, "RAPID_LOGINS", "user.logins")
        return (late,) if late else ()
    rates = context.limits.velocity
    found = []
    if log.exceeds(rates.max_logins_per_minute, context.at_ms, MINUTE_MS):
        minute = log.count(context.at_ms, MINUTE_MS)
        found.append(
            Finding(
                "RAPID_LOGINS",
                ramp(minute.total, rates.max_logins_per_minute, 3 * rates.max_logins_per_minute),
                1.0,
                f"{at_least(minute)}{minute.total} log-in attempts for this user within a minute",
                figures(minute),
            )
        )
    if not log.exceeds(rates.max_failed_attempts_per_hour, context.at_ms, HOUR_MS):
        return found
    hour = log.count(context.at_ms, HOUR_MS)
    if hour.failures > rates.max_failed_attempts_per_hour:
        found.append(
            Finding(
                "FAILED_LOGINS",
                ramp(hour.failures, rates.max_failed_attempts_per_hour, 3 * rates.max_failed_attempts_per_hour),
                1.0,
                f"{at_least(hour)}{hour.failures} failed log-ins for this user within an hour",
                figures(hour),
            )
        )
    return found
