"""Users for the console: whom to look at, and what is known of one."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from math import exp
from typing import TypeVar

import msgspec

from watchword.policy.decision import RANK, Action
from watchword.policy.lists import Entry
from watchword.ports import Recorded
from watchword.state.learning import phase_of
from watchword.state.profile import Profile
from watchword.web.console.history import DecisionsDesk
from watchword.web.console.records import Biography, Device, Filters, Line, Person, Spot, Visitor
from watchword.web.service import Service

T = TypeVar("T")
DAY_MS = 86_400_000
PAGES = 8
PAGE = 500
NAMES = 20_000
FLAGGED: tuple[Action, ...] = ("monitor", "verify", "block")


class PeopleDesk:
    """Reads users from history and their profiles. Names are those that events carry."""

    def __init__(self, service: Service, decisions: DecisionsDesk) -> None:
        self._service = service
        self._decisions = decisions
        self._names: OrderedDict[str, int] = OrderedDict()
        self._began = False
        service.engine.listen(self._hear)

    async def watched(self, view: str, limit: int) -> list[Person]:
        """The users of a view: at risk, seen last, still learning, on a list."""
        if view == "listed":
            entries = self._service.governance.entries
            names = list(dict.fromkeys(entry.value for entry in entries if entry.kind == "user"))[:limit]
            by_user = {name: (await self._lines(Filters(user=name), 1))[name] for name in names}
        elif view == "risk":
            by_user = await self._lines(Filters(actions=FLAGGED, from_ms=self._now_ms() - 7 * DAY_MS), PAGES)
        else:
            by_user = await self._lines(Filters(), 2)
        people = [await self._person(user, lines) for user, lines in by_user.items()]
        if view == "learning":
            people = [person for person in people if person.phase != "mature"]
        if view == "risk":
            people.sort(key=lambda person: (-RANK[person.action], -person.score))
        return people[:limit]

    async def one(self, user: str) -> Biography | None:
        """Everything that is known; None where no event named this user and nothing was learnt."""
        profile = await self._profile(user)
        since = self._now_ms() - 30 * DAY_MS
        timeline = (await self._decisions.search(Filters(user=user, from_ms=since), None, PAGE)).lines
        if profile is None and not timeline and not (await self._decisions.search(Filters(user=user), None, 1)).lines:
            return None
        standing = [one for one in self._service.governance.entries if one.kind == "user" and one.value == user]
        return _biography(user, profile or Profile(), timeline, [one for one in standing if self._stands(one.until_ms)])

    async def named(self, start: str, limit: int) -> list[str]:
        """Users whose names begin so, seen lately; or of exactly that name, whenever they were seen."""
        if not self._began:
            self._began = True
            for name, lines in reversed((await self._lines(Filters(), 4)).items()):
                self._names[name] = max(line.at_ms for line in lines)
        low = start.lower()
        erased_ms = self._service.people.erased_ms
        fitting = [name for name in reversed(self._names) if name.lower().startswith(low)]
        found = [name for name in fitting if self._names[name] > erased_ms(name)][:limit]
        if start not in found and await self._profile(start) is not None:
            found.insert(0, start)
        return found[:limit]

    async def clear(self, user: str, visitor: Visitor, reason: str) -> None:
        """Forgets the profile. Decisions stay."""
        await self._service.ledger.note(visitor.actor, "profile.clear", f"user:{user}", {"reason": reason})
        await self._service.people.change_profile(user, lambda _profile: None)

    async def export(self, user: str) -> bytes:
        """Everything kept of a person, as JSON."""
        kept = await self._service.people.export(user)
        return msgspec.json.format(msgspec.json.encode(kept), indent=2)

    def _hear(self, recorded: Recorded) -> None:
        user = recorded.decision.event.user_id
        if user is not None:
            self._names[user] = recorded.decision.event.occurred_ms
            self._names.move_to_end(user)
            if len(self._names) > NAMES:
                self._names.popitem(last=False)

    async def _lines(self, filters: Filters, pages: int) -> dict[str, list[Line]]:
        found: dict[str, list[Line]] = {filters.user: []} if filters.user else {}
        cursor = None
        for _ in range(pages):
            page = await self._decisions.search(filters, cursor, PAGE)
            for line in page.lines:
                if line.user is not None:
                    found.setdefault(line.user, []).append(line)
            cursor = page.older
            if cursor is None:
                break
        return found

    async def _person(self, user: str, lines: list[Line]) -> Person:
        profile = await self._profile(user) or Profile()
        now_ms = self._now_ms()
        worst = max(lines, key=lambda line: (RANK[line.action], line.score), default=None)
        days = [[line.score for line in lines if (now_ms - line.at_ms) // DAY_MS == day] for day in reversed(range(7))]
        entry = next((e for e in self._service.governance.entries if e.kind == "user" and e.value == user), None)
        standing = None
        if entry is not None and self._stands(entry.until_ms):
            standing = f"set to {entry.action}" if entry.override else f"{entry.action}ed"
        return Person(
            user=user,
            score=worst.score if worst else 0.0,
            level=worst.level if worst else "LOW",
            action=worst.action if worst else "allow",
            week=tuple(max(scores, default=0.0) for scores in days),
            why=worst.code or "" if worst else "",
            phase=phase_of(profile),
            logins=profile.logins,
            devices=len(profile.devices),
            last_ms=lines[0].at_ms if lines else profile.last_ms,
            last_place=lines[0].city if lines else None,
            flagged=sum(line.flagged for line in lines),
            standing=standing,
        )

    async def _profile(self, user: str) -> Profile | None:
        return await self._service.engine.store.profile(self._service.engine.pseudonyms.of("user", user))

    def _stands(self, until_ms: int | None) -> bool:
        return until_ms is None or until_ms > self._now_ms()

    def _now_ms(self) -> int:
        return int(self._service.engine.clock().timestamp() * 1000)


def _biography(user: str, profile: Profile, timeline: list[Line], standing: list[Entry]) -> Biography:
    hours = [0] * 24
    for minute in profile.local_minutes:
        hours[minute // 60] += 1
    sessions = profile.sessions
    return Biography(
        user=user, phase=phase_of(profile), logins=profile.logins, agreeing=profile.agreeing, first_ms=profile.first_ms,
        last_ms=profile.last_ms, devices=_devices(profile), places=_places(profile), hours=tuple(hours),
        networks=_most(profile.networks), asns=_most(profile.asns), browsers=_most(profile.browsers),
        session_s=exp(sessions.mean) if sessions and sessions.count else None,
        session_count=sessions.count if sessions else 0, pending=len(profile.pending), timeline=timeline,
        standing=standing, override=profile.override or None,
    )  # fmt: skip


def _devices(profile: Profile) -> list[Device]:
    found = sorted(profile.devices, key=lambda seen: -seen.last_ms)
    return [Device(seen.label, seen.count, seen.first_ms, seen.last_ms) for seen in found]


def _places(profile: Profile) -> list[Spot]:
    found = sorted(profile.places, key=lambda seen: -seen.count)
    return [
        Spot(spot.city or spot.country, spot.country, spot.lat, spot.lng, seen.count, seen.last_ms)
        for seen in found
        if (spot := seen.spot)
    ]


def _most(counts: Mapping[T, int]) -> tuple[tuple[T, int], ...]:
    return tuple(sorted(counts.items(), key=lambda pair: -pair[1])[:4])
