"""Which logs there are, and which of them an event touches."""

from __future__ import annotations

from msgspec import Struct
from msgspec.structs import force_setattr

MINUTE_MS = 60_000
HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS


class LogKind(Struct, frozen=True):
    """A kind of log: whose it is, what an entry holds beside time and flags, and the longest window asked of it.

    `width` is how many numbers an entry has, `prefix` what the key of its row begins with; both follow from the rest.
    """

    name: str
    number: int
    entity: str
    columns: tuple[str, ...]
    span_ms: int = HOUR_MS
    width: int = 0
    prefix: bytes = b""

    def __post_init__(self) -> None:
        force_setattr(self, "width", len(self.columns) + 2)
        force_setattr(self, "prefix", bytes((self.number,)))


USER_LOGINS = LogKind("user.logins", 1, "user", ("ip", "device"))
IP_LOGINS = LogKind("ip.logins", 2, "ip", ("user", "device"))
DEVICE_LOGINS = LogKind("device.logins", 3, "device", ("user",))
USER_CALLS = LogKind("user.calls", 4, "user", (), MINUTE_MS)
IP_CALLS = LogKind("ip.calls", 5, "ip", (), MINUTE_MS)
USER_CHANGES = LogKind("user.changes", 6, "user", ("activity", "sensitive"), HOUR_MS)
USER_LINKS = LogKind(
    "user.links", 7, "user", ("what", "source", "session", "correlation", "event", "event_rest"), MINUTE_MS
)
USER_INCIDENTS = LogKind("user.incidents", 8, "user", ("incident",), 30 * DAY_MS)
USER_LABELS = LogKind("user.labels", 9, "user", ("incident",), 30 * DAY_MS)
"""Apart from the incidents that strangers can cause: they would push the labels out."""

LOGS = {
    kind.name: kind
    for kind in (
        USER_LOGINS, IP_LOGINS, DEVICE_LOGINS, USER_CALLS, IP_CALLS, USER_CHANGES, USER_LINKS, USER_INCIDENTS,
        USER_LABELS,
    )
}  # fmt: skip


class Touch(Struct, frozen=True, gc=False):
    """One log of one entity that an event reads and, where `values` is given, is put into."""

    log: LogKind
    key: bytes
    values: tuple[int, ...] | None = None
    flags: int = 0


class Plan(Struct, frozen=True, gc=False):
    """All the state an event needs: logs to touch (`user.links` first), whose profile, and which address's crowd."""

    at_ms: int
    touches: tuple[Touch, ...] = ()
    profile: bytes | None = None
    crowd: bytes | None = None
    counts: bool = True
