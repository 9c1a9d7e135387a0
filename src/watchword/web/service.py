"""Everything that the web app serves, as one record; made by the command line, or in memory for tests and trials."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial
from typing import cast

import msgspec
from msgspec import Struct
from msgspec.structs import force_setattr

from watchword.bootstrap import follow, make_world, memory_engine, open_sessions
from watchword.devices import Devices
from watchword.engine import Engine
from watchword.governance import Desk, Governance
from watchword.policy.settings import EngineSettings
from watchword.policy.world import World
from watchword.ports import Keys, Ledger, People, Records, Statistics
from watchword.sessions.engine import SessionEngine
from watchword.stepup import StepUp, memory_step_up
from watchword.stores.memory import MemoryStore
from watchword.stores.memory_keys import MemoryKeys
from watchword.stores.memory_ledger import MemoryLedger
from watchword.stores.memory_people import MemoryPeople
from watchword.stores.memory_records import MemoryRecords
from watchword.stores.memory_sessions import MemorySessions
from watchword.web.device_cookie import CookieRules
from watchword.web.limits import Limits
from watchword.web.metrics import Meters
from watchword.web.origins import Origins
from watchword.web.pace import Paces
from watchword.web.proxies import Proxies
from watchword.web.rooms import Rooms
from watchword.web.stream import Stream

Check = Callable[[], Awaitable[str | None]]
"""Why a part can not work just now; None where it does."""


class Service(Struct, frozen=True, kw_only=True):
    """The parts of a running service.

    `forget` drops what this process remembers of an erased person (keyed hash) beside the stores.

    `feed_ages` gives the age in seconds of every feed in use, `checks` how further parts are, by name. What is counted
    (`limits`, `meters`, `stream`) belongs to one process.
    """

    engine: Engine
    keys: Keys
    ledger: Ledger
    records: Records
    people: People
    statistics: Statistics
    governance: Governance
    limits: Limits
    proxies: Proxies
    meters: Meters
    stream: Stream
    sessions: SessionEngine = cast(SessionEngine, None)
    rooms: Rooms = msgspec.field(default_factory=Rooms)
    paces: Paces = msgspec.field(default_factory=Paces)
    origins: Origins = Origins()
    device_cookie: CookieRules = CookieRules()
    devices: Devices = cast(Devices, None)
    step_up: StepUp = cast(StepUp, None)
    forget: Callable[[bytes], None] = lambda _owner: None
    feed_ages: Callable[[], dict[str, float]] = dict
    checks: dict[str, Check] = {}

    def __post_init__(self) -> None:
        if self.sessions is None:
            kept = MemorySessions()
            force_setattr(self, "sessions", open_sessions(self.engine, self.records, kept, kept))
        if self.devices is None:
            engine, live = self.engine, self.governance
            made = Devices(self.records, engine.store, engine.pseudonyms, engine.clock)
            made.wanted = lambda: live.settings.device_fingerprint_enabled
            force_setattr(self, "devices", made)
        if self.step_up is None:
            governance = self.governance
            made_up = memory_step_up(self.engine, self.records, lambda: governance.settings.step_up)
            force_setattr(self, "step_up", made_up)


def memory_service(
    engine: Engine | None = None, limits: Limits | None = None, proxies: Proxies | None = None
) -> Service:
    """A complete service that keeps everything in memory. `engine` must have a `MemoryStore`."""
    engine = engine or memory_engine()
    store = cast(MemoryStore, engine.store)
    records, ledger, kept = MemoryRecords(), MemoryLedger(), MemorySessions()
    sessions = open_sessions(engine, records, kept, kept)
    return Service(
        engine=engine,
        keys=MemoryKeys(),
        ledger=ledger,
        records=records,
        people=MemoryPeople(store, records, engine.pseudonyms, engine.clock, kept),
        statistics=store,
        governance=govern(engine, records, ledger, sessions=sessions),
        sessions=sessions,
        limits=limits or Limits(),
        proxies=proxies or Proxies(),
        meters=Meters(),
        stream=Stream(),
    )


def govern(
    engine: Engine,
    records: Records,
    ledger: Ledger,
    base: EngineSettings | None = None,
    sessions: SessionEngine | None = None,
) -> Governance:
    """The live configuration of an engine and of its sessions, which follow every change from now on."""

    def apply(world: World) -> None:
        engine.world = world
        if sessions is not None:
            follow(sessions, governance.settings)

    desk = Desk(records, ledger, engine.clock, engine.pseudonyms)
    governance = Governance(desk, base or EngineSettings(), partial(make_world, engine), apply)
    return governance
