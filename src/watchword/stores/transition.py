"""How state changes around one event: the same steps for every store that keeps state as bytes."""

from __future__ import annotations

from collections.abc import Callable
from itertools import islice
from typing import Any

from msgspec import Struct

from watchword.state.incidents import newest_incident
from watchword.state.learning import settle
from watchword.state.log import Log
from watchword.state.observed import Observed
from watchword.state.plan import DAY_MS, MINUTE_MS, USER_LINKS, LogKind, Plan
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
    """State rows as events change them: read once, unpacked while in use, packed when they are to be written.

    What one event changes is held apart until the next is observed, or `commit`; `drop` undoes it: no state is changed
    in place. A workspace that lives on keeps the state of the entities in use unpacked.
    """

    __slots__ = ("_changed", "_read", "_seen", "_staged")

    def __init__(self, read: Read) -> None:
        self._read = read
        self._seen: dict[bytes, Any] = {}
        self._changed: dict[bytes, Any] = {}
        self._staged: dict[bytes, Any] = {}

    def __len__(self) -> int:
        return len(self._seen) + len(self._changed)

    def observe(self, plan: Plan) -> Observed:
        """Puts the event into the logs of its plan, and gives the state around it."""
        if self._staged:
            self.commit()
        twin = self._find_twin(plan)
        logs: dict[str, Log] = {}
        late: list[str] = []
        at_ms = plan.at_ms
        for touch in plan.touches:
            kind = touch.log
            key = kind.prefix + touch.key
            log = self._log(kind, key)
            values = touch.values
            if twin is not None and values is not None:
                values = (*values[:4], *twin) if kind is USER_LINKS else None
            if values is None:
                self._seen[key] = log
            elif (grown := log.plus(at_ms, values, touch.flags)) is not None:
                log = self._staged[key] = grown
            else:
                late.append(kind.name)
            logs[kind.name] = log
        profile = self._profile(PROFILE + plan.profile) if plan.profile else Profile()
        if profile.pending:
            incidents = logs.get("user.incidents")
            profile = settle(profile, at_ms, newest_incident(incidents) if incidents else 0)
        crowd = self._crowd(CROWD + plan.crowd, at_ms, logs) if plan.crowd else ()
        for name in late:
            del logs[name]
        linked = b"".join(part.to_bytes(8, "little", signed=True) for part in twin) if twin is not None else None
        return Observed(logs, profile, crowd, tuple(late), linked)

    def keep(self, owner: bytes, profile: Profile) -> None:
        """Replaces the profile of the user with that keyed hash."""
        self._staged[PROFILE + owner] = profile

    def commit(self) -> None:
        """Takes over what the last event changed."""
        self._changed.update(self._staged)
        self._staged.clear()

    def drop(self) -> None:
        """Undoes what the last event changed."""
        self._staged.clear()

    def changes(self) -> list[Row]:
        """Every row that changed since the last call, once."""
        self.commit()
        rows = [_row(key, state) for key, state in self._changed.items()]
        self._seen.update(self._changed)
        self._changed.clear()
        return rows

    def forget(self, most: int) -> list[Row]:
        """Forgets what was read or changed first, but for so many rows; the rows among them that changed."""
        rows = []
        for key in list(islice(self._seen, max(0, len(self) - most))):
            del self._seen[key]
        for key in list(islice(self._changed, max(0, len(self) - most))):
            rows.append(_row(key, self._changed.pop(key)))
        return rows

    def _log(self, kind: LogKind, key: bytes) -> Log:
        log: Log | None = self._changed.get(key)
        if log is None:
            log = self._seen.get(key)
            if log is None:
                log = Log(kind, self._read(key))
        return log

    def _profile(self, key: bytes) -> Profile:
        profile: Profile | None = self._changed.get(key)
        if profile is None:
            profile = self._seen.get(key)
            if profile is None:
                profile = self._seen[key] = unpack(self._read(key))
        return profile

    def _days(self, key: bytes) -> tuple[int, ...]:
        days: tuple[int, ...] | None = self._changed.get(key)
        if days is None:
            days = self._seen.get(key)
            if days is None:
                body = self._read(key)
                days = self._seen[key] = _unpack_days(body) if body else ()
        return days

    def _crowd(self, key: bytes, at_ms: int, logs: dict[str, Log]) -> tuple[int, ...]:
        days = self._days(key)
        log = logs.get("ip.logins")
        if log is None or len(log) < CROWD_SIZE:
            return days
        today = at_ms // DAY_MS
        if today in days or len(log.succeeded("user", today * DAY_MS, at_ms, CROWD_SIZE)) < CROWD_SIZE:
            return days
        days = self._staged[key] = tuple(sorted((*days, today))[-CROWD_KEEP_DAYS:])
        return days

    def _find_twin(self, plan: Plan) -> tuple[int, ...] | None:
        """The event of another source that this one tells of again; each is told of once by every other source."""
        touch = plan.touches[0] if plan.touches else None
        if touch is None or touch.log is not USER_LINKS or touch.values is None:
            return None
        what, source, session, correlation = touch.values[:4]
        near = list(self._log(USER_LINKS, USER_LINKS.prefix + touch.key).rows(plan.at_ms, LINK_MS))
        told = {other[4:6] for other in near if other[1] == source}
        for other in near:
            same_thing = (session and other[2] == session) or (correlation and other[3] == correlation)
            if same_thing and other[0] == what and other[1] != source and other[4:6] not in told:
                return other[4:6]
        return None


def _row(key: bytes, state: Log | Profile | tuple[int, ...]) -> Row:
    if isinstance(state, Log):
        return Row(key, state.pack(), state.newest_ms + 2 * state.kind.span_ms + DAY_MS)
    if isinstance(state, Profile):
        return Row(key, pack(state), None)
    return Row(key, b"".join(day.to_bytes(4, "little") for day in state), (state[-1] + CROWD_KEEP_DAYS) * DAY_MS)


def _unpack_days(body: bytes) -> tuple[int, ...]:
    return tuple(int.from_bytes(body[at : at + 4], "little") for at in range(0, len(body), 4))
