"""VPN admission: the tunnel opens for the employee, not for whoever has the employee's laptop.

uvicorn --factory vpn_admission:make_app
"""

from __future__ import annotations

from typing import Any

from litestar import Litestar, Request, Response, post
from litestar.params import JSONBody
from msgspec import Struct
from watchword_client import Watchword

LEAST_TRUST = 60
OTHERWISE = 0.0  # a network is closed to whom nobody can judge


class Admission(Struct, rename="camel"):
    """Who asks to be let in. `behavior` is of the VPN's own sign-in page."""

    user_id: str
    session_id: str
    behavior: dict[str, Any] | None = None


def make_app(watchword: Watchword | None = None) -> Litestar:
    """What the VPN's gateway asks before it opens a tunnel."""
    risk = watchword or Watchword.from_environment()

    @post("/admissions", status_code=200)
    async def admit(data: JSONBody[Admission], request: Request[Any, Any, Any]) -> Response[dict[str, Any]]:
        score = await risk.score(data.user_id, data.session_id, data.behavior, OTHERWISE)
        trust = score["trustScore"]
        if trust >= LEAST_TRUST:
            return Response({"admitted": True, "trustScore": trust})
        address = request.client.host if request.client else None
        await risk.alert(
            "VPN_ACCESS_DENIED", "HIGH", userId=data.user_id, sessionId=data.session_id,
            details={"userId": data.user_id, "trustScore": trust, "ipAddress": address},
        )  # fmt: skip
        return Response({"admitted": False, "error": "VPN_ACCESS_DENIED", "trustScore": trust}, status_code=403)

    return Litestar([admit], on_shutdown=[risk.close])
