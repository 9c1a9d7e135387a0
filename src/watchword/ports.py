"""What the engine needs of the outside. Every port has a shipped in-memory version."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal, NamedTuple, Protocol

from msgspec import Struct

from watchword.behaviour.template import Template
from watchword.enrichment.facts import Facts
from watchword.events.event import Event
from watchword.policy.assessment import Assessment
from watchword.policy.decision import Action, Decision
from watchword.policy.judge import Verdict
from watchword.state.observed import Observed
from watchword.state.person import Person
from watchword.state.profile import Profile
from watchword.state.session import Change as RiskChange
from watchword.state.session import Session, Stage

Judge = Callable[[Assessment, Observed], Verdict]
"""Pure and synchronous; the store may call it twice for one event."""


class Recorded(Struct, frozen=True, gc=False):
    """A decision as the store has it. `fresh` is False where the event's decision was there already."""

    decision: Decision
    fresh: bool = True


class Query(Struct, frozen=True):
    """What history to show: equality on plain columns, ranges on time and score, newest first.

    Times are milliseconds since 1970, `[since_ms, until_ms)`; scores ten-thousandths, `[score_from, score_to]`; actions
    at least as strict as `least`.
    `cursor` is what the page before gave; `limit` 1-500.
    """

    user: bytes | None = None
    ip: bytes | None = None
    device: bytes | None = None
    session: bytes | None = None
    type: str | None = None
    level: str | None = None
    action: str | None = None
    least: Action | None = None
    mode: str | None = None
    code: str | None = None
    country: str | None = None
    asn: int | None = None
    since_ms: int | None = None
    until_ms: int | None = None
    score_from: int | None = None
    score_to: int | None = None
    cursor: str | None = None
    limit: int = 50


class Page(Struct, frozen=True):
    """One page of history, and the cursor of the next (older) one; None on the last."""

    decisions: tuple[Decision, ...]
    cursor: str | None = None


class Store(Protocol):
    """Where decisions and state are kept. Owns the transaction (see `stores.transition`).

    Failure policy: open. `decide` raises StoreError where it can not answer; the engine then allows, and says so.
    """

    async def decide(self, assessment: Assessment, judge: Judge) -> Recorded:
        """Observes, judges and records one event, durably before it returns.

        The event's decision, where it has one already (`fresh=False`). Raises Conflict for the same id with other
        content, Erased for an event older than its person's erasure, StoreError; also where the event was not
        committed by the store's deadline (2 s), after taking it out of the writer.
        """

    def record_late(self, assessment: Assessment, answer: Decision) -> None:
        """Has `answer`, which was given because `decide` raised StoreError, recorded under its event's id.

        Returns at once and never raises; the store writes as soon as it can, and from now on `decide` and `decision`
        give this answer for this id. The event enters its windows like any other; nothing is judged or learnt. Where
        the event's own commit succeeded after all, `answer` replaces that decision: each event has one.
        """

    async def preview(self, assessment: Assessment, judge: Judge) -> Decision:
        """The decision that `decide` would record now, without any effect."""

    async def decision(self, decision_id: str) -> Decision | None:
        """A recorded decision."""

    async def history(self, query: Query) -> Page:
        """Recorded decisions, newest first."""

    async def profile(self, owner: bytes) -> Profile | None:
        """The profile of the user with that keyed hash."""


class Tally(Struct, frozen=True):
    """Sums over recorded decisions. `score_sum` in ten-thousandths; `codes`: in how many decisions each code stands."""

    total: int = 0
    blocked: int = 0
    score_sum: int = 0
    codes: dict[str, int] = {}


class Spread(Struct, frozen=True):
    """How many decisions of one action fall into one step of time; `step` counts from the query's `since_ms`."""

    step: int
    action: Action
    count: int


class Statistics(Protocol):
    """Sums over history, from its plain columns. Failure policy: closed; raises StoreError. Shipped: the stores."""

    async def tally(self, since_ms: int | None, until_ms: int | None) -> Tally:
        """Sums over the decisions whose events occurred in `[since_ms, until_ms)`; None leaves an end open."""

    async def spread(self, query: Query, step_ms: int) -> tuple[Spread, ...]:
        """How the decisions that the query asks for lie in time, by action. Cursor and limit do not matter."""


class Ledger(Protocol):
    """The append-only audit log: who did what, when, to whom. Failure policy: closed; what is not noted is not done."""

    async def note(self, actor: str, act: str, subject: str, particulars: dict[str, Any]) -> None:
        """Appends one entry, durably before it returns.

        `act` is a thing and a verb ("profile.read"). `subject` is what it was done to: a decision's id, a list entry's,
        or `user:` and the user's id for a person, under whose key the entry is then sealed.
        """


class Enricher(Protocol):
    """Facts from reference data. Never raises: a part that fails is named in `Facts.missing`."""

    def enrich(self, event: Event, now_ms: int) -> Facts:
        """What reference data says of the event's entities."""


Role = Literal["service", "viewer", "analyst", "admin"]
ROLES: tuple[Role, ...] = ("service", "viewer", "analyst", "admin")


class ApiKey(Struct, frozen=True):
    """An API key as it is kept: never the secret, only what it stands for.

    `machine` callers are expected to be scripts. Times are milliseconds since 1970; `revoked_ms` may lie ahead, while a
    key is being rotated, and `used_ms` is exact to the day.
    """

    id: str
    name: str
    role: Role
    machine: bool = False
    created_ms: int = 0
    revoked_ms: int | None = None
    used_ms: int | None = None


class Keys(Protocol):
    """API keys. Failure policy: closed; a key that can not be looked up is no key.

    Synchronous: `find` runs in every request and answers from memory. Shipped: `stores.memory_keys`,
    `privacy.api_keys`.
    """

    def find(self, secret: str) -> ApiKey | None:
        """The live key with that secret, compared in constant time; None for a wrong or revoked one."""

    def create(self, name: str, role: Role, machine: bool = False) -> tuple[ApiKey, str]:
        """A new key and its secret, which is shown once and kept nowhere. Raises InvalidInput for a name in use."""

    def revoke(self, id_or_name: str) -> ApiKey:
        """Ends a key at once. Raises NotFound."""

    def all(self) -> tuple[ApiKey, ...]:
        """Every key, revoked ones included, oldest first."""


class Record(Struct, frozen=True):
    """Something small that is kept beside decisions: a label, a list entry, a consent, a version of the settings.

    `name` is unique within its `kind`; it and `body` may hold personal data and are stored sealed. `owner` is the keyed
    hash of the person it is about: it is sealed under that person's key, exported and erased with them.
    """

    kind: str
    name: str
    body: bytes
    owner: bytes | None = None
    at_ms: int = 0


Change = Callable[[Record | None], Record | None]
"""What becomes of a record; None stands for no record, before and after."""


def removed(_record: Record | None) -> None:
    """The `Change` that removes a record."""


class Records(Protocol):
    """Where records are kept. Failure policy: closed; raises StoreError. Shipped: `stores.memory_records`, SQLite's."""

    async def put(self, record: Record) -> None:
        """Keeps a record, durably before it returns, in place of one of the same kind and name."""

    async def get(self, kind: str, name: str) -> Record | None:
        """The record of that kind and name."""

    async def change(self, kind: str, name: str, change: Change) -> Record | None:
        """Puts what `change` makes of the record (None where there is none) in its place; None removes it.

        One transaction: what `change` was given, nobody else changes before its answer is kept. It is pure and sync; an
        error of this package that it raises reaches the caller, and nothing is changed. What stands there afterwards,
        durably. A record given back as it was is not written again.
        """

    async def all(self, kind: str, owner: bytes | None = None) -> tuple[Record, ...]:
        """Every record of a kind, oldest first; with `owner` only those about that person."""

    async def version(self) -> int:
        """A number that grows whenever any process writes or removes a record: how others notice a change."""


class People(Protocol):
    """What is done to all that is kept of one person. Failure policy: closed; raises StoreError.

    Shipped: `stores.memory_people`, SQLite's.
    """

    async def export(self, user_id: str) -> dict[str, Any]:
        """Everything kept of the person, ready to be encoded as JSON: profile, decisions with their events, records."""

    async def erase(self, user_id: str) -> int:
        """Destroys everything kept of the person, if any; the time (ms) before which their events are refused."""

    async def change_profile(self, user_id: str, change: Callable[[Profile], Profile | None]) -> bool:
        """Puts what `change` (pure) makes of the person's profile in its place, in one transaction; None clears it.

        A person without a profile has an empty one. False where there was none before.
        """

    async def note_incident(self, user_id: str, incident: int, at_ms: int) -> None:
        """Puts an incident (a number of `signals.incidents`) into the person's log, for the account signals."""

    def erased_ms(self, user_id: str) -> int:
        """When the person was erased (milliseconds since 1970), 0 for never: memory must forget them, too."""


class SessionKey(NamedTuple):
    """The keyed hashes of a session: `key` of user and session id together, `session` of the id alone, `owner`."""

    key: bytes
    session: bytes
    owner: bytes


class Stepped(Struct, frozen=True, gc=False):
    """What a step made of a session: None leaves session or person as they were.

    `fresh` begins a new session under the key of one that has ended. `logged` is a batch of raw samples to keep with
    it, `changes` the steps of its risk. `answer` is for the caller.
    """

    session: Session | None = None
    person: Person | None = None
    fresh: bool = False
    logged: bytes | None = None
    changes: tuple[RiskChange, ...] = ()
    answer: Any = None


Step = Callable[[Session | None, Callable[[], Person]], Stepped]
"""Pure and synchronous; the store may call it twice. The session under the key, if any, and how to read the person."""


class Risen(Struct, frozen=True):
    """A session's history, oldest first: the changes of its risk, and its batches of raw samples as logged."""

    changes: tuple[RiskChange, ...] = ()
    logged: tuple[bytes, ...] = ()


class SessionStore(Protocol):
    """Where live sessions are kept. Failure policy: closed; raises StoreError. Shipped: `stores.memory_sessions`,
    SQLite's."""

    async def advance(self, key: SessionKey, step: Step) -> Stepped:
        """Runs `step` on the session and keeps what it made, durably before it returns. One at a time a session.

        An error of this package that `step` raises reaches the caller, and nothing is changed.
        """

    async def session(self, key: bytes) -> Session | None:
        """The newest session under that key."""

    async def find(
        self,
        owner: bytes | None = None,
        session: bytes | None = None,
        stages: tuple[Stage, ...] = (),
        since_ms: int | None = None,
        limit: int = 100,
    ) -> tuple[tuple[SessionKey, Session], ...]:
        """A person's sessions, or those of that id, whoever's, or anybody's; newest first.

        `stages` leaves those that stand so, `since_ms` those that were opened since (ms since 1970).
        """

    async def risen(self, key: bytes, batches: int = 0) -> Risen:
        """The history of the newest session under that key, with at most so many of its newest batches."""

    async def endings(self, since: int) -> tuple[int, tuple[bytes, ...]]:
        """The keys of sessions that ended after `since`, and the number to ask with the next time; -1 asks for that."""


class Templates(Protocol):
    """Where behaviour templates are kept, sealed. Failure policy: closed; raises StoreError. Shipped: the same."""

    async def template(self, owner: bytes) -> Template:
        """What was learnt of that person; an empty template where nothing was."""

    async def change(self, owner: bytes, change: Callable[[Template], Template | None]) -> Template:
        """Puts what `change` (pure) makes of the template in its place, in one transaction; None removes it."""

    async def unlearn(self, owner: bytes) -> None:
        """Removes what was learnt of that person, what waits to be learnt, and the raw samples behind it; durably."""

    async def all(self) -> tuple[tuple[bytes, Template], ...]:
        """Every person's template, by owner: for the index across users, and for training."""

    async def version(self) -> int:
        """A number that grows whenever any process changes a template."""


class Letter(Struct, frozen=True, kw_only=True):
    """Something to deliver: a code, a notice. `data` is for machines (webhooks), the texts are for people."""

    id: str
    channel: Literal["email", "sms", "notice", "alert"]
    to: str = ""
    subject: str = ""
    text: str = ""
    html: str = ""
    data: dict[str, Any] = {}


class Courier(Protocol):
    """What delivers letters. Failure policy: closed for codes; notices are tried again later. Shipped: `delivery`."""

    async def send(self, letter: Letter) -> None:
        """Hands a letter over. Raises DeliveryFailed, at the latest after its time limit (10 s)."""
