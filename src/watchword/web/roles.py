"""Which roles may call which endpoint. The whole of it, as data; whatever is not named here is refused."""

from __future__ import annotations

from watchword.ports import Role

SENDERS: frozenset[Role] = frozenset({"service", "admin"})
READERS: frozenset[Role] = frozenset({"service", "viewer", "analyst", "admin"})
STAFF: frozenset[Role] = frozenset({"viewer", "analyst", "admin"})
ANALYSTS: frozenset[Role] = frozenset({"analyst", "admin"})
LABELLERS: frozenset[Role] = frozenset({"service", "analyst", "admin"})
ADMINS: frozenset[Role] = frozenset({"admin"})
ANYBODY: frozenset[Role] = frozenset()
"""No key is needed."""

ENDPOINTS: dict[str, frozenset[Role]] = {
    "GET /health": ANYBODY,
    "GET /ready": ANYBODY,
    "GET /metrics": ANYBODY,
    "POST /api/v1/events": SENDERS,
    "POST /api/v1/events/batch": SENDERS,
    "GET /api/v1/events/{eventId}/decision": READERS,
    "GET /api/v1/decisions": READERS,
    "GET /api/v1/decisions/stream": READERS,
    "GET /api/v1/decisions/{decisionId}": READERS,
}
