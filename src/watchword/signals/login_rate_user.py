"""Log-in attempts a minute for one user."""

from __future__ import annotations

from collections.abc import Iterator

from watchword.signals.signal import Band, Context, Finding, NotEvaluable, Outcome, ramp, signal
from watchword.state.plan import HOUR_MS, MINUTE_MS


@signal(
    "VELOCITY",
    {
        "RAPID_LOGINS": Band("CRITICAL", 90, 95),
        "FAILED_LOGINS": Band("MEDIUM", 40, 69),
    },
    reads=("user.logins",),
)
def login_rate_user(context: Context) -> Iterator[Outcome]:
    """More log-in attempts for one user than a person makes.

    Fraud: guessing at one account, by hand or by script. Innocent: a password manager that retries, a phone with an old
    password. Five attempts a minute and ten failures an hour are what people reach by mistyping; saturates at three
    times the threshold, where no hand types any more.
    """
    log = context.log("user.logins")
    if log is None:
        yield NotEvaluable("RAPID_LOGINS", "TOO_LATE" if "user.logins" in context.observed.too_late else "NO_USER")
        return
    rates = context.limits.velocity
    minute = log.count(context.at_ms, MINUTE_MS)
    if minute.total > rates.max_logins_per_minute:
        yield Finding(
            "RAPID_LOGINS",
            ramp(minute.total, rates.max_logins_per_minute, 3 * rates.max_logins_per_minute),
            1.0,
            f"{minute.total} log-in attempts for this user within a minute",
            {"attempts": minute.total, "failed": minute.failures, "atLeast": minute.saturated},
        )
    hour = log.count(context.at_ms, HOUR_MS)
    if hour.failures > rates.max_failed_attempts_per_hour:
        yield Finding(
            "FAILED_LOGINS",
            ramp(hour.failures, rates.max_failed_attempts_per_hour, 3 * rates.max_failed_attempts_per_hour),
            1.0,
            f"{hour.failures} failed log-ins for this user within an hour",
            {"failed": hour.failures, "atLeast": hour.saturated},
        )
