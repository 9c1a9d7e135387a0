"""Everything that the web app serves, as one record; made by the command line, or in memory for tests and trials."""

from __future__ import annotations

from msgspec import Struct

from watchword.bootstrap import memory_engine
from watchword.engine import Engine
from watchword.ports import Keys, Ledger
from watchword.stores.memory_keys import MemoryKeys
from watchword.stores.memory_ledger import MemoryLedger
from watchword.web.limits import Limits
from watchword.web.metrics import Meters
from watchword.web.proxies import Proxies
from watchword.web.stream import Stream


class Service(Struct, frozen=True):
    """The parts of a running service."""

    engine: Engine
    keys: Keys
    ledger: Ledger
    limits: Limits
    proxies: Proxies
    meters: Meters
    stream: Stream


def memory_service(
    engine: Engine | None = None, limits: Limits | None = None, proxies: Proxies | None = None
) -> Service:
    """A complete service that keeps everything in memory."""
    return Service(
        engine=engine or memory_engine(),
        keys=MemoryKeys(),
        ledger=MemoryLedger(),
        limits=limits or Limits(),
        proxies=proxies or Proxies(),
        meters=Meters(),
        stream=Stream(),
    )
