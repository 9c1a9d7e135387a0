"""Account takeover: the right password is not enough where somebody else typed it.

uvicorn --factory account_takeover:make_app
"""

from __future__ import annotations

from hmac import compare_digest
from typing import Any
from uuid import uuid4

from litestar import Litestar, Request, Response, post
from litestar.params import JSONBody
from msgspec import Struct
from watchword_client import Watchword

LEAST_TRUST = 50
OTHERWISE = 50.0  # a log-in without an answer goes on: a risk engine that rests must not close the door
PASSWORDS = {"ada": ".tie5Roanl", "ines": "violet-harbour"}


class LogIn(Struct, rename="camel"):
    """The form, with what `watchword.recordForm(...).behavior()` saw of it."""

    username: str
    password: str
    behavior: dict[str, Any] | None = None


def make_app(watchword: Watchword | None = None) -> Litestar:
    """The log-in of an application."""
    risk = watchword or Watchword.from_environment()

    async def trust_in(user: str, attempt: str, behavior: dict[str, Any] | None) -> float:
        """Asked before the log-in is reported: afterwards its rhythm may be learnt, and would look like a replay."""
        score = await risk.score(user, attempt, behavior, OTHERWISE)
        await risk.end(user, attempt)
        return float(score["trustScore"])

    @post("/login", status_code=200)
    async def log_in(data: JSONBody[LogIn], request: Request[Any, Any, Any]) -> Response[dict[str, Any]]:
        user, ip, attempt = data.username, request.client.host if request.client else "", f"login-{uuid4().hex}"
        right = compare_digest(PASSWORDS.get(user, "").encode(), data.password.encode()) and user in PASSWORDS
        trust = await trust_in(user, attempt, data.behavior) if right else 0.0
        refused = trust < LEAST_TRUST
        decision = await risk.decide(
            {
                "type": "login", "id": attempt, "userId": user, "ip": ip, "method": "password",
                "result": "failure" if refused else "success", "userAgent": request.headers.get("user-agent", ""),
            }
            | ({"behavior": data.behavior} if data.behavior else {})
        )  # fmt: skip
        if not right:
            return Response({"action": "block", "message": "Name or password is wrong."}, status_code=401)
        action, told = decision["action"], {"decisionId": decision.get("id"), "trustScore": trust}
        if refused or action == "block":
            await risk.alert(
                "ACCOUNT_TAKEOVER_ATTEMPT", "CRITICAL", id=attempt, userId=user, sessionId=attempt,
                message=f"A log-in with your password from {ip} was stopped.",
                details={"userId": user, "trustScore": trust, "ipAddress": ip},
                notifyOwner=refused,  # of what Watchword itself blocked, it tells the owner
            )  # fmt: skip
            return Response({"action": "block", "message": "We could not let you in."} | told, status_code=403)
        if action == "verify":
            return Response({"action": "verify", "challenge": decision["challenge"]} | told, status_code=401)
        opened = await risk.open(user, "password", ip)
        return Response({"action": "allow", "session": opened} | told)

    return Litestar([log_in], on_shutdown=[risk.close])
