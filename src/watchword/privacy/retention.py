"""How long each kind of data is kept."""

from __future__ import annotations

from msgspec import Struct

DAY_MS = 24 * 3_600_000


class Retention(Struct, frozen=True):
    """Days that each kind is kept: events and what was decided on them, profiles and templates after
    their last use, audit entries, and raw samples of behaviour after their session began; sessions are kept as events.

    Windows age out by themselves, within hours to two months of their last event. Backups of `keys.db` are kept for
    30 days (`key_backups`).
    """

    events: int = 90
    profiles: int = 400
    audit: int = 730
    samples: int = 30

    def events_before(self, now_ms: int) -> int:
        """Events that occurred before this time (ms) are deleted."""
        return now_ms - self.events * DAY_MS

    def profiles_before(self, now_ms: int) -> int:
        """Profiles not written since this time (ms) are deleted."""
        return now_ms - self.profiles * DAY_MS

    def samples_before(self, now_ms: int) -> int:
        """Raw samples of sessions that began before this time (ms) are deleted."""
        return now_ms - self.samples * DAY_MS

    def audit_before(self, now_ms: int) -> int:
        """Audit entries from before this time (ms) are deleted."""
        return now_ms - self.audit * DAY_MS

    def days_before(self, now_ms: int) -> int:
        """Keys of days (since 1970) before this one seal nothing any more: a day's rows are decided on that day."""
        return self.events_before(now_ms) // DAY_MS - 2
