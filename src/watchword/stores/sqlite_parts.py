"""All the adapters of one data directory, opened together."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from msgspec import Struct

from watchword.events.pseudonym import Pseudonyms
from watchword.privacy.api_keys import ApiKeys
from watchword.privacy.keyring import KeyRing
from watchword.privacy.keys_db import FILE_NAME as KEYS_NAME
from watchword.stores.sqlite import Files, SqliteStore
from watchword.stores.sqlite_ledger import SqliteLedger
from watchword.stores.sqlite_people import SqlitePeople
from watchword.stores.sqlite_records import SqliteRecords
from watchword.stores.sqlite_sessions import SqliteSessions


class SqliteParts(Struct, frozen=True):
    """What a deployment on one directory consists of. `store` is also its `Statistics`."""

    store: SqliteStore
    records: SqliteRecords
    ledger: SqliteLedger
    people: SqlitePeople
    sessions: SqliteSessions
    keys: ApiKeys
    pseudonyms: Pseudonyms
    derive: Callable[[str], bytes]

    def close(self) -> None:
        """Writes what is waiting and closes the files."""
        self.store.close()
        self.keys.close()


def open_parts(files: Files, secret: str | None, clock: Callable[[], datetime]) -> SqliteParts:
    """Opens a directory, made where there is none. `secret` stands for its file of deployment keys.

    Raises StoreError for data of a newer release, or keys that are not the data's; ConfigurationError for bad keys.
    """
    files.directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    ring = KeyRing.given(files.directory, secret)
    pseudonyms = Pseudonyms(ring.derive("pseudonyms"))
    store = SqliteStore(files, ring)
    return SqliteParts(
        store=store,
        records=SqliteRecords(store),
        ledger=SqliteLedger(store, pseudonyms, clock),
        people=SqlitePeople(store, pseudonyms, clock),
        sessions=SqliteSessions(store, files.now_ms),
        keys=ApiKeys(files.directory / KEYS_NAME, ring),
        pseudonyms=pseudonyms,
        derive=ring.derive,
    )
