"""A device that the user never had."""

from __future__ import annotations

from collections.abc import Iterable

from watchword.signals.oddity import is_repeated
from watchword.signals.signal import Band, Context, Finding, NotEvaluable, Outcome, ramp, signal
from watchword.state.absorption import find_device
from watchword.state.places import knows_device

SETTLED_LOGINS = 20


@signal(
    "DEVICE",
    {"NEW_DEVICE": Band("LOW", 20, 39)},
    kinds=("login", "account_activity"),
    setting="device_fingerprinting",
)
def new_device(context: Context) -> Iterable[Outcome]:
    """A log-in from a device that none of the learnt log-ins came from.

    Fraud: a stolen password is used from the thief's device. Innocent: everybody buys a new telephone, so it is low,
    and weighs by how long the user kept to known devices: saturates after 20 learnt log-ins. A browser update is no new
    device: without a fingerprint a device is its browser, system and kind, whatever the version; with one, the newer
    version of a known label on a known network counts as the known one. Events that carry the id which the device
    endpoint gave are judged by the device itself: updates, zooms and trips leave it as it is. A first log-in is no
    deviation.
    """
    history = context.history
    if not history.logins:
        return ()
    if not context.device:
        return (NotEvaluable("NEW_DEVICE", "NO_DEVICE"),)
    if not history.devices or knows_device(history, context.device):
        return ()
    if (context.seen is not None and find_device(history, context.seen) >= 0) or is_repeated(context):
        return ()
    count = len(history.devices)
    logins = f"{history.logins} learnt log-in{'s' * (history.logins > 1)}"
    text = f"A device never seen in {logins} from {count} device{'s' * (count > 1)}"
    details = {"logins": history.logins, "devices": count}
    return (Finding("NEW_DEVICE", ramp(history.logins, 1, SETTLED_LOGINS), 1.0, text, details),)
