"""A code sent by e-mail."""

from __future__ import annotations

from watchword.actions.challenges import Challenge
from watchword.actions.sent_code import SentCode

_by_mail = SentCode("email")
challenge = Challenge(
    name="email_otp", label="Code by e-mail", ask=_by_mail.ask, check=_by_mail.check, enrol=_by_mail.enrol,
    delivered=True,
)  # fmt: skip
