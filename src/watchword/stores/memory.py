"""Everything in memory: for scans, tests and the in-process library. Exact, and gone with the process."""

from __future__ import annotations

from collections import Counter, OrderedDict
from collections.abc import Callable, Iterable
from sys import getsizeof

from msgspec import Struct

from watchword.errors import Conflict, Erased, InvalidInput
from watchword.policy.assessment import Assessment
from watchword.policy.decision import RANK, Decision, decision_id
from watchword.policy.touches import Entities
from watchword.ports import Judge, Page, Query, Recorded, Spread, Tally
from watchword.state.plan import DAY_MS, HOUR_MS, LOGS, Plan, Touch
from watchword.state.profile import Profile, pack, unpack
from watchword.stores.transition import CROWD, PROFILE, Row, Workspace

SHORT_MS, LONG_MS = 26 * HOUR_MS, 32 * DAY_MS
UNPACKED, EVICTED = 16_384, 64
"""Rows of state that are held unpacked, some 20 MB, and how many at a time are packed."""

LASTING = frozenset({CROWD[0], *(kind.number for kind in LOGS.values() if kind.span_ms > DAY_MS)})
"""Kinds of rows that matter for weeks."""


class Generations:
    """Rows that age out: what was not touched for one to two generations of event time is dropped, at no cost."""

    __slots__ = ("_old", "_span_ms", "_turn_ms", "_young")

    def __init__(self, span_ms: int) -> None:
        self._span_ms = span_ms
        self._young: dict[bytes, bytes] = {}
        self._old: dict[bytes, bytes] = {}
        self._turn_ms = 0

    @property
    def tables(self) -> tuple[dict[bytes, bytes], dict[bytes, bytes]]:
        """Both generations."""
        return self._young, self._old

    def get(self, key: bytes) -> bytes | None:
        """The row, from whichever generation has it."""
        found = self._young.get(key)
        return found if found is not None else self._old.get(key)

    def put(self, key: bytes, body: bytes, now_ms: int) -> None:
        """Writes a row into the young generation; `now_ms` is event time."""
        if now_ms >= self._turn_ms + self._span_ms:
            self._old, self._young, self._turn_ms = self._young, {}, now_ms
        self._young[key] = body

    def drop(self, key: bytes) -> None:
        """Removes a row."""
        self._young.pop(key, None)
        self._old.pop(key, None)

    def __len__(self) -> int:
        return len(self._young.keys() | self._old.keys())


class Answer(Struct, frozen=True, gc=False):
    """A recorded decision with what history is filtered by."""

    fingerprint: bytes
    entities: Entities
    decision: Decision


class MemoryStore:
    """A store in this process's memory. One event at a time, on the caller's thread.

    `keep` is how many decisions are kept for history and for answering the same id again; state is not bounded by it.
    """

    def __init__(self, keep: int = 100_000) -> None:
        self._keep = keep
        self._profiles: dict[bytes, bytes] = {}
        self._windows = Generations(SHORT_MS)
        self._lasting = Generations(LONG_MS)
        self._workspace = Workspace(self._read)
        self._newest_ms = 0
        self._answers: OrderedDict[str, Answer] = OrderedDict()
        self._erasures: dict[bytes, int] = {}

    async def decide(self, assessment: Assessment, judge: Judge) -> Recorded:
        """See `ports.Store.decide`."""
        known = self._answers.get(decision_id(assessment.event_key))
        if known is not None:
            if known.fingerprint != assessment.fingerprint:
                raise Conflict("This id was used for another event.")
            return Recorded(known.decision, fresh=False)
        self._refuse_erased(assessment)
        workspace, user = self._workspace, assessment.entities.user
        try:
            verdict = judge(assessment, workspace.observe(assessment.plan))
        except BaseException:
            workspace.drop()
            raise
        if verdict.profile is not None and user is not None:
            workspace.keep(user, verdict.profile)
        self._commit(assessment.at_ms)
        self._remember(assessment, verdict.decision)
        return Recorded(verdict.decision)

    def record_late(self, assessment: Assessment, answer: Decision) -> None:
        """See `ports.Store.record_late`."""
        if answer.id not in self._answers:
            self._workspace.observe(assessment.plan)
            self._commit(assessment.at_ms)
        self._remember(assessment, answer)

    async def preview(self, assessment: Assessment, judge: Judge) -> Decision:
        """See `ports.Store.preview`."""
        try:
            return judge(assessment, self._workspace.observe(assessment.plan)).decision
        finally:
            self._workspace.drop()
            self._rest()

    async def decision(self, wanted: str) -> Decision | None:
        """See `ports.Store.decision`."""
        known = self._answers.get(wanted)
        return known.decision if known else None

    async def history(self, query: Query) -> Page:
        """See `ports.Store.history`. Ordered by occurrence, then id, both descending."""
        found = sorted((_place(answer) for answer in self._answers.values() if matches(answer, query)), reverse=True)
        after = parse_cursor(query.cursor) if query.cursor else None
        page = [key for key in found if after is None or key < after][: query.limit + 1]
        decisions = tuple(self._answers[wanted].decision for _, wanted in page[: query.limit])
        return Page(decisions, make_cursor(page[query.limit - 1]) if len(page) > query.limit else None)

    async def tally(self, since_ms: int | None, until_ms: int | None) -> Tally:
        """See `ports.Statistics.tally`."""
        within = Query(since_ms=since_ms, until_ms=until_ms)
        found = [answer.decision for answer in self._answers.values() if matches(answer, within)]
        codes = Counter(code for decision in found for code in {one.code for one in decision.evidence})
        blocked = sum(decision.action == "block" for decision in found)
        return Tally(len(found), blocked, sum(decision.score for decision in found), dict(codes))

    async def spread(self, query: Query, step_ms: int) -> tuple[Spread, ...]:
        """See `ports.Statistics.spread`."""
        found = (answer.decision for answer in self._answers.values() if matches(answer, query))
        since = query.since_ms or 0
        counts = Counter(((one.event.occurred_ms - since) // step_ms, one.action) for one in found)
        return tuple(Spread(step, action, count) for (step, action), count in sorted(counts.items()))

    async def profile(self, owner: bytes) -> Profile | None:
        """See `ports.Store.profile`."""
        packed = self.packed(PROFILE + owner)
        return unpack(packed) if packed else None

    def packed(self, key: bytes) -> bytes | None:
        """A row of state (see `stores.transition`) as it is kept."""
        self.settle()
        return self._read(key)

    def settle(self) -> None:
        """Packs all the state that is in use, and forgets it unpacked."""
        self._put(self._workspace.changes())
        self._workspace.forget(0)

    def state_bytes(self) -> int:
        """What the packed state takes, with the tables that hold it."""
        self.settle()
        tables = (self._profiles, *self._windows.tables, *self._lasting.tables)
        return sum(getsizeof(table) + sum(getsizeof(key) + getsizeof(body) for key, body in table.items())
                   for table in tables)  # fmt: skip

    def decisions_of(self, owner: bytes) -> list[Decision]:
        """Every decision on that user's events, in the order in which they were made."""
        return [answer.decision for answer in self._answers.values() if answer.entities.user == owner]

    def change_profile(self, owner: bytes, change: Callable[[Profile], Profile | None]) -> bool:
        """See `ports.People.change_profile`."""
        self.settle()
        before = self._profiles.pop(owner, None)
        after = change(unpack(before))
        if after is not None:
            self._profiles[owner] = pack(after)
        return before is not None

    def note(self, touch: Touch, at_ms: int) -> None:
        """Puts something that is no event into a log."""
        self._workspace.observe(Plan(at_ms, (touch,)))
        self._commit(at_ms)

    def erase(self, owner: bytes, at_ms: int) -> None:
        """Drops everything of that user; events up to `at_ms` are refused from now on."""
        self.settle()
        self._erasures[owner] = at_ms
        self._profiles.pop(owner, None)
        for decision in self.decisions_of(owner):
            del self._answers[decision.id]
        for log in LOGS.values():
            if log.entity == "user":
                self._aging(log.number).drop(log.prefix + owner)

    def _refuse_erased(self, assessment: Assessment) -> None:
        user = assessment.entities.user
        if user is not None and assessment.at_ms <= self._erasures.get(user, -1):
            raise Erased("This person was erased, and the event is from before that.")

    def _commit(self, at_ms: int) -> None:
        self._workspace.commit()
        if at_ms > self._newest_ms:
            self._newest_ms = at_ms
        self._rest()

    def _rest(self) -> None:
        if len(self._workspace) > UNPACKED + EVICTED:
            self._put(self._workspace.forget(UNPACKED))

    def _read(self, key: bytes) -> bytes | None:
        kind = key[0]
        return self._profiles.get(key[1:]) if kind == PROFILE[0] else self._aging(kind).get(key)

    def _aging(self, kind: int) -> Generations:
        return self._lasting if kind in LASTING else self._windows

    def _put(self, rows: Iterable[Row]) -> None:
        for row in rows:
            if row.expires_ms is None:
                self._profiles[row.key[1:]] = row.body
            else:
                self._aging(row.key[0]).put(row.key, row.body, self._newest_ms)

    def _remember(self, assessment: Assessment, decision: Decision) -> None:
        self._answers[decision.id] = Answer(assessment.fingerprint, assessment.entities, decision)
        if len(self._answers) > self._keep:
            self._answers.popitem(last=False)


def matches(answer: Answer, query: Query) -> bool:
    """Whether a decision is one that the query asks for."""
    decision, entities = answer.decision, answer.entities
    place, network = decision.facts.place, decision.facts.network
    equal = (
        (query.user, entities.user),
        (query.ip, entities.ip),
        (query.device, entities.device),
        (query.session, entities.session),
        (query.type, decision.event.__struct_config__.tag),
        (query.level, decision.level),
        (query.action, decision.action),
        (query.mode, decision.mode),
        (query.country, place.country if place else network.country),
        (query.asn, network.asn),
    )
    ranges = (
        (query.since_ms, decision.event.occurred_ms, None if query.until_ms is None else query.until_ms - 1),
        (query.score_from, decision.score, query.score_to),
        (RANK[query.least] if query.least else None, RANK[decision.action], None),
    )
    return (
        all(wanted is None or wanted == found for wanted, found in equal)
        and all((low is None or low <= value) and (high is None or value <= high) for low, value, high in ranges)
        and (query.code is None or any(one.code == query.code for one in decision.evidence))
    )


def make_cursor(place: tuple[int, str]) -> str:
    """The cursor of the page that follows a decision."""
    return f"{place[0]}-{place[1]}"


def parse_cursor(cursor: str) -> tuple[int, str]:
    """Where a cursor stands. Raises InvalidInput for one that this store did not give."""
    at, _, wanted = cursor.partition("-")
    if not at.isdecimal() or not wanted.startswith("dec_"):
        raise InvalidInput("This cursor is none of ours.", "cursor")
    return int(at), wanted


def _place(answer: Answer) -> tuple[int, str]:
    return answer.decision.event.occurred_ms, answer.decision.id
