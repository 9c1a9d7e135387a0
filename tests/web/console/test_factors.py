"""A user's second factors in the console: seen without a secret, taken away and unlocked with a reason, in the audit."""

from __future__ import annotations

import re
from typing import Annotated, Any, get_args, get_origin, get_type_hints

import msgspec
import pyotp
import pytest
from msgspec import Meta
from tests.web.console.room import Room

from watchword.actions.challenges import Enrolling, Told
from watchword.challenging.challenges import Asking
from watchword.errors import InvalidInput
from watchword.policy.session_settings import SessionSettings
from watchword.sessions.records import Opening
from watchword.state.stepup import Rules
from watchword.web.console import fields
from watchword.web.console.factor_file import FactorFile
from watchword.web.console.shell import link

PIN, MPIN, MAIL = "8305", "482913", "ada@secret.example"
QUESTIONS = (("First pet?", "Rex the Dog"), ("Street of your school?", "Elm Street"), ("First car?", "Fiat 500"))


async def enrol(room: Room, type_: str, **what: Any) -> Any:
    return await room.service.step_up.factors.begin("ada", type_, Enrolling(**what))


def sent(room: Room) -> str:
    outbox = room.service.step_up.outbox
    assert outbox is not None
    found = re.search(r"\b\d{6}\b", outbox.last(MAIL).text)
    assert found
    return found.group()


async def everything(room: Room) -> str:
    """Ada with a PIN, an app, an address, questions and an MPIN; the app's secret."""
    factors = room.service.step_up.factors
    await enrol(room, "pin", code=PIN)
    app = await enrol(room, "totp", label="Pixel of Ada")
    code = pyotp.TOTP(app.show["secret"]).at(room.clock.now)
    assert (await factors.prove("ada", app.factor.id, Told(code=code))).proven
    mail = await enrol(room, "email_otp", to=MAIL)
    assert (await factors.prove("ada", mail.factor.id, Told(code=sent(room)))).proven
    await enrol(room, "security_questions", questions=QUESTIONS)
    await room.service.sessions.enrol_mpin("ada", MPIN)
    secret: str = app.show["secret"]
    return secret


async def guess(room: Room, times: int = 5) -> None:
    """Wrong PINs, in challenges."""
    challenging = room.service.step_up.challenging
    for _ in range(times):
        issued = await challenging.issue(Asking(user_id="ada", types=("pin",)))
        assert not (await challenging.answer(issued.id, "pin", Told(code="0001"))).passed


async def file(room: Room) -> FactorFile:
    found: FactorFile = await room.console.desk.factors.of("ada")
    return found


async def test_what_is_enrolled_is_shown_and_no_secret_is(room: Room):
    secret = await everything(room)
    page = (await (await room.signed_in("analyst")).open("factors/ada")).text
    for name in (
        "PIN",
        "Authenticator app",
        "Pixel of Ada",
        "Code by e-mail",
        "Security questions",
        "MPIN of sessions",
    ):
        assert name in page, name
    assert (
        "Can be asked in 4 ways." in page and "First by authenticator app; the last right answer was given at" in page
    )
    hidden = [PIN, MPIN, secret, MAIL, "secret.example", sent(room), "argon2", "otpauth"]
    hidden += [text for pair in QUESTIONS for text in pair]
    assert [one for one in hidden if one in page] == []
    assert ("analyst:the analyst", "factor.list", "user:ada") in room.acts()


async def test_an_analyst_looks_and_only_an_admin_takes_away(room: Room):
    await everything(room)
    await guess(room)
    seen = (await (await room.signed_in("analyst")).open("factors/ada")).text
    changed = (await (await room.signed_in("admin")).open("factors/ada")).text
    for action in ("remove/factors/ada", "unlock/factors/ada", "Remove all"):
        assert (action in seen, action in changed) == (False, True), action


async def test_a_factor_is_removed_with_a_reason_and_the_audit_has_it(room: Room):
    await everything(room)
    guest = await room.signed_in("admin")
    app = next(one for one in (await file(room)).enrolled if one.type == "totp")
    assert (await guest.post("remove/factors/ada", factor=app.id, reason=" ")).status_code == 422
    assert (await guest.post("remove/factors/ada", factor="fac_0", reason="lost")).status_code == 404
    answer = await guest.post("remove/factors/ada", factor=app.id, reason="telephone was lost")
    assert answer.headers["location"] == "/console/factors/ada"
    assert "totp" not in [one.type for one in (await file(room)).enrolled]
    assert (await guest.post("remove/factors/ada", factor=app.id, reason="again")).status_code == 404
    told = [one for one in room.service.ledger.entries if one.act == "factor.remove"]  # type: ignore[attr-defined]
    assert [(one.actor, one.subject, one.particulars["type"], one.particulars["reason"]) for one in told] == [
        ("admin:the admin", "user:ada", "totp", "telephone was lost")
    ]
    with pytest.raises(InvalidInput):
        await room.service.step_up.challenging.issue(Asking(user_id="ada", types=("totp",)))


async def test_a_code_on_its_way_to_a_removed_address_passes_nothing(room: Room):
    await everything(room)
    challenging = room.service.step_up.challenging
    issued = await challenging.issue(Asking(user_id="ada", types=("email_otp",)))
    mail = next(one for one in (await file(room)).enrolled if one.type == "email_otp")
    await (await room.signed_in("admin")).post("remove/factors/ada", factor=mail.id, reason="not hers")
    with pytest.raises(InvalidInput):
        await challenging.answer(issued.id, "email_otp", Told(code=sent(room)))


async def test_all_are_removed_at_once(room: Room):
    await everything(room)
    guest = await room.signed_in("admin")
    assert "Remove all 5 factors of ada?" in (await guest.open("factors/ada")).text
    await guest.post("remove/factors/ada", factor="all", reason="account was taken over")
    assert (await file(room)).enrolled == ()
    assert ("admin:the admin", "factor.clear", "user:ada") in room.acts()
    assert (await guest.post("remove/factors/ada", factor="all", reason="again")).status_code == 404


async def test_a_lock_out_is_told_and_lifted(room: Room):
    await everything(room)
    await room.log_in()
    await guess(room)
    guest = await room.signed_in("admin")
    page = (await guest.open("factors/ada")).text
    assert "PIN locked for 15" in page and "can still be asked for." in page and "5 of 5" in page
    assert "locked for 15" in (await guest.open("users/ada")).text
    assert (await guest.post("unlock/factors/ada", type="totp", reason="x")).status_code == 404
    assert (await guest.post("unlock/factors/ada", type="nothing", reason="x")).status_code == 404
    assert (await guest.post("unlock/factors/ada", type="pin")).status_code == 422
    answer = await guest.post("unlock/factors/ada", type="pin", reason="called back on the known number")
    assert answer.status_code == 303
    challenging = room.service.step_up.challenging
    issued = await challenging.issue(Asking(user_id="ada", types=("pin",)))
    assert (await challenging.answer(issued.id, "pin", Told(code=PIN))).passed
    assert ("admin:the admin", "factor.unlock", "user:ada") in room.acts()


async def test_the_mpin_of_sessions_is_unlocked_and_removed(room: Room):
    await room.service.sessions.enrol_mpin("ada", MPIN)
    for number in range(room.service.sessions.settings.mpin_attempts):
        await room.service.sessions.open(Opening(user_id="ada", session_id=f"s{number}", method="pin"))
        claim = await room.service.sessions.claim(f"s{number}", "ada")
        assert not (await room.service.sessions.answer_mpin(claim, "0000")).verified
    locked = next(one for one in (await file(room)).ways if one.type == "mpin")
    assert locked.locked_ms and locked.lockouts == 1
    guest = await room.signed_in("admin")
    await guest.post("unlock/factors/ada", type="mpin", reason="her child played")
    assert not next(one for one in (await file(room)).ways if one.type == "mpin").locked_ms
    await room.service.sessions.open(Opening(user_id="ada", session_id="last", method="pin"))
    other = await room.service.sessions.claim("last", "ada")
    assert (await room.service.sessions.answer_mpin(other, MPIN)).verified
    await guest.post("remove/factors/ada", factor="mpin", reason="forgotten")
    assert (await file(room)).enrolled == ()
    assert not (await room.service.sessions.answer_mpin(other, MPIN)).verified


async def test_nobody_enrolled_is_said_so_and_a_stranger_is_not_found(room: Room):
    await room.log_in()
    guest = await room.signed_in("admin")
    page = (await guest.open("factors/ada")).text
    assert "Nothing to ask for." in page and "remove/factors" not in page
    assert (await guest.open("factors/nobody")).status_code == 404


async def test_everything_locked_is_locked_out(room: Room):
    await enrol(room, "pin", code=PIN)
    await guess(room)
    assert "Locked out for 15" in (await (await room.signed_in("analyst")).open("factors/ada")).text


async def test_names_with_slashes_and_marks_are_their_own(room: Room):
    name = "a/b <i>ada</i> & co"
    await room.service.step_up.factors.begin(name, "pin", Enrolling(code=PIN, label="<script>x</script>"))
    guest, path = await room.signed_in("admin"), link(f"factors/{name}").removeprefix("/console/")
    page = (await guest.open(path)).text
    assert "<script>x" not in page and "<i>ada" not in page and "&lt;script&gt;x" in page
    found = (await room.console.desk.factors.of(name)).enrolled[0]
    assert f'action="{link(f"remove/factors/{name}")}"' in page
    await guest.post(f"remove/{path}", factor=found.id, reason="r")
    assert (await room.console.desk.factors.of(name)).enrolled == ()


def _bounds(annotation: Any) -> tuple[Any, Any] | None:
    if get_origin(annotation) is not Annotated:
        return None
    meta = next(one for one in get_args(annotation) if isinstance(one, Meta))
    return meta.ge, meta.le


def test_every_setting_of_step_up_is_in_the_form_with_its_own_bounds() -> None:
    shown = {one.name.removeprefix("stepUp."): one for _, _, group in fields.STEP_UP for one in group}
    names = Rules.__struct_encode_fields__
    assert sorted(shown) == sorted(names)
    hints = get_type_hints(Rules, include_extras=True)
    for field, name in zip(Rules.__struct_fields__, names, strict=True):
        bounds = _bounds(hints[field])
        if shown[name].kind == "number":
            assert bounds == (shown[name].low, shown[name].high), name


def test_every_setting_of_sessions_is_in_the_form_within_its_bounds() -> None:
    shown = {one.name.removeprefix("sessions."): one for _, _, group in fields.SESSIONS for one in group}
    names = set(SessionSettings.__struct_encode_fields__) - {"segments", "largeTransactions"}
    assert set(shown) == names
    for one in shown.values():
        for value in (one.low, one.high) if one.kind == "number" else one.choices:
            given = {one.name.removeprefix("sessions."): value}
            if "Threshold" in one.name:
                given = {"suspiciousThreshold": 0.01, "highRiskThreshold": 1} | given
            if given.get("suspiciousThreshold") == 1 or given.get("highRiskThreshold") == 0.02:
                continue
            msgspec.convert(given, SessionSettings, strict=False)


async def test_settings_of_sessions_are_saved_and_out_of_order_refused(room: Room):
    guest = await room.signed_in("admin")
    form = {"has.sessions.suspiciousThreshold": "1", "sessions.suspiciousThreshold": "0.6"}
    answer = await guest.post("settings", **form, **{"has.sessions.endOthers": "1"}, reason="fewer surprises")
    assert answer.status_code == 303, answer.text
    assert room.service.governance.settings.sessions.suspicious_threshold == 0.6
    assert room.service.sessions.settings.suspicious_threshold == 0.6
    page = (await guest.open("settings")).text
    assert 'id="s-sessions-suspiciousThreshold" name="sessions.suspiciousThreshold" value="0.6"' in page
    wrong = await guest.post("settings", **(form | {"sessions.suspiciousThreshold": "0.95"}), reason="no")
    assert wrong.status_code == 422 and "highRiskThreshold" in wrong.text


async def test_the_kinds_have_the_names_that_people_see(room: Room):
    kinds = room.service.step_up.challenging.kinds
    assert {name: one.label for name, one in kinds.items()} == fields.KINDS


async def test_settings_of_step_up_are_saved_in_their_order(room: Room):
    guest = await room.signed_in("admin")
    order = ["totp", "pin", "biometric"]
    form = {"has.stepUp.challengeTypes": "1", "has.stepUp.lockoutFailures": "1", "stepUp.lockoutFailures": "3"}
    answer = await guest.post("settings", **form, **{"stepUp.challengeTypes": order}, reason="no codes by mail")
    assert answer.status_code == 303, answer.text
    rules = room.service.governance.settings.step_up
    assert (rules.challenge_types, rules.lockout_failures) == (("totp", "pin", "biometric"), 3)
    history = await room.console.desk.settings.history(10)
    assert ("stepUp.lockoutFailures", "5", "3") in history[0].changes
    assert ("totp, pin, biometric") in [now for _, _, now in history[0].changes]
    same = {"has.stepUp.challengeTypes": "1", "stepUp.challengeTypes": order}
    await guest.post("settings", **same, reason="nothing")
    assert room.service.governance.version == history[0].version
    for wrong in ([], ["totp", "palm"]):
        sent = {"has.stepUp.challengeTypes": "1", "stepUp.challengeTypes": wrong}
        assert (await guest.post("settings", **sent, reason="try")).status_code == 422
