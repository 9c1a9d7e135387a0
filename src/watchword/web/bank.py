"""The demo bank: a small application that does with Watchword what a real one would, and shows what the engine sees.

Only `watchword demo` mounts it. The bank's server is the handlers below; each says what a real bank's would do there.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Coroutine, Sequence
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal
from uuid import uuid4

import msgspec
import numpy as np
from litestar import Request, Response, get, post
from msgspec import Meta, Struct

from watchword.behaviour.trust import PRIOR_CODE
from watchword.bootstrap import Deployment
from watchword.devices import Visit
from watchword.errors import InvalidInput, Unauthenticated
from watchword.events.api_call import ApiCall
from watchword.events.device_data import DeviceData
from watchword.events.event import Probe, Record, Text
from watchword.events.login import FormBehavior, Login
from watchword.events.samples import AnySample, Batch, RawSample
from watchword.learning import bank_play as play
from watchword.policy.decision import Decision
from watchword.policy.device_looks import claimed_fingerprint
from watchword.ports import Templates
from watchword.sessions.engine import SessionEngine
from watchword.sessions.records import Claim, Opening, Scoring, SessionView, Transaction
from watchword.web.console.shelf import edition
from watchword.web.console.words import in_prose, title
from watchword.web.service import Service
from watchword.web.serving import Lifespan, serve_deployment

Ask = Request[Any, Any, Any]
Account = Literal["you", "ines"]
NAMES: dict[Account, str] = {"you": "You", "ines": "Ines Duarte"}
USERS: dict[Account, str] = {"you": "visitor", "ines": "ines.duarte"}
NEEDED = 10
TAUGHT_SESSIONS = 30
PAGES = Path(__file__).parent / "pages"
KINDS = {".css": "text/css", ".js": "text/javascript", ".html": "text/html"}
HIGH_VALUE = 10_000.0
MPIN = "2580"
POLICY = (
    "default-src 'self'; style-src 'self' 'unsafe-inline'; worker-src blob:; frame-ancestors 'none'; base-uri 'none'"
)
LANES = {"fixed_text": "Password", "free_text": "Typing", "mouse": "Pointer"}


class DeviceIn(Record, kw_only=True):
    """What the page's browser looks like."""

    device_data: DeviceData
    hints: Annotated[tuple[Probe, ...], Meta(max_length=128)] = ()


class LoginIn(Record, kw_only=True):
    """A sign-in."""

    account: Account
    password: Annotated[str, Meta(max_length=256)]
    behavior: FormBehavior | None = None
    device: DeviceIn | None = None


class SessionIn(Record, kw_only=True):
    """What a page says of its session."""

    session_id: Text
    user_id: Text
    token: Text


class TransferIn(SessionIn, kw_only=True):
    """A transfer."""

    to: Annotated[str, Meta(max_length=256)] = ""
    iban: Annotated[str, Meta(max_length=256)] = ""
    amount: Annotated[str, Meta(max_length=32)] = ""
    reference: Annotated[str, Meta(max_length=256)] = ""


class FeedIn(SessionIn, kw_only=True):
    """Samples of a simulated person."""

    samples: Annotated[tuple[RawSample, ...], Meta(max_length=500)]


class ActIn(Record, kw_only=True):
    """Who is to type, and where."""

    role: Annotated[play.Role, Meta()] = msgspec.field(name="as")
    screen: Literal["login", "transfer"]
    account: Account = "you"


class PersonIn(Record, kw_only=True):
    """Which customer."""

    account: Account


class Known(Struct, frozen=True):
    """How much is learnt of one way of behaving."""

    title: str
    learnt: int
    needed: int = NEEDED


class Played:
    """A stream of simulated people, one after the other."""

    def __init__(self, nonce: str) -> None:
        self.nonce = nonce
        self.last = 0
        self._begins = self._at = self._until = 0.0

    def number(self, samples: Sequence[AnySample]) -> tuple[AnySample, ...]:
        """The samples as the next ones of this stream."""
        made = []
        for one in samples:
            if (one.t or 0.0) < self._at:
                self._begins = self._until + 2_000.0
            self._at = one.t or 0.0
            self._until = self._begins + self._at
            self.last += 1
            made.append(msgspec.structs.replace(one, seq=self.last, t=round(self._until, 1)))
        return tuple(made)


class Bank:
    """The bank's server. `teach` makes Ines known; a visitor is not."""

    def __init__(self, service: Service, sessions: SessionEngine, templates: Templates) -> None:
        self.service, self.sessions, self.templates = service, sessions, templates
        self.holds: dict[str, list[float]] = {}
        self.streams: dict[str, Played] = {}
        self.sittings = TAUGHT_SESSIONS
        self.opened: dict[str, str] = {}
        self.browsers: deque[tuple[str, ...]] = deque(maxlen=100)

    async def teach(self) -> None:
        """Lets Ines sign in and pay for weeks, in no time; gives both customers an MPIN."""
        for user in USERS.values():
            await self.sessions.enrol_mpin(user, MPIN)
        began = min(self.service.engine.clock(), self.sessions.clock())
        for sitting in range(TAUGHT_SESSIONS):
            secret = play.typed(play.OWNER, sitting, play.field_id("login", "password"), sitting + 40)
            when = began - timedelta(days=TAUGHT_SESSIONS - sitting, minutes=7 * (sitting % 5))
            answer = await self.login(LoginIn(account="ines", password=play.PHRASE, behavior=_form(secret)), when)
            if (opened := answer.get("session")) is None:
                continue
            claim = await self.sessions.admit(opened["sessionId"], opened["token"], opened["userId"])
            made = play.written(play.OWNER, sitting, play.field_id("transfer", "reference"))
            for at in range(0, len(made), 400):
                await self._take(claim, made[at : at + 400])
            await self.sessions.end(claim)
            self.streams.pop(claim.session_id, None)

    async def login(self, given: LoginIn, at: datetime | None = None) -> dict[str, Any]:
        """Asks the engine before anybody is let in, and opens a session for whoever is."""
        user, right = USERS[given.account], given.password == play.PHRASE
        decision = await self.service.engine.assess(
            Login(
                id=f"demo-{uuid4().hex}", occurred_at=at or self.service.engine.clock(), user_id=user, ip="127.0.0.1",
                result="success" if right else "failure", method="password", behavior=given.behavior,
                device_fingerprint=_look(given.device), user_agent=_agent(given.device),
            ),
            "demo-bank",
        )  # fmt: skip
        answer: dict[str, Any] = {"name": NAMES[given.account], "action": decision.action}
        if not right:
            answer |= {"action": "block", "says": "That is not the password."}
        elif decision.action in ("verify", "block"):
            answer["says"] = _refusal(decision)
        answer |= _of_login(decision)
        if right and decision.action in ("allow", "monitor"):
            if given.behavior is not None:
                self._remember(user, play.holds(given.behavior.events))
            opened = await self.sessions.open(Opening(user_id=user, method="password", strong=True, ip="127.0.0.1"))
            self.opened[user] = opened.session_id
            answer["session"] = {"sessionId": opened.session_id, "userId": user, "token": opened.token}
        return answer | await self.person(given.account)

    async def person(self, account: Account) -> dict[str, Any]:
        """What is known of a customer."""
        user = USERS[account]
        template = await self.templates.template(self.service.engine.pseudonyms.of("user", user))
        learnt = dict.fromkeys(LANES, 0)
        for shelf, content in template.shelves.items():
            name = shelf.partition("/")[0]
            if name in learnt:
                learnt[name] = max(learnt[name], content.accepted)
        known = [Known(title, learnt[name]) for name, title in LANES.items()]
        return {
            "known": known, "learnt": learnt["fixed_text"], "needed": NEEDED, "usualHold": self._band(user),
            "name": NAMES[account],
        }  # fmt: skip

    async def device(self, given: DeviceIn) -> dict[str, Any]:
        """What speaks against the browser that opened the page."""
        now = self.service.engine.clock()
        event = ApiCall(
            id="device", occurred_at=now, ip="127.0.0.1", endpoint="/demo", user_agent=_agent(given),
            device_fingerprint=_look(given),
        )  # fmt: skip
        facts = self.service.engine.enricher.enrich(event, int(now.timestamp() * 1000))
        seen = await self.service.devices.see(Visit(data=given.device_data, facts=facts))
        factors = seen.factors if seen is not None else ()
        self.browsers.append(tuple(one.factor for one in factors))
        return {"factors": [{"title": one.factor.replace("_", " "), "severity": one.severity} for one in factors]}

    async def look(self, given: SessionIn) -> dict[str, Any]:
        """What the engine thinks of a session now."""
        claim = await self.sessions.admit(given.session_id, given.token, given.user_id)
        return await self._seen(claim)

    async def transfer(self, given: TransferIn) -> dict[str, Any]:
        """Asks for the score before money moves, as the integration guide says."""
        claim = await self.sessions.admit(given.session_id, given.token, given.user_id)
        amount = _amount(given.amount)
        await self.sessions.context(
            claim,
            Transaction(id=f"tr-{uuid4().hex}", amount=amount, currency="EUR", beneficiary=given.iban or given.to),
        )
        state = await self.sessions.state(claim.session_id, claim.user_id)
        if state.ended_ms is not None:
            return _at_risk(state) | {"outcome": "bad", "says": "Stopped. The session was ended, and nothing was sent."}
        seen = await self._seen(claim)
        trust, level = seen["trustScore"], seen["level"]
        if level != "normal":
            return seen | {"outcome": "ask", "says": f"Please verify your MPIN first. (It is {MPIN}.)"}
        if seen["isAnomaly"] or trust < 50:
            return seen | {"outcome": "bad", "says": f"Held. Trust is {trust:.0f}: this does not look like the owner."}
        if amount > HIGH_VALUE and trust < 70:
            return seen | {"outcome": "ask", "says": "A second factor is needed for that amount."}
        return seen | {"outcome": "good", "says": f"Sent. Trust is {trust:.0f}."}

    async def act(self, given: ActIn) -> dict[str, Any]:
        """What a simulated person types."""
        self.sittings += 1
        owner = play.OWNER if given.account == "ines" else play.VISITOR
        who = owner if given.role == "owner" else play.STRANGER
        if given.screen == "login":
            samples = play.typed(
                who, self.sittings, play.field_id("login", "password"), 60 if given.role == "owner" else 2
            )
        else:
            samples = play.written(who, self.sittings, play.field_id("transfer", "reference"))
        return {"samples": samples, "screenFacts": {"w": 1440, "h": 900, "dpr": 1}}

    async def feed(self, given: FeedIn) -> dict[str, Any]:
        """Takes the samples of a simulated person, as the WebSocket takes a real one's."""
        claim = await self.sessions.admit(given.session_id, given.token, given.user_id)
        await self._take(claim, given.samples)
        return _at_risk(await self.sessions.state(claim.session_id, claim.user_id))

    async def _take(self, claim: Claim, samples: Sequence[AnySample]) -> None:
        """A simulated person's samples go on where the last one's ended: their clocks begin anew, the session's not."""
        if (stream := self.streams.get(claim.session_id)) is None:
            stream = self.streams[claim.session_id] = Played((await self.sessions.join(claim)).nonce)
        events = stream.number(samples)
        await self.sessions.take(
            claim,
            Batch(
                session_id=claim.session_id, user_id=claim.user_id, nonce=stream.nonce,
                first_seq=stream.last + 1 - len(events), events=events,
            ),
        )  # fmt: skip

    async def _seen(self, claim: Claim) -> dict[str, Any]:
        score = await self.sessions.score(Scoring(user_id=claim.user_id, session_id=claim.session_id))
        state = await self.sessions.state(claim.session_id, claim.user_id)
        reasons = [
            {"title": title(one.code), "message": one.message, "contribution": one.contribution}
            for one in score.top_reasons
            if one.code != PRIOR_CODE and abs(one.contribution) >= 0.5
        ]
        account: Account = "ines" if claim.user_id == USERS["ines"] else "you"
        return {
            "trustScore": score.trust_score, "isAnomaly": score.is_anomaly, "reasons": reasons,
            "saying": score.ai_analysis, "phase": score.phase,
        } | _at_risk(state) | await self.person(account)  # fmt: skip

    def _remember(self, user: str, held: list[float]) -> None:
        self.holds[user] = (self.holds.get(user, []) + held)[-400:]

    def _band(self, user: str) -> tuple[float, float] | None:
        held = self.holds.get(user, [])
        if len(held) < 3 * len(play.PHRASE):
            return None
        low, high = np.quantile(held, (0.05, 0.95))
        return float(low), float(high)


def _form(samples: Sequence[AnySample]) -> FormBehavior:
    return FormBehavior(events=samples)  # type: ignore[arg-type]


def _look(given: DeviceIn | None) -> Any:
    return claimed_fingerprint(given.device_data, given.hints) if given is not None else None


def _agent(given: DeviceIn | None) -> str | None:
    return given.device_data.device_info.user_agent if given is not None else None


def _refusal(decision: Decision) -> str:
    return "We do not recognise you. " + (
        "Please confirm with your MPIN." if decision.action == "verify" else "Please call us."
    )


def _of_login(decision: Decision) -> dict[str, Any]:
    shares = dict(decision.contributions)
    reasons = [
        {"title": title(one.code), "message": one.message, "contribution": -shares.get(one.code, 0) / 10_000}
        for one in decision.evidence
    ]
    said = ", ".join(in_prose(one.code) for one in decision.evidence) or "nothing speaks against it"
    return {
        "trustScore": 100 - decision.score / 10_000, "reasons": reasons,
        "saying": f"The log-in: {decision.action}. {said[0].upper()}{said[1:]}.",
    }  # fmt: skip


def _at_risk(state: SessionView) -> dict[str, Any]:
    return {"riskScore": state.risk_score, "level": state.level}


def _amount(text: str) -> float:
    try:
        return float(text.replace(",", "").replace(" ", "") or 0)
    except ValueError:
        raise InvalidInput("The amount is no number.", "amount") from None


async def _person(bank: Bank, given: PersonIn) -> dict[str, Any]:
    return await bank.person(given.account)


def serve_bank(deployment: Deployment, *more: Callable[[], Coroutine[Any, Any, None]]) -> tuple[Lifespan, Bank]:
    """The application of a deployment with the bank beside it. `more` as in `serve_deployment`."""
    opened: list[Bank] = []

    def beside(service: Service) -> list[Any]:
        opened.append(Bank(service, deployment.sessions, deployment.parts.templates))
        return bank_routes(lambda: opened[0])

    app = serve_deployment(deployment, *more, beside=beside)
    return app, opened[0]


def bank_routes(bank: Callable[[], Bank]) -> list[Any]:
    """Everything to mount: the bank's pages below /demo, and what its server answers."""
    takes: dict[str, tuple[type[Struct], Callable[[Bank, Any], Any]]] = {
        "login": (LoginIn, Bank.login), "transfer": (TransferIn, Bank.transfer), "look": (SessionIn, Bank.look),
        "act": (ActIn, Bank.act), "feed": (FeedIn, Bank.feed), "device": (DeviceIn, Bank.device),
        "person": (PersonIn, _person),
    }  # fmt: skip

    @get("/demo", include_in_schema=False)
    async def front(request: Ask) -> Response[bytes]:
        """The bank."""
        return _page("bank.html")

    @get("/demo/{name:str}", include_in_schema=False)
    async def asset(request: Ask) -> Response[bytes]:
        """The bank's style and script."""
        return _page(str(request.path_params["name"]))

    @post("/demo/api/{what:str}", include_in_schema=False, status_code=200)
    async def answer(request: Ask) -> Response[bytes]:
        """What the bank's server answers."""
        what = str(request.path_params["what"])
        if what not in takes:
            raise InvalidInput("The bank does not do that.", "what")
        kind, act = takes[what]
        try:
            given = msgspec.json.decode(await request.body(), type=kind)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise InvalidInput(str(error)) from None
        return Response(msgspec.json.encode(await act(bank(), given)), media_type="application/json")

    return [front, asset, answer]


@cache
def _files() -> dict[str, bytes]:
    found = {path.name: path.read_bytes() for path in PAGES.iterdir() if path.suffix in KINDS}
    return found | {"bank.html": found["bank.html"].replace(b"{edition}", edition().encode())}


def _page(name: str) -> Response[bytes]:
    content = _files().get(name)
    if content is None:
        raise Unauthenticated("The bank has no such page.")
    kind = KINDS[Path(name).suffix]
    headers = {"Content-Security-Policy": POLICY, "Cache-Control": "no-cache", "X-Content-Type-Options": "nosniff"}
    return Response(content, media_type=f"{kind}; charset=utf-8", headers=headers)
