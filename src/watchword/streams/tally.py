"""Counts while a scan streams by. Memory is bounded by the names and addresses told apart, not by the events."""

from __future__ import annotations

from dataclasses import dataclass, field

from watchword.enrichment.facts import Facts
from watchword.events.api_call import ApiCall
from watchword.events.event import Event
from watchword.events.login import Login
from watchword.policy.decision import ACTIONS, Action, Decision
from watchword.ports import Recorded
from watchword.streams.highlights import Highlights
from watchword.streams.timeline import Timeline

MOST_TOLD_APART = 200_000
MOST_OF_ONE = 10_000
"""Accounts or addresses beyond these are counted in the totals only, and the report says "at least"."""


@dataclass(slots=True)
class AccountCount:
    """What happened to one account, or to one name that does not exist. `flagged` counts failures."""

    name: str
    exists: bool = True
    attempts: int = 0
    failed: int = 0
    accepted: int = 0
    flagged: int = 0
    first_ms: int = 0
    last_ms: int = 0
    worst: int = 0
    failed_from: set[str] = field(default_factory=set)
    accepted_from: set[str] = field(default_factory=set)


@dataclass(slots=True)
class SourceCount:
    """What came from one address."""

    ip: str
    facts: Facts
    attempts: int = 0
    failed: int = 0
    accepted: int = 0
    calls: int = 0
    first_ms: int = 0
    last_ms: int = 0
    worst: int = 0
    failed_at: dict[str, int] = field(default_factory=dict)
    accepted_at: set[str] = field(default_factory=set)


class Tally:
    """Everything the report needs, event by event."""

    def __init__(self) -> None:
        self.accounts: dict[str, AccountCount] = {}
        self.sources: dict[str, SourceCount] = {}
        self.actions: dict[Action, int] = dict.fromkeys(ACTIONS, 0)
        self.fired: dict[tuple[str, str], list[int]] = {}
        self.not_evaluable: dict[tuple[str, str], int] = {}
        self.degraded: dict[tuple[str, str], int] = {}
        self.refused: dict[tuple[str, str], int] = {}
        self.versions: dict[str, str] = {}
        self.events = self.known = self.failed = self.accepted = self.calls = self.log_in_posts = 0
        self.first_ms: int | None = None
        self.last_ms: int | None = None
        self.at_least = False
        self.highlights = Highlights()
        self.timeline = Timeline()
        self.traffic = Timeline()

    def take(self, recorded: Recorded) -> None:
        """Counts a decision; an engine's listener."""
        decision = recorded.decision
        event = decision.event
        at_ms = event.occurred_ms
        worst = ACTIONS.index(decision.action)
        self.events += 1
        self.known += not recorded.fresh
        self.actions[decision.action] += 1
        self.first_ms = at_ms if self.first_ms is None else min(self.first_ms, at_ms)
        self.last_ms = at_ms if self.last_ms is None else max(self.last_ms, at_ms)
        self._count_signals(decision)
        source = self._source(decision, at_ms, worst)
        if isinstance(event, Login):
            self._count_login(event, decision, source, at_ms)
        elif isinstance(event, ApiCall):
            self._count_call(event, decision, source, at_ms)
        self.highlights.take(decision, worst)

    def refuse(self, event: Event, why: Exception) -> None:
        """Counts an event that the engine would not take."""
        key = (str(event.__struct_config__.tag), str(why))
        self.refused[key] = self.refused.get(key, 0) + 1

    def _count_signals(self, decision: Decision) -> None:
        for evidence in decision.evidence:
            count = self.fired.setdefault((evidence.code, evidence.type), [0, 0])
            count[0] += 1
            count[1] = max(count[1], evidence.score)
        for unknown in decision.not_evaluable:
            key = (unknown.code, unknown.reason)
            self.not_evaluable[key] = self.not_evaluable.get(key, 0) + 1
        for part in decision.degraded:
            key = (part.part, part.reason)
            self.degraded[key] = self.degraded.get(key, 0) + 1
        if not self.versions:
            self.versions = dict(decision.facts.versions)

    def _source(self, decision: Decision, at_ms: int, worst: int) -> SourceCount | None:
        ip = decision.event.ip
        if ip is None:
            return None
        source = self.sources.get(ip)
        if source is None:
            if len(self.sources) >= MOST_TOLD_APART:
                self.at_least = True
                return None
            source = self.sources[ip] = SourceCount(ip, decision.facts, first_ms=at_ms, last_ms=at_ms)
        _extend(source, at_ms, worst)
        return source

    def _count_login(self, event: Login, decision: Decision, source: SourceCount | None, at_ms: int) -> None:
        user = event.user_id or ""
        account = self._account(user, at_ms, ACTIONS.index(decision.action))
        self.timeline.take(at_ms, decision.action)
        if event.result == "success":
            self._accept(decision, account, source)
            return
        self.failed += 1
        if account is not None:
            account.failed += 1
            account.flagged += decision.action != "allow"
            account.exists = account.exists and not event.metadata.get("unknownUser")
            _bounded(account.failed_from, event.ip)
        if source is not None:
            source.attempts += 1
            source.failed += 1
            if user in source.failed_at or len(source.failed_at) < MOST_OF_ONE:
                source.failed_at[user] = source.failed_at.get(user, 0) + 1

    def _accept(self, decision: Decision, account: AccountCount | None, source: SourceCount | None) -> None:
        self.accepted += 1
        self.highlights.accept(decision, source.failed if source else 0, account.failed if account else 0)
        if account is not None:
            account.accepted += 1
            _bounded(account.accepted_from, decision.event.ip or "")
        if source is not None:
            source.attempts += 1
            source.accepted += 1
            _bounded(source.accepted_at, decision.event.user_id or "")

    def _count_call(self, event: ApiCall, decision: Decision, source: SourceCount | None, at_ms: int) -> None:
        outcome = event.metadata.get("logInPost")
        self.calls += outcome is None
        if outcome is None:
            self.traffic.take(at_ms, decision.action)
            if source is not None:
                source.calls += 1
            return
        self.log_in_posts += 1
        self.timeline.take(at_ms, decision.action)
        if source is not None:
            source.attempts += 1
            source.failed += outcome == "failure"
            source.accepted += outcome == "success"

    def _account(self, name: str, at_ms: int, worst: int) -> AccountCount | None:
        account = self.accounts.get(name)
        if account is None:
            if len(self.accounts) >= MOST_TOLD_APART:
                self.at_least = True
                return None
            account = self.accounts[name] = AccountCount(name, first_ms=at_ms, last_ms=at_ms)
        account.attempts += 1
        _extend(account, at_ms, worst)
        return account


def _extend(count: AccountCount | SourceCount, at_ms: int, worst: int) -> None:
    if at_ms < count.first_ms:
        count.first_ms = at_ms
    if at_ms > count.last_ms:
        count.last_ms = at_ms
    if worst > count.worst:
        count.worst = worst


def _bounded(names: set[str], name: str) -> None:
    if len(names) < MOST_OF_ONE:
        names.add(name)
