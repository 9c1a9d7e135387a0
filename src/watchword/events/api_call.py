"""A call of the application's own API."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from watchword.events.event import Event, LongText, Text


class ApiCall(Event, tag="api_call", kw_only=True):
    """One API call: what was called, how, and the HTTP status it got."""

    endpoint: LongText
    method: Text | None = None
    status: Annotated[int, Meta(ge=100, le=599)] | None = None
