"""Somebody tried to log in."""

from __future__ import annotations

from typing import Literal

from watchword.events.event import Event, LongText, Text


class Login(Event, tag="login", kw_only=True):
    """A log-in attempt, with its outcome. Needs `userId`, `ip` and `result`."""

    ip: Text
    result: Literal["success", "failure"]
    method: Text | None = None
    endpoint: LongText | None = None
