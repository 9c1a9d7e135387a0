"""What pages are told: flat records, ready to be shown. Times are milliseconds since 1970."""

from __future__ import annotations

from typing import Any, Literal

from msgspec import Struct

from watchword.enrichment.facts import Facts
from watchword.events.event import Event
from watchword.policy.decision import Action
from watchword.policy.lists import Entry
from watchword.policy.rule import Policy
from watchword.ports import Role

Wire = dict[str, Any]
"""A decision as `GET /api/v1/decisions/{id}` answers it."""

Verdict = Literal["fraud", "legitimate", "unsure"]


class Visitor(Struct, frozen=True):
    """Somebody signed in. `key_id` names the key that stands behind the session, None for a one-time link."""

    name: str
    role: Role
    key_id: str | None = None

    @property
    def actor(self) -> str:
        """How the audit log names this visitor."""
        return f"{self.role}:{self.name}"

    @property
    def sees_persons(self) -> bool:
        """Whether names, addresses and profiles may be shown."""
        return self.role in ("analyst", "admin")

    @property
    def is_admin(self) -> bool:
        """Whether settings, live rules and lists of keys may be changed."""
        return self.role == "admin"


class Line(Struct, frozen=True):
    """One decision in a list. `sequence` orders decisions as they were made; `strongest` is the highest score."""

    id: str
    at_ms: int
    type: str
    action: Action
    level: str
    score: float
    strongest: float = 0.0
    user: str | None = None
    alias: str | None = None
    code: str | None = None
    message: str | None = None
    codes: tuple[str, ...] = ()
    country: str | None = None
    city: str | None = None
    lat: float | None = None
    lng: float | None = None
    asn: int | None = None
    network: str = "access"
    ip: str | None = None
    device: str | None = None
    outcome: str | None = None
    label: str | None = None
    degraded: bool = False
    latency_ms: float | None = None
    sequence: int = 0

    @property
    def flagged(self) -> bool:
        """Whether anything but allow was decided."""
        return self.action != "allow"


class Filters(Struct, frozen=True):
    """Which decisions a list holds. Empty tuples and None mean any; times are milliseconds since 1970."""

    actions: tuple[Action, ...] = ()
    types: tuple[str, ...] = ()
    levels: tuple[str, ...] = ()
    user: str | None = None
    ip: str | None = None
    device: str | None = None
    country: str | None = None
    asn: int | None = None
    code: str | None = None
    score_from: float | None = None
    score_to: float | None = None
    from_ms: int | None = None
    to_ms: int | None = None
    degraded: bool = False
    unjudged: bool = False


class Page(Struct, frozen=True):
    """A page of a list, newest first. A cursor is None where there is nothing beyond."""

    lines: list[Line]
    older: str | None = None
    newer: str | None = None


class Bar(Struct, frozen=True):
    """Decisions of one stretch of time, by action."""

    from_ms: int
    monitor: int = 0
    verify: int = 0
    block: int = 0
    allow: int = 0


class Tallied(Struct, frozen=True):
    """How many decisions a filter holds, over time. `at_least` where counting stopped early."""

    bars: list[Bar]
    total: int
    at_least: bool = False


class Label(Struct, frozen=True):
    """What somebody said of a decision."""

    verdict: str
    by: str
    at_ms: int


class Step(Struct, frozen=True):
    """A rung of "what would change it": without this evidence too, the score and the action."""

    without: tuple[str, ...]
    score: float
    action: Action


class Stop(Struct, frozen=True):
    """Where the user was before: a recorded log-in at another place."""

    decision_id: str
    at_ms: int
    lat: float
    lng: float
    radius_km: float
    country: str
    city: str | None = None


class Dossier(Struct, frozen=True):
    """Everything about one decision: as the API answers it, and the event and facts behind it.

    `before` is the log-in that impossible travel was measured from, where it is still kept.
    """

    decision: Wire
    event: Event
    facts: Facts
    ladder: list[Step] = []
    labels: list[Label] = []
    source: str | None = None
    before: Stop | None = None


class Person(Struct, frozen=True):
    """A user in a list: the highest score of each of the last seven days, oldest first, and why the highest."""

    user: str
    score: float
    level: str
    action: Action
    week: tuple[float, ...]
    why: str
    phase: str
    logins: int
    devices: int
    last_ms: int
    last_place: str | None = None
    flagged: int = 0
    standing: str | None = None


class Device(Struct, frozen=True):
    """A known device of a user."""

    name: str
    logins: int
    first_ms: int
    last_ms: int
    trust: str | None = None


class Spot(Struct, frozen=True):
    """A usual place of a user."""

    name: str
    country: str
    lat: float
    lng: float
    count: int
    last_ms: int


class Biography(Struct, frozen=True):
    """What is known of one user. `hours` are log-ins by hour of the local day, `zone` whose local time it is."""

    user: str
    phase: str
    logins: int
    agreeing: int
    first_ms: int
    last_ms: int
    devices: list[Device] = []
    places: list[Spot] = []
    hours: tuple[int, ...] = ()
    zone: str | None = None
    networks: tuple[tuple[str, int], ...] = ()
    asns: tuple[tuple[int, int], ...] = ()
    browsers: tuple[tuple[str, int], ...] = ()
    session_s: float | None = None
    session_count: int = 0
    pending: int = 0
    timeline: list[Line] = []
    standing: list[Entry] = []
    override: str | None = None


class Feed(Struct, frozen=True):
    """A feed of reference data. `aim_s` is the age under which it counts as fresh."""

    name: str
    title: str
    kind: str
    entries: int
    aim_s: int
    read_ms: int | None = None
    state: str = "fresh"
    version: str | None = None
    source: str | None = None
    licence: str | None = None
    attribution: str | None = None
    attribution_url: str | None = None
    error: str | None = None
    failed_ms: int | None = None
    hits: int | None = None
    weight: float | None = None
    schedule: str | None = None


class Rule(Struct, frozen=True):
    """A policy rule, with what became of it. `matched` and `failed` count since the process started."""

    policy: Policy
    matched: int | None = None
    failed: int = 0
    cost_ms: float | None = None
    fault: str | None = None


class Fault(Struct, frozen=True):
    """Why a rule was refused, with its place where there is one."""

    message: str
    line: int | None = None
    column: int | None = None


class Moved(Struct, frozen=True):
    """A past decision that a rule would have changed."""

    line: Line
    becomes: Action


class Trial(Struct, frozen=True):
    """A rule tried on past decisions. `unknown` are names that it reads and past decisions do not hold."""

    judged: int
    matched: int
    changed: list[Moved]
    fraud: int = 0
    legitimate: int = 0
    unknown: tuple[str, ...] = ()


class Change(Struct, frozen=True):
    """One version of the settings: who saved it, when, why, and what became what."""

    version: int
    at_ms: int
    by: str
    reason: str | None = None
    changes: tuple[tuple[str, str, str], ...] = ()


class Configuration(Struct, frozen=True):
    """The live settings, flat or nested as the admin API has them."""

    version: int
    values: Wire
    saved_ms: int | None = None
    saved_by: str | None = None


class Key(Struct, frozen=True):
    """An API key; of the secret only a hash is kept."""

    id: str
    name: str
    role: str
    created_ms: int | None = None
    last_ms: int | None = None
    revoked_ms: int | None = None
    machine: bool = False


class Audited(Struct, frozen=True):
    """An entry of the audit log."""

    sequence: int
    at_ms: int
    by: str
    what: str
    subject: str | None = None
    reason: str | None = None


class Seal(Struct, frozen=True):
    """The state of the audit chain when it was last walked. `intact` is None where there is no chain (in memory).

    `entries` counts decisions too; `unlinkable` ones were erased or have aged out.
    """

    intact: bool | None
    entries: int
    head: str | None
    checked_ms: int
    broken_at: int | None = None
    reason: str | None = None
    unlinkable: int = 0


class Health(Struct, frozen=True):
    """How the service is. `parts` maps what is missing to the reason; missing feeds were never fetched.

    `waiting` counts the live sessions whose person was asked, and has not answered yet.
    """

    mode: str
    version: str
    parts: dict[str, str] = {}
    stale_feeds: int = 0
    missing_feeds: int = 0
    waiting: int = 0
