"""What happened to the account before."""

from __future__ import annotations

from collections.abc import Iterable

from watchword.signals.signal import Band, Context, Finding, Outcome, ramp, signal
from watchword.state.incidents import (
    FAILED_CHALLENGE,
    FAILED_PRIVILEGE,
    FAILED_RECOVERY,
    FRAUD,
    RESTORED,
    all_incidents,
)
from watchword.state.plan import DAY_MS

RECENT_DAYS = 7
ONE_LABEL = 0.6
"""Intensity of a single compromise: it asks for verification (79), the second one blocks."""

HISTORY_DAYS = 30
HISTORY = 2
SATURATED_HISTORY = 8
WORDS = {
    FRAUD: "labelled fraud",
    FAILED_RECOVERY: "failed recovery",
    FAILED_PRIVILEGE: "failed change of rights",
    FAILED_CHALLENGE: "failed challenge",
}


@signal(
    "ACCOUNT",
    {
        "COMPROMISED": Band("HIGH", 70, 85),
        "INCIDENT_HISTORY": Band("MEDIUM", 40, 69),
        "RECOVERY_FAILED": Band("LOW", 20, 39),
    },
    kinds=("login", "account_activity"),
    reads=("user.incidents", "user.labels"),
)
def compromise(context: Context) -> Iterable[Outcome]:
    """Signs that the account was taken over lately, or a history of security incidents.

    Fraud: who was in once comes back. Innocent: the owner himself after his account was taken over: so a passed
    challenge, or an event called legitimate, ends the alarm and leaves the history at its lowest. An event labelled
    fraud is a compromise for seven days, strongest at once and fading to the band's foot; one asks for verification,
    saturated are two. Three incidents or more in thirty days (labels, failed recoveries, failed challenges, failed
    changes of rights) are a history; saturates at eight since the last pass. A single failed recovery within a day is a
    minor inconsistency. Never read from what the client says.
    """
    log = context.log("user.incidents")
    if log is None or not len(log):
        return ()
    all_of_them = all_incidents(log, context.log("user.labels"), context.at_ms, HISTORY_DAYS * DAY_MS)
    restored_ms = max((at for at, kind in all_of_them if kind == RESTORED), default=0)
    since = [(at, kind) for at, kind in all_of_them if kind != RESTORED]
    open_now = [(at, kind) for at, kind in since if at > restored_ms]
    return [
        *_compromised(context.at_ms, open_now),
        *_history(since, len(open_now)),
        *_recovery(context.at_ms, open_now),
    ]


def _compromised(at_ms: int, incidents: list[tuple[int, int]]) -> Iterable[Finding]:
    labelled = [at for at, kind in incidents if kind == FRAUD and at_ms - at <= RECENT_DAYS * DAY_MS]
    if not labelled:
        return
    days = (at_ms - labelled[-1]) / DAY_MS
    events = "An event of this user was" if len(labelled) == 1 else f"{len(labelled)} events of this user were"
    intensity = (1.0 - days / RECENT_DAYS) * min(1.0, ONE_LABEL * len(labelled))
    details = {"labels": len(labelled), "daysAgo": round(days, 1)}
    yield Finding("COMPROMISED", intensity, 1.0, f"{events} fraud, {days:.1f} days ago", details)


def _history(incidents: list[tuple[int, int]], still_open: int) -> Iterable[Finding]:
    count = len(incidents)
    if count > HISTORY:
        counted = {words: sum(kind == one for _, kind in incidents) for one, words in WORDS.items()}
        details = {words: number for words, number in counted.items() if number}
        text = f"{count} security incidents of this user within {HISTORY_DAYS} days"
        yield Finding("INCIDENT_HISTORY", ramp(still_open, HISTORY, SATURATED_HISTORY), 1.0, text, details)


def _recovery(at_ms: int, incidents: list[tuple[int, int]]) -> Iterable[Finding]:
    recent = [at for at, kind in incidents if kind == FAILED_RECOVERY and at_ms - at <= DAY_MS]
    if recent:
        hours = (at_ms - recent[-1]) / 3_600_000
        text = f"Recovery of this account failed {hours:.1f} hours ago"
        details = {"failed": len(recent), "hoursAgo": round(hours, 1)}
        yield Finding("RECOVERY_FAILED", 1.0 - hours / 24, 1.0, text, details)
