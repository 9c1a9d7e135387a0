"""What is said of a person reaches only whom it may, and nobody once they are erased."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.web.console.room import HOSTED, Room
from tests.web.house import House, login

from watchword.bootstrap import Deployment
from watchword.config import load
from watchword.enrichment.enricher import Enricher
from watchword.enrichment.facts import Place
from watchword.enrichment.geo import GeoChain
from watchword.events.login import Login
from watchword.ports import ROLES
from watchword.web.app import create_app
from watchword.web.console.desk import open_console
from watchword.web.console.routes import console_routes
from watchword.web.serving import make_service

CANARY = "mallory-canary"


class Flat:
    """A whole deployment on disk, with its console, and keys of all roles."""

    def __init__(self, deployment: Deployment) -> None:
        self.service = make_service(deployment)
        app = create_app(self.service, console_routes(open_console(self.service, deployment)))
        self.keys = {role: self.service.keys.create(role, role)[1] for role in ROLES}
        transport = httpx.ASGITransport(app=app, client=("127.0.0.1", 40_000))
        self.client = httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1")

    async def ask(self, role: Any, method: str, path: str, **more: Any) -> httpx.Response:
        headers = {"authorization": f"Bearer {self.keys[role]}"}
        return await self.client.request(method, path, headers=headers, **more)


@pytest.fixture
async def flat(tmp_path: Path) -> AsyncIterator[Flat]:
    deployment = Deployment(load({"WATCHWORD_DATA_DIR": str(tmp_path), "WATCHWORD_FEEDS_REFRESH": "false"}))
    await deployment.start()
    yield Flat(deployment)
    await deployment.close()


def event(**more: Any) -> dict[str, Any]:
    return login(**{"occurredAt": datetime.now(UTC).isoformat(), "userId": CANARY, **more})


async def test_who_was_erased_is_named_nowhere_any_more(flat: Flat) -> None:
    await flat.ask("service", "POST", "/api/v1/events", json=event())
    await flat.client.post("/console/sign-in", data={"key": flat.keys["analyst"]})
    looks = [
        f"decisions?user={CANARY}&time=all", f"decisions/export.csv?user={CANARY}", f"users/{CANARY}", "users", "live",
        f"palette?q={CANARY[:-3]}", f"export/users/{CANARY}", "decisions?time=all&rows=200", "audit",
    ]  # fmt: skip
    for path in looks:
        assert (await flat.client.get(f"/console/{path}")).status_code == 200
    trial = {"ip": "192.0.2.1", "userId": CANARY}
    scenarios = {"scenarios": [{**trial, "name": CANARY}]}
    entry = {"list": "block", "kind": "user", "value": CANARY, "reason": f"{CANARY} again"}
    listed = (await flat.ask("analyst", "POST", "/api/v1/lists", json=entry)).json()["id"]
    for role, method, path, body in (
        ("analyst", "GET", f"/api/v1/decisions?userId={CANARY}", None),
        ("analyst", "GET", f"/api/v1/users/{CANARY}/profile", None),
        ("analyst", "POST", "/api/admin/fraud/test-analysis", trial),
        ("analyst", "POST", "/api/admin/fraud/bulk-analysis", scenarios),
        ("service", "PUT", f"/api/v1/users/{CANARY}/consent", {"purposes": {"behavior": True}}),
        ("analyst", "DELETE", f"/api/v1/lists/{listed}", None),
        ("admin", "DELETE", f"/api/v1/users/{CANARY}", None),
    ):
        assert (await flat.ask(role, method, path, json=body)).status_code < 300, path
    acts = await flat.service.ledger.entries(None, 500)  # type: ignore[attr-defined]
    assert acts and CANARY not in json.dumps([[one.act.subject, one.act.particulars] for one in acts])
    for path in (
        "users",
        "users?view=recent",
        "live",
        f"palette?q={CANARY[:-3]}",
        "decisions?time=all&rows=200",
        "audit",
    ):
        assert CANARY not in (await flat.client.get(f"/console/{path}")).text, path
    for path in ("/api/v1/decisions", "/api/v1/lists", "/metrics"):
        assert CANARY not in (await flat.ask("admin", "GET", path)).text, path


async def test_and_does_not_come_back_with_old_events(flat: Flat) -> None:
    old = event()
    for sent in (old, event(occurredAt=(datetime.now(UTC) - timedelta(hours=1)).isoformat())):
        assert (await flat.ask("service", "POST", "/api/v1/events", json=sent)).status_code == 200
    assert (await flat.ask("admin", "DELETE", f"/api/v1/users/{CANARY}")).status_code == 204
    assert (await flat.ask("service", "POST", "/api/v1/events", json=old)).status_code == 410
    batch = await flat.ask("service", "POST", "/api/v1/events/batch", json={"events": [old, event()]})
    assert [item["status"] for item in batch.json()["results"]] == [410, 200]
    export = (await flat.ask("analyst", "GET", f"/api/v1/users/{CANARY}/export")).json()
    assert len(export["decisions"]) == 1


async def test_a_viewer_reads_no_person_anywhere() -> None:
    """The names, addresses and words that a caller sent, in every page and every answer open to viewers."""
    room = Room(debugMode=True)
    planted = {"user": "planted-person", "ip": HOSTED, "agent": "planted-agent/1.0", "event": "planted-event"}
    sent = Login(
        id=planted["event"], occurred_at=room.clock.now, user_id=planted["user"], ip=HOSTED, result="failure",
        user_agent=planted["agent"], session_id="planted-session", device_fingerprint="planted-device",
        correlation_id="planted-correlation", metadata={"note": "planted-metadata"}, endpoint="/planted-endpoint",
    )  # fmt: skip
    for number in range(12):
        decision = await room.engine.assess(
            Login(**{name: getattr(sent, name) for name in sent.__struct_fields__} | {"id": f"planted-event-{number}"})
        )
    guest = await room.signed_in("viewer")
    key = {"authorization": f"Bearer {room.keys['viewer']}"}
    answers = [await guest.open(path) for path in (
        "live", "decisions?time=all", f"decisions/{decision.id}", "decisions/export.csv?time=all", "feeds", "settings",
        "policies", "palette?q=planted",
    )]  # fmt: skip
    async with room.browser() as client:
        for path in (
            "/api/v1/decisions", f"/api/v1/decisions/{decision.id}", "/api/v1/events/planted-event-3/decision",
            "/api/admin/fraud/statistics", "/api/admin/fraud/config", "/api/admin/fraud/health", "/metrics", "/schema",
        ):  # fmt: skip
            answers.append(await client.get(path, headers=key))
    for answer in answers:
        assert answer.status_code == 200, answer.request.url
        words = answer.text.replace("planted-event-3/decision", "").replace('value="planted"', "")
        assert HOSTED not in words and "planted-" not in words, answer.request.url
    for path in (
        "users",
        f"users/{planted['user']}",
        "audit",
        f"export/users/{planted['user']}",
        f"decisions?user={planted['user']}",
    ):
        assert (await guest.open(path)).status_code == 403
    assert room.engine.tallies


async def test_what_a_broken_part_says_is_kept_to_its_kind() -> None:
    class Talkative:
        version, attribution = "talkative", ""

        def place(self, address: Any) -> Place | None:
            raise ValueError(f"Error looking up {address}. The address 203.0.113.30 is not in the database")

    facts = Enricher(GeoChain((Talkative(),)), None).enrich(
        Login(id="1", occurred_at=datetime.now(UTC), user_id="ada", ip="203.0.113.30", result="success"), 0
    )
    assert facts.missing == {"geo": "ValueError"}


async def test_a_service_key_learns_nothing_of_what_others_sent() -> None:
    house = House()
    other = house.service.keys.create("another", "service")[1]
    theirs = (await house.send(login(userId="ada"))).json()
    headers = {"authorization": f"Bearer {other}"}
    for path in (
        f"/api/v1/decisions/{theirs['id']}", f"/api/v1/events/{theirs['eventId']}/decision", "/api/v1/users/ada/profile",
        "/api/v1/users/ada/export", "/api/v1/lists", "/api/admin/fraud/config", "/api/admin/fraud/statistics",
    ):  # fmt: skip
        assert (await house.ask(None, "GET", path, headers=headers)).status_code in (403, 404), path
    for query in ("", "?userId=ada", "?limit=1", "?ip=192.0.2.10"):
        answer = await house.ask(None, "GET", f"/api/v1/decisions{query}", headers=headers)
        assert answer.json() == {"decisions": [], "nextCursor": None}
    label = {"decisionId": theirs["id"], "label": "fraud"}
    assert (await house.ask(None, "POST", "/api/v1/labels", headers=headers, json=label)).status_code == 404


async def test_twins_in_flight_with_different_content_have_one_decision_between_them(flat: Flat) -> None:
    events = [event(id="twin", ip=f"192.0.2.{number % 4}") for number in range(40)]
    answers = await asyncio.gather(*(flat.ask("service", "POST", "/api/v1/events", json=one) for one in events))
    statuses = [answer.status_code for answer in answers]
    assert set(statuses) == {200, 409}
    assert len({answer.json()["id"] for answer in answers if answer.status_code == 200}) == 1
    accepted = {one["ip"] for one, status in zip(events, statuses, strict=True) if status == 200}
    assert len(accepted) == 1
