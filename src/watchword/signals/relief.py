"""Nobody may lock out somebody else: when velocity evidence asks for verification at most."""

from __future__ import annotations

from collections.abc import Iterator

from watchword.events.login import Login
from watchword.signals.signal import Context
from watchword.state.log import Log
from watchword.state.plan import HOUR_MS, MINUTE_MS
from watchword.state.profile import NETWORK_KINDS, DeviceSeen, network_bit


def spared(context: Context) -> str | None:
    """Why velocity evidence demands `verify` at most here, or None where it does not.

    For a success from a device and a kind of network that the user had before the burst, when under half of every burst
    (for the user, from the address, from the device) came from there.
    """
    if not isinstance(context.event, Login) or not context.event.succeeded:
        return None
    device = next((one for one in context.history.devices if one.key == context.device), None)
    network = context.facts.network.kind
    if device is None or not device.networks & network_bit(network):
        return None
    bursts = list(_bursts(context))
    if not bursts or any(not _from_elsewhere(context, log, span_ms, device, network) for log, span_ms in bursts):
        return None
    return (
        f"The device and its kind of network ({network}) were the user's before the burst, "
        "and most of the burst came from elsewhere"
    )


def _bursts(context: Context) -> Iterator[tuple[Log, int]]:
    """The windows that are over a rate: of the minute where that one is, else of the hour."""
    rates = context.limits.velocity
    for name in ("user.logins", "ip.logins", "device.logins"):
        log = context.log(name)
        if log is None or len(log) < 2:
            continue
        minute, hour = log.count(context.at_ms, MINUTE_MS), log.count(context.at_ms, HOUR_MS)
        rapid = minute.total > rates.max_logins_per_minute
        if rapid:
            yield log, MINUTE_MS
        over = hour.failures > rates.max_failed_attempts_per_hour or hour.total > rates.max_logins_per_hour
        if over or (not rapid and hour.total > rates.max_logins_per_minute):
            yield log, HOUR_MS


def _from_elsewhere(context: Context, log: Log, span_ms: int, device: DeviceSeen, network: str) -> bool:
    """Whether the device was known before the burst, and under half of it came from there."""
    times = log.times(context.at_ms, span_ms)
    if not times or device.first_ms >= times[0]:
        return False
    flags = log.flags(context.at_ms, span_ms)
    kind = NETWORK_KINDS.index(network)
    if "device" in log.kind.columns:
        devices = log.column("device", context.at_ms, span_ms)
        here = sum(key == device.key and flag >> 1 & 7 == kind for key, flag in zip(devices, flags, strict=True))
    else:
        here = sum(flag >> 1 & 7 == kind for flag in flags)
    return 2 * here < len(times)
