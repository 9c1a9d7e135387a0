"""Step-up over REST, and what it teaches."""

from __future__ import annotations

import re
from typing import Any

import pyotp
from tests.web.house import House, login

AGENT = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/126.0.0.0 Safari/537.36"
MAIL = "ada@example.org"
FACTORS = "/api/v1/users/ada/factors"


async def post(house: House, path: str, role: Any = "service", **body: Any) -> Any:
    return await house.ask(role, "POST", path, json=body)


async def begin(house: House, **body: Any) -> Any:
    return await post(house, "/api/v1/challenges", **({"userId": "ada"} | body))


async def answer(house: House, challenge: Any, **body: Any) -> Any:
    return await post(house, f"/api/v1/challenges/{challenge['id']}/answer", **body)


def sent(house: House, to: str = MAIL) -> str:
    outbox = house.service.step_up.outbox
    assert outbox is not None
    found = re.search(r"\b\d{6}\b", outbox.last(to).text)
    assert found
    return found.group()


async def stepped_up(house: House) -> dict[str, Any]:
    """A log-in that must be verified."""
    for _ in range(30):
        decision = (await house.send(login(userAgent=AGENT))).json()
        if decision["action"] == "verify":
            return dict(decision)
    raise AssertionError("no log-in had to be verified")


async def test_a_code_by_mail_from_end_to_end(house: House) -> None:
    issued = await begin(house, type="email_otp", to=MAIL)
    assert issued.status_code == 200
    challenge = issued.json()
    assert challenge.keys() == {"id", "types", "expiresAt", "attemptsLeft", "show"}
    assert challenge["show"] == {"email_otp": {"digits": 6, "sentTo": "a••@example.org"}}
    wrong = (await answer(house, challenge, code=f"{(int(sent(house)) + 1) % 10**6:06}")).json()
    assert (wrong["passed"], wrong["attemptsLeft"]) == (False, 4)
    right = (await answer(house, challenge, code=sent(house))).json()
    assert right == {"passed": True, "outcome": "passed", "attemptsLeft": 0, "type": "email_otp"}
    again = (await answer(house, challenge, code=sent(house))).json()
    assert (again["passed"], again["outcome"]) == (False, "used")


async def test_a_decision_names_its_challenge_and_passing_it_teaches(house: House) -> None:
    await house.ask(
        "admin",
        "PUT",
        "/api/admin/fraud/config",
        json={"velocityThresholds": {"maxLoginsPerMinute": 2}, "autoBlockThreshold": 99},
    )
    decision = await stepped_up(house)
    offered = decision["challenge"]
    assert (
        offered["id"].startswith("chl_")
        and "email_otp" in offered["types"]
        and offered["expiresAt"] > decision["decidedAt"]
    )
    read = await house.ask("analyst", "GET", f"/api/v1/decisions/{decision['id']}")
    assert read.json()["challenge"] == offered
    challenge = (await begin(house, decisionId=decision["id"], type="email_otp", to=MAIL)).json()
    assert (challenge["id"], challenge["expiresAt"]) == (offered["id"], offered["expiresAt"])
    before = await learnt(house)
    assert (await answer(house, challenge, code=sent(house))).json()["passed"]
    assert await learnt(house) == before + 1
    found = (await house.ask("admin", "GET", "/api/v1/decisions?type=verification")).json()["decisions"]
    assert [one["type"] for one in found] == ["verification"]


async def learnt(house: House) -> int:
    profile = await house.service.engine.store.profile(house.service.engine.pseudonyms.of("user", "ada"))
    return profile.logins if profile else 0


async def test_another_users_or_callers_decision_is_not_found(house: House) -> None:
    decision = (await house.send(login(), "admin")).json()
    assert (await begin(house, decisionId=decision["id"], type="email_otp", to=MAIL)).status_code == 404
    own = (await house.send(login(userId="bob"))).json()
    assert (await begin(house, decisionId=own["id"], type="email_otp", to=MAIL)).status_code == 404


async def test_only_decisions_to_verify_name_a_challenge(house: House) -> None:
    decision = (await house.send(login())).json()
    assert (decision["action"], decision["challenge"]) == ("allow", None)


async def test_an_app_is_enrolled_proven_used_and_removed(house: House) -> None:
    begun = (await post(house, FACTORS, type="totp", label="Telephone")).json()
    assert begun["factor"]["proven"] is False and begun["show"]["qrSvg"].startswith("<svg")
    app = pyotp.TOTP(begun["show"]["secret"])
    proof = f"{FACTORS}/{begun['factor']['id']}/proof"
    assert (await post(house, proof, code="12")).json() == {"proven": False, "attemptsLeft": 4}
    assert (await post(house, proof, code=app.at(house.clock.now))).json()["proven"]
    house.clock.pass_by(seconds=30)
    challenge = (await begin(house, type="totp")).json()
    assert (await answer(house, challenge, code=app.at(house.clock.now))).json()["passed"]
    listed = (await house.ask("service", "GET", FACTORS)).json()["factors"]
    assert [(one["type"], one["label"], one["proven"]) for one in listed] == [("totp", "Telephone", True)]
    assert begun["show"]["secret"] not in str(listed)
    assert (await house.ask("service", "DELETE", f"{FACTORS}/{listed[0]['id']}")).status_code == 204
    assert (await begin(house, type="totp")).status_code == 400


async def test_an_alias_and_what_is_wrong(house: House) -> None:
    for body in (
        {"type": "knock"},
        {"type": "pin"},
        {},
        {"type": "pin", "types": ["pin"]},
        {"type": "email_otp", "to": "nobody"},
        {"userId": ""},
    ):
        assert (await begin(house, **body)).status_code == 400, body
    assert (await begin(house, challengeId="chl_none", type="pin")).status_code == 404
    assert (await answer(house, {"id": "chl_" + "0" * 56}, code="1")).status_code == 404
    await post(house, FACTORS, type="pin", code="4711")
    challenge = (await begin(house, type="pin")).json()
    assert (await answer(house, challenge)).status_code == 400
    begun = await post(house, FACTORS, type="webauthn")
    assert begun.status_code == 200 and begun.json()["factor"]["type"] == "biometric"
    assert begun.json()["show"]["options"]["authenticatorSelection"]["userVerification"] == "required"


async def test_too_many_codes_are_429(house: House) -> None:
    for _ in range(5):
        await begin(house, type="email_otp", to=MAIL)
    refused = await begin(house, type="email_otp", to=MAIL)
    assert refused.status_code == 429 and int(refused.headers["retry-after"]) == 3600


async def test_everything_is_audited_without_secrets(house: House) -> None:
    await post(house, FACTORS, type="pin", code="4711")
    challenge = (await begin(house, type="pin")).json()
    await answer(house, challenge, code="4712")
    await answer(house, challenge, code="4711")
    acts = await house.acts()
    for act in (
        "factor.add user:ada",
        "challenge.begin user:ada",
        f"challenge.refuse {challenge['id']}",
        f"challenge.pass {challenge['id']}",
    ):
        assert f"service:service {act}" in acts
    assert "4711" not in str(acts).replace(challenge["id"], "")


async def test_an_erased_person_has_no_factors_left(house: House) -> None:
    await house.send(login())
    await post(house, FACTORS, type="pin", code="4711")
    challenge = (await begin(house, type="pin")).json()
    await house.ask("admin", "DELETE", "/api/v1/users/ada")
    assert (await house.ask("service", "GET", FACTORS)).json() == {"factors": []}
    assert (await answer(house, challenge, code="4711")).status_code == 404
