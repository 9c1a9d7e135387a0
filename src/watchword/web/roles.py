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
    "GET /schema": ANYBODY,
    "GET /schema/openapi.json": ANYBODY,
    "GET /js/watchword.js": ANYBODY,
    "GET /js/device-fingerprint.js": ANYBODY,
    "POST /api/v1/events": SENDERS,
    "POST /api/v1/events/batch": SENDERS,
    "GET /api/v1/events/{eventId}/decision": READERS,
    "GET /api/v1/decisions": READERS,
    "GET /api/v1/decisions/stream": READERS,
    "GET /api/v1/decisions/{decisionId}": READERS,
    "POST /api/v1/sessions": SENDERS,
    "GET /api/v1/sessions/{sessionId}": LABELLERS,
    "DELETE /api/v1/sessions/{sessionId}": LABELLERS,
    "POST /api/v1/sessions/{sessionId}/mpin": SENDERS,
    "POST /api/v1/sessions/{sessionId}/events": SENDERS,
    "POST /api/v1/behavior/score": SENDERS,
    "PUT /api/v1/users/{userId}/mpin": SENDERS,
    "PUT /api/v1/users/{userId}/session-thresholds": ANALYSTS,
    "POST /api/v1/labels": LABELLERS,
    "POST /api/v1/alerts": SENDERS,
    "GET /api/v1/alerts": ANALYSTS,
    "POST /api/v1/challenges": SENDERS,
    "POST /api/v1/challenges/{challengeId}/answer": SENDERS,
    "GET /api/v1/users/{userId}/factors": LABELLERS,
    "POST /api/v1/users/{userId}/factors": SENDERS,
    "POST /api/v1/users/{userId}/factors/{factorId}/proof": SENDERS,
    "DELETE /api/v1/users/{userId}/factors/{factorId}": SENDERS,
    "GET /confirm/{token}": ANYBODY,
    "POST /confirm/{token}": ANYBODY,
    "GET /api/v1/lists": ANALYSTS,
    "POST /api/v1/lists": ANALYSTS,
    "DELETE /api/v1/lists/{entryId}": ANALYSTS,
    "GET /api/v1/overrides": ANALYSTS,
    "POST /api/v1/overrides": ANALYSTS,
    "DELETE /api/v1/overrides/{overrideId}": ANALYSTS,
    "GET /api/v1/users/{userId}/profile": ANALYSTS,
    "PUT /api/v1/users/{userId}/profile": ANALYSTS,
    "DELETE /api/v1/users/{userId}/profile": ANALYSTS,
    "GET /api/v1/users/{userId}/export": ANALYSTS,
    "PUT /api/v1/users/{userId}/consent": SENDERS,
    "DELETE /api/v1/users/{userId}": ADMINS,
    "POST /api/fraud-detection/device-fingerprint": SENDERS,
    "GET /api/fraud-detection/device-fingerprints": ANALYSTS,
    "PUT /api/fraud-detection/device-fingerprints/{deviceId}/trust": ANALYSTS,
    "PUT /api/fraud-detection/device-fingerprints/{deviceId}/block": ANALYSTS,
    "POST /api/admin/fraud/test-analysis": ANALYSTS,
    "POST /api/admin/fraud/bulk-analysis": ANALYSTS,
    "GET /api/admin/fraud/statistics": STAFF,
    "GET /api/admin/fraud/config": STAFF,
    "PUT /api/admin/fraud/config": ADMINS,
    "GET /api/admin/fraud/config/history": STAFF,
    "POST /api/admin/fraud/config/rollback": ADMINS,
    "DELETE /api/admin/fraud/user-profile/{userId}": ANALYSTS,
    "GET /api/admin/fraud/signals-reference": STAFF,
    "GET /api/admin/fraud/health": STAFF,
}

BY_TOKEN: frozenset[str] = frozenset(
    {
        "GET /api/v1/sessions/{sessionId}",
        "DELETE /api/v1/sessions/{sessionId}",
        "POST /api/v1/sessions/{sessionId}/mpin",
        "POST /api/v1/sessions/{sessionId}/events",
        "POST /api/v1/behavior/score",
        "POST /api/fraud-detection/device-fingerprint",
        "GET /api/fraud-detection/device-fingerprints",
    }
)
"""What a session's own token opens as well, for that session alone."""
