"""Log-ins that are not learnt yet: on probation after `monitor`, held after `verify` and `block`.

What is on probation is neither known, nor alarms twice a day. It is learnt after three agreeing successes on three
days, or after seven days without incident. What is held is learnt only when it is passed or called legitimate.
"""

from __future__ import annotations

from watchword.state.absorption import find_device
from watchword.state.places import knows_place, same_place
from watchword.state.plan import DAY_MS
from watchword.state.profile import MAX_HELD, MAX_PENDING, Observation, Pending, Profile

NEW_DEVICE, NEW_PLACE, NEW_NETWORK = 1, 2, 4
EVERYTHING = NEW_DEVICE | NEW_PLACE | NEW_NETWORK
AGREEING_DAYS = 3
QUIET_MS = 7 * DAY_MS
LASTING_LOGINS = 3
"""A kind of network is an attribute of the user from so many learnt log-ins on."""

ORDINARY = ("access", "special", "relay")
"""Kinds of network that nobody is asked about."""


def novelty_of(profile: Profile, seen: Observation) -> int:
    """What of a log-in the profile does not know, as bits; on a first log-in at most its kind of network."""
    new = 0 if is_lasting(profile, seen.network) else NEW_NETWORK
    if seen.device and profile.devices and find_device(profile, seen) < 0:
        new |= NEW_DEVICE
    if seen.spot is not None and profile.places and not knows_place(profile, seen.spot):
        new |= NEW_PLACE
    return new


def is_lasting(profile: Profile, network: str) -> bool:
    """Whether that kind of network is ordinary, or the user's habit."""
    return network in ORDINARY or profile.networks.get(network, 0) >= LASTING_LOGINS


def repeats(profile: Profile, seen: Observation) -> bool:
    """Whether all that is new about this log-in is on probation already and alarmed within the last day."""
    if not profile.pending:
        return False
    new = novelty_of(profile, seen)
    return new != 0 and any(
        not group.held
        and abs(seen.at_ms - group.alarmed_ms) < DAY_MS
        and new & group.novelty == new
        and _agree(group.seen, seen, new)
        for group in profile.pending
    )


def is_waiting(profile: Profile, seen: Observation) -> bool:
    """Whether something new about this log-in waits to be learnt; it must not be learnt in passing."""
    new = novelty_of(profile, seen)
    return new != 0 and any(
        group.novelty & new and _agree(group.seen, seen, group.novelty & new) for group in profile.pending
    )


def put_on_probation(profile: Profile, seen: Observation, alarmed: bool) -> list[Pending]:
    """The pending groups with this success, in the group it agrees with or in one of its own."""
    new, day = novelty_of(profile, seen), seen.at_ms // DAY_MS
    alarmed_ms = seen.at_ms if alarmed else 0
    for at, group in enumerate(profile.pending):
        if not group.held and group.novelty == new and _agree(group.seen, seen, new or EVERYTHING):
            days = group.days if day in group.days else sorted((*group.days, day))
            first = seen if seen.at_ms < group.seen.at_ms else group.seen
            joined = Pending(first, days, group.count + 1, max(group.alarmed_ms, alarmed_ms), new)
            return [*profile.pending[:at], joined, *profile.pending[at + 1 :]]
    return _bounded([*profile.pending, Pending(seen, [day], 1, alarmed_ms, new)])


def hold_back(profile: Profile, seen: Observation) -> list[Pending]:
    """The pending groups with this log-in held until it is passed."""
    held = Pending(seen, [seen.at_ms // DAY_MS], 1, seen.at_ms, novelty_of(profile, seen), held=True)
    return _bounded([*profile.pending, held])


def due_at(pending: list[Pending], at_ms: int, incident_ms: int = 0) -> list[Pending]:
    """The groups that may be learnt at that time. `incident_ms` starts their seven days again."""
    return [
        group
        for group in pending
        if not group.held
        and (len(group.days) >= AGREEING_DAYS or at_ms - max(group.seen.at_ms, incident_ms) >= QUIET_MS)
    ]


def _agree(one: Observation, other: Observation, about: int) -> bool:
    if about & NEW_DEVICE and one.device != other.device:
        return False
    if about & NEW_NETWORK and one.network != other.network:
        return False
    if about & NEW_PLACE:
        return one.spot is other.spot or (
            one.spot is not None and other.spot is not None and same_place(one.spot, other.spot)
        )
    return True


def _bounded(pending: list[Pending]) -> list[Pending]:
    """At most so many of each sort; the oldest go."""
    for held, capacity in ((True, MAX_HELD), (False, MAX_PENDING)):
        sort = [at for at, group in enumerate(pending) if group.held is held]
        if len(sort) > capacity:
            oldest = min(sort, key=lambda at: pending[at].seen.at_ms)
            pending = [*pending[:oldest], *pending[oldest + 1 :]]
    return pending
