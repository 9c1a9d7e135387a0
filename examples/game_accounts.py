"""Account sharing in games: whoever bought the account plays it, or nobody does.

uvicorn --factory game_accounts:make_app
"""

from __future__ import annotations

from typing import Any

from litestar import Litestar, Response, post
from litestar.params import JSONBody
from msgspec import Struct
from watchword_client import Watchword

OTHERWISE = 100.0  # without an answer the game goes on


class Turn(Struct, rename="camel"):
    """A stretch of play."""

    user_id: str
    session_id: str
    behavior: dict[str, Any] | None = None


def make_app(watchword: Watchword | None = None) -> Litestar:
    """The game's server, as far as accounts are concerned."""
    risk = watchword or Watchword.from_environment()
    suspended: dict[str, dict[str, Any]] = {}

    @post("/play", status_code=200)
    async def play(data: JSONBody[Turn]) -> Response[dict[str, Any]]:
        if data.user_id in suspended:
            return Response(suspended[data.user_id], status_code=403)
        score = await risk.score(data.user_id, data.session_id, data.behavior, OTHERWISE)
        trust = score["trustScore"]
        if not score["isAnomaly"]:
            return Response({"suspended": False, "trustScore": trust})
        found = {"suspended": True, "reason": "ACCOUNT_SHARING", "confidence": round(100 - trust, 4)}
        suspended[data.user_id] = found
        await risk.alert(
            "ACCOUNT_SHARING", "MEDIUM", userId=data.user_id, sessionId=data.session_id,
            message="Somebody else seems to play your account. It rests until you sign in with your second factor.",
            details={"trustScore": trust, "confidence": found["confidence"]}, notifyOwner=True,
        )  # fmt: skip
        return Response(found, status_code=403)

    return Litestar([play], on_shutdown=[risk.close])
