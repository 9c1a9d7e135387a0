"""The device cookie: whose device it is and when it was issued, signed. First-party, renewed daily, hidden from pages.

`ww_device` is `v1.` and Base64url of 16 bytes of id, 4 of hours since 1970 and 16 of HMAC-SHA256 under a key of its
own, derived from the deployment's. It says nothing about its bearer, and is no key to anything: a device without it is
merely not known.
"""

from __future__ import annotations

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from hashlib import sha256
from typing import Literal

from msgspec import Struct

from watchword.devices import HOUR_MS, PREFIX, Cookie
from watchword.events.pseudonym import Pseudonyms

NAME = "ww_device"
VERSION = "v1."
LIFETIME_S = 400 * 86_400
"""The longest that browsers keep a cookie (RFC 6265bis)."""

_ID, _TIME, _MAC = 16, 4, 16
_TEXT = len(VERSION) + 48
PATH = "/api/fraud-detection"

SameSite = Literal["off", "strict", "lax", "none"]


class CookieRules(Struct, frozen=True):
    """How the cookie is set. `off`: not at all; `none` is for pages of other sites, and needs `secure`."""

    same_site: SameSite = "lax"
    secure: bool = True


class CookieSigner:
    """Writes and reads cookies of one deployment."""

    def __init__(self, pseudonyms: Pseudonyms) -> None:
        self._key = pseudonyms.digest("cookie-key", b"1") + pseudonyms.digest("cookie-key", b"2")

    def write(self, cookie: Cookie) -> str:
        """The cookie's value."""
        content = bytes.fromhex(cookie.device.removeprefix(PREFIX)) + (cookie.issued_ms // HOUR_MS).to_bytes(
            _TIME, "big"
        )
        return VERSION + urlsafe_b64encode(content + self._mac(content)).decode()

    def read(self, value: str) -> Cookie | None:
        """The cookie in a value; None where it was not written by us. Compared in constant time."""
        if len(value) != _TEXT or not value.startswith(VERSION) or not value.isascii():
            return None
        try:
            raw = urlsafe_b64decode(value[len(VERSION) :])
        except ValueError:
            return None
        content, mac = raw[: _ID + _TIME], raw[_ID + _TIME :]
        if not hmac.compare_digest(mac, self._mac(content)):
            return None
        return Cookie(PREFIX + content[:_ID].hex(), int.from_bytes(content[_ID:], "big") * HOUR_MS)

    def _mac(self, content: bytes) -> bytes:
        return hmac.digest(self._key, VERSION.encode() + content, sha256)[:_MAC]


def carried(header: str) -> str | None:
    """The value of the device cookie in a Cookie header; the first where there are several."""
    for pair in header.split(";"):
        name, _, value = pair.strip().partition("=")
        if name == NAME:
            return value.strip('"')
    return None


def set_cookie(value: str, rules: CookieRules) -> str:
    """The Set-Cookie header."""
    secure = "; Secure" if rules.secure or rules.same_site == "none" else ""
    same_site = rules.same_site.capitalize()
    return f"{NAME}={value}; Path={PATH}; Max-Age={LIFETIME_S}; HttpOnly{secure}; SameSite={same_site}"
