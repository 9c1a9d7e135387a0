"""The ML engine as a service of its own: one question a request, behind a service key."""

from __future__ import annotations

import asyncio
import os
import secrets

from watchword.bootstrap import Deployment
from watchword.config import load
from watchword.errors import NotFound
from watchword.ml import MAX_BYTES, MlEngine, decode_question, encode_verdict
from watchword.ports import Keys, Role
from watchword.stores.remote_ml import PATH
from watchword.web.asgi import App, Receive, Scope, Send
from watchword.web.authentication import Gate, header
from watchword.web.endpoint import JSON
from watchword.web.intake import CallerGone, read_body
from watchword.web.limits import Limits
from watchword.web.problems import MEDIA_TYPE, answer
from watchword.web.serving import follow_behaviour

ROLES: frozenset[Role] = frozenset({"service", "admin"})


class MlService:
    """The ASGI application of `watchword ml`: `POST /api/v1/ml/verdict`, and `GET /health` without a key.

    {user_id, session_id, events[]} is answered with {decision, confidence, similarity_score}.
    """

    def __init__(self, engine: MlEngine, keys: Keys, deployment: Deployment | None = None) -> None:
        self._engine = engine
        self._gate = Gate(keys, Limits())
        self._deployment = deployment

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._live(receive, send)
        elif scope["type"] == "http":
            await self._answer(scope, receive, send)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            body = await self._body(scope, receive)
        except CallerGone:
            return
        except Exception as error:  # the edge: every error becomes a problem document
            problem = answer(error, secrets.token_hex(8))
            await _send(send, problem.status, problem.body, MEDIA_TYPE, problem.headers)
            return
        await _send(send, 200, body, JSON)

    async def _body(self, scope: Scope, receive: Receive) -> bytes:
        if (scope["method"], scope["path"]) == ("GET", "/health"):
            return b'{"status":"ok"}'
        if (scope["method"], scope["path"]) != ("POST", PATH):
            raise NotFound("There is nothing at this path.")
        client = scope.get("client")
        self._gate.admit(header(scope["headers"], b"authorization"), client[0] if client else "", ROLES)
        question = decode_question(await read_body(receive, scope["headers"], MAX_BYTES))
        verdict = await self._engine.judge(question)
        assert verdict is not None, "the engine of this process always answers"
        return encode_verdict(verdict)

    async def _live(self, receive: Receive, send: Send) -> None:
        """Starts and ends with the server. Models that are trained meanwhile are taken in, as by the service."""
        deployment, chore = self._deployment, None
        while True:
            message = await receive()
            if message["type"] == "lifespan.startup":
                if deployment is not None:
                    await deployment.start()
                    chore = asyncio.create_task(follow_behaviour(deployment))
                await send({"type": "lifespan.startup.complete"})
                continue
            if chore is not None:
                chore.cancel()
                await asyncio.wait([chore])
            if deployment is not None:
                await deployment.close()
            await send({"type": "lifespan.shutdown.complete"})
            return


async def _send(send: Send, status: int, body: bytes, kind: str, headers: tuple[tuple[str, str], ...] = ()) -> None:
    sent = [(b"content-type", kind.encode()), (b"content-length", str(len(body)).encode())]
    sent += [(name.encode(), value.encode()) for name, value in headers]
    await send({"type": "http.response.start", "status": status, "headers": sent})
    await send({"type": "http.response.body", "body": body})


def make_ml_app() -> App:
    """The application on the data directory of the settings in the environment."""
    deployment = Deployment(load(os.environ))
    return MlService(deployment.ml, deployment.keys, deployment)
