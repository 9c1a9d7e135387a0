"""High-value transfers: over 10,000 the bank asks for a second factor unless it is clearly the owner who types.

uvicorn --factory high_value_transfer:make_app
"""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from litestar import Litestar, Response, post
from litestar.params import JSONBody
from msgspec import Struct
from watchword_client import Watchword

HIGH_VALUE = 10_000
LEAST_TRUST = 70
OTHERWISE = 0.0  # without an answer a large transfer needs the second factor; a small one goes on


class Transfer(Struct, rename="camel"):
    """A transfer. A page that streams (`watchword.startSession`) need not send `behavior`: the samples are there."""

    user_id: str
    session_id: str
    amount: float
    currency: str
    beneficiary: str
    behavior: dict[str, Any] | None = None


def make_app(watchword: Watchword | None = None) -> Litestar:
    """The bank's transfers."""
    risk = watchword or Watchword.from_environment()

    @post("/transfers", status_code=200)
    async def transfer(data: JSONBody[Transfer]) -> Response[dict[str, Any]]:
        number = f"tr-{uuid4().hex}"
        score = await risk.score(
            data.user_id, data.session_id, data.behavior, OTHERWISE,
            transactionId=number, amount=data.amount, currency=data.currency, beneficiary=data.beneficiary,
        )  # fmt: skip
        trust, seen = score["trustScore"], score["confidence"] > 0
        told = {"transferId": number, "trustScore": trust}
        if data.amount > HIGH_VALUE and (trust < LEAST_TRUST or not seen):  # not seen: a page that sent nothing
            await risk.alert(
                "HIGH_VALUE_TRANSFER_HELD", "MEDIUM", id=number, userId=data.user_id, sessionId=data.session_id,
                message=f"A transfer of {data.amount:,.2f} {data.currency} waits for your confirmation.",
                details={"trustScore": trust, "amount": data.amount, "requireMFA": True}, notifyOwner=True,
            )  # fmt: skip
            return Response({"approved": False, "requireMFA": True} | told, status_code=202)
        return Response({"approved": True, "requireMFA": False} | told)

    return Litestar([transfer], on_shutdown=[risk.close])
