"""A deployment's step-up from its settings: real mail, real webhooks, live sessions whose risk moves."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.delivery.servers import Hooks, Sink, mail_sink, webhook_sink

from watchword.actions.challenges import Enrolling, Told
from watchword.bootstrap import Deployment, open_engine, system_clock
from watchword.challenging.challenges import Asking
from watchword.config import load
from watchword.delivery.webhook import verify
from watchword.errors import ConfigurationError
from watchword.sessions.records import Opening
from watchword.stepup import Channels
from watchword.web.app import create_app
from watchword.web.middleware import RiskMiddleware
from watchword.web.serving import make_service

SECRET = "not-to-be-shown-4711"


class Running:
    """A deployment with its mail server and its receiver of webhooks, asked over REST."""

    def __init__(self, mails: Sink, hooks: Hooks, environment: dict[str, str]) -> None:
        self.mails, self.hooks = mails, hooks
        self.deployment = Deployment(load(environment))
        self.service = make_service(self.deployment)
        key = self.service.keys.create("app", "service")[1]
        self.admin = self.service.keys.create("boss", "admin")[1]
        transport = httpx.ASGITransport(app=create_app(self.service))
        self.client = httpx.AsyncClient(
            transport=transport, base_url="http://watchword", headers={"authorization": f"Bearer {key}"}
        )

    async def post(self, path: str, **body: Any) -> dict[str, Any]:
        response = await self.client.post(path, json=body)
        assert response.status_code == 200, response.text
        return dict(response.json())


@pytest.fixture
def running() -> Iterator[Running]:
    with mail_sink() as (mails, port), webhook_sink() as (hooks, url):
        environment = {
            "WATCHWORD_STORE": "memory", "WATCHWORD_FEEDS_REFRESH": "false", "WATCHWORD_SERVICE_NAME": "Example Bank",
            "WATCHWORD_SMTP_URL": f"smtp://127.0.0.1:{port}", "WATCHWORD_MAIL_FROM": "no-reply@bank.example",
            "WATCHWORD_SMS_WEBHOOK_URL": url, "WATCHWORD_SMS_WEBHOOK_SECRET": SECRET,
            "WATCHWORD_NOTICE_WEBHOOK_URL": url, "WATCHWORD_NOTICE_WEBHOOK_SECRET": SECRET,
            "WATCHWORD_PUBLIC_URL": "https://risk.bank.example",
        }  # fmt: skip
        yield Running(mails, hooks, environment)


async def test_codes_come_by_mail_and_by_text_message(running: Running) -> None:
    mailed = await running.post("/api/v1/challenges", userId="ada", type="email_otp", to="ada@example.org", locale="de")
    mail = running.mails.mails[0]
    assert mail["from"] == "no-reply@bank.example" and "Ihr Code für Example Bank" in mail["subject"]
    answer = f"/api/v1/challenges/{mailed['id']}/answer"
    assert (await running.post(answer, code=mail["subject"][:6]))["passed"]
    texted = await running.post("/api/v1/challenges", userId="ada", type="sms_otp", to="+43 660 123456")
    headers, body = running.hooks.got[0]
    assert verify(SECRET.encode(), headers["watchword-signature"], body, time.time())
    assert running.hooks.bodies[0]["to"] == "+43660123456"
    code = re.search(r"\d{6}", running.hooks.bodies[0]["text"])
    assert code
    assert (await running.post(f"/api/v1/challenges/{texted['id']}/answer", code=code.group()))["passed"]


async def test_an_owner_is_told_by_webhook(running: Running) -> None:
    for number in range(12):
        event = {
            "type": "login", "id": f"e{number}", "occurredAt": running.deployment.engine.clock().isoformat(),
            "userId": "ada", "ip": "192.0.2.7", "result": "success",
        }  # fmt: skip
        decision = await running.post("/api/v1/events", **event)
    assert decision["action"] == "block"
    await running.service.step_up.notices.drain()
    notices = [one for one in running.hooks.bodies if one["type"] == "notice"]
    assert notices and notices[0]["userId"] == "ada"
    assert notices[0]["links"]["itWasMe"].startswith("https://risk.bank.example/confirm/")


async def test_who_says_that_it_was_not_them_ends_their_sessions(running: Running) -> None:
    sessions = running.deployment.sessions
    await sessions.open(Opening(user_id="ada", session_id="s1", method="password"))
    await sessions.open(Opening(user_id="bob", session_id="s1", method="password"))
    for number in range(7):
        event = {
            "type": "login", "id": f"n{number}", "occurredAt": running.deployment.engine.clock().isoformat(),
            "userId": "ada", "ip": "192.0.2.7", "result": "success",
        }  # fmt: skip
        await running.post("/api/v1/events", **event)
    await running.service.step_up.notices.drain()
    link = next(one for one in running.hooks.bodies if one["type"] == "notice")["links"]["itWasNotMe"]
    path = link.removeprefix("https://risk.bank.example")
    assert (await running.client.get(path)).status_code == 200
    assert (await sessions.state("s1", "ada")).ended_ms is None
    assert "Thank you" in (await running.client.post(path)).text
    assert (await sessions.state("s1", "ada")).ended_ms is not None
    assert (await sessions.state("s1", "bob")).ended_ms is None


async def test_a_notice_survives_the_end_of_its_process(tmp_path: Path) -> None:
    with mail_sink() as (mails, _), webhook_sink() as (hooks, url):
        environment = {
            "WATCHWORD_DATA_DIR": str(tmp_path / "data"), "WATCHWORD_FEEDS_REFRESH": "false",
            "WATCHWORD_NOTICE_WEBHOOK_URL": url, "WATCHWORD_NOTICE_WEBHOOK_SECRET": SECRET,
            "WATCHWORD_PUBLIC_URL": "https://risk.bank.example",
        }  # fmt: skip
        hooks.statuses = [503] * 100
        first = Running(mails, hooks, environment)
        await first.deployment.start()
        for number in range(7):
            event = {
                "type": "login", "id": f"p{number}", "occurredAt": first.deployment.engine.clock().isoformat(),
                "userId": "ada", "ip": "192.0.2.7", "result": "success",
            }  # fmt: skip
            await first.post("/api/v1/events", **event)
        await first.deployment.close()
        hooks.statuses, hooks.got = [], []
        now = system_clock()
        second = Deployment(load(environment), clock=lambda: now + timedelta(minutes=5))
        await second.start()
        await second.step_up.notices.again()
        assert {one["type"] for one in hooks.bodies} == {"notice"}
        token = hooks.bodies[0]["links"]["itWasMe"].rpartition("/")[2]
        link = second.step_up.notices.link(token)
        assert link is not None and await second.step_up.notices.decision(link) is not None
        await second.close()


async def test_a_channel_without_settings_is_a_clear_refusal() -> None:
    with mail_sink() as (mails, _), webhook_sink() as (hooks, _url):
        running = Running(mails, hooks, {"WATCHWORD_STORE": "memory", "WATCHWORD_FEEDS_REFRESH": "false"})
        body = {"userId": "ada", "type": "sms_otp", "to": "+43660123456"}
        response = await running.client.post("/api/v1/challenges", json=body)
        assert (response.status_code, response.json()["code"]) == (502, "DELIVERY")
        response = await running.client.post("/api/v1/users/ada/factors", json={"type": "webauthn"})
        assert response.status_code == 400 and "WATCHWORD_WEBAUTHN_ORIGINS" in response.json()["detail"]


@pytest.mark.parametrize(("code", "raised"), [("8305", False), ("8306", True)])
async def test_the_outcome_moves_the_risk_of_a_session(running: Running, code: str, raised: bool) -> None:
    sessions = running.deployment.sessions
    await sessions.open(Opening(user_id="ada", session_id="s1", method="password"))
    claim = await sessions.claim("s1", "ada")
    for _ in range(3):
        await sessions.answered(claim, False, "totp")
    assert (await sessions.state("s1", "ada")).challenge == "asked"
    before = (await sessions.state("s1", "ada")).risk_score
    await running.post("/api/v1/users/ada/factors", type="pin", code="8305")
    challenge = await running.post("/api/v1/challenges", userId="ada", type="pin", sessionId="s1")
    outcome = await running.post(f"/api/v1/challenges/{challenge['id']}/answer", code=code)
    after = (await sessions.state("s1", "ada")).risk_score
    assert outcome["passed"] is not raised
    assert after > before if raised else after < before


async def test_a_session_that_is_not_there_does_not_matter(running: Running) -> None:
    await running.post("/api/v1/users/ada/factors", type="pin", code="8305")
    challenge = await running.post("/api/v1/challenges", userId="ada", type="pin", sessionId="nowhere")
    assert (await running.post(f"/api/v1/challenges/{challenge['id']}/answer", code="8305"))["passed"]


async def test_the_middleware_says_which_challenge_lets_one_in() -> None:
    """Also where the application's own thresholds make a decision `verify`."""

    async def bank(_scope: Any, receive: Any, send: Any) -> None:
        await receive()
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"in"})

    async with open_engine(None) as library:
        for block, verify_from in ((100, 60), (100, 20)):
            app = RiskMiddleware(bank, library, block_threshold=block, verification_threshold=verify_from)
            transport = httpx.ASGITransport(app=app, client=("203.0.113.5", 1))
            async with httpx.AsyncClient(transport=transport, base_url="http://bank") as browser:
                answer = await browser.post("/login", json={"username": "ada", "password": "right"})
            problem = answer.json()
            assert (answer.status_code, problem["code"]) == (401, "VERIFICATION_REQUIRED")
            decision = await library.deployment.engine.store.decision(problem["decisionId"])
            challenging = library.deployment.step_up.challenging
            await library.deployment.step_up.factors.begin("ada", "pin", Enrolling(code="8305"))
            issued = await challenging.issue(Asking(user_id="ada", decision=decision))
            assert issued.id == problem["challenge"]["id"]
            assert (await challenging.answer(issued.id, None, Told(code="8305"))).passed


def test_secrets_are_stars() -> None:
    settings = load(
        {
            "WATCHWORD_SMTP_URL": f"smtps://u:{SECRET}@mail.example",
            "WATCHWORD_SMS_WEBHOOK_SECRET": SECRET,
            "WATCHWORD_NOTICE_WEBHOOK_SECRET": SECRET,
        }
    )
    assert SECRET not in repr(settings.service)


def test_only_tls_beyond_this_machine() -> None:
    Channels(public_url="http://localhost:8000", origins=("https://bank.example",))
    for wrong in ({"public_url": "http://bank.example"}, {"origins": ("bank.example",)}):
        with pytest.raises(ConfigurationError):
            Channels(**wrong)  # type: ignore[arg-type]
    with pytest.raises(ConfigurationError):
        Channels(sms_url="http://sms.example/", sms_secret="s").courier()


def test_the_site_of_webauthn_follows_from_its_origins() -> None:
    site = Channels(origins=("https://login.bank.example/",)).site
    assert (site.rp_id, site.origins) == ("login.bank.example", ("https://login.bank.example",))
    assert Channels(origins=("https://login.bank.example",), rp_id="bank.example").site.rp_id == "bank.example"
    assert Channels(public_url="https://risk.example").site.rp_id == "risk.example"
    assert Channels().site.rp_id is None
