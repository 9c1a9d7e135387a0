"""Settings in, engine out: the only file that knows which adapters run."""

from __future__ import annotations

import asyncio
import secrets
from collections import Counter, deque
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from time import perf_counter_ns
from typing import Any, cast

import msgspec
from msgspec import Struct

from watchword import behaviour, signals
from watchword.actions.messages import Messages
from watchword.behaviour.modality import Modality
from watchword.catalog import discover
from watchword.census import Keeper, saved
from watchword.config import Service, Settings
from watchword.engine import Clock, Engine
from watchword.enrichment.enricher import Enricher as SnapshotEnricher
from watchword.enrichment.feed_refresh import Refresher
from watchword.enrichment.nothing import NullEnricher
from watchword.enrichment.sources import EnrichmentOptions, open_enricher
from watchword.errors import ConfigurationError
from watchword.events.codec import decode_event
from watchword.events.event import Event
from watchword.events.pseudonym import Pseudonyms
from watchword.governance import Desk, Governance
from watchword.lookalikes import Lookalikes
from watchword.ml import LocalMl, asking
from watchword.policy.decision import Decision
from watchword.policy.lists import Entry, Lists
from watchword.policy.session_evidence import Eyes
from watchword.policy.session_messages import SessionBlocked
from watchword.policy.settings import EngineSettings, build_world
from watchword.policy.world import Tell, World
from watchword.populations import in_use
from watchword.ports import (
    Enricher,
    Keys,
    Ledger,
    People,
    Records,
    SessionKey,
    SessionStore,
    Statistics,
    Store,
    Templates,
)
from watchword.privacy.keyring import KeyRing
from watchword.privacy.retention import DAY_MS, Retention
from watchword.privacy.secret_hash import SecretHasher
from watchword.rhythms import Rhythms
from watchword.sessions.engine import SessionEngine
from watchword.sessions.lessons import acted
from watchword.sessions.records import Told
from watchword.sessions.senses import Senses
from watchword.signals.signal import Signal
from watchword.state.population import Population
from watchword.stepup import Channels, open_step_up
from watchword.stores.memory import MemoryStore
from watchword.stores.memory_keys import MemoryKeys
from watchword.stores.memory_ledger import MemoryLedger
from watchword.stores.memory_people import MemoryPeople
from watchword.stores.memory_records import MemoryRecords
from watchword.stores.memory_sessions import MemorySessions
from watchword.stores.remote_ml import RemoteMl
from watchword.stores.sqlite import Files
from watchword.stores.sqlite_parts import open_parts

WATCHED_DAYS, MOST_RECALLED, RECALLED_A_TURN = 30, 1_000, 20
"""How far back blocked sessions are looked for when a process begins; how many are read from the log, and how many at
once: each takes some milliseconds."""


def system_clock() -> datetime:
    """The time now, aware, UTC."""
    return datetime.now(UTC)


def all_signals() -> tuple[Signal, ...]:
    """Every signal there is, shipped or installed."""
    return tuple(discover(signals, Signal, "watchword.signals").values())


def memory_engine(
    enricher: Enricher | None = None, clock: Clock = system_clock, keep: int = 100_000, **changes: Any
) -> Engine:
    """An engine that keeps everything in memory: scans, tests, trials. `changes` are live settings by wire name.

    By a clock of your own its stop-watch stands still: no part is ever late, so a busy machine gives equal decisions.
    """
    settings = msgspec.convert(changes, EngineSettings)
    world = build_world(settings, all_signals(), perf_counter_ns, tell=messages_of(settings))
    pseudonyms = Pseudonyms(secrets.token_bytes(32))
    engine = Engine(MemoryStore(keep), enricher or NullEnricher(), world, pseudonyms, clock)
    engine.rhythms = Rhythms(MemorySessions())
    keep_census(engine)
    if clock is not system_clock:
        engine.ticks = stopped
    return engine


@asynccontextmanager
async def sqlite_engine(
    directory: Path, enricher: Enricher | None = None, clock: Clock = system_clock, **changes: Any
) -> AsyncIterator[Engine]:
    """An engine on a directory alone, without settings, lists or feeds of its own: tests and benchmarks."""
    parts = open_parts(Files(directory, now_ms=lambda: int(clock().timestamp() * 1000)), None, clock)
    world = build_world(msgspec.convert(changes, EngineSettings), all_signals(), perf_counter_ns)
    try:
        yield Engine(parts.store, enricher or NullEnricher(), world, parts.pseudonyms, clock)
    finally:
        parts.close()


def stopped() -> int:
    """A stop-watch that stands still."""
    return 0


def messages_of(settings: EngineSettings) -> Tell:
    """What people who are stopped are told."""
    return Messages(settings.support_contact, settings.messages).tell


def follow(sessions: SessionEngine, settings: EngineSettings) -> None:
    """Has sessions judged by these settings from now on."""
    sessions.settings = settings.sessions_in_force
    sessions.collects = settings.behavioral_analysis_enabled


def keep_census(engine: Engine, start: Population | None = None) -> Keeper:
    """Has what the engine learns counted, and its world renewed with the counts."""

    def publish(population: Population) -> None:
        engine.world = msgspec.structs.replace(engine.world, population=population)

    keeper = Keeper(publish, start)
    engine.listen(keeper)
    if start is not None:
        publish(start)
    return keeper


class Parts(Struct, frozen=True):
    """The adapters of one store."""

    store: Store
    records: Records
    ledger: Ledger
    people: People
    keys: Keys
    statistics: Statistics
    pseudonyms: Pseudonyms
    derive: Callable[[str], bytes]
    close: Callable[[], None] = lambda: None
    keep_events: Callable[[int], None] = lambda _days: None
    sessions: SessionStore = msgspec.field(default_factory=MemorySessions)
    templates: Templates = msgspec.field(default_factory=MemorySessions)
    keep_samples: Callable[[int], None] = lambda _days: None


class Deployment:
    """Everything that runs on one data directory (or in memory), opened from settings. `start` before use."""

    def __init__(self, settings: Settings, clock: Clock = system_clock) -> None:
        self.settings = settings
        self.directory = Path(settings.service.data_dir)
        self.hits: Counter[str] = Counter()
        self.parts = parts = _in_memory(clock) if settings.service.store == "memory" else _on_disk(settings, clock)
        self.records, self.ledger, self.people = parts.records, parts.ledger, parts.people
        self.keys, self.statistics = parts.keys, parts.statistics
        world = build_world(
            settings.engine, all_signals(), perf_counter_ns, tell=messages_of(settings.engine), version="v0"
        )
        self.engine = Engine(parts.store, self.open_enricher(), world, parts.pseudonyms, clock)
        if clock is not system_clock:
            self.engine.ticks = stopped
        self.engine.rhythms = self.rhythms = Rhythms(parts.templates, parts.records)
        self.sessions = open_sessions(self.engine, parts.records, parts.sessions, parts.templates, parts.derive)
        self.ml = LocalMl(parts.templates, parts.pseudonyms, lambda: self.sessions.senses.eyes)
        self.remote_ml = _remote_ml(settings.service)
        if self.remote_ml is not None:
            self.sessions.senses.ask_ml = asking(self.remote_ml)
        self.lookalikes = Lookalikes(parts.templates, parts.records, parts.people.erased_ms)
        self.sessions.senses.witnesses = (*self.sessions.senses.witnesses, self.lookalikes.witness)
        self.sessions.listen(self._watch_for)
        self._unwatched: deque[bytes] = deque(maxlen=MOST_RECALLED)
        self._populations = 0
        desk = Desk(parts.records, parts.ledger, clock, parts.pseudonyms)
        self.governance = Governance(desk, settings.engine, partial(make_world, self.engine), self._apply)
        self.step_up = open_step_up(
            self.engine,
            parts.records,
            parts.derive,
            lambda: self.governance.settings.step_up,
            reached(settings.service),
        )
        self._keeper: Keeper | None = None
        self._refresher = Refresher(self.directory, clock, self.hits, settings.service.feeds_refresh)

    async def start(self) -> None:
        """Takes over what earlier processes kept: live settings, lists, the population."""
        self._keeper = keep_census(self.engine, await saved(self.records))
        await self.governance.refresh()
        await self.sessions.refresh()
        since_ms = self._now_ms() - WATCHED_DAYS * DAY_MS
        blocked = await self.parts.sessions.find(stages=("blocked",), since_ms=since_ms, limit=MOST_RECALLED)
        self._unwatched.extend(key.key for key, _ in reversed(blocked))
        await self.refresh_behaviour()

    async def refresh_behaviour(self) -> None:
        """Takes in newer population models, and for the index across users templates, labels and blocked sessions.
        Call it now and then.

        Raises StoreError.
        """
        models = await in_use(self.records)
        if models is not None and models.version != self._populations:
            self._populations = models.version
            self.rhythms.backgrounds = models.backgrounds
            senses = self.sessions.senses
            senses.eyes = Eyes(senses.eyes.modalities, models.backgrounds)
        await self.lookalikes.refresh(self._now_ms())
        for _ in range(min(len(self._unwatched), RECALLED_A_TURN)):
            await self._recall(self._unwatched.popleft())

    async def save(self) -> None:
        """Keeps what would be lost with the process and is not part of a decision."""
        if self._keeper is not None:
            await self._keeper.save(self.records)

    async def close(self) -> None:
        """Saves, writes what is waiting, and closes the files."""
        await self.step_up.notices.drain()
        await self.step_up.alerts.drain()
        await self.sessions.close()
        if self.remote_ml is not None:
            await self.remote_ml.close()
        await self.save()
        self.parts.close()

    def open_enricher(self) -> SnapshotEnricher:
        """A snapshot of the reference data as it is on disk now."""
        own = (self.settings.service.city_file,) if self.settings.service.city_file else ()
        opened = open_enricher(self.directory, EnrichmentOptions(geo_files=own), self.hits)
        opened.warm()
        return opened

    async def refresh_feeds(self, tell: Callable[[str, str], None]) -> None:
        """Fetches what is due and puts a new snapshot in place where anything changed."""
        changed, outcomes = await self._refresher.turn()
        for outcome in outcomes:
            tell(outcome.name, outcome.state)
        if changed:
            self.engine.enricher = await asyncio.to_thread(self.open_enricher)

    def feed_ages(self) -> dict[str, float]:
        """The age in seconds of every feed in use."""
        now_ms = self.engine.clock().timestamp() * 1000
        feeds = cast(SnapshotEnricher, self.engine.enricher).feeds
        return {loaded.feed.name: (now_ms - loaded.fetched_ms) / 1000 for loaded in feeds}

    def _watch_for(self, told: Told) -> None:
        """Has whoever acted in a session that was blocked known again elsewhere."""
        if told.over and any(isinstance(one, SessionBlocked) for one in told.messages):
            owner = self.engine.pseudonyms.of("user", told.user_id)
            if not self.lookalikes.note_block(owner, told.user_id, told.session_id, self._now_ms()):
                self._unwatched.append(told.key)

    async def _recall(self, key: bytes) -> None:
        """Watches for whoever acted in a session that was blocked elsewhere, or before this process began."""
        session = await self.parts.sessions.session(key)
        if session is None or not session.blocked:
            return
        owner = self.engine.pseudonyms.of("user", session.user_id)
        entries = await acted(self.sessions.senses, SessionKey(key, key, owner), session)
        self.lookalikes.watch(owner, session.user_id, session.session_id, entries, session.ended_ms)

    def _now_ms(self) -> int:
        return int(self.engine.clock().timestamp() * 1000)

    def _apply(self, world: World) -> None:
        self.engine.world = world
        self.engine.retention = timedelta(days=self.governance.settings.retention_days)
        self.parts.keep_events(self.governance.settings.retention_days)
        self.parts.keep_samples(self.governance.settings.sessions.sample_days)
        follow(self.sessions, self.governance.settings)
        self.rhythms.enabled = self.governance.settings.behavioral_analysis_enabled
        self.rhythms.consent_required = self.governance.settings.sessions.behavior_consent == "required"
        self.engine.store_down = self.governance.settings.missing_part


class LocalEngine:
    """The engine in your process: `await engine.assess(event)`. Close it, or use it as `async with`."""

    def __init__(self, deployment: Deployment) -> None:
        self.deployment = deployment
        self._opening: asyncio.Task[None] | None = None

    @property
    def world(self) -> World:
        """The settings, lists and signals in force."""
        return self.deployment.engine.world

    async def assess(self, event: Event | Mapping[str, Any], source: str = "library") -> Decision:
        """The decision on an event (a record, or its JSON as a mapping), on disk when this returns.

        Raises InvalidInput naming the field, Conflict, Erased.
        """
        await self._open()
        return await self.deployment.engine.assess(self._event(event), source)

    async def preview(self, event: Event | Mapping[str, Any]) -> Decision:
        """The decision that `assess` would make now, without any effect."""
        await self._open()
        return await self.deployment.engine.preview(self._event(event), source="library")

    async def close(self) -> None:
        """Writes what is waiting and closes the files."""
        await self.deployment.close()

    async def __aenter__(self) -> LocalEngine:
        await self._open()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def _open(self) -> None:
        if self._opening is None:
            self._opening = asyncio.ensure_future(self.deployment.start())
        if not self._opening.done():
            await asyncio.shield(self._opening)

    def _event(self, event: Event | Mapping[str, Any]) -> Event:
        return event if isinstance(event, Event) else decode_event(msgspec.json.encode(dict(event)))


def open_engine(data_dir: str | Path | None = "watchword-data", **changes: Any) -> LocalEngine:
    """The engine on a data directory, in memory where it is None. `changes` are live settings by their wire names.

    Raises ConfigurationError for a wrong setting, StoreError for a directory of a newer release.
    """
    service = Service(store="memory") if data_dir is None else Service(data_dir=str(data_dir))
    try:
        engine = msgspec.convert(changes, EngineSettings)
    except msgspec.ValidationError as error:
        raise ConfigurationError(str(error)) from None
    return LocalEngine(Deployment(Settings(service, engine)))


def make_world(engine: Engine, settings: EngineSettings, entries: tuple[Entry, ...], version: int) -> World:
    """A world of live settings and lists around the engine's present population."""
    world = build_world(settings, all_signals(), perf_counter_ns, Lists(entries), messages_of(settings), f"v{version}")
    return msgspec.structs.replace(world, population=engine.world.population, offer=engine.world.offer)


def reached(service: Service) -> Channels:
    """How people are reached. Raises ConfigurationError for an address without TLS beyond this machine."""
    return Channels(
        name=service.service_name,
        public_url=service.public_url,
        smtp_url=service.smtp_url,
        mail_from=service.mail_from,
        sms_url=service.sms_webhook_url,
        sms_secret=service.sms_webhook_secret,
        notice_url=service.notice_webhook_url,
        notice_secret=service.notice_webhook_secret,
        alert_url=service.alert_webhook_url,
        alert_secret=service.alert_webhook_secret,
        origins=tuple(part.strip() for part in (service.webauthn_origins or "").split(",") if part.strip()),
        rp_id=service.webauthn_rp_id,
    )


def _remote_ml(service: Service) -> RemoteMl | None:
    return RemoteMl(service.ml_url, service.ml_key) if service.ml_url else None


def all_modalities() -> tuple[Modality, ...]:
    """Every way to tell people apart by their behaviour, shipped or installed."""
    return tuple(discover(behaviour, Modality, "watchword.behaviour").values())


def open_sessions(
    engine: Engine,
    records: Records,
    store: SessionStore,
    templates: Templates,
    derive: Callable[[str], bytes] | None = None,
) -> SessionEngine:
    """The live sessions beside an engine. `derive` gives the deployment's key of a purpose."""
    senses = Senses(
        store=store,
        templates=templates,
        records=records,
        events=engine.store,
        enricher=lambda: engine.enricher,
        pseudonyms=engine.pseudonyms,
        hasher=SecretHasher((derive or KeyRing.fresh().derive)("mpin")),
        eyes=Eyes(all_modalities()),
        odds=engine.odds,
    )
    return SessionEngine(senses, engine.clock)


def _in_memory(clock: Clock) -> Parts:
    store, records, sessions = MemoryStore(), MemoryRecords(), MemorySessions()
    pseudonyms = Pseudonyms(secrets.token_bytes(32))
    people = MemoryPeople(store, records, pseudonyms, clock, sessions)
    parts = Parts(store, records, MemoryLedger(), people, MemoryKeys(), store, pseudonyms, KeyRing.fresh().derive)
    return msgspec.structs.replace(parts, sessions=sessions, templates=sessions)


def _on_disk(settings: Settings, clock: Clock) -> Parts:
    service = settings.service
    files = Files(
        Path(service.data_dir),
        commit_deadline_s=service.commit_deadline_ms / 1000,
        retention=Retention(events=settings.engine.retention_days, samples=settings.engine.sessions.sample_days),
        now_ms=lambda: int(clock().timestamp() * 1000),
    )
    on = open_parts(files, service.deployment_key, clock)
    return Parts(
        on.store,
        on.records,
        on.ledger,
        on.people,
        on.keys,
        on.store,
        on.pseudonyms,
        on.derive,
        on.close,
        on.store.keep_events,
        on.sessions,
        on.sessions,
        on.store.keep_samples,
    )
