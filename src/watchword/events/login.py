"""Somebody tried to log in."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

from watchword.events.event import Event, LongText, Record, Text
from watchword.events.samples import MAX_BATCH_EVENTS, Clock, RawSample, Screen


class FormBehavior(Record, kw_only=True):
    """How the log-in form was filled in: what the collector saw of it, at most 500 samples.

    It is compared with what the user did before and then dropped: no event is stored with it.
    """

    events: Annotated[tuple[RawSample, ...], Meta(min_length=1, max_length=MAX_BATCH_EVENTS)]
    clock: Clock = Clock()
    screen: Screen | None = None


class Login(Event, tag="login", kw_only=True):
    """A log-in attempt, with its outcome. Needs `userId`, `ip` and `result`."""

    ip: Text
    result: Literal["success", "failure"]
    method: Text | None = None
    endpoint: LongText | None = None
    behavior: FormBehavior | None = None
