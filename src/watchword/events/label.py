"""Feedback: what later proved true."""

from __future__ import annotations

from typing import Literal

from watchword.events.event import Event, Text


class Label(Event, tag="label", kw_only=True):
    """Says of an earlier event, by `targetEventId` or by its decision's `decisionId`, what it proved to be."""

    label: Literal["fraud", "legitimate", "chargeback", "confirmed_by_user"]
    target_event_id: Text | None = None
    decision_id: Text | None = None
    note: Text | None = None
