"""What a scan found, as a record: `--json` prints it, the terminal and the page draw it."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

import msgspec

from watchword.policy.decision import Action

NameKind = Literal["person", "service", "unknown"]


class Line(msgspec.Struct, frozen=True, rename="camel"):
    """A line that could not be read, by its number from 1."""

    line: int
    reason: str


class File(msgspec.Struct, frozen=True, rename="camel"):
    """One file that was read. `first_year` and `last_year` are None where its lines carry their year."""

    name: str
    format: str
    title: str
    lines: int
    events: int
    bad_lines: int
    bad: tuple[Line, ...] = ()
    ignored: dict[str, int] = {}
    first_year: int | None = None
    last_year: int | None = None
    year_inferred: bool = False


class Account(msgspec.Struct, frozen=True, rename="camel"):
    """An account that somebody tried. `attacked` is explained in `findings.py`; `at_least` says the source count is."""

    name: str
    kind: NameKind
    exists: bool
    attacked: bool
    attempts: int
    failed: int
    accepted: int
    sources: int
    countries: tuple[str, ...]
    first: datetime
    last: datetime
    worst: Action
    at_least: bool = False


class Origin(msgspec.Struct, frozen=True, rename="camel"):
    """An address that log-ins or calls came from; `kind` is how it is connected (`hosting`, `tor`, `access`, ...)."""

    ip: str
    attacking: bool
    country: str | None
    country_name: str
    city: str | None
    asn: int | None
    organisation: str | None
    kind: str
    abuse_lists: int
    attempts: int
    failed: int
    accepted: int
    calls: int
    accounts: int
    aimed_at: tuple[str, ...]
    first: datetime
    last: datetime
    worst: Action


class Country(msgspec.Struct, frozen=True, rename="camel"):
    """A country that attempts came from. `code` is None for addresses that are in no country."""

    code: str | None
    name: str
    attempts: int
    failed: int
    sources: int
    attacking: int
    worst: Action


class Reason(msgspec.Struct, frozen=True, rename="camel"):
    """A piece of evidence behind a decision. Score and contribution in points of 100."""

    code: str
    type: str
    severity: str
    score: float
    contribution: float
    message: str


class Judged(msgspec.Struct, frozen=True, rename="camel"):
    """One decision, short. `alike` counts the flagged decisions on what came from this source, this one included.

    `failed_before` is how often the source, and how often the account, had failed until then.
    """

    id: str
    at: datetime
    user: str | None
    ip: str | None
    country: str | None
    place: str
    type: str
    result: str | None
    action: Action
    level: str
    score: float
    cause: str
    reasons: tuple[Reason, ...] = ()
    unknown: tuple[str, ...] = ()
    alike: int = 1
    source_failed_before: int = 0
    user_failed_before: int = 0


class Fired(msgspec.Struct, frozen=True, rename="camel"):
    """How often a signal's code was found, and the highest score it gave."""

    code: str
    type: str
    count: int
    strongest: float


class Missing(msgspec.Struct, frozen=True, rename="camel"):
    """What could not be evaluated, or which part was missing, why, and in how many decisions."""

    what: str
    reason: str
    count: int


class Span(msgspec.Struct, frozen=True, rename="camel"):
    """Attempts by action in one stretch of time."""

    start: datetime
    allow: int = 0
    monitor: int = 0
    verify: int = 0
    block: int = 0

    @property
    def total(self) -> int:
        """All attempts of the stretch."""
        return self.allow + self.monitor + self.verify + self.block


class Counts(msgspec.Struct, frozen=True, rename="camel"):
    """Totals. `accounts_attacked` are those that exist, as far as the log tells; the others are counted as names.

    `log_in_posts` are log-ins of unknown users in access logs; `already_known` were in the store before.
    """

    lines: int
    events: int
    attempts: int
    failed: int
    accepted: int
    api_calls: int
    log_in_posts: int
    already_known: int
    refused: int
    accounts: int
    accounts_attacked: int
    sources: int
    sources_attacking: int
    countries: int
    countries_attacking: int
    actions: dict[str, int]
    names_that_do_not_exist: int
    names_attacked_that_do_not_exist: int
    tries_at_names_that_do_not_exist: int


class Report(msgspec.Struct, frozen=True, rename="camel"):
    """A scan. Lists are sorted, the gravest or most frequent first, and cut; `counts` are of everything."""

    sentence: str
    counts: Counts
    files: tuple[File, ...]
    first: datetime | None
    last: datetime | None
    accounts: tuple[Account, ...]
    sources: tuple[Origin, ...]
    countries: tuple[Country, ...]
    accepted: tuple[Judged, ...]
    worst: tuple[Judged, ...]
    signals: tuple[Fired, ...]
    not_evaluable: tuple[Missing, ...]
    degraded: tuple[Missing, ...]
    refused: tuple[Missing, ...]
    timeline: tuple[Span, ...]
    data: dict[str, Any]
    seconds: float
    at_least: bool = False
    """Whether there were more names or addresses than are told apart, so that counts of them are lower bounds."""


def to_json(report: Report) -> bytes:
    """The report as one JSON document, indented."""
    return msgspec.json.format(msgspec.json.encode(report), indent=2)
