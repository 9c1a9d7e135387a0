"""The outcome of a challenge, a liveness check or an identity check."""

from __future__ import annotations

from typing import Literal

from watchword.events.event import Event, Text


class Verification(Event, tag="verification", kw_only=True):
    """What a check said. A passed one makes the device and the place of the decision it answers known."""

    method: Text
    result: Literal["success", "failure"]
    decision_id: Text | None = None
