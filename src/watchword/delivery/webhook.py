"""Webhooks: a POST that its receiver can trust, for text messages and notices.

The signature is HMAC-SHA256 over `TIMESTAMP.BODY`, in hex, in the header `Watchword-Signature: t=TIMESTAMP,v1=HEX`. A
receiver compares it in constant time, refuses timestamps older than five minutes, and takes each `id` once: a webhook
that was not answered with 2xx is sent again.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable
from urllib.parse import urlsplit

import httpx
import msgspec

from watchword.delivery.loopback import is_loopback
from watchword.errors import ConfigurationError, DeliveryFailed
from watchword.ports import Letter

TIMEOUT_S = 5.0
AGE_S = 300
TRIED_AGAIN = frozenset({408, 425, 429})
SERVERS_FAULT = 500


class Webhook:
    """See `ports.Courier`. `now_s` is the wall clock in seconds; `client` may be one that trusts a CA of its own."""

    def __init__(self, url: str, secret: str, now_s: Callable[[], float], client: httpx.AsyncClient | None = None):
        """Raises ConfigurationError for a URL without TLS beyond loopback, or without a secret."""
        parts = urlsplit(url)
        if not (parts.scheme == "https" or (parts.scheme == "http" and is_loopback(parts.hostname or ""))):
            raise ConfigurationError("A webhook's URL begins with https:// (http:// on this machine only).")
        if not secret:
            raise ConfigurationError("A webhook needs a secret to sign with.")
        self._url = url
        self._secret = secret.encode()
        self._now_s = now_s
        self._client = client or httpx.AsyncClient(timeout=TIMEOUT_S, follow_redirects=False)

    async def send(self, letter: Letter) -> None:
        """See `ports.Courier.send`."""
        body = msgspec.json.encode(_body(letter))
        stamp = int(self._now_s())
        headers = {
            "content-type": "application/json",
            "watchword-signature": f"t={stamp},v1={signature(self._secret, stamp, body)}",
            "watchword-id": letter.id,
        }
        try:
            response = await self._client.post(self._url, content=body, headers=headers)
        except httpx.HTTPError as error:
            raise DeliveryFailed(f"The webhook was not reached: {type(error).__name__}.") from None
        if not response.is_success:
            lasting = response.status_code < SERVERS_FAULT and response.status_code not in TRIED_AGAIN
            raise DeliveryFailed(f"The webhook answered {response.status_code}.", lasting)

    async def close(self) -> None:
        """Closes the connections."""
        await self._client.aclose()


def signature(secret: bytes, stamp: int, body: bytes) -> str:
    """The signature of a body sent at that time (seconds since 1970)."""
    return hmac.digest(secret, b"%d." % stamp + body, "sha256").hex()


def verify(secret: bytes, header: str, body: bytes, now_s: float) -> bool:
    """Whether a signature header is right and fresh: what a receiver does."""
    parts = dict(part.partition("=")[::2] for part in header.split(","))
    stamp = parts.get("t", "")
    if not stamp.isdigit() or abs(now_s - int(stamp)) > AGE_S:
        return False
    return hmac.compare_digest(signature(secret, int(stamp), body).encode(), parts.get("v1", "").encode())


def _body(letter: Letter) -> dict[str, object]:
    if letter.channel == "sms":
        return {"id": letter.id, "type": "sms", "to": letter.to, "text": letter.text}
    return {"id": letter.id, "type": letter.channel} | letter.data
