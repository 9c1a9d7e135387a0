"""What every piece of writing works with: one connection, and what hangs on it."""

from __future__ import annotations

from itertools import islice

import apsw
import msgspec
from msgspec import Struct

from watchword.privacy.ledger import Act
from watchword.stores.sqlite_audit import Chain
from watchword.stores.sqlite_rows import Versions
from watchword.stores.sqlite_seals import Seals
from watchword.stores.sqlite_session_rows import Row
from watchword.stores.sqlite_state import Bundle, StateRows
from watchword.stores.transition import Workspace

CACHED_SESSIONS = 16_384
UNPACKED_EVENTS = 8_192
"""After so many events a new workspace is begun: it bounds the memory that unpacked state takes to some 20 MB."""


class Desk(Struct):
    """One connection, used by the writer alone, and what is known of the file. All of it can be read anew."""

    connection: apsw.Connection
    seals: Seals
    chain: Chain
    versions: Versions
    state: StateRows
    last_key: int = 0
    workspace: Workspace | None = None
    observed: int = 0
    sessions: dict[bytes, Row] = msgspec.field(default_factory=dict)

    def forget(self) -> None:
        """Forgets what was read: another process wrote, or a transaction was rolled back."""
        self.versions.forget()
        self.chain.reload()
        self.forget_state()

    def forget_state(self) -> None:
        """Forgets the state that was read or unpacked."""
        self.state.forget()
        self.sessions.clear()
        self.workspace = None

    def bench(self) -> Workspace:
        """The workspace of the next batch: the last one's, so that state in use stays unpacked, or a fresh one."""
        self.state.trim()
        if self.workspace is None or self.observed > UNPACKED_EVENTS:
            self.workspace, self.observed = Workspace(self.state.read), 0
        return self.workspace

    def trim_sessions(self) -> None:
        """Forgets the sessions that were read first, down to 16,384."""
        for key in list(islice(self.sessions, max(0, len(self.sessions) - CACHED_SESSIONS))):
            del self.sessions[key]

    def note(self, act: Act, owner: bytes | None) -> None:
        """Adds an entry to the audit chain."""
        self.chain.note(act, owner)
        self.chain.write()
        self.note_keys()

    def count_records(self) -> None:
        """Says that records changed, so that other processes look."""
        self.connection.execute("insert into meta values('records', 1) on conflict(name) do update set value=value+1")

    def note_keys(self) -> None:
        """Writes down the highest key in use, so that a restored, older `keys.db` does not give its number again."""
        last = self.seals.keys.last_used
        if last > self.last_key:
            self.connection.execute("insert or replace into meta values('last_key', ?)", (last,))
            self.last_key = last

    def save(self, workspace: Workspace, at_ms: int, now_ms: int) -> list[Bundle]:
        """Writes what changed in a workspace that read from this desk's state."""
        changed = self.state.merge(workspace.changes(), at_ms)
        self.state.write(changed, now_ms)
        return changed
