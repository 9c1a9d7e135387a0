"""A code sent by text message."""

from __future__ import annotations

from watchword.actions.challenges import Challenge
from watchword.actions.sent_code import SentCode

_by_text = SentCode("sms")
challenge = Challenge(
    name="sms_otp", label="Code by text message", ask=_by_text.ask, check=_by_text.check, enrol=_by_text.enrol,
    delivered=True,
)  # fmt: skip
