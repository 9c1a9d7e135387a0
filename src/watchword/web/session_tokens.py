"""Calls in the name of one session: its token, instead of a key, opens what concerns that session alone."""

from __future__ import annotations

from watchword.errors import Unauthenticated
from watchword.sessions.records import Claim
from watchword.web.asgi import Scope
from watchword.web.authentication import Caller, Gate, header, secret_of
from watchword.web.edge import Visit
from watchword.web.endpoint import Call
from watchword.web.intake import parameters
from watchword.web.roles import BY_TOKEN, ENDPOINTS
from watchword.web.service import Service

MAX_TOKEN = 512
BEACON = "POST /api/v1/sessions/{sessionId}/events"


def admit(gate: Gate, service: Service, name: str, scope: Scope) -> tuple[Caller | None, str | None]:
    """Who calls that endpoint: the holder of a key, or of what may be a session's token, which `claim_of` looks at.

    Raises Unauthenticated, Forbidden, LimitExceeded.
    """
    roles = ENDPOINTS[name]
    if not roles:
        return None, None
    authorization = header(scope["headers"], b"authorization")
    if name in BY_TOKEN:
        secret = secret_of(authorization) if authorization is not None else _in_url(name, scope)
        if 0 < len(secret) <= MAX_TOKEN and service.keys.find(secret) is None:
            return None, secret
    seen: Visit = scope["visit"]
    return gate.admit(authorization, seen.address, roles), None


def _in_url(name: str, scope: Scope) -> str:
    """The token of a beacon, which can not send headers."""
    if name != BEACON:
        return ""
    return parameters(scope["query_string"]).get("token", "")


async def claim_by_token(call: Call, session_id: str | None, user_id: str | None = None) -> Claim:
    """The claim of this call by a session's token, whichever session's where none is named. Raises Unauthenticated."""
    try:
        return await call.service.sessions.admit(session_id, call.token or "", user_id)
    except Unauthenticated:
        call.service.limits.count_wrong(call.address)
        raise


async def claim_of(call: Call, session_id: str, user_id: str | None = None) -> Claim:
    """The claim of this call on a session: by its token, or by a key whose role was let in.

    Raises Unauthenticated (Blocked), NotFound, Conflict where the id alone is ambiguous; LimitExceeded for an address
    that tries wrong tokens.
    """
    if call.claim is not None:
        return call.claim
    if call.token is None:
        assert call.caller is not None
        return await call.service.sessions.claim(session_id, user_id)
    return await claim_by_token(call, session_id, user_id)
