"""Insider monitoring: every two minutes, is it still the employee who signed in?

The employees' pages stream to Watchword (`watchword.startSession`); this watches the sessions.

uvicorn --factory insider_monitoring:make_app
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from litestar import Litestar, delete, get, post
from litestar.exceptions import NotFoundException
from litestar.params import FromPath, JSONBody
from msgspec import Struct
from watchword_client import Watchword

EVERY_S = 120.0
LEAST_TRUST, REAUTHENTICATE = 60, 40
OTHERWISE = 100.0  # without an answer nobody is accused
_logger = logging.getLogger(__name__)


class Shift(Struct, rename="camel"):
    """Somebody at work."""

    user_id: str
    session_id: str


class Watch:
    """Who is at work, and what was last seen of them."""

    def __init__(self, risk: Watchword) -> None:
        self.risk = risk
        self.shifts: dict[str, Shift] = {}
        self.seen: dict[str, dict[str, Any]] = {}

    async def look(self, shift: Shift) -> None:
        """One look at one session. An alert a shift and severity, not one every two minutes."""
        user, before = shift.user_id, self.seen.get(shift.user_id, {})
        score = await self.risk.score(user, shift.session_id, None, OTHERWISE)
        trust, strange = score["trustScore"], score["isAnomaly"]
        found: dict[str, Any] = {"trustScore": trust, "isAnomaly": strange, "requireReauth": trust < REAUTHENTICATE}
        if strange or trust < LEAST_TRUST:
            found |= {"type": "ANOMALOUS_BEHAVIOR", "severity": "HIGH" if trust < REAUTHENTICATE else "MEDIUM"}
            if found["severity"] != before.get("severity"):
                reasons = ", ".join(one["code"] for one in score["topReasons"] if one["contribution"] < 0)[:512]
                await self.risk.alert(
                    found["type"], found["severity"], userId=user, sessionId=shift.session_id,
                    details={"trustScore": trust, "isAnomaly": strange, "reasons": reasons},
                )  # fmt: skip
        self.seen[user] = found

    async def run(self, every_s: float) -> None:
        """Looks at everybody, again and again."""
        while True:
            await asyncio.sleep(every_s)
            for shift in tuple(self.shifts.values()):
                try:
                    await self.look(shift)
                except Exception:  # one session that can not be looked at must not end the watch
                    _logger.exception("nobody was looked at")


def make_app(watchword: Watchword | None = None, every_s: float = EVERY_S) -> Litestar:
    """The watch, and what the intranet asks it: `requireReauth` sends the employee to the log-in."""
    watch = Watch(watchword or Watchword.from_environment())

    @post("/shifts")
    async def begin(data: JSONBody[Shift]) -> None:
        watch.shifts[data.user_id] = data

    @get("/shifts/{user:str}")
    async def tell(user: FromPath[str]) -> dict[str, Any]:
        if user not in watch.shifts:
            raise NotFoundException("Not at work.")
        return {"userId": user} | watch.seen.get(user, {"requireReauth": False})

    @delete("/shifts/{user:str}")
    async def end(user: FromPath[str]) -> None:
        watch.shifts.pop(user, None)
        watch.seen.pop(user, None)

    @asynccontextmanager
    async def watching(_: Litestar) -> AsyncIterator[None]:
        task = asyncio.create_task(watch.run(every_s))
        yield
        task.cancel()
        await watch.risk.close()

    return Litestar([begin, tell, end], lifespan=[watching])
