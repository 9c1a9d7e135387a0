"""A batch of behaviour samples of one session."""

from __future__ import annotations

from typing import Annotated, Any

from msgspec import Meta

from watchword.events.event import Event, Text


class Behavior(Event, tag="behavior", kw_only=True):
    """Typing, pointer and touch samples. Recorded today; judged by the behaviour layer once it stands."""

    session_id: Text
    events: Annotated[tuple[dict[str, Any], ...], Meta(max_length=500)] = ()
