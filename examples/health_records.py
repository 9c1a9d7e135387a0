"""Health records: opened by whoever is clearly the clinician, and every look is in the audit log.

uvicorn --factory health_records:make_app
"""

from __future__ import annotations

from typing import Any

from litestar import Litestar, Response, post
from litestar.params import FromPath, JSONBody
from msgspec import Struct
from watchword_client import Watchword

LEAST_TRUST = 70
OTHERWISE = 70.0  # in a hospital, no answer must not mean no record: it is opened, and audited as unverified


class Access(Struct, rename="camel"):
    """Who asks, from which session."""

    user_id: str
    session_id: str
    behavior: dict[str, Any] | None = None


def make_app(watchword: Watchword | None = None) -> Litestar:
    """The records of a clinic."""
    risk = watchword or Watchword.from_environment()

    @post("/records/{patient:str}", status_code=200)
    async def read_record(patient: FromPath[str], data: JSONBody[Access]) -> Response[dict[str, Any]]:
        score = await risk.score(data.user_id, data.session_id, data.behavior, OTHERWISE)
        trust = score["trustScore"]
        granted = trust >= LEAST_TRUST
        verified = granted and score["confidence"] > 0  # else it was allowed, but nothing was compared
        await risk.alert(
            "HEALTH_RECORD_ACCESS" if granted else "HEALTH_RECORD_DENIED", "INFO" if granted else "HIGH",
            userId=data.user_id, sessionId=data.session_id,
            details={"patientId": patient, "granted": granted, "behavioralVerified": verified, "trustScore": trust},
        )  # fmt: skip
        told = {"behavioralVerified": verified, "trustScore": trust}
        if not granted:
            return Response({"access": "denied", "requireReauth": True} | told, status_code=403)
        record = {"patientId": patient, "bloodGroup": "A+"}
        return Response({"access": "granted", "requireReauth": False, "record": record} | told)

    return Litestar([read_record], on_shutdown=[risk.close])
