"""How state changes around one event: the same steps for every store that keeps state as bytes."""

from __future__ import annotations

from collections.abc import Callable

from msgspec import Struct

from watchword.state.incidents import newest_incident
from watchword.state.learning import settle
from watchword.state.log import Log
from watchword.state.observed import Observed
from watchword.state.plan import DAY_MS, MINUTE_MS, USER_LINKS, Plan
from watchword.state.profile import Profile, pack, unpack

Read = Callable[[bytes], bytes | None]
PROFILE = b"\x40"
CROWD = b"\x41"
LINK_MS = MINUTE_MS
CROWD_SIZE = 20
CROWD_KEEP_DAYS = 30


class Row(Struct, frozen=True, gc=False):
    """One row of state to write. `expires_ms` is when its content stops mattering; None keeps it."""

    key: bytes
    body: bytes
    expires_ms: int | None


class Workspace:
    """The state rows of a batch of events: read once, changed in memory, written once at the end."""

    __slots__ = ("_changed", "_crowds", "_logs", "_profiles", "_read")

    def __init__(self, read: Read) -> None:
        self._read = read
        self._logs: dict[bytes, Log] = {}
        self._profiles: dict[bytes, Profile] = {}
        self._crowds: dict[bytes, tuple[int, ...]] = {}
        self._changed: dict[bytes, Log | Profile | tuple[int, ...]] = {}

    def observe(self, plan: Plan) -> Observed:
        """Puts the event into the logs of its plan, and gives the state around it."""
        linked = self._find_twin(plan)
        logs: dict[str, Log] = {}
        late: list[str] = []
        at_ms, known = plan.at_ms, self._logs
        for touch in plan.touches:
            kind = touch.log
            key = kind.prefix + touch.key
            log = known.get(key)
            if log is None:
                log = known[key] = Log(kind, self._read(key))
            logs[kind.name] = log
            if touch.values is None or linked:
                continue
            if log.put(at_ms, touch.values, touch.flags):
                self._changed[key] = log
            else:
                late.append(kind.name)
        profile = self._profile(plan.profile) if plan.profile else Profile()
        if profile.pending:
            incidents = logs.get("user.incidents")
            profile = settle(profile, at_ms, newest_incident(incidents) if incidents else 0)
        crowd = self._crowd(plan.crowd, at_ms, logs) if plan.crowd else ()
        for name in late:
            del logs[name]
        return Observed(logs, profile, crowd, tuple(late), linked)

    def keep(self, owner: bytes, profile: Profile) -> None:
        """Replaces the profile of the user with that keyed hash."""
        key = PROFILE + owner
        self._profiles[key] = self._changed[key] = profile

    def changes(self) -> list[Row]:
        """Every row that changed since the last call, once."""
        changed, self._changed = self._changed, {}
        return [_row(key, state) for key, state in changed.items()]

    def _profile(self, owner: bytes) -> Profile:
        key = PROFILE + owner
        profile = self._profiles.get(key)
        if profile is None:
            profile = self._profiles[key] = unpack(self._read(key))
        return profile

    def _crowd(self, address: bytes, at_ms: int, logs: dict[str, Log]) -> tuple[int, ...]:
        key = CROWD + address
        days = self._crowds.get(key)
        if days is None:
            body = self._read(key)
            days = self._crowds[key] = _unpack_days(body) if body else ()
        log = logs.get("ip.logins")
        if log is None or len(log) < CROWD_SIZE:
            return days
        today = at_ms // DAY_MS
        if today in days or len(log.succeeded("user", today * DAY_MS, at_ms, CROWD_SIZE)) < CROWD_SIZE:
            return days
        days = tuple(sorted((*days, today))[-CROWD_KEEP_DAYS:])
        self._crowds[key] = self._changed[key] = days
        return days

    def _find_twin(self, plan: Plan) -> bytes | None:
        touch = plan.touches[0] if plan.touches else None
        if touch is None or touch.log is not USER_LINKS or touch.values is None:
            return None
        key = USER_LINKS.prefix + touch.key
        log = self._logs.get(key)
        if log is None:
            log = self._logs[key] = Log(USER_LINKS, self._read(key))
        what, source, session, correlation = touch.values[:4]
        for other in log.rows(plan.at_ms, LINK_MS):
            same_thing = (session and other[2] == session) or (correlation and other[3] == correlation)
            if same_thing and other[0] == what and other[1] != source:
                return b"".join(part.to_bytes(8, "little", signed=True) for part in other[4:6])
        return None


def _row(key: bytes, state: Log | Profile | tuple[int, ...]) -> Row:
    if isinstance(state, Log):
        return Row(key, state.pack(), state.newest_ms + 2 * state.kind.span_ms + DAY_MS)
    if isinstance(state, Profile):
        return Row(key, pack(state), None)
    return Row(key, b"".join(day.to_bytes(4, "little") for day in state), (state[-1] + CROWD_KEEP_DAYS) * DAY_MS)


def _unpack_days(body: bytes) -> tuple[int, ...]:
    return tuple(int.from_bytes(body[at : at + 4], "little") for at in range(0, len(body), 4))
