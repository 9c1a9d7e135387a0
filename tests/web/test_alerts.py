"""Alerts that applications raise: kept once, audited, listed, exported and erased with the person, and told."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.delivery.servers import mail_sink, webhook_sink
from tests.web.house import House

from watchword.bootstrap import Deployment
from watchword.challenging.alerts import Raising, Wanted
from watchword.config import Service, Settings, load
from watchword.delivery.webhook import verify

PATH = "/api/v1/alerts"
TAKEOVER = {
    "type": "ACCOUNT_TAKEOVER_ATTEMPT", "severity": "CRITICAL", "userId": "ada", "sessionId": "s-1", "message": "A try <b>.",
    "details": {"trustScore": 12.4, "ipAddress": "192.0.2.10", "first": True, "before": None},
}  # fmt: skip


async def raised(house: House, **changes: Any) -> dict[str, Any]:
    answer = await house.ask("service", "POST", PATH, json=TAKEOVER | changes)
    assert answer.status_code == 201, answer.text
    return answer.json()  # type: ignore[no-any-return]


async def listed(house: House, query: str = "") -> list[dict[str, Any]]:
    return (await house.ask("analyst", "GET", PATH + query)).json()["alerts"]  # type: ignore[no-any-return]


async def enrol(house: House, user: str = "ada") -> None:
    """Gives a person an address, proven by the code that was sent there."""
    path, outbox = f"/api/v1/users/{user}/factors", house.service.step_up.outbox
    made = await house.ask("service", "POST", path, json={"type": "email_otp", "to": f"{user}@example.org"})
    assert outbox is not None
    code = re.search(r"\b\d{6}\b", outbox.last(f"{user}@example.org").text)
    assert code is not None
    proof = f"{path}/{made.json()['factor']['id']}/proof"
    assert (await house.ask("service", "POST", proof, json={"code": code[0]})).json()["proven"]
    outbox.letters.clear()


async def test_an_alert_is_kept_audited_and_listed(house: House) -> None:
    made = await raised(house)
    assert {name: made[name] for name in TAKEOVER} == TAKEOVER
    assert (
        made["id"].startswith("alr_")
        and made["raisedBy"] == "service:service"
        and made["raisedAt"].startswith("2026-11-20T12")
    )
    await house.service.step_up.alerts.drain()
    [kept] = await listed(house)
    assert kept == made | {"told": ["webhook"], "due": []}
    assert await house.acts() == ["service:service alert.raise user:ada", "analyst:analyst alerts.read "]


async def test_filters_and_the_cap(house: House) -> None:
    for n, (kind, severity, user) in enumerate((("ONE", "LOW", "ada"), ("TWO", "HIGH", "ada"), ("TWO", "LOW", None))):
        house.clock.pass_by(minutes=n)
        await raised(house, type=f"KIND_{kind}", severity=severity, userId=user, sessionId=f"s-{n}")

    async def found(query: str) -> list[str]:
        return [one["sessionId"] for one in await listed(house, query)]

    assert await found("") == ["s-2", "s-1", "s-0"]
    assert await found("?limit=2") == ["s-2", "s-1"]
    assert await found("?type=KIND_TWO") == ["s-2", "s-1"]
    assert await found("?severity=LOW") == ["s-2", "s-0"]
    assert await found("?userId=ada") == ["s-1", "s-0"]
    assert await found("?sessionId=s-1") == ["s-1"]
    assert await found("?from=2026-11-20T12:01:00Z&to=2026-11-20T12:03:00Z") == ["s-1"]
    assert (await house.ask("analyst", "GET", PATH + "?limit=501")).status_code == 400


async def test_an_id_counts_once_a_key(house: House) -> None:
    first = await raised(house, id="alert-1")
    assert (await raised(house, id="alert-1"))["id"] == first["id"]
    other = await house.ask("service", "POST", PATH, json=TAKEOVER | {"id": "alert-1", "severity": "LOW"})
    assert other.status_code == 409
    assert (await house.ask("admin", "POST", PATH, json=TAKEOVER | {"id": "alert-1"})).json()["id"] != first["id"]
    assert len(await listed(house)) == 2
    assert [act for act in await house.acts() if "service alert.raise" in act] == [
        "service:service alert.raise user:ada"
    ]


@pytest.mark.parametrize(
    "wrong",
    [{"type": "lower"}, {"severity": "BAD"}, {"details": {"a": {}}}, {"message": "x" * 513}, {"surprise": 1},
     {"details": {str(n): n for n in range(33)}}],
)  # fmt: skip
async def test_what_is_wrong_is_refused(house: House, wrong: dict[str, Any]) -> None:
    assert (await house.ask("service", "POST", PATH, json=TAKEOVER | wrong)).status_code == 400
    assert await listed(house) == []


async def test_the_owner_and_somebody_else_are_written_to(house: House) -> None:
    await enrol(house)
    await enrol(house, "guard")
    made = await raised(house, notifyOwner=True, notifyUser="guard", locale="de")
    assert made["due"] == ["webhook", "owner", "user"]
    await house.service.step_up.alerts.drain()
    outbox = house.service.step_up.outbox
    assert outbox is not None and len(outbox.letters) == 3
    owner, guard = outbox.last("ada@example.org"), outbox.last("guard@example.org")
    assert owner.subject == "Etwas Ungewöhnliches bei Ihrem Konto von Watchword"
    assert "A try <b>." in owner.text and "A try &lt;b&gt;." in owner.html and "192.0.2.10" not in owner.text
    assert guard.subject == "ACCOUNT_TAKEOVER_ATTEMPT: ada"


async def test_nobody_is_written_to_who_has_no_address_or_has_had_enough(house: House) -> None:
    assert (await raised(house, notifyOwner=True, notifyUser="guard"))["due"] == ["webhook"]
    await enrol(house)
    due = [(await raised(house, notifyOwner=True))["due"] for _ in range(6)]
    assert due == [["webhook", "owner"]] * 5 + [["webhook"]]
    house.clock.pass_by(days=1, minutes=1)
    assert (await raised(house, notifyOwner=True))["due"] == ["webhook", "owner"]
    await house.service.step_up.alerts.drain()


async def test_a_note_is_told_to_nobody(house: House) -> None:
    await enrol(house)
    assert (await raised(house, severity="INFO", notifyOwner=True))["due"] == []
    await house.service.step_up.alerts.drain()
    assert house.service.step_up.outbox is not None and not house.service.step_up.outbox.letters


async def test_alerts_are_exported_and_erased_with_the_person(house: House) -> None:
    await raised(house)
    await raised(house, userId="ben")
    exported = (await house.ask("analyst", "GET", "/api/v1/users/ada/export")).text
    assert "ACCOUNT_TAKEOVER_ATTEMPT" in exported and "192.0.2.10" in exported
    assert (await house.ask("admin", "DELETE", "/api/v1/users/ada")).status_code == 204
    assert [one["userId"] for one in await listed(house)] == ["ben"]


async def test_old_alerts_go(house: House) -> None:
    await raised(house)
    house.clock.pass_by(days=89)
    await raised(house, userId="ben")
    alerts = house.service.step_up.alerts
    assert await alerts.sweep(90) == 0
    house.clock.pass_by(days=2)
    assert await alerts.sweep(90) == 1
    assert [one["userId"] for one in await listed(house)] == ["ben"]


def told(directory: Path, hook: str, mail: int) -> Settings:
    return Settings(
        Service(
            data_dir=str(directory), alert_webhook_url=hook, alert_webhook_secret="s3cret",
            smtp_url=f"smtp://127.0.0.1:{mail}", feeds_refresh=False,
        )
    )  # fmt: skip


RAISING = Raising(
    type="TRIED", severity="HIGH", actor="key:a", source="key:a", user_id="ada", details={"trustScore": 3.5}
)


async def test_the_webhook_is_signed_and_tried_until_it_got_through(tmp_path: Path) -> None:
    with webhook_sink() as (hooks, url), mail_sink() as (_, port):
        hooks.statuses = [500, 500, 500]
        deployment = Deployment(told(tmp_path, url, port))
        await deployment.start()
        alerts = deployment.step_up.alerts
        made, fresh = await alerts.put(RAISING)
        await alerts.drain(60)
        assert fresh and len(hooks.got) == 3
        assert [one["told"] for one in await waiting(deployment)] == [[]]
        now = deployment.engine.clock()
        await deployment.close()
        later = Deployment(told(tmp_path, url, port), lambda: now + timedelta(days=365))
        await later.start()
        await later.step_up.alerts.again()
        assert [one["told"] for one in await waiting(later)] == [["webhook"]]
        headers, body = hooks.got[-1]
        stamp = int(headers["watchword-signature"].partition("=")[2].partition(",")[0])
        assert verify(b"s3cret", headers["watchword-signature"], body, stamp)
        sent = hooks.bodies[-1]
        assert (sent["type"], sent["id"]) == ("alert", f"{made.id}.hook")
        assert sent["alert"]["type"] == "TRIED" and sent["alert"]["details"] == {"trustScore": 3.5}
        await later.step_up.alerts.again()
        assert len(hooks.got) == 4
        await later.close()


async def test_a_refusal_for_good_is_not_tried_again(tmp_path: Path) -> None:
    with webhook_sink() as (hooks, url), mail_sink() as (_, port):
        hooks.statuses = [400]
        deployment = Deployment(told(tmp_path, url, port))
        await deployment.start()
        await deployment.step_up.alerts.put(RAISING)
        await deployment.step_up.alerts.drain(60)
        assert len(hooks.got) == 1
        assert [(one["told"], one["due"]) for one in await waiting(deployment)] == [([], [])]
        await deployment.close()


async def waiting(deployment: Deployment) -> list[dict[str, Any]]:
    found = await deployment.step_up.alerts.find(Wanted())
    return [{"told": list(one.told), "due": list(one.due)} for one in found]


def test_the_secret_is_stars() -> None:
    settings = load(
        {"WATCHWORD_ALERT_WEBHOOK_URL": "https://hooks.example/", "WATCHWORD_ALERT_WEBHOOK_SECRET": "tell-nobody"}
    )
    assert "tell-nobody" not in repr(settings.service)


async def test_nothing_of_an_alert_is_readable_in_the_files(tmp_path: Path) -> None:
    house = House(directory=tmp_path)
    for user in ("zebulon-the-owner", None):
        await raised(
            house, userId=user, message="quagga-message", details={"who": "okapi-detail"}, sessionId="gnu-session"
        )
    await house.service.step_up.alerts.drain()
    assert len(await listed(house)) == 2
    house.close()
    kept = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    assert kept
    for needle in (b"zebulon-the-owner", b"quagga-message", b"okapi-detail", b"gnu-session"):
        assert needle not in kept
