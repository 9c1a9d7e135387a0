"""Many users from one address or one device."""

from __future__ import annotations

from collections.abc import Iterable

from watchword.signals.rates import UNSURE, figures, is_crowd, mostly_failed, unknown
from watchword.signals.signal import Band, Context, Finding, NotEvaluable, Outcome, ramp, signal
from watchword.state.log import Log
from watchword.state.plan import HOUR_MS

USERS_PER_IP = 10
USERS_PER_DEVICE = 5


@signal(
    "VELOCITY",
    {
        "MANY_USERS_IP": Band("MEDIUM", 40, 69),
        "CREDENTIAL_STUFFING_IP": Band("HIGH", 70, 89),
        "MANY_USERS_DEVICE": Band("MEDIUM", 40, 69),
        "CREDENTIAL_STUFFING_DEVICE": Band("HIGH", 70, 89),
    },
    reads=("ip.logins", "device.logins"),
)
def credential_stuffing(context: Context) -> Iterable[Outcome]:
    """More different users within an hour than share an address or a device.

    Fraud: lists of stolen passwords tried one after the other. Innocent: offices and carriers (not evaluable at an
    address known for many people, unless most attempts fail), a till or a classroom's computer. More than ten users an
    hour at one address and five on one device are beyond a family; high when most attempts fail, else half sure.
    Saturates at three times the threshold. Only devices known by a fingerprint count.
    """
    found: list[Outcome] = []
    log = context.log("ip.logins")
    if log is not None and log.exceeds(USERS_PER_IP, context.at_ms, HOUR_MS):
        found += _many_users(context, log, "IP", USERS_PER_IP)
    log = context.log("device.logins")
    if log is None:
        late = unknown(context, "MANY_USERS_DEVICE", "device.logins")
        return (late,) if late else found
    if log.exceeds(USERS_PER_DEVICE, context.at_ms, HOUR_MS):
        found += _many_users(context, log, "DEVICE", USERS_PER_DEVICE)
    return found


def _many_users(context: Context, log: Log, entity: str, limit: int) -> Iterable[Outcome]:
    users = log.distinct("user", context.at_ms, HOUR_MS)
    if users <= limit:
        return
    hour = log.count(context.at_ms, HOUR_MS)
    what = "address" if entity == "IP" else "device"
    details = figures(hour) | {"users": users}
    if mostly_failed(hour):
        text = f"{users} users tried from this {what} within an hour, {hour.failures} of {hour.total} attempts failed"
        yield Finding(f"CREDENTIAL_STUFFING_{entity}", ramp(users, limit, 3 * limit), 1.0, text, details)
    elif entity == "IP" and is_crowd(context):
        yield NotEvaluable("MANY_USERS_IP", "CROWD")
    else:
        text = f"{users} different users from this {what} within an hour"
        yield Finding(f"MANY_USERS_{entity}", ramp(users, limit, 3 * limit), UNSURE, text, details)
