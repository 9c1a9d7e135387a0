"""Attempts to raise an account's rights, and many changes at once."""

from __future__ import annotations

from collections.abc import Iterable

from watchword.events.account_activity import SENSITIVE, AccountActivity
from watchword.signals.rates import unknown
from watchword.signals.signal import Band, Context, Finding, Outcome, ramp, signal
from watchword.state.incidents import FAILED_PRIVILEGE, incidents_of
from watchword.state.plan import DAY_MS, HOUR_MS

CHANGES = 3
SATURATED_CHANGES = 6
SATURATED_ATTEMPTS = 3


@signal(
    "ACCOUNT",
    {"PRIVILEGE_ESCALATION": Band("MEDIUM", 40, 69), "ACCOUNT_CHANGES": Band("MEDIUM", 40, 69)},
    kinds=("account_activity",),
    reads=("user.changes", "user.incidents"),
)
def privilege_escalation(context: Context) -> Iterable[Outcome]:
    """Failed attempts to raise rights, or more sensitive changes within an hour than a person has reason for.

    Fraud: an intruder tries what the account may do, or takes it over piece by piece (e-mail, telephone, password).
    Innocent: an administrator who lacks a right, somebody who moved and updates everything. One refused change of
    rights within a day counts, three saturate; more than three sensitive changes within an hour count, six saturate.
    """
    event = context.event
    if not isinstance(event, AccountActivity) or event.activity not in SENSITIVE:
        return ()
    log = context.log("user.changes")
    if log is None:
        late = unknown(context, "ACCOUNT_CHANGES", "user.changes")
        return (late,) if late else ()
    found = []
    changes = sum(log.column("sensitive", context.at_ms, HOUR_MS))
    if changes > CHANGES:
        text = f"{changes} sensitive changes of this account within an hour"
        found.append(
            Finding("ACCOUNT_CHANGES", ramp(changes, CHANGES, SATURATED_CHANGES), 1.0, text, {"changes": changes})
        )
    incidents = context.log("user.incidents")
    if event.activity == "privilege_change" and incidents is not None:
        kinds = [kind for _, kind in incidents_of(incidents, context.at_ms, DAY_MS)]
        attempts = kinds.count(FAILED_PRIVILEGE)
        if attempts:
            text = f"{attempts} refused attempts to change this account's rights within a day"
            intensity = ramp(attempts, 0, SATURATED_ATTEMPTS)
            found.append(Finding("PRIVILEGE_ESCALATION", intensity, 1.0, text, {"attempts": attempts}))
    return found
