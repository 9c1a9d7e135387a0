"""Log-ins and failures an hour from one address."""

from __future__ import annotations

from collections.abc import Iterable

from watchword.signals.rates import at_least, figures, is_crowd, mostly_failed
from watchword.signals.signal import Band, Context, Finding, NotEvaluable, Outcome, ramp, signal
from watchword.state.plan import HOUR_MS


@signal(
    "VELOCITY",
    {"HOURLY_LOGINS_IP": Band("HIGH", 70, 89), "FAILED_LOGINS_IP": Band("MEDIUM", 40, 69)},
    reads=("ip.logins",),
)
def login_volume_ip(context: Context) -> Iterable[Outcome]:
    """More log-ins or failures an hour from one address than one household makes.

    Fraud: password spraying and credential stuffing that keeps under the rate of a minute. Innocent: offices, schools,
    carriers. An address where twenty users or more succeeded on at least three earlier days is one of those: there both
    are not evaluable unless most attempts of the hour fail. Thirty attempts and ten failures are beyond a household;
    saturates at three times the threshold.
    """
    log = context.log("ip.logins")
    if log is None:
        return ()
    rates = context.limits.velocity
    if not log.exceeds(min(rates.max_logins_per_hour, rates.max_failed_attempts_per_hour), context.at_ms, HOUR_MS):
        return ()
    hour = log.count(context.at_ms, HOUR_MS)
    many, failing = hour.total > rates.max_logins_per_hour, hour.failures > rates.max_failed_attempts_per_hour
    if not (many or failing):
        return ()
    if is_crowd(context) and not mostly_failed(hour):
        return [NotEvaluable(code, "CROWD") for code in ("HOURLY_LOGINS_IP",) * many + ("FAILED_LOGINS_IP",) * failing]
    found = []
    if many:
        intensity = ramp(hour.total, rates.max_logins_per_hour, 3 * rates.max_logins_per_hour)
        text = f"{at_least(hour)}{hour.total} log-in attempts from this address within an hour"
        found.append(Finding("HOURLY_LOGINS_IP", intensity, 1.0, text, figures(hour)))
    if failing:
        intensity = ramp(hour.failures, rates.max_failed_attempts_per_hour, 3 * rates.max_failed_attempts_per_hour)
        text = f"{at_least(hour)}{hour.failures} failed log-ins from this address within an hour"
        found.append(Finding("FAILED_LOGINS_IP", intensity, 1.0, text, figures(hour)))
    return found
