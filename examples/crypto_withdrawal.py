"""Crypto withdrawals: what has left can not be called back, so a stranger's is frozen and a risky one has to wait.

uvicorn --factory crypto_withdrawal:make_app
"""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from litestar import Litestar, Response, post
from litestar.params import JSONBody
from msgspec import Struct
from watchword_client import Watchword

FREEZE, CAREFUL = 50, 80
HIGH_RISK_AMOUNT = 5_000
DELAY_HOURS = 24
OTHERWISE = 50.0  # without an answer a risky withdrawal waits, and no account is frozen


class Withdrawal(Struct, rename="camel"):
    """A withdrawal; `amount` in euros."""

    user_id: str
    session_id: str
    amount: float
    address: str
    new_address: bool = False
    behavior: dict[str, Any] | None = None

    @property
    def high_risk(self) -> bool:
        """Much, or to where nothing went before."""
        return self.amount >= HIGH_RISK_AMOUNT or self.new_address


def make_app(watchword: Watchword | None = None) -> Litestar:
    """The exchange's withdrawals."""
    risk = watchword or Watchword.from_environment()

    @post("/withdrawals", status_code=200)
    async def withdraw(data: JSONBody[Withdrawal]) -> Response[dict[str, Any]]:
        number = f"wd-{uuid4().hex}"
        score = await risk.score(
            data.user_id, data.session_id, data.behavior, OTHERWISE,
            transactionId=number, amount=data.amount, currency="EUR", beneficiary=data.address,
        )  # fmt: skip
        trust = score["trustScore"]
        told = {"withdrawalId": number, "trustScore": trust}
        about = {"id": number, "userId": data.user_id, "sessionId": data.session_id, "notifyOwner": True}
        if trust < FREEZE:  # first: what is frozen needs no further question
            await risk.alert(
                "WITHDRAWAL_FROZEN", "CRITICAL", message="A withdrawal from your account was stopped.", **about,
                details={"trustScore": trust, "amount": data.amount, "frozen": True},
            )  # fmt: skip
            return Response({"approved": False, "frozen": True} | told, status_code=403)
        careful = trust < CAREFUL or not score["confidence"]  # no confidence: a page that sent nothing
        if data.high_risk and careful:
            steps = {"requireMFA": True, "requireEmailConfirmation": True, "delayHours": DELAY_HOURS}
            await risk.alert(
                "WITHDRAWAL_DELAYED", "MEDIUM", message="A withdrawal waits 24 hours for your confirmation.", **about,
                details=steps | {"trustScore": trust, "amount": data.amount},
            )  # fmt: skip
            return Response({"approved": False, "frozen": False} | steps | told, status_code=202)
        return Response({"approved": True, "frozen": False} | told)

    return Litestar([withdraw], on_shutdown=[risk.close])
