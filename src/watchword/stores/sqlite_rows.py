"""Decisions in SQLite: the plain columns that searches need, and the sealed rest."""

from __future__ import annotations

import os
from typing import Any

import apsw

from watchword.enrichment.facts import Facts
from watchword.policy.assessment import Assessment
from watchword.policy.decision import ACTIONS, LEVELS, Decision, decision_id
from watchword.privacy.cipher import Seal
from watchword.privacy.ledger import NONCE_BYTES
from watchword.stores.layout import Shared, pack_decision, pack_shared, unpack_decision, unpack_shared
from watchword.stores.sqlite_seals import Seals

TABLE = b"decision"
LEVEL_NAMES = tuple(level for _, level in reversed(LEVELS))
MODES = ("enforce", "monitor", "disabled")
_LEVEL = {name: number for number, name in enumerate(LEVEL_NAMES)}
_ACTION = {name: number for number, name in enumerate(ACTIONS)}
_MODE = {name: number for number, name in enumerate(MODES)}
INSERT = """insert into decision(
    seq, event, content, user, ip, device, session, key, occurred_ms, decided_ms, type, level, action, mode, learnt,
    score, codes, country, asn, versions, body) values(?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)"""


class Versions:
    """The versions that decisions were made with: thousands share one row."""

    def __init__(self, connection: apsw.Connection) -> None:
        self._connection = connection
        self._numbers: dict[bytes, int] = {}
        self._bodies: dict[int, tuple[bytes, Shared]] = {}
        self._last: tuple[Any, tuple[bytes, int]] | None = None

    def of(self, decision: Decision) -> tuple[bytes, int]:
        """The text of what a decision shares with others, and its number, given now if it is new."""
        shared = decision.versions, decision.facts.versions, decision.terms
        if self._last is None or self._last[0] != shared:
            body = pack_shared(decision)
            number = self._numbers.get(body)
            if number is None:
                number = self._numbers[body] = self._find_or_add(body.decode())
            self._last = shared, (body, number)
        return self._last[1]

    def body(self, number: int) -> bytes:
        """The text of that number, as decisions commit to it."""
        return self._read(number)[0]

    def shared(self, number: int) -> Shared:
        """What the decisions of that number share."""
        return self._read(number)[1]

    def forget(self) -> None:
        """Forgets what a rolled back transaction added."""
        self._numbers.clear()
        self._bodies.clear()
        self._last = None

    def _read(self, number: int) -> tuple[bytes, Shared]:
        known = self._bodies.get(number)
        if known is None:
            row = self._connection.execute("select body from version where number=?", (number,)).fetchone()
            body = row[0].encode() if row else b"[]"
            known = self._bodies[number] = (body, unpack_shared(body))
        return known

    def _find_or_add(self, body: str) -> int:
        insert = "insert into version(body) values(?) on conflict(body) do update set body=body returning number"
        number: int = self._connection.execute(insert, (body,)).get
        return number


def plain_of(decision: Decision) -> bytes:
    """What is sealed of a decision: a nonce for the audit chain and the record."""
    return os.urandom(NONCE_BYTES) + pack_decision(decision)


def columns(
    seq: int, assessment: Assessment, decision: Decision, versions: int, sealed: tuple[int, bytes]
) -> tuple[Any, ...]:
    """The row of a decision, for `INSERT`."""
    entities, facts = assessment.entities, decision.facts
    return (
        seq,
        assessment.event_key,
        assessment.fingerprint,
        entities.user,
        entities.ip,
        entities.device,
        entities.session,
        sealed[0],
        assessment.at_ms,
        decision.decided_ms,
        assessment.kind,
        _LEVEL[decision.level],
        _ACTION[decision.action],
        _MODE[decision.mode],
        decision.learnt,
        decision.score,
        _codes(decision),
        _country(facts),
        facts.network.asn,
        versions,
        sealed[1],
    )


def seal(plain: bytes, event_key: bytes, by: tuple[int, Seal]) -> tuple[int, bytes]:
    """The number of the key and the sealed body."""
    return by[0], by[1].seal(plain, TABLE, event_key)


def read(seals: Seals, versions: Versions, row: tuple[Any, ...]) -> Decision | None:
    """The decision in (event, key, versions, body); None where its key was destroyed."""
    event_key, number, version, body = row
    plain = seals.open_if_there(number, body, TABLE, event_key)
    if plain is None:
        return None
    return unpack(plain, event_key, versions, version)


def unpack(plain: bytes, event_key: bytes, versions: Versions, version: int) -> Decision:
    """The decision in a row's plain bytes."""
    return unpack_decision(plain[NONCE_BYTES:], decision_id(event_key), versions.shared(version))


def _codes(decision: Decision) -> str | None:
    return f",{','.join(sorted({one.code for one in decision.evidence}))}," if decision.evidence else None


def _country(facts: Facts) -> str | None:
    return facts.place.country if facts.place else facts.network.country
