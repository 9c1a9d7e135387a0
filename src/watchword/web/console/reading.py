"""What the pages need: a desk of small ports. `desk.py` has the real ones."""

from __future__ import annotations

from typing import Protocol

from msgspec import Struct

from watchword.policy.lists import Entry
from watchword.policy.rule import Policy
from watchword.ports import Role
from watchword.state.session import Session
from watchword.web.console.factor_file import FactorFile
from watchword.web.console.records import (
    Audited,
    Biography,
    Change,
    Configuration,
    Dossier,
    Fault,
    Feed,
    Filters,
    Health,
    Key,
    Page,
    Person,
    Rule,
    Seal,
    Tallied,
    Trial,
    Verdict,
    Visitor,
    Wire,
)  # fmt: skip
from watchword.web.console.session_file import Known, SessionFile, SessionFilters, SessionLine


class Decisions(Protocol):
    """Recorded decisions."""

    async def search(self, filters: Filters, cursor: str | None, limit: int) -> Page: ...

    async def tally(self, filters: Filters, bars: int) -> Tallied: ...

    async def one(self, decision_id: str) -> Dossier | None: ...

    async def judge(self, decision_id: str, verdict: Verdict, visitor: Visitor) -> None: ...


class People(Protocol):
    """Users and their profiles."""

    async def watched(self, view: str, limit: int) -> list[Person]: ...

    async def one(self, user: str) -> Biography | None: ...

    async def named(self, start: str, limit: int) -> list[str]: ...

    async def clear(self, user: str, visitor: Visitor, reason: str) -> None: ...

    async def export(self, user: str) -> bytes: ...


class Sessions(Protocol):
    """Live sessions, and those that are over."""

    async def search(self, filters: SessionFilters, limit: int) -> list[SessionLine]: ...

    async def state(self, session_id: str, user: str) -> Session | None: ...

    async def one(self, session_id: str, user: str) -> SessionFile | None: ...

    async def whose(self, session_id: str) -> list[str]: ...

    async def of_user(self, user: str, limit: int) -> list[SessionLine]: ...

    async def known(self, user: str) -> Known: ...

    async def end(self, session_id: str, user: str, visitor: Visitor, reason: str) -> None: ...

    async def ask(self, session_id: str, user: str, visitor: Visitor, reason: str) -> None: ...


class Factors(Protocol):
    """Second factors."""

    async def of(self, user: str) -> FactorFile: ...

    async def remove(self, user: str, factor_id: str, visitor: Visitor, reason: str) -> None: ...

    async def clear(self, user: str, visitor: Visitor, reason: str) -> None: ...

    async def unlock(self, user: str, type_: str, visitor: Visitor, reason: str) -> None: ...


class Feeds(Protocol):
    """Reference data."""

    async def all(self) -> list[Feed]: ...

    async def refresh(self, name: str, visitor: Visitor) -> str: ...

    async def look_up(self, ip: str) -> Wire: ...


class Rules(Protocol):
    """Policy rules."""

    async def all(self) -> list[Rule]: ...

    async def check(self, policy: Policy) -> Fault | None: ...

    async def test(self, policy: Policy, limit: int) -> Trial: ...

    async def save(self, policy: Policy, visitor: Visitor, reason: str) -> None: ...

    async def remove(self, name: str, visitor: Visitor) -> None: ...

    def names(self) -> dict[str, list[tuple[str, str, str]]]: ...


class Settings(Protocol):
    """The live configuration."""

    async def current(self) -> Configuration: ...

    async def history(self, limit: int) -> list[Change]: ...

    async def change(self, values: Wire, visitor: Visitor, reason: str) -> None: ...

    async def roll_back(self, version: int, visitor: Visitor, reason: str) -> None: ...


class Lists(Protocol):
    """Allow- and block-lists and manual overrides."""

    async def all(self) -> list[Entry]: ...

    async def add(self, entry: Entry, visitor: Visitor) -> None: ...

    async def remove(self, entry_id: str, visitor: Visitor) -> None: ...


class Ledger(Protocol):
    """The audit log."""

    async def entries(self, before: int | None, limit: int) -> list[Audited]: ...

    async def verify(self) -> Seal | None: ...

    async def note(self, actor: str, act: str, subject: str, particulars: Wire) -> None: ...


class Keyring(Protocol):
    """API keys as the console sees them."""

    async def all(self) -> list[Key]: ...

    async def holder(self, secret: str) -> Visitor | None: ...

    async def stands(self, visitor: Visitor) -> bool: ...

    async def create(self, name: str, role: Role, machine: bool, visitor: Visitor) -> str: ...

    async def revoke(self, name: str, visitor: Visitor) -> None: ...


class Desk(Struct, frozen=True):
    """All that the console reads and does, and the clock it tells the time by."""

    decisions: Decisions
    people: People
    sessions: Sessions
    factors: Factors
    feeds: Feeds
    rules: Rules
    settings: Settings
    lists: Lists
    ledger: Ledger
    keys: Keyring
    clock: Clock


class Clock(Protocol):
    """The time by which events happen (a replay's own, in a demo), and how the service is."""

    def now_ms(self) -> int: ...

    async def health(self) -> Health: ...
