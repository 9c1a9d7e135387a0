"""What a profile learns of a log-in, and when: at once, on probation, when passed, or never.

Nothing here changes a profile in place: every function gives a new one, so judging twice is judging once.
"""

from __future__ import annotations

from typing import Literal

from msgspec.structs import replace

from watchword.state.absorption import absorb, agrees
from watchword.state.places import same_place
from watchword.state.plan import DAY_MS
from watchword.state.probation import due_at, hold_back, is_waiting, put_on_probation
from watchword.state.profile import Observation, Pending, Profile
from watchword.state.sessions import learn_logout

__all__ = [
    "absorb", "agrees", "learn", "learn_logout", "learn_passed", "phase_of", "same_place", "settle", "trust_in",
    "unlearn",
]  # fmt: skip

Phase = Literal["bootstrap", "learning", "mature"]
PHASES: tuple[Phase, ...] = ("bootstrap", "learning", "mature")
BOOTSTRAP_AGREEING = 5
BOOTSTRAP_LOGINS = 10
MATURE_LOGINS = 30
MATURE_MS = 14 * DAY_MS


def phase_of(profile: Profile) -> Phase:
    """How much is known: bootstrap until 5 agreeing log-ins, else 10; mature from 30 log-ins and 14 days."""
    for phase in PHASES:
        if profile.override == phase:
            return phase
    if profile.logins >= MATURE_LOGINS and profile.last_ms - profile.first_ms >= MATURE_MS:
        return "mature"
    if profile.agreeing >= BOOTSTRAP_AGREEING or profile.logins >= BOOTSTRAP_LOGINS:
        return "learning"
    return "bootstrap"


def trust_in(profile: Profile) -> float:
    """What the confidence of deviations is multiplied by: n/(n+1) while the profile bootstraps, then 1."""
    if profile.agreeing >= BOOTSTRAP_AGREEING and not profile.override:
        return 1.0
    return profile.logins / (profile.logins + 1) if phase_of(profile) == "bootstrap" else 1.0


def learn(profile: Profile, seen: Observation, action: str, degraded: bool = False) -> Profile | None:
    """The profile after a successful log-in that was answered with `action`.

    `allow` is learnt at once, unless a missing part made it (`degraded`) or what is new about it is on probation;
    `monitor` goes on probation; `verify` and `block` wait until they are passed (`learn_passed`).
    """
    if action in ("verify", "block"):
        return _with_pending(profile, hold_back(profile, seen))
    if action == "allow" and not degraded and not (profile.pending and is_waiting(profile, seen)):
        return absorb(profile, seen)
    waiting = _with_pending(profile, put_on_probation(profile, seen, alarmed=action == "monitor"))
    return settle(waiting, seen.at_ms, incident_ms=seen.at_ms)


def learn_passed(profile: Profile, event: bytes) -> Profile | None:
    """The profile after the log-in of that event key passed its challenge or was called legitimate.

    None where that log-in is not waiting: it was learnt before, or is too long ago.
    """
    group = next((group for group in profile.pending if group.seen.event == event), None)
    return _absorbed(profile, [group]) if group else None


def unlearn(profile: Profile, event: bytes) -> Profile | None:
    """The profile without what waits for that event, which proved to be fraud; None where nothing does."""
    rest = [group for group in profile.pending if group.seen.event != event]
    return _with_pending(profile, rest) if len(rest) < len(profile.pending) else None


def settle(profile: Profile, at_ms: int, incident_ms: int = 0) -> Profile:
    """The profile with all learnt that is through its probation at that time.

    `incident_ms` is when the user's newest incident happened, 0 for none. The same profile where nothing was due.
    """
    due = due_at(profile.pending, at_ms, incident_ms)
    return _absorbed(profile, due) if due else profile


def _absorbed(profile: Profile, due: list[Pending]) -> Profile:
    fresh = _with_pending(profile, [group for group in profile.pending if group not in due])
    for group in due:
        fresh = absorb(fresh, group.seen, group.count)
    return fresh


def _with_pending(profile: Profile, pending: list[Pending]) -> Profile:
    return replace(profile, pending=pending)
