"""What the recipes ask a running Watchword, over its HTTP API, with a key of the role `service`.

export RISK_URL=http://127.0.0.1:8000 RISK_KEY=$(watchword keys create recipes --role service | tail -n 1)
"""

from __future__ import annotations

import os
from contextlib import suppress
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any

import httpx
from litestar.exceptions import ClientException

WRONG = {400, 404, 409, 413, 422}
Json = dict[str, Any]


class Watchword:
    """Five calls. What Watchword can not answer in time is answered by what the recipe says should then hold."""

    def __init__(self, url: str, key: str, patience_s: float = 2.0) -> None:
        headers = {"authorization": f"Bearer {key}"}
        self.url = url
        self._http = httpx.AsyncClient(base_url=url, headers=headers, timeout=patience_s)

    @classmethod
    def from_environment(cls) -> Watchword:
        """The service that RISK_URL and RISK_KEY name."""
        return cls(os.environ["RISK_URL"], os.environ["RISK_KEY"])

    async def decide(self, event: Json) -> Json:
        """The decision on an event; `allow`, marked, where there is no answer: the log-in must not die with us."""
        return await self._ask("/api/v1/events", {"occurredAt": now()} | event) or {"action": "allow", "degraded": True}

    async def score(
        self, user_id: str, session_id: str, behavior: Json | None, otherwise: float, **context: Any
    ) -> Json:
        """How far to trust a session, 0-100; `otherwise` where there is no answer, 0 where the session was blocked.

        `behavior` is {events, clock, screen} as the collector made it; None where the page streams by itself.
        """
        body = (behavior or {}) | {"userId": user_id, "sessionId": session_id}
        try:
            found = await self._ask("/api/v1/behavior/score", body | ({"context": context} if context else {}))
        except PermissionError:
            if not await self._is_over(user_id, session_id):
                raise
            return _assumed(0.0, "SESSION_BLOCKED", is_anomaly=True)
        return found or _assumed(otherwise, "NO_ANSWER")

    async def open(self, user_id: str, method: str, ip: str) -> Json:
        """A session for somebody who was let in; its token is for their page."""
        return await self._ask("/api/v1/sessions", {"userId": user_id, "method": method, "ip": ip}) or {}

    async def end(self, user_id: str, session_id: str) -> None:
        """Ends a session; one that can not be ended now expires."""
        with suppress(httpx.TransportError):
            await self._http.delete(f"/api/v1/sessions/{session_id}", params={"userId": user_id})

    async def alert(self, type_: str, severity: str, **more: Any) -> Json | None:
        """Has an alert kept, audited and told. None where Watchword can not be reached: then log it yourself."""
        return await self._ask("/api/v1/alerts", {"type": type_, "severity": severity} | more)

    async def close(self) -> None:
        """Closes the connections."""
        await self._http.aclose()

    async def _ask(self, path: str, body: Json) -> Json | None:
        """The answer; None where there is none. Raises ClientException for a body that Watchword refuses."""
        try:
            answer = await self._http.post(path, json=body)
        except httpx.TransportError:
            return None
        if answer.status_code in WRONG:
            raise ClientException(answer.json().get("detail", "refused"))
        if answer.status_code in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
            raise PermissionError(answer.json().get("detail", "refused"))
        return answer.json() if answer.is_success else None

    async def _is_over(self, user_id: str, session_id: str) -> bool:
        """Whether it was the session that was refused, and not our key."""
        answer = await self._http.get(f"/api/v1/sessions/{session_id}", params={"userId": user_id})
        return answer.is_success and answer.json()["endedAt"] is not None


def now() -> str:
    """The time, as events carry it."""
    return datetime.now(UTC).isoformat()


def _assumed(trust: float, code: str, *, is_anomaly: bool = False) -> Json:
    reason = {"code": code, "message": "Nothing was compared.", "contribution": 0.0}
    return {"trustScore": trust, "isAnomaly": is_anomaly, "topReasons": [reason], "confidence": 0.0}
