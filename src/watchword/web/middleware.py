"""Puts the engine in front of an ASGI application: requests are judged, refused or stepped up."""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec

from watchword.bootstrap import LocalEngine
from watchword.engine import Engine
from watchword.events.api_call import ApiCall
from watchword.events.event import Event, UserFacts
from watchword.events.login import Login
from watchword.policy.decision import Action
from watchword.web.asgi import App, Message, Receive, Scope, Send
from watchword.web.assessors import Assessor, InProcess, Judged, is_stopped
from watchword.web.problems import MEDIA_TYPE
from watchword.web.proxies import Proxies
from watchword.web.risk_options import (
    FINGERPRINT_FIELD,
    Identify,
    LoginRule,
    Person,
    RiskOptions,
    Seen,
    as_address,
    bounded,
    covers,
    person_of,
    read_header,
    shown_headers,
)  # fmt: skip
from watchword.web.tap import Miss, Misses, Pool, Tap

FINGERPRINT = b"x-device-fingerprint"
_logger = logging.getLogger("watchword.middleware")


class RiskMiddleware:
    """Judges the requests of an ASGI application.

    A path that a `LoginRule` names is passed to the application, and its answer tells whether the log-in succeeded; it
    is judged before the answer goes out, so a refused one never delivers its session. Any other request is judged as an
    API call first. `block` answers 403 and `verify` 401, as problem documents with decision id, message for the user
    and challenge. Users with an exempt role are judged and recorded, never stopped. Bodies are never held back. If the
    engine fails or is late, the request passes (`failures` counts). A log-in of which the user can not be told is
    judged as a call of nobody's, by address and browser alone (`misses` counts them by cause).

    `options` are `RiskOptions`, or a dictionary of them as in JSON; single ones may be given by their Python names.
    """

    def __init__(
        self,
        app: App,
        engine: Engine | LocalEngine | Assessor,
        options: RiskOptions | dict[str, Any] | None = None,
        *,
        logins: Iterable[LoginRule] = (LoginRule(),),
        identify: Identify = person_of,
        **single: Any,
    ) -> None:
        self.app = app
        self.options = _options(options, single)
        self.failures = 0
        self.misses = Misses()
        self.pool = Pool()
        self._assessor: Assessor = InProcess(engine) if isinstance(engine, Engine | LocalEngine) else engine
        self._logins = tuple(logins)
        self._identify = identify
        self._proxies = Proxies(self.options.trusted_proxies)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not self.options.enabled or self._is_exempt(scope):
            await self.app(scope, receive, send)
            return
        scope.setdefault("state", {})
        rule = next((one for one in self._logins if (one.method, one.path) == (scope["method"], scope["path"])), None)
        if rule is not None:
            await _LoginExchange(self, rule, scope, send).run(receive)
        else:
            await self._call(scope, receive, send)

    async def _call(self, scope: Scope, receive: Receive, send: Send) -> None:
        seen, person = self.look(scope), self._identify(scope)
        event = ApiCall(endpoint=seen.path[:2048] or "/", method=seen.method[:256], **common(seen, person))
        judged = await self.judge(event)
        action = self.action(judged, person)
        if judged is not None and is_stopped(action):
            await refuse(send, judged, action)
            return
        await self.app(scope, receive, send)

    async def judge(self, event: Event) -> Judged | None:
        """The decision; None where there is none in time."""
        try:
            async with asyncio.timeout(self.options.timeout_ms / 1000):
                return await self._assessor.judge(event)
        except Exception as error:  # fails open: the application stays up whatever happens here
            self.failures += 1
            _logger.warning("a request passed without judgement: %s", type(error).__name__)
            return None

    def action(self, judged: Judged | None, person: Person | None) -> Action:
        """What is done: the action under this application's thresholds, `allow` for the exempt."""
        if judged is None or (person and set(person.roles) & set(self.options.exempt_user_roles)):
            return "allow"
        return judged.act(self.options.block_threshold, self.options.verification_threshold)

    def look(self, scope: Scope) -> Seen:
        """What the request shows of its sender."""
        headers = scope["headers"]
        peer = scope.get("client")
        ip = as_address(self._proxies.client(peer[0] if peer else None, headers))
        seen = Seen(scope["path"], scope["method"], ip, datetime.now(UTC))
        agent = read_header(headers, b"user-agent")
        if not self.options.enable_device_fingerprinting:
            return msgspec.structs.replace(seen, user_agent=agent[:2048] if agent else None)
        return msgspec.structs.replace(
            seen,
            user_agent=agent[:2048] if agent else None,
            headers=shown_headers(headers),
            fingerprint=bounded(read_header(headers, FINGERPRINT)),
        )

    def identify(self, scope: Scope) -> Person | None:
        """Who is signed in, as far as the application has said by now."""
        return self._identify(scope)

    def _is_exempt(self, scope: Scope) -> bool:
        return scope["method"] == "OPTIONS" or covers(self.options.exempt_paths, scope["path"])


class _LoginExchange:
    """One log-in: the request flows through, the answer's head waits until it was judged."""

    def __init__(self, middleware: RiskMiddleware, rule: LoginRule, scope: Scope, send: Send) -> None:
        self._middleware = middleware
        self._rule = rule
        self._scope = scope
        self._send = send
        self._tap = Tap(middleware.pool)
        self._refused = self._missed = False

    async def run(self, receive: Receive) -> None:
        """Runs the application around the judgement."""

        async def tapped() -> Message:
            message = await receive()
            self._tap.see(message)
            return message

        try:
            await self._middleware.app(self._scope, tapped, self._pass)
        finally:
            self._tap.close()

    async def _pass(self, message: Message) -> None:
        if self._refused:
            return
        if message["type"] == "http.response.start":
            judged, action = await self._judge(message["status"])
            if judged is not None and is_stopped(action):
                self._refused = True
                await refuse(self._send, judged, action)
                return
            if self._missed and self._rule.refuse_unread and self._rule.outcome(message["status"]) == "success":
                self._refused = True
                await refuse_unread(self._send, self._tap.too_large)
                return
        await self._send(message)

    async def _judge(self, status: int) -> tuple[Judged | None, Action]:
        outcome = self._rule.outcome(status)
        if outcome is None:
            return None, "allow"
        fields = self._tap.fields(self._scope["headers"], self._rule.wanted)
        person = self._middleware.identify(self._scope)
        claimed = () if self._tap.unclear & set(self._rule.user_field) else self._rule.claimed(fields)
        user_id = bounded(person.user_id) if person else claimed[0] if len(claimed) == 1 else None
        seen = self._middleware.look(self._scope)
        if user_id is None:
            cause = self._cause(len(claimed))
            if outcome == "failure" and cause == "no user":
                return None, "allow"
            return await self._judge_nobody(seen, status, cause)
        if self._middleware.options.enable_device_fingerprinting and seen.fingerprint is None:
            seen = msgspec.structs.replace(seen, fingerprint=bounded(fields.get(FINGERPRINT_FIELD)))
        about = common(seen, Person(user_id, person.roles if person else ()))
        form = self._rule.behavior(fields)
        event = Login(result=outcome, endpoint=seen.path[:2048], behavior=form, **about)
        judged = await self._middleware.judge(event)
        return judged, self._middleware.action(judged, person)

    def _cause(self, claimed: int) -> Miss:
        if self._tap.too_large:
            return "too large"
        return "unclear" if claimed or self._tap.unclear & set(self._rule.user_field) else "no user"

    async def _judge_nobody(self, seen: Seen, status: int, cause: Miss) -> tuple[Judged | None, Action]:
        """A log-in that somebody is let in by, or a body that can not be read for sure: as a call of nobody's."""
        self._missed = True
        self._middleware.misses.note(cause, self._rule.path)
        event = ApiCall(endpoint=seen.path[:2048], method=seen.method[:256], status=status, **common(seen, None))
        judged = await self._middleware.judge(event)
        return judged, self._middleware.action(judged, None)


def common(seen: Seen, person: Person | None) -> dict[str, Any]:
    """What every event of a request has."""
    roles = tuple(role[:256] for role in person.roles if role)[:32] if person else ()
    return {
        "id": f"mw-{secrets.token_hex(16)}",
        "occurred_at": seen.at,
        "ip": seen.ip,
        "user_id": bounded(person.user_id) if person else None,
        "user_agent": seen.user_agent,
        "headers": seen.headers,
        "device_fingerprint": seen.fingerprint,
        "user": UserFacts(roles=roles) if roles else None,
    }


async def refuse(send: Send, judged: Judged, action: Action) -> None:
    """Answers in the application's place: 403 for `block`, 401 for `verify`."""
    wire = msgspec.json.decode(judged.wire)
    blocked = action == "block"
    message = wire.get("userMessage") or {}
    body = msgspec.json.encode(
        {
            "type": f"urn:watchword:problem:{'blocked' if blocked else 'verification-required'}",
            "title": message.get("title") or ("Blocked" if blocked else "Verification required"),
            "status": 403 if blocked else 401,
            "code": "BLOCKED" if blocked else "VERIFICATION_REQUIRED",
            "detail": message.get("text"),
            "decisionId": wire["id"],
            "userMessage": wire.get("userMessage"),
            "challenge": None if blocked else wire.get("challenge") or judged.offer,
        }
    )
    more = () if blocked else ((b"www-authenticate", b'StepUp realm="watchword"'),)
    await _answer(send, 403 if blocked else 401, body, more)


async def refuse_unread(send: Send, too_large: bool) -> None:
    """Answers in the application's place where nobody can tell who logged in: 413 for a large body, else 422."""
    status = 413 if too_large else 422
    title = "This request is too large to be read" if too_large else "This request names no user"
    told = {"type": "urn:watchword:problem:login-unread", "title": title, "status": status, "code": "LOGIN_UNREAD"}
    await _answer(send, status, msgspec.json.encode(told))


async def _answer(send: Send, status: int, body: bytes, more: Sequence[tuple[bytes, bytes]] = ()) -> None:
    headers = [(b"content-type", MEDIA_TYPE.encode()), (b"content-length", b"%d" % len(body)), *more]
    headers.append((b"cache-control", b"no-store"))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def _options(options: RiskOptions | dict[str, Any] | None, single: dict[str, Any]) -> RiskOptions:
    """Raises msgspec.ValidationError, or TypeError, for an option that is wrong."""
    known = options if isinstance(options, RiskOptions) else msgspec.convert(options or {}, RiskOptions)
    return msgspec.convert(msgspec.structs.replace(known, **single), RiskOptions, from_attributes=True)
