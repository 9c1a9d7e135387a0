"""One user from many addresses or many devices."""

from __future__ import annotations

from collections.abc import Iterable

from watchword.signals.rates import UNSURE, figures, mostly_failed
from watchword.signals.signal import Band, Context, Finding, Outcome, ramp, signal
from watchword.state.plan import HOUR_MS

ADDRESSES = 5
DEVICES = 5


@signal(
    "VELOCITY",
    {
        "MANY_IPS": Band("MEDIUM", 40, 69),
        "DISTRIBUTED_GUESSING": Band("HIGH", 70, 89),
        "MANY_DEVICES": Band("MEDIUM", 40, 69),
        "DISTRIBUTED_GUESSING_DEVICES": Band("HIGH", 70, 89),
    },
    reads=("user.logins",),
)
def distributed_guessing(context: Context) -> Iterable[Outcome]:
    """One user tried from more addresses or devices within an hour than a person has about him.

    Fraud: a botnet guessing at one account, each address below every limit of its own. Innocent: a phone on a train
    that is given a new address at each mast, a browser that changes its fingerprint on purpose. More than five an hour
    is beyond home, work, phone and train; high when most attempts fail, else half sure. Saturates at three times that.
    """
    log = context.log("user.logins")
    if log is None or not log.exceeds(min(ADDRESSES, DEVICES), context.at_ms, HOUR_MS):
        return ()
    addresses, devices = log.distinct_of(("ip", "device"), context.at_ms, HOUR_MS)
    if addresses <= ADDRESSES and devices <= DEVICES:
        return ()
    hour = log.count(context.at_ms, HOUR_MS)
    failed = mostly_failed(hour)
    told = f"within an hour, {hour.failures} of {hour.total} attempts failed"
    found = []
    for many, limit, what, codes in (
        (addresses, ADDRESSES, "addresses", ("MANY_IPS", "DISTRIBUTED_GUESSING")),
        (devices, DEVICES, "devices", ("MANY_DEVICES", "DISTRIBUTED_GUESSING_DEVICES")),
    ):
        if many > limit:
            text = f"Log-ins for this user from {many} {what} {told}"
            details = figures(hour) | {what: many}
            found.append(Finding(codes[failed], ramp(many, limit, 3 * limit), 1.0 if failed else UNSURE, text, details))
    return found
