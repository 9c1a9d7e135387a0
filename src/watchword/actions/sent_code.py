"""What e-mail and SMS codes have in common: six digits, sent, kept as a keyed digest, good once."""

from __future__ import annotations

import hmac
import re
from typing import Any

from watchword.actions.challenges import WRONG, Asked, Digest, Draw, Enrolling, Flow, Held, Result, Send, Told, code_of
from watchword.errors import InvalidInput

DIGITS = 6
MAIL = re.compile(
    r"[^\s\x00-\x1f\x7f@<>\"(),:;\\\[\]]{1,64}"
    r"@(?=.{1,253}\Z)[A-Za-z0-9\u00a1-\uffff](?:[\w.-]*\w)?\.[\w-]{2,63}\Z"
)
PHONE = re.compile(r"\+[1-9][0-9]{6,14}\Z")


class SentCode:
    """The conversation of one channel; `address` checks an address, and brings it into its one form."""

    def __init__(self, channel: str) -> None:
        self.channel = channel

    def ask(self, asked: Asked) -> Flow:
        """Sends a fresh code to the address named, else to the newest one enrolled."""
        to = self.address(asked.to) if asked.to is not None else _newest(asked.held)
        return (yield from self._send(to, asked.held))

    def check(self, asked: Asked, kept: dict[str, Any], told: Told) -> Flow:
        """Compares digests; the code itself is kept nowhere."""
        given = yield Digest(code_of(told))
        if not hmac.compare_digest(given, kept["digest"]):
            return WRONG
        return Result(right=True, factor=kept.get("factor"))

    def enrol(self, asked: Asked, enrolling: Enrolling) -> Flow:
        """Sends a code to a new address, which is proven by it."""
        to = self.address(enrolling.to)
        sent = yield from self._send(to, ())
        return Result(shown=sent.shown, kept=sent.kept, secret={"to": to})

    def address(self, text: str | None) -> str:
        """The address in its one form. Raises InvalidInput."""
        text = (text or "").strip()
        if self.channel == "sms":
            text = re.sub(r"[\s()./-]", "", text)
            if not PHONE.match(text):
                raise InvalidInput("A telephone number begins with + and its country code.", "to")
        elif not MAIL.match(text):
            raise InvalidInput("This is not an e-mail address.", "to")
        return text

    def _send(self, to: str, held: tuple[Held, ...]) -> Flow:
        code = yield Draw(DIGITS)
        digest = yield Digest(code)
        yield Send(self.channel, to, code)
        kept = {"digest": digest, "factor": next((one.id for one in held if one.secret["to"] == to), None)}
        return Result(shown={"digits": DIGITS, "sentTo": masked(to)}, kept=kept)


def _newest(held: tuple[Held, ...]) -> str:
    if not held:
        raise InvalidInput("Nothing to send the code to: enrol an address, or name one in `to`.", "to")
    return str(held[-1].secret["to"])


def masked(to: str) -> str:
    """An address of which its owner recognises enough: `a••@example.org`, `+43•••••12`."""
    name, at, host = to.rpartition("@")
    return f"{name[0]}{'•' * min(5, max(2, len(name) - 1))}@{host}" if at else f"{to[:3]}{'•' * (len(to) - 5)}{to[-2:]}"
