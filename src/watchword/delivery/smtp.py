"""E-mail over SMTP (RFC 5321), always by TLS (`smtps://`, or STARTTLS); in the clear on loopback only."""

from __future__ import annotations

import asyncio
import smtplib
import ssl
from email.message import EmailMessage
from email.utils import formatdate, make_msgid
from urllib.parse import unquote, urlsplit

from msgspec import Struct

from watchword.delivery.loopback import is_loopback
from watchword.errors import ConfigurationError, DeliveryFailed
from watchword.ports import Letter

TIMEOUT_S = 5.0
LOWEST_LASTING = 500


class Server(Struct, frozen=True, kw_only=True):
    """Where and how to hand mail over. It does not show its password."""

    host: str
    port: int
    implicit_tls: bool = False
    loopback: bool = False
    user: str | None = None
    password: str | None = None

    def __repr__(self) -> str:
        return f"Server({self.host}:{self.port}, user={self.user!r}, password={'***' if self.password else None})"


def parse_server(url: str) -> Server:
    """The server that a URL names: `smtp[s]://[USER:PASSWORD@]HOST[:PORT]`. Raises ConfigurationError."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise ConfigurationError("WATCHWORD_SMTP_URL is no URL.") from None
    if parts.scheme not in ("smtp", "smtps") or not parts.hostname:
        raise ConfigurationError("WATCHWORD_SMTP_URL reads smtp://USER:PASSWORD@HOST:587 (or smtps://...).")
    if not unquote(url).isascii():
        raise ConfigurationError("WATCHWORD_SMTP_URL may hold ASCII only, its password included.")
    implicit = parts.scheme == "smtps"
    return Server(
        host=parts.hostname,
        port=port or (465 if implicit else 587),
        implicit_tls=implicit,
        loopback=is_loopback(parts.hostname),
        user=unquote(parts.username) if parts.username else None,
        password=unquote(parts.password) if parts.password else None,
    )


class Mail:
    """See `ports.Courier`. Hands each letter over in a thread, by a connection of its own, verified by `trust`."""

    def __init__(self, server: Server, sender: str, trust: ssl.SSLContext | None = None) -> None:
        self._server = server
        self._sender = sender
        self._trust = trust or ssl.create_default_context()

    async def send(self, letter: Letter) -> None:
        """See `ports.Courier.send`."""
        try:
            await asyncio.to_thread(self._send, letter)
        except smtplib.SMTPResponseException as error:
            raise DeliveryFailed("The mail server refused.", error.smtp_code >= LOWEST_LASTING) from None
        except smtplib.SMTPRecipientsRefused as error:
            codes = [code for code, _ in error.recipients.values()]
            raise DeliveryFailed("The mail server refused the address.", min(codes) >= LOWEST_LASTING) from None
        except smtplib.SMTPNotSupportedError:
            raise DeliveryFailed("The mail server offers no TLS, or no log-in.", lasting=True) from None
        except ValueError:
            raise DeliveryFailed("The letter can not be written as mail.", lasting=True) from None
        except (OSError, smtplib.SMTPException) as error:
            raise DeliveryFailed(f"The mail server was not reached: {type(error).__name__}.") from None

    def _send(self, letter: Letter) -> None:
        server = self._server
        with self._connect() as connection:
            if not server.implicit_tls and (not server.loopback or connection.has_extn("starttls")):
                connection.starttls(context=self._trust)
                connection.ehlo()
            if server.user is not None:
                connection.login(server.user, server.password or "")
            connection.send_message(self._message(letter), self._sender, [letter.to])

    def _connect(self) -> smtplib.SMTP:
        server = self._server
        if server.implicit_tls:
            return smtplib.SMTP_SSL(server.host, server.port, timeout=TIMEOUT_S, context=self._trust)
        connection = smtplib.SMTP(server.host, server.port, timeout=TIMEOUT_S)
        connection.ehlo()
        return connection

    def _message(self, letter: Letter) -> EmailMessage:
        message = EmailMessage()
        message["From"], message["To"], message["Subject"] = self._sender, letter.to, letter.subject
        message["Date"] = formatdate()
        message["Message-ID"] = make_msgid(letter.id, domain=self._sender.rpartition("@")[2].strip("> ") or None)
        message["Auto-Submitted"] = "auto-generated"
        message.set_content(letter.text)
        if letter.html:
            message.add_alternative(letter.html, subtype="html")
        return message
