"""Signed links: what one says can be read by anybody, and changed by nobody."""

from __future__ import annotations

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode

from msgspec import Struct

from watchword.actions.notices import Said

_SAID: tuple[Said, ...] = ("me", "not_me")
_TAG_BYTES = 16
_BODY_BYTES = 16 + 5 + 1
_DECISION = "dec_"


class Link(Struct, frozen=True):
    """One answer to one decision, good until then (seconds since 1970)."""

    decision_id: str
    said: Said
    until_s: int


def signed(link: Link, key: bytes) -> str:
    """The token of a link: 52 characters that fit into a path."""
    event = bytes.fromhex(link.decision_id.removeprefix(_DECISION))
    body = event + link.until_s.to_bytes(5, "big") + bytes((_SAID.index(link.said),))
    return urlsafe_b64encode(body + _tag(body, key)).decode().rstrip("=")


def read(token: str, key: bytes) -> Link | None:
    """The link of a token that this key signed; None for any other."""
    try:
        raw = urlsafe_b64decode(token.encode("ascii") + b"=" * (-len(token) % 4))
    except ValueError:
        return None
    body = raw[:_BODY_BYTES]
    if len(raw) != _BODY_BYTES + _TAG_BYTES or not hmac.compare_digest(raw[_BODY_BYTES:], _tag(body, key)):
        return None
    return Link(_DECISION + body[:16].hex(), _SAID[body[21]], int.from_bytes(body[16:21], "big"))


def _tag(body: bytes, key: bytes) -> bytes:
    return hmac.digest(key, body, "sha256")[:_TAG_BYTES]
