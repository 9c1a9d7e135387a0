"""Feedback: what later proved true."""

from __future__ import annotations

from typing import Literal

from watchword.events.event import Event, Text


class Label(Event, tag="label", kw_only=True):
    """Says of an earlier event what it proved to be. Names the event by `targetEventId` or the decision by `decisionId`."""

    label: Literal["fraud", "legitimate", "chargeback", "confirmed_by_user"]
    target_event_id: Text | None = None
    decision_id: Text | None = None
    note: Text | None = None
