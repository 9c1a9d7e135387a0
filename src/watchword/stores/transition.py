"""How state changes around one event: the same steps for every store that keeps state as bytes."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from msgspec import Struct

from watchword.state.incidents import newest_incident
from watchword.state.learning import settle
from watchword.state.log import Log
from watchword.state.observed import Observed
from watchword.state.plan import DAY_MS, LOGS, MINUTE_MS, USER_LINKS, Plan, Touch
from watchword.state.profile import Profile, pack, unpack

Read = Callable[[bytes], bytes | None]
PROFILE = b"\x40"
CROWD = b"\x41"
LINK_MS = MINUTE_MS
CROWD_SIZE = 20
CROWD_KEEP_DAYS = 30


class Row(Struct, frozen=True):
    """One row of state to write. `expires_ms` is when its content stops mattering; None keeps it."""

    key: bytes
    body: bytes
    expires_ms: int | None


class Workspace:
    """The state rows of a batch of events: read once, changed in memory, written once at the end."""

    def __init__(self, read: Read) -> None:
        self._read = read
        self._logs: dict[bytes, Log] = {}
        self._profiles: dict[bytes, Profile] = {}
        self._crowds: dict[bytes, tuple[int, ...]] = {}
        self._changed: set[bytes] = set()

    def observe(self, plan: Plan) -> Observed:
        """Puts the event into the logs of its plan, and gives the state around it."""
        linked = self._find_twin(plan)
        logs: dict[str, Log] = {}
        too_late: list[str] = []
        for touch in plan.touches:
            log = logs[touch.log.name] = self._log(touch)
            if touch.values is None or linked:
                continue
            if log.put(plan.at_ms, touch.values, touch.flags):
                self._changed.add(_row(touch))
            else:
                too_late.append(touch.log.name)
        profile = self._profile(plan.profile) if plan.profile else Profile()
        if profile.pending:
            incidents = logs.get("user.incidents")
            profile = settle(profile, plan.at_ms, newest_incident(incidents) if incidents else 0)
        crowd = self._crowd(plan, logs) if plan.crowd else ()
        return Observed(logs, profile, crowd, tuple(too_late), linked)

    def keep(self, owner: bytes, profile: Profile) -> None:
        """Replaces the profile of the user with that keyed hash."""
        key = PROFILE + owner
        self._profiles[key] = profile
        self._changed.add(key)

    def changes(self) -> Iterator[Row]:
        """Every row that changed since the last call, once."""
        for key in self._changed:
            if key in self._profiles:
                yield Row(key, pack(self._profiles[key]), None)
            elif key in self._crowds:
                days = self._crowds[key]
                yield Row(
                    key, b"".join(day.to_bytes(4, "little") for day in days), (days[-1] + CROWD_KEEP_DAYS) * DAY_MS
                )
            else:
                log = self._logs[key]
                yield Row(key, log.pack(), log.newest_ms + 2 * log.kind.span_ms + DAY_MS)
        self._changed.clear()

    def _log(self, touch: Touch) -> Log:
        key = _row(touch)
        log = self._logs.get(key)
        if log is None:
            log = self._logs[key] = Log(touch.log, self._read(key))
        return log

    def _profile(self, owner: bytes) -> Profile:
        key = PROFILE + owner
        profile = self._profiles.get(key)
        if profile is None:
            profile = self._profiles[key] = unpack(self._read(key))
        return profile

    def _crowd(self, plan: Plan, logs: dict[str, Log]) -> tuple[int, ...]:
        assert plan.crowd is not None
        key = CROWD + plan.crowd
        days = self._crowds.get(key)
        if days is None:
            body = self._read(key) or b""
            days = tuple(int.from_bytes(body[at : at + 4], "little") for at in range(0, len(body), 4))
            self._crowds[key] = days
        today = plan.at_ms // DAY_MS
        log = logs.get("ip.logins")
        if (
            log is not None
            and today not in days
            and len(log) >= CROWD_SIZE
            and (len(log.succeeded("user", today * DAY_MS, plan.at_ms)) >= CROWD_SIZE)
        ):
            days = tuple(sorted((*days, today))[-CROWD_KEEP_DAYS:])
            self._crowds[key] = days
            self._changed.add(key)
        return days

    def _find_twin(self, plan: Plan) -> bytes | None:
        touch = next((touch for touch in plan.touches if touch.log is USER_LINKS), None)
        if touch is None or touch.values is None:
            return None
        what, source, session, correlation = touch.values[:4]
        for other in self._log(touch).rows(plan.at_ms, LINK_MS):
            same_thing = (session and other[2] == session) or (correlation and other[3] == correlation)
            if same_thing and other[0] == what and other[1] != source:
                return b"".join(part.to_bytes(8, "little", signed=True) for part in other[4:6])
        return None


def _row(touch: Touch) -> bytes:
    return bytes((touch.log.number,)) + touch.key


def row_kind(key: bytes) -> str:
    """The name of the kind of state a row key belongs to: `profile`, `crowd`, or a log's name."""
    if key[:1] == PROFILE:
        return "profile"
    return "crowd" if key[:1] == CROWD else next(kind.name for kind in LOGS.values() if kind.number == key[0])
