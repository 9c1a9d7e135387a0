"""A session ended."""

from __future__ import annotations

from watchword.events.event import Event, Text


class Logout(Event, tag="logout", kw_only=True):
    """The end of a session; with the log-in before it, it gives the session's length."""

    reason: Text | None = None
