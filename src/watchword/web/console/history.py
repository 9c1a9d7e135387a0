"""Recorded decisions for the console: lines of lists, pages of them, and everything about one."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable

import msgspec

from watchword.events.codec import address_of
from watchword.policy.counterfactual import ladder
from watchword.policy.decision import ACTIONS, RANK, Decision
from watchword.policy.explanation import wire
from watchword.ports import ApiKey, Query, Record
from watchword.ports import Page as StorePage
from watchword.signals.signal import UNIT
from watchword.web import labels
from watchword.web.authentication import Caller
from watchword.web.console.records import (
    Bar,
    Dossier,
    Filters,
    Label,
    Line,
    Page,
    Step,
    Stop,
    Tallied,
    Verdict,
    Visitor,
)
from watchword.web.endpoint import Call
from watchword.web.service import Service

CHUNK = 500
ROUNDS = 20
MOST_COUNTED = 2_000
LEFT_OPEN = "console.review"
NEAR_MS = 90_000

Keep = Callable[[Decision], bool]


class DecisionsDesk:
    """Searches, opens and judges decisions."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._store = service.engine.store
        self._labels: dict[str, Label] = {}
        self._labels_version = -1

    def line(self, decision: Decision) -> Line:
        """One decision as a line of a list. What enforcement would answer is what is shown."""
        event, facts = decision.event, decision.facts
        place, network = facts.place, facts.network
        found = decision.evidence
        label = self._labels.get(decision.id)
        alias = self._service.engine.pseudonyms.of("user", event.user_id).hex()[:6] if event.user_id else None
        return Line(
            id=decision.id, at_ms=event.occurred_ms, type=str(event.__struct_config__.tag), action=decision.would_act,
            level=decision.level, score=decision.score / UNIT, strongest=found[0].score / UNIT if found else 0.0,
            user=event.user_id, alias=f"u_{alias}" if alias else None, code=found[0].code if found else None,
            message=found[0].message if found else None, codes=tuple(dict.fromkeys(one.code for one in found)),
            country=place.country if place else network.country, city=place.city if place else None,
            lat=place.lat if place else None, lng=place.lng if place else None, asn=network.asn, network=network.kind,
            ip=event.ip, device=event.device_hash, outcome=getattr(event, "result", None),
            label=label.verdict if label else None, degraded=bool(decision.degraded),
            latency_ms=decision.latency_us / 1000,
        )  # fmt: skip

    async def search(self, filters: Filters, cursor: str | None, limit: int) -> Page:
        """A page, newest first. Where the store can not tell by itself, decisions are looked through in turn."""
        await self._read_labels()
        query, keep = self._query(filters), self._residual(filters)
        start, skip = _parse(cursor)
        if keep is None:
            page = await self._fetch(query, start, limit)
            return Page([self.line(one) for one in page.decisions], f"{page.cursor}:0" if page.cursor else None)
        found: list[Line] = []
        for _ in range(ROUNDS):
            page = await self._fetch(query, start, CHUNK)
            for number, decision in enumerate(page.decisions):
                if number >= skip and keep(decision):
                    found.append(self.line(decision))
                    if len(found) == limit:
                        return Page(found, f"{start or ''}:{number + 1}")
            if page.cursor is None:
                return Page(found)
            start, skip = page.cursor, 0
        return Page(found, f"{start}:0")

    async def tally(self, filters: Filters, bars: int) -> Tallied:
        """How many, and how they lie in time."""
        now_ms = int(self._service.engine.clock().timestamp() * 1000)
        kept_ms = self._service.governance.settings.retention_days * 86_400_000
        begin = filters.from_ms if filters.from_ms is not None else now_ms - kept_ms
        step = max(1, -(-((filters.to_ms or now_ms + 1) - begin) // bars))
        if self._counts_alone(filters):
            return await self._spread(filters, begin, step, bars)
        counts: dict[int, dict[str, int]] = {}
        total, cursor = 0, None
        while total < MOST_COUNTED:
            page = await self.search(filters, cursor, CHUNK)
            for line in page.lines:
                at = counts.setdefault(min(bars - 1, max(0, (line.at_ms - begin) // step)), {})
                at[line.action] = at.get(line.action, 0) + 1
            total, cursor = total + len(page.lines), page.older
            if cursor is None:
                break
        return Tallied([_bar(begin + n * step, counts.get(n, {})) for n in range(bars)], total, cursor is not None)

    async def one(self, decision_id: str) -> Dossier | None:
        """Everything about one decision."""
        decision = await self._store.decision(decision_id)
        if decision is None:
            return None
        await self._read_labels()
        return Dossier(
            wire(decision, self._service.engine.world.tell), decision.event, decision.facts, _steps(decision),
            await self._labels_of(decision), decision.source, await self._before(decision),
        )  # fmt: skip

    async def judge(self, decision_id: str, verdict: Verdict, visitor: Visitor) -> None:
        """Keeps a judgement: as a label, by the same way as the API's; "not sure" as a note that it was looked at."""
        caller = Caller(ApiKey(visitor.key_id or "console", visitor.name, visitor.role), "console")
        if verdict == "unsure":
            await self._leave_open(decision_id, visitor)
            return
        given = labels.LabelIn(label=verdict, decision_id=decision_id)
        call = Call(service=self._service, caller=caller, path={}, query=None, body=given, request_id="console")
        assert labels.add_labels.answer is not None
        await labels.add_labels.answer(call)

    async def _leave_open(self, decision_id: str, visitor: Visitor) -> None:
        decision = await self._store.decision(decision_id)
        if decision is None:
            return
        now_ms = int(self._service.engine.clock().timestamp() * 1000)
        user = decision.event.user_id
        owner = self._service.engine.pseudonyms.of("user", user) if user is not None else None
        body = msgspec.json.encode(Label("unsure", visitor.actor, now_ms))
        await self._service.records.put(Record(LEFT_OPEN, decision_id, body, owner, now_ms))
        await self._service.ledger.note(visitor.actor, "label.add", decision_id, {"label": "unsure"})

    async def _fetch(self, query: Query, cursor: str | None, limit: int) -> StorePage:
        return await self._store.history(msgspec.structs.replace(query, cursor=cursor, limit=min(CHUNK, limit)))

    def _query(self, filters: Filters, whatever_action: bool = False) -> Query:
        """As much of the filter as the store can tell by itself."""
        of = self._service.engine.pseudonyms.of
        actions = () if whatever_action or self._answers_differ() else filters.actions
        least = actions[0] if len(actions) > 1 and actions == ACTIONS[RANK[actions[0]] :] else None
        return Query(
            user=of("user", filters.user) if filters.user else None,
            ip=of("ip", address_of(filters.ip) or filters.ip) if filters.ip else None,
            device=of("device", filters.device) if filters.device else None,
            type=filters.types[0] if len(filters.types) == 1 else None,
            level=filters.levels[0] if len(filters.levels) == 1 else None,
            action=actions[0] if len(actions) == 1 else None, least=least, code=filters.code,
            country=filters.country.upper() if filters.country else None, asn=filters.asn, since_ms=filters.from_ms,
            until_ms=filters.to_ms, score_from=_units(filters.score_from), score_to=_units(filters.score_to),
        )  # fmt: skip

    def _residual(self, filters: Filters) -> Keep | None:
        """What the store can not tell by itself; None where it tells everything."""
        asked = self._query(filters)
        left: list[Keep] = []
        if filters.actions and asked.action is None and asked.least is None:
            left.append(lambda one: one.would_act in filters.actions)
        if len(filters.types) > 1:
            left.append(lambda one: one.event.__struct_config__.tag in filters.types)
        if len(filters.levels) > 1:
            left.append(lambda one: one.level in filters.levels)
        if filters.degraded:
            left.append(lambda one: bool(one.degraded))
        if filters.unjudged:
            left.append(lambda one: one.id not in self._labels)
        return (lambda one: all(keep(one) for keep in left)) if left else None

    def _answers_differ(self) -> bool:
        """Whether answers and what enforcement would answer differ, so that the stored action is not the one shown."""
        settings = self._service.governance.settings
        return settings.mode != "enforce" or settings.rollout_share < 1 or not settings.enabled

    def _counts_alone(self, filters: Filters) -> bool:
        several = len(filters.types) > 1 or len(filters.levels) > 1
        return not (several or filters.degraded or filters.unjudged or self._answers_differ())

    async def _spread(self, filters: Filters, begin: int, step: int, bars: int) -> Tallied:
        query = msgspec.structs.replace(self._query(filters, whatever_action=True), since_ms=begin)
        counts: dict[int, dict[str, int]] = {}
        for one in await self._service.statistics.spread(query, step):
            if not filters.actions or one.action in filters.actions:
                at = counts.setdefault(min(bars - 1, one.step), {})
                at[one.action] = at.get(one.action, 0) + one.count
        total = sum(count for by_action in counts.values() for count in by_action.values())
        return Tallied([_bar(begin + n * step, counts.get(n, {})) for n in range(bars)], total)

    async def _read_labels(self) -> None:
        """Takes over what was said of decisions since the last look."""
        records = self._service.records
        seen = await records.version()
        if seen == self._labels_version:
            return
        kept, left_open = await asyncio.gather(records.all(labels.KIND), records.all(LEFT_OPEN))
        found = {one.name: msgspec.json.decode(one.body, type=Label) for one in left_open}
        for one in kept:
            label = msgspec.json.decode(one.body, type=labels.LabelOut)
            found[label.decision_id] = _label(label)
        self._labels, self._labels_version = found, seen

    async def _labels_of(self, decision: Decision) -> list[Label]:
        user = decision.event.user_id
        owner = self._service.engine.pseudonyms.of("user", user) if user is not None else None
        kept = await self._service.records.all(labels.KIND, owner)
        decoded = (msgspec.json.decode(one.body, type=labels.LabelOut) for one in kept)
        found = [_label(one) for one in decoded if one.decision_id == decision.id]
        open_one = await self._service.records.get(LEFT_OPEN, decision.id)
        if open_one is not None:
            found.append(msgspec.json.decode(open_one.body, type=Label))
        return sorted(found, key=lambda label: label.at_ms)

    async def _before(self, decision: Decision) -> Stop | None:
        """The log-in from which impossible travel was measured: that of the same user at the time it names."""
        found = next((one for one in decision.evidence if one.code == "IMPOSSIBLE_TRAVEL"), None)
        user = decision.event.user_id
        if found is None or user is None:
            return None
        gap_ms = round(float(found.details.get("minutes", 0)) * 60_000)
        around = [decision.event.occurred_ms - gap_ms, decision.event.occurred_ms + gap_ms]
        query = Query(user=self._service.engine.pseudonyms.of("user", user), type="login", limit=100,
                      since_ms=around[0] - NEAR_MS, until_ms=around[1] + NEAR_MS)  # fmt: skip
        page = await self._store.history(query)
        return _nearest(decision, page.decisions, around, str(found.details.get("from", "")))


def _nearest(decision: Decision, others: Iterable[Decision], times: list[int], country: str) -> Stop | None:
    best: tuple[int, Stop] | None = None
    for other in others:
        place, at_ms = other.facts.place, other.event.occurred_ms
        off = min(abs(at_ms - time_ms) for time_ms in times)
        if other.id == decision.id or place is None or place.country != country or off > NEAR_MS:
            continue
        if best is None or off < best[0]:
            best = off, Stop(other.id, at_ms, place.lat, place.lng, place.radius_km, place.country, place.city)
    return best[1] if best else None


def _steps(decision: Decision) -> list[Step]:
    """The rungs that change the action, each with all that was taken away since the one before."""
    steps: list[Step] = []
    action, names = decision.would_act, list[str]()
    for rung in ladder(decision):
        names.append(rung.without)
        if rung.action != action:
            steps.append(Step(tuple(names), rung.score / UNIT, rung.action))
            action, names = rung.action, []
    return steps


def _label(label: labels.LabelOut) -> Label:
    verdict = {"chargeback": "fraud", "confirmed_by_user": "legitimate"}.get(label.label, label.label)
    return Label(verdict, label.by, int(label.recorded_at.timestamp() * 1000))


def _bar(from_ms: int, counts: dict[str, int]) -> Bar:
    return Bar(
        from_ms, counts.get("monitor", 0), counts.get("verify", 0), counts.get("block", 0), counts.get("allow", 0)
    )


def _units(score: float | None) -> int | None:
    return round(score * UNIT) if score is not None else None


def _parse(cursor: str | None) -> tuple[str | None, int]:
    start, _, skip = (cursor or ":0").rpartition(":")
    return start or None, int(skip) if skip.isdecimal() and len(skip) < 6 else 0
