"""One transaction's worth of events: looked up, observed, judged, and written together."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from watchword.errors import Conflict, Erased, StoreError
from watchword.policy.assessment import Assessment
from watchword.policy.decision import Decision
from watchword.ports import Judge, Recorded
from watchword.privacy.cipher import Seal
from watchword.stores import sqlite_rows as rows
from watchword.stores.sqlite_desk import Desk
from watchword.stores.sqlite_state import Bundle

SELECT = "select content, event, key, versions, body from decision"


class Batch:
    """The events of one transaction. Nothing is written before `write`; a batch that is dropped after it leaves its
    traces in the desk's memory only, which is then to be forgotten.
    """

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._state = desk.state
        self._workspace = desk.bench()
        self._made: dict[bytes, tuple[Assessment, Decision]] = {}
        self._succeeded: set[bytes] = set()
        self._replaced: list[tuple[bytes]] = []
        self._looked: set[bytes] = set()
        self._known: dict[bytes, Any] = {}

    def foresee(self, assessments: Sequence[Assessment]) -> None:
        """Reads at once what the judging of these events will ask for."""
        select = f"{SELECT} where event=?"
        keys = [(assessment.event_key,) for assessment in assessments]
        self._known.update((row[1], row) for row in self._desk.connection.executemany(select, keys))
        self._looked.update(key for (key,) in keys)
        entities = [(assessment.entities, assessment.plan.touches) for assessment in assessments]
        users = {one.user for one, _ in entities if one.user is not None}
        touched = {touch.key for _, touches in entities for touch in touches}
        crowds = {assessment.plan.crowd for assessment in assessments if assessment.plan.crowd is not None}
        self._state.foresee(users, (touched | crowds) - users)

    def decide(self, assessment: Assessment, judge: Judge) -> Recorded:
        """Judges one event in the state that the batch has reached, unless it was judged before.

        Raises Conflict and Erased, which leave the state as it was.
        """
        known = self._find(assessment)
        if known is not None:
            return Recorded(known, fresh=False)
        user = assessment.entities.user
        if user is not None:
            self._refuse_erased(user, assessment.at_ms)
        self._desk.observed += 1
        verdict = judge(assessment, self._workspace.observe(assessment.plan))
        if user is not None:
            if verdict.profile is not None:
                self._workspace.keep(user, verdict.profile)
            if assessment.event.succeeded:
                self._succeeded.add(user)
        self._made[assessment.event_key] = assessment, verdict.decision
        return Recorded(verdict.decision)

    def record(self, assessment: Assessment, answer: Decision) -> Recorded:
        """Records an answer that was given without a judge, in place of any other decision on the event."""
        user = assessment.entities.user
        if user is not None:
            self._refuse_erased(user, assessment.at_ms)
        if self._find(assessment) is None:
            self._workspace.observe(assessment.plan)
        else:
            self._replaced.append((assessment.event_key,))
        if user is not None and assessment.event.succeeded:
            self._succeeded.add(user)
        self._made[assessment.event_key] = assessment, answer
        return Recorded(answer)

    def write(self) -> None:
        """Writes decisions, state and audit; new keys are durable before the first row that uses them."""
        if not self._made:
            return
        changed = self._merge_state()
        self._issue_keys(changed)
        desk = self._desk
        desk.connection.executemany("delete from decision where event=?", self._replaced)
        desk.connection.executemany(rows.INSERT, [self._row(*made) for made in self._made.values()])
        self._state.write(changed.values(), max(assessment.received_ms for assessment, _ in self._made.values()))
        desk.chain.write()
        desk.note_keys()

    def _find(self, assessment: Assessment) -> Decision | None:
        made = self._made.get(assessment.event_key)
        if made is not None:
            _refuse_other(made[0].fingerprint, assessment.fingerprint)
            return made[1]
        key = assessment.event_key
        row = self._known.get(key) if key in self._looked else find(self._desk, key)
        return _same(self._desk, row, assessment.fingerprint) if row else None

    def _refuse_erased(self, user: bytes, at_ms: int) -> None:
        erasure = self._desk.seals.keys.erasures.get(user)
        if erasure is not None and at_ms <= erasure.at_ms:
            raise Erased("This person was erased, and the event is from before that.")

    def _merge_state(self) -> dict[bytes, Bundle]:
        oldest_ms = min(assessment.at_ms for assessment, _ in self._made.values())
        changed = {bundle.entity: bundle for bundle in self._state.merge(self._workspace.changes(), oldest_ms)}
        for owner in self._succeeded:
            bundle = self._state.user(owner)
            if bundle.key is None and bundle.parts:
                changed[owner] = bundle
        return changed

    def _issue_keys(self, changed: dict[bytes, Bundle]) -> None:
        without = [owner for owner in self._succeeded if self._state.user(owner).key is None]
        for owner, key in self._desk.seals.of_persons(without).items() if without else ():
            self._state.user(owner).key = key

    def _row(self, assessment: Assessment, decision: Decision) -> tuple[Any, ...]:
        desk = self._desk
        plain = rows.plain_of(decision)
        shared, number = desk.versions.of(decision)
        seq = desk.chain.add(plain + shared)
        sealed = rows.seal(plain, assessment.event_key, self._sealing(assessment))
        return rows.columns(seq, assessment, decision, number, sealed)

    def _sealing(self, assessment: Assessment) -> tuple[int, Seal]:
        user = assessment.entities.user
        key = self._state.user(user).key if user is not None else None
        return (key.number, key.cipher) if key is not None else self._desk.seals.of_day(assessment.received_ms)


def find(desk: Desk, event_key: bytes) -> Any:
    """The row of the decision on an event, or None."""
    return desk.connection.execute(f"{SELECT} where event=?", (event_key,)).fetchone()


def _same(desk: Desk, row: Any, fingerprint: bytes) -> Decision:
    """The decision in a row. Raises Conflict where its event's content was another."""
    _refuse_other(row[0], fingerprint)
    decision = rows.read(desk.seals, desk.versions, row[1:])
    if decision is None:
        raise StoreError("The decision on this event is sealed under a key that no longer exists.")
    return decision


def _refuse_other(known: bytes, sent: bytes) -> None:
    if known != sent:
        raise Conflict("This id was used for another event.")
