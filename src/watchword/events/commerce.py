"""Payments, purchases and queues. Recorded and answered today; their own risk model stands on the same records."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from watchword.events.event import Event, Moment, Record, Text


class TransactionData(Record, kw_only=True):
    """One payment. `amount` in major units of `currency` (ISO 4217)."""

    id: Text
    amount: Annotated[float, Meta(ge=0, le=1e12)]
    currency: Annotated[str, Meta(pattern="^[A-Z]{3}$")] | None = None
    category: Text | None = None
    beneficiary: Text | None = None
    terminal: Text | None = None
    merchant: Text | None = None
    timestamp: Moment | None = None


class Transaction(Event, tag="transaction", kw_only=True):
    """A payment."""

    transaction_data: TransactionData


class Purchase(Event, tag="purchase", kw_only=True):
    """A purchase request and its status."""

    status: Text
    quantity: Annotated[int, Meta(ge=1, le=1_000_000)] | None = None


class QueueJoin(Event, tag="queue_join", kw_only=True):
    """A place taken in a waiting queue."""

    event_id: Text | None = None
    drop_id: Text | None = None


class DemandRegistration(Event, tag="demand_registration", kw_only=True):
    """Interest registered in an event or a drop."""

    event_id: Text | None = None
    drop_id: Text | None = None
