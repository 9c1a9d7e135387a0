"""Conversations are driven step by step: without a clock, a store, a server or a mock."""

from __future__ import annotations

import ast
from base64 import b32encode
from pathlib import Path

import pytest

from watchword.actions import email_otp, pin, security_questions, totp
from watchword.actions.challenges import Asked, Digest, Draw, Enrolling, Hash, Held, Match, Result, Send, Told
from watchword.errors import InvalidInput

FLOWS = ("biometric", "challenges", "email_otp", "letters", "pin", "security_questions", "sent_code", "sms_otp", "totp")
IMPURE = {"os", "time", "random", "secrets", "asyncio", "socket", "smtplib", "httpx", "apsw", "threading"}


def end(flow, sent=None):
    """What a flow returns that needs nothing more."""
    with pytest.raises(StopIteration) as stop:
        flow.send(sent)
    return stop.value.value


@pytest.mark.parametrize("name", FLOWS)
def test_flows_are_pure(name: str) -> None:
    tree = ast.parse(Path(pin.__file__).with_name(f"{name}.py").read_text())
    used = {alias.name.split(".")[0] for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    used |= {str(node.module).split(".")[0] for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert not used & IMPURE


@pytest.mark.parametrize(
    ("at_s", "code"),
    [(59, "287082"), (1111111109, "081804"), (1111111111, "050471"), (1234567890, "005924"), (2000000000, "279037")],
)
def test_codes_are_those_of_rfc_6238(at_s: int, code: str) -> None:
    held = (Held("f", {"key": b32encode(b"12345678901234567890").decode()}),)
    asked = Asked(user_id="ada", now_ms=1000 * at_s, held=held, drift=0)
    right = end(totp.check(asked, {}, Told(code=code)))
    assert right == Result(right=True, factor="f", step=at_s // 30)
    assert not end(totp.check(asked, {}, Told(code=f"{(int(code) + 1) % 10**6:06}"))).right
    assert not end(
        totp.check(Asked(user_id="ada", now_ms=1000 * at_s + 30_000, held=held, drift=0), {}, Told(code=code))
    ).right


def test_a_code_by_mail_is_drawn_digested_sent() -> None:
    flow = email_otp.challenge.ask(Asked(user_id="ada", now_ms=0, to="ada@example.org"))
    assert flow.send(None) == Draw(6)
    assert flow.send("123456") == Digest("123456")
    assert flow.send("d1") == Send("email", "ada@example.org", "123456")
    result = end(flow)
    assert result.kept == {"digest": "d1", "factor": None} and "123456" not in str(result)
    checking = email_otp.challenge.check(Asked(user_id="ada", now_ms=0), result.kept, Told(code="123 456"))
    assert checking.send(None) == Digest("123456")
    assert end(checking, "d1").right


@pytest.mark.parametrize(
    "to",
    ["a@b.test\r\nBcc: eve@evil.test", "a@b.test\nX: y", "a@b.test,eve@evil.test", "a<b@c.test>", "\x00a@b.test",
     "a\x7f@b.test", "a\u2028b@c.test", '"a b"@c.test'],
)  # fmt: skip
def test_addresses_bring_nothing_else_into_a_letter(to: str) -> None:
    with pytest.raises(InvalidInput):
        email_otp.challenge.ask(Asked(user_id="ada", now_ms=0, to=to)).send(None)


def test_a_pin_is_hashed_and_matched() -> None:
    enrolling = pin.enrol(Asked(user_id="ada", now_ms=0), Enrolling(code="4711"))
    assert enrolling.send(None) == Hash("4711")
    secret = end(enrolling, "h").secret
    asked = Asked(user_id="ada", now_ms=0, held=(Held("f", secret or {}),))
    for matches in (True, False):
        checking = pin.check(asked, {}, Told(code="4711"))
        assert checking.send(None) == Match("h", "4711")
        assert end(checking, matches).right is matches


@pytest.mark.parametrize(
    ("one", "other"), [("Rex", "rEX "), ("Élm Street 5", "elm street, 5!"), ("Straße", "STRASSE"), ("Ａｎｎａ", "anna")]
)
def test_answers_are_compared_as_people_mean_them(one: str, other: str) -> None:
    assert security_questions.normalised(one) == security_questions.normalised(other)
