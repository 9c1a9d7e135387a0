"""A batch of behaviour samples of one session."""

from __future__ import annotations

from typing import Annotated, Any

from msgspec import Meta

from watchword.events.event import Event, Text


class Behavior(Event, tag="behavior", kw_only=True):
    """Typing, pointer and touch samples of a session, which they feed as if they had come on its socket.

    Samples that number themselves (`seq`) are counted once, whichever event brings them.
    """

    session_id: Text
    events: Annotated[tuple[dict[str, Any], ...], Meta(max_length=500)] = ()
