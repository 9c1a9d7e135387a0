"""One transaction's worth of events: looked up, observed, judged, and written together."""

from __future__ import annotations

from typing import Any

import apsw
from msgspec import Struct

from watchword.errors import Conflict, Erased, StoreError
from watchword.policy.assessment import Assessment
from watchword.policy.decision import Decision
from watchword.ports import Judge, Recorded
from watchword.privacy.cipher import Seal
from watchword.stores import sqlite_rows as rows
from watchword.stores.sqlite_audit import Chain
from watchword.stores.sqlite_rows import Versions
from watchword.stores.sqlite_seals import Seals
from watchword.stores.sqlite_state import Bundle, StateRows
from watchword.stores.transition import Workspace


class Desk(Struct):
    """What a batch works with: one connection, and what hangs on it."""

    connection: apsw.Connection
    seals: Seals
    chain: Chain
    versions: Versions
    last_key: int = 0


class Batch:
    """The events of one transaction. Nothing is written before `write`; dropping the batch leaves no trace."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._state = StateRows(desk.connection, desk.seals)
        self._workspace = Workspace(self._state.read)
        self._made: dict[bytes, tuple[Assessment, Decision]] = {}
        self._succeeded: set[bytes] = set()
        self._replaced: list[tuple[bytes]] = []

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
        self._remember_last_key()

    def _find(self, assessment: Assessment) -> Decision | None:
        made = self._made.get(assessment.event_key)
        if made is not None:
            _refuse_other(made[0].fingerprint, assessment.fingerprint)
            return made[1]
        return find(self._desk, assessment.event_key, assessment.fingerprint)

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
        versions = rows.versions_of(decision)
        seq = desk.chain.add(plain + versions)
        sealed = rows.seal(plain, assessment.event_key, self._sealing(assessment))
        return rows.columns(seq, assessment, decision, desk.versions.number(versions), sealed)

    def _sealing(self, assessment: Assessment) -> tuple[int, Seal]:
        user = assessment.entities.user
        key = self._state.user(user).key if user is not None else None
        return (key.number, key.cipher) if key is not None else self._desk.seals.of_day(assessment.received_ms)

    def _remember_last_key(self) -> None:
        last = self._desk.seals.keys.last_used
        if last > self._desk.last_key:
            self._desk.connection.execute("insert or replace into meta values('last_key', ?)", (last,))
            self._desk.last_key = last


def find(desk: Desk, event_key: bytes, fingerprint: bytes) -> Decision | None:
    """The decision on an event, where there is one. Raises Conflict where its content was another."""
    row = desk.connection.execute(
        "select content, event, key, versions, body from decision where event=?", (event_key,)
    ).fetchone()
    if row is None:
        return None
    _refuse_other(row[0], fingerprint)
    decision = rows.read(desk.seals, desk.versions, row[1:])
    if decision is None:
        raise StoreError("The decision on this event is sealed under a key that no longer exists.")
    return decision


def _refuse_other(known: bytes, sent: bytes) -> None:
    if known != sent:
        raise Conflict("This id was used for another event.")
