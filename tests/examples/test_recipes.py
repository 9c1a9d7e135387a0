"""The nine recipes against a running Watchword: what the owner, another person and a bot are answered, and who is told."""

from __future__ import annotations

import json
from typing import Any

import pytest
from tests.examples.people import OTHERS, OWNER, bot, signing_in, working
from tests.examples.world import AGENT, EXAMPLES, SECRET, World, new, served, wait, wire

from watchword.delivery.webhook import verify

import account_takeover  # isort: skip
import checkout_bots  # isort: skip
import crypto_withdrawal  # isort: skip
import exam_proctoring  # isort: skip
import game_accounts  # isort: skip
import health_records  # isort: skip
import high_value_transfer  # isort: skip
import insider_monitoring  # isort: skip
import vpn_admission  # isort: skip

ACTORS = {"owner": working(OWNER, 40), "other": working(OTHERS[0], 41), "bot": bot()}
STRANGERS = ("other", "bot")


def asked(client: Any, path: str, who: str, **more: Any) -> tuple[int, dict[str, Any]]:
    """What that actor is answered in Ada's name."""
    body = {"userId": "ada", "sessionId": new("visit"), "behavior": {"events": wire(ACTORS[who])}} | more
    answer = client.post(path, json=body)
    return answer.status_code, answer.json()


def test_account_takeover(world: World) -> None:
    to = world.enrol("ines")
    thief = {"x-forwarded-for": "198.51.100.7", "user-agent": "curl/8.5"}
    with served(account_takeover.make_app(world.watchword())) as shop:

        def log_in(samples: Any, password: str = "violet-harbour", **headers: str) -> Any:
            body = {"username": "ines", "password": password, "behavior": {"events": wire(samples)}}
            return shop.post("/login", json=body, headers={"user-agent": AGENT} | headers)

        before = world.alerts("ines")
        welcome = log_in(signing_in(OWNER, 40))
        assert (welcome.status_code, welcome.json()["action"]) == (200, "allow")
        assert welcome.json()["trustScore"] > 90 and welcome.json()["session"]["sessionToken"]
        assert log_in(signing_in(OWNER, 41), "violet-harbor").status_code == 401
        assert world.alerts("ines") == before
        for letters, samples in enumerate((signing_in(OTHERS[0], 50, 2), bot("password", 14, secret=True)), 2):
            refused = log_in(samples, **thief)
            assert (refused.status_code, refused.json()["action"]) == (403, "block")
            assert "session" not in refused.json()
            alert = world.alert("ACCOUNT_TAKEOVER_ATTEMPT", "ines")
            trust = refused.json()["trustScore"]
            assert alert["details"] == {"userId": "ines", "trustScore": trust, "ipAddress": "198.51.100.7"}
            assert alert["severity"] == "CRITICAL"
            decision = world.admin.get(f"/api/v1/decisions/{refused.json()['decisionId']}").json()
            assert decision["action"] == "block" or trust < 50
            letter = world.mail(to, letters)[-1]
            assert ("A log-in with your password from 198.51.100.7 was stopped." in letter) == (trust < 50)
            assert "account with Watchword" in letter
        assert trust < 1, "the bot's"


def test_a_replayed_form_is_no_owners(world: World) -> None:
    """Whoever sends the owner's own form again is a program."""
    with served(account_takeover.make_app(world.watchword())) as shop:
        body = {"username": "ines", "password": "violet-harbour", "behavior": {"events": wire(signing_in(OWNER, 24))}}
        again = shop.post("/login", json=body, headers={"user-agent": AGENT}).json()
    assert again["action"] == "block" and again["trustScore"] < 50


def test_high_value_transfer(world: World) -> None:
    money = {"amount": 12_500, "currency": "EUR", "beneficiary": "LU28 0019"}
    with served(high_value_transfer.make_app(world.watchword())) as bank:
        status, answer = asked(bank, "/transfers", "owner", **money)
        assert (status, answer["approved"], answer["requireMFA"]) == (200, True, False)
        for who in STRANGERS:
            status, answer = asked(bank, "/transfers", who, **money)
            assert (status, answer["approved"], answer["requireMFA"]) == (202, False, True)
            assert answer["trustScore"] < 70
            alert = world.alert("HIGH_VALUE_TRANSFER_HELD", "ada")
            assert alert["details"] == {"trustScore": answer["trustScore"], "amount": 12_500.0, "requireMFA": True}
            assert asked(bank, "/transfers", who, **money | {"amount": 10_000})[1]["approved"], (
                "10,000 is not over 10,000"
            )
        silent = asked(bank, "/transfers", "owner", **money | {"behavior": None})[1]
        assert silent["trustScore"] == 95 and silent["requireMFA"], "a page that sends nothing shows nothing"


def test_insider_monitoring(world: World) -> None:
    with served(insider_monitoring.make_app(world.watchword(), every_s=0.05)) as intranet:

        def watched(who: str, holds: Any) -> dict[str, Any]:
            session = world.begin("ada")
            world.stream("ada", session, ACTORS[who])
            intranet.post("/shifts", json={"userId": "ada", "sessionId": session})
            wait(lambda: holds(intranet.get("/shifts/ada").json()))
            seen = intranet.get("/shifts/ada").json()
            intranet.delete("/shifts/ada")
            return seen  # type: ignore[no-any-return]

        seen = watched("owner", lambda told: "trustScore" in told)
        assert seen["trustScore"] > 90 and not seen["requireReauth"] and "type" not in seen
        assert "ANOMALOUS_BEHAVIOR" not in world.alerts("ada")
        for who in STRANGERS:
            seen = watched(who, lambda told: "type" in told)
            assert seen["requireReauth"] and (seen["type"], seen["severity"]) == ("ANOMALOUS_BEHAVIOR", "HIGH")
            alert = world.alert("ANOMALOUS_BEHAVIOR", "ada")
            assert alert["severity"] == "HIGH" and alert["details"]["trustScore"] < 40
        assert world.alerts("ada").count("ANOMALOUS_BEHAVIOR") == 2, "one a shift, not one a look"
        assert intranet.get("/shifts/ada").status_code == 404


def test_checkout_bots(world: World) -> None:
    with served(checkout_bots.make_app(world.watchword())) as shop:
        status, answer = asked(shop, "/checkout", "owner", item="print")
        assert (status, answer["placed"], answer["requireCaptcha"], answer["manualReview"]) == (200, True, False, False)
        status, answer = asked(shop, "/checkout", "bot", item="print")
        assert (status, answer["placed"], answer["requireCaptcha"]) == (403, False, True)
        assert len(answer["reasons"]) > 2 and answer["trustScore"] < 30
        alert = world.alert("CHECKOUT_BOT", "ada")
        assert alert["details"]["requireCaptcha"] is True and "UNIFORM_" in alert["details"]["reasons"]
        unknown = asked(shop, "/checkout", "bot", item="print", userId="guest-1")[1]
        assert unknown["requireCaptcha"] and len(unknown["reasons"]) > 2, "also where no template is"
        guest = asked(shop, "/checkout", "other", item="print", userId="guest-2", limitedEdition=True)[1]
        assert guest["placed"] and not guest["reasons"], "a person whom nobody knows may buy"
        assert asked(shop, "/checkout", "owner", item="print", behavior=None)[1]["requireCaptcha"], (
            "an order without a page"
        )
        other = asked(shop, "/checkout", "other", item="print", limitedEdition=True)[1]
        assert not other["placed"] and other["trustScore"] < 60


def test_health_records(world: World) -> None:
    with served(health_records.make_app(world.watchword())) as clinic:
        status, answer = asked(clinic, "/records/p-17", "owner")
        assert (status, answer["access"], answer["behavioralVerified"]) == (200, "granted", True)
        told = {"patientId": "p-17", "granted": True, "behavioralVerified": True, "trustScore": answer["trustScore"]}
        noted = world.alert("HEALTH_RECORD_ACCESS", "ada", hooked=False)
        assert noted["details"] == told and noted["severity"] == "INFO" and noted["told"] == noted["due"] == []
        for who in STRANGERS:
            status, answer = asked(clinic, "/records/p-17", who)
            assert (status, answer["access"], answer["requireReauth"]) == (403, "denied", True)
            assert "record" not in answer and answer["behavioralVerified"] is False
            details = world.alert("HEALTH_RECORD_DENIED", "ada")["details"]
            assert (details["patientId"], details["granted"], details["behavioralVerified"]) == ("p-17", False, False)
        silent = asked(clinic, "/records/p-17", "owner", behavior=None)[1]
        assert silent["access"] == "granted" and silent["behavioralVerified"] is False


@pytest.mark.parametrize("who", STRANGERS)
def test_game_accounts(world: World, who: str) -> None:
    user = f"player-{who}"
    world.teach(user, [working(OWNER, sitting) for sitting in range(12)])
    to = world.enrol(user)
    with served(game_accounts.make_app(world.watchword())) as game:
        assert asked(game, "/play", "owner", userId=user)[1]["suspended"] is False
        status, answer = asked(game, "/play", who, userId=user)
        assert (status, answer["suspended"], answer["reason"]) == (403, True, "ACCOUNT_SHARING")
        alert = world.alert("ACCOUNT_SHARING", user)
        assert answer["confidence"] == alert["details"]["confidence"] == round(100 - alert["details"]["trustScore"], 4)
        assert "Somebody else seems to play your account." in world.mail(to, 2)[-1]
        assert asked(game, "/play", "owner", userId=user)[1] == answer, "suspended until support says otherwise"


def test_vpn_admission(world: World) -> None:
    with served(vpn_admission.make_app(world.watchword())) as gateway:
        assert asked(gateway, "/admissions", "owner")[1]["admitted"] is True
        for who in STRANGERS:
            status, answer = asked(gateway, "/admissions", who)
            assert (status, answer["admitted"], answer["error"]) == (403, False, "VPN_ACCESS_DENIED")
            alert = world.alert("VPN_ACCESS_DENIED", "ada")
            assert alert["details"] == {"userId": "ada", "trustScore": answer["trustScore"], "ipAddress": "127.0.0.1"}
            assert alert["severity"] == "HIGH"


def test_crypto_withdrawal(world: World) -> None:
    world.teach("miner", [working(OWNER, sitting) for sitting in range(12)])
    to = world.enrol("miner")
    coins = {"userId": "miner", "amount": 9_000, "address": "bc1q0"}
    with served(crypto_withdrawal.make_app(world.watchword())) as exchange:
        assert asked(exchange, "/withdrawals", "owner", **coins)[1]["approved"] is True
        for letters, who in enumerate(STRANGERS, 2):
            status, answer = asked(exchange, "/withdrawals", who, **coins)
            assert (status, answer["approved"], answer["frozen"]) == (403, False, True)
            assert "requireMFA" not in answer, "frozen comes first"
            assert world.alert("WITHDRAWAL_FROZEN", "miner")["details"]["trustScore"] == answer["trustScore"] < 50
            assert "A withdrawal from your account was stopped." in world.mail(to, letters)[-1]
        status, answer = asked(exchange, "/withdrawals", "owner", **coins, newAddress=True, behavior=None)
        assert (status, answer["frozen"], answer["requireMFA"]) == (202, False, True)
        assert answer["requireEmailConfirmation"] is True and answer["delayHours"] == 24
        assert world.alert("WITHDRAWAL_DELAYED", "miner")["details"]["delayHours"] == 24


def test_exam_proctoring(world: World) -> None:
    """One exam id, three students: each is compared with themselves."""
    students = {"ada": "owner", "exam-other": "other", "exam-bot": "bot"}
    to = world.enrol("teacher")
    for student in ("exam-other", "exam-bot"):
        world.teach(student, [working(OWNER, sitting) for sitting in range(12)])
    with served(exam_proctoring.make_app(world.watchword(), every_s=0.05)) as hall:
        for student, who in students.items():
            world.begin(student, "exam-42")
            world.stream(student, "exam-42", ACTORS[who])
        hall.put("/exams/exam-42", json={"students": list(students), "instructor": "teacher"})
        wait(
            lambda: all("trustScore" in hall.get("/exams/exam-42").json()["students"].get(one, {}) for one in students)
        )
        seen = hall.get("/exams/exam-42").json()["students"]
        assert seen["ada"]["flags"] == [] and seen["ada"]["trustScore"] > 90
        for student in ("exam-other", "exam-bot"):
            assert seen[student]["flags"] == ["IDENTITY_VERIFICATION_FAILED"]
            alert = world.alert("IDENTITY_VERIFICATION_FAILED", student)
            assert (alert["sessionId"], alert["severity"]) == ("exam-42", "HIGH")
            assert alert["details"]["studentId"] == student and alert["details"]["instructor"] == "teacher"
        letters = world.mail(to, 3)
        assert {letter.partition("\n")[0] for letter in letters[1:]} == {
            "IDENTITY_VERIFICATION_FAILED: exam-other", "IDENTITY_VERIFICATION_FAILED: exam-bot",
        }  # fmt: skip
        assert "IDENTITY_VERIFICATION_FAILED" not in world.alerts("ada")
        assert hall.get("/exams/exam-43").status_code == 404


def test_a_blocked_session_stays_refused(world: World) -> None:
    session = world.begin("ada")
    with served(vpn_admission.make_app(world.watchword())) as gateway:
        body = {"userId": "ada", "sessionId": session, "behavior": {"events": wire(ACTORS["bot"])}}
        assert gateway.post("/admissions", json=body).json()["admitted"] is False
        state = world.service.get(f"/api/v1/sessions/{session}", params={"userId": "ada"}).json()
        owner = body | {"behavior": {"events": wire(ACTORS["owner"])}}
        again = gateway.post("/admissions", json=owner).json()
    if state["end"] == "blocked":
        assert (again["admitted"], again["trustScore"]) == (False, 0)
    assert again["admitted"] is False, "the bot's keys are in that session still"


def test_every_delivery_is_signed(world: World) -> None:
    world.service.post("/api/v1/alerts", json={"type": "SIGNED", "severity": "LOW"})
    wait(lambda: any(one["alert"]["type"] == "SIGNED" for one in world.hooks.bodies))
    for headers, body in world.hooks.got:
        stamp = int(headers["watchword-signature"].partition("=")[2].partition(",")[0])
        assert verify(SECRET.encode(), headers["watchword-signature"], body, stamp)
        assert json.loads(body)["id"] == headers["watchword-id"]


def test_the_intervals_are_the_contracts() -> None:
    assert (insider_monitoring.EVERY_S, exam_proctoring.EVERY_S) == (120, 60)


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*.py")), ids=lambda path: path.name)
def test_examples_stay_small(path: Any) -> None:
    assert len(path.read_text().splitlines()) <= 100
