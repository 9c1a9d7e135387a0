"""Bodies that work, shown in the reference."""

from __future__ import annotations

from typing import Any

LOGIN: dict[str, Any] = {
    "type": "login",
    "id": "login-20261120-0001",
    "occurredAt": "2026-11-20T08:15:00Z",
    "userId": "ada",
    "ip": "192.0.2.10",
    "result": "success",
    "userAgent": "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/156.0 Safari/537.36",
    "deviceFingerprint": "8f14e45fceea167a",
    "sessionId": "session-1",
}
