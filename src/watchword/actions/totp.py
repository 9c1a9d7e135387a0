"""Codes of an authenticator app: time-based one-time passwords (RFC 6238), six digits every 30 seconds."""

from __future__ import annotations

import hmac
import io
from typing import Any

import pyotp
import segno

from watchword.actions.challenges import WRONG, Asked, Challenge, Draw, Enrolling, Flow, Result, Told, code_of

STEP_MS = 30_000
SECRET_CHARACTERS = 32
BASE32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"


def ask(asked: Asked) -> Flow:
    """Shows only how many digits are wanted: the person's app knows the rest."""
    yield from ()
    return Result(shown={"digits": 6})


def check(asked: Asked, kept: dict[str, Any], told: Told) -> Flow:
    """Compares with the codes of now and of the steps that clocks may be off; a used step does not count again."""
    yield from ()
    given, now = code_of(told), asked.now_ms // STEP_MS
    for one in asked.held:
        otp = pyotp.TOTP(one.secret["key"])
        steps = range(now - asked.drift, now + asked.drift + 1)
        found = [step for step in steps if hmac.compare_digest(otp.generate_otp(step).encode(), _bytes(given))]
        if found:
            return Result(right=True, factor=one.id, step=found[-1])
    return WRONG


def enrol(asked: Asked, enrolling: Enrolling) -> Flow:
    """A new secret of 160 bits, to be scanned. It is proven by a first code."""
    key = yield Draw(SECRET_CHARACTERS, BASE32)
    uri = pyotp.TOTP(key).provisioning_uri(name=asked.user_id, issuer_name=asked.site.name)
    return Result(shown={"otpauthUri": uri, "secret": key, "qrSvg": drawn(uri)}, secret={"key": key})


def drawn(uri: str) -> str:
    """A QR code as an SVG element, which a page may hold as it is: black on white, whatever the theme."""
    out = io.BytesIO()
    segno.make(uri, error="m", micro=False).save(
        out, kind="svg", scale=4, border=4, light="#fff", dark="#000", xmldecl=False, nl=False, title="QR code"
    )
    return out.getvalue().decode()


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


challenge = Challenge(name="totp", label="Authenticator app", ask=ask, check=check, enrol=enrol)
