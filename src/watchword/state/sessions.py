"""How long a user's sessions last: the ones now open, and the rolling length of those that ended.

Lengths are log-normal, so mean and variance are those of the logarithm of the seconds (Welford 1962, exponentially
forgetting beyond 50 sessions).
"""

from __future__ import annotations

from math import log

from msgspec.structs import replace

from watchword.state.plan import DAY_MS
from watchword.state.profile import MAX_OPEN, Profile, Sessions

FORGET = 50
LONGEST_MS = 7 * DAY_MS


def opened(sessions: Sessions | None, session: int, at_ms: int) -> Sessions:
    """The sessions with one more open."""
    held = sessions or Sessions()
    if session in held.opened[::2]:
        return held
    pairs = [*zip(held.opened[::2], held.opened[1::2], strict=True), (session, at_ms)]
    pairs.sort(key=lambda pair: pair[1])
    return Sessions(held.count, held.mean, held.variance, [part for pair in pairs[-MAX_OPEN:] for part in pair])


def session_seconds(profile: Profile, session: int, at_ms: int) -> float | None:
    """How long the session that ends at that time lasted; None where its beginning is not known."""
    held = profile.sessions
    if held is None or session not in held.opened[::2]:
        return None
    lasted_ms = at_ms - held.opened[2 * held.opened[::2].index(session) + 1]
    return lasted_ms / 1000 if 0 < lasted_ms <= LONGEST_MS else None


def learn_logout(profile: Profile, session: int, at_ms: int) -> Profile | None:
    """The profile with that session ended and its length learnt; None where its beginning is not known."""
    held = profile.sessions
    if held is None or session not in held.opened[::2]:
        return None
    seconds = session_seconds(profile, session, at_ms)
    at = 2 * held.opened[::2].index(session)
    rest = held.opened[:at] + held.opened[at + 2 :]
    unknown = Sessions(held.count, held.mean, held.variance, rest)
    return replace(profile, sessions=unknown if seconds is None else _ended(held, seconds, rest))


def _ended(held: Sessions, seconds: float, rest: list[int]) -> Sessions:
    length = log(max(1.0, seconds))
    weight = 1 / min(held.count + 1, FORGET)
    delta = length - held.mean
    mean = held.mean + weight * delta
    variance = (1 - weight) * (held.variance + weight * delta * delta)
    return Sessions(held.count + 1, mean, variance, rest)
