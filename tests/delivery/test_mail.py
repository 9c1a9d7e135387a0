"""E-mail, against a real server: TLS, log-in, refusals, retries, time limits."""

from __future__ import annotations

import asyncio
import socket
import time
from pathlib import Path
from urllib.parse import quote

import pytest
from msgspec.structs import replace
from tests.delivery.servers import PASSWORD, USER, certificate, mail_sink

from watchword.delivery.routes import Routes
from watchword.delivery.smtp import Mail, parse_server
from watchword.errors import ConfigurationError, DeliveryFailed
from watchword.ports import Letter

LETTER = Letter(
    id="l1", channel="email", to="ada@example.org", subject="Ihr Code für die Bank", text="Grüße", html="<p>Grüße</p>"
)
SENDER = "Example Bank <no-reply@bank.example>"


def server(port: int, login: str = "") -> str:
    return f"smtp://{login}127.0.0.1:{port}"


async def test_mail_travels_by_tls_after_a_log_in(tmp_path: Path) -> None:
    tls, trust = certificate(tmp_path)
    with mail_sink(tls, login=True) as (sink, port):
        url = server(port, f"{USER}:{quote(PASSWORD, safe='')}@")
        await Mail(parse_server(url), SENDER, trust).send(LETTER)
        mail = sink.mails[0]
        assert sink.encrypted == [True]
        assert (mail["to"], mail["from"], mail["subject"]) == (LETTER.to, SENDER, LETTER.subject)
        assert mail["auto-submitted"] == "auto-generated" and mail["message-id"].endswith("@bank.example>")
        assert mail.get_body(("plain",)).get_content().strip() == "Grüße"
        assert mail.get_body(("html",)).get_content().strip() == "<p>Grüße</p>"


async def test_a_wrong_password_is_not_tried_again(tmp_path: Path) -> None:
    tls, trust = certificate(tmp_path)
    with mail_sink(tls, login=True) as (sink, port):
        mail = Mail(parse_server(server(port, f"{USER}:wrong@")), SENDER, trust)
        with pytest.raises(DeliveryFailed) as failure:
            await mail.send(LETTER)
        assert failure.value.lasting and not sink.mails
        assert "wrong" not in str(failure.value)


async def test_a_certificate_that_is_not_trusted_gets_nothing(tmp_path: Path) -> None:
    tls, _ = certificate(tmp_path)
    with mail_sink(tls) as (sink, port):
        with pytest.raises(DeliveryFailed):
            await Mail(parse_server(server(port)), SENDER).send(LETTER)
        assert not sink.mails


async def test_a_server_elsewhere_must_offer_tls() -> None:
    with mail_sink() as (sink, port):
        far = parse_server(server(port))
        with pytest.raises(DeliveryFailed) as failure:
            await Mail(replace(far, loopback=False), SENDER).send(LETTER)
        assert failure.value.lasting and not sink.mails
        await Mail(far, SENDER).send(LETTER)
        assert len(sink.mails) == 1


async def test_what_failed_for_a_while_is_tried_again() -> None:
    with mail_sink() as (sink, port):
        routes = Routes({"email": Mail(parse_server(server(port)), SENDER)}, pauses_s=(0.01, 0.02))
        sink.failures = 2
        await routes.send(LETTER)
        assert len(sink.mails) == 1
        sink.failures = 3
        with pytest.raises(DeliveryFailed):
            await routes.send(LETTER)
        assert len(sink.mails) == 1


async def test_an_address_that_is_refused_is_not_tried_again() -> None:
    with mail_sink() as (_, port):
        began = time.monotonic()
        letter = Letter(id="l2", channel="email", to="x@reject.test", subject="s", text="t")
        with pytest.raises(DeliveryFailed) as failure:
            await Routes({"email": Mail(parse_server(server(port)), SENDER)}, pauses_s=(600,), limit_s=900).send(letter)
        assert failure.value.lasting and time.monotonic() - began < 300


async def test_a_server_that_is_silent_or_gone_is_given_up() -> None:
    with socket.socket() as deaf:
        deaf.bind(("127.0.0.1", 0))
        deaf.listen()
        mail = Mail(parse_server(server(deaf.getsockname()[1])), SENDER)
        with pytest.raises(DeliveryFailed):
            await Routes({"email": mail}, limit_s=0.2).send(LETTER)
    with socket.socket() as gone:
        gone.bind(("127.0.0.1", 0))
        with pytest.raises(DeliveryFailed):
            await Mail(parse_server(server(gone.getsockname()[1])), SENDER).send(LETTER)


async def test_no_header_can_be_smuggled_in() -> None:
    with mail_sink() as (sink, port):
        bad = Letter(id="l3", channel="email", to="a@b.test\r\nBcc: eve@evil.test", subject="s", text="t")
        with pytest.raises(DeliveryFailed):
            await Mail(parse_server(server(port)), SENDER).send(bad)
        assert not sink.mails


async def test_letters_at_once_all_arrive() -> None:
    with mail_sink() as (sink, port):
        mail = Mail(parse_server(server(port)), SENDER)
        await asyncio.gather(*(mail.send(LETTER) for _ in range(10)))
        assert len(sink.mails) == 10


def test_urls_are_read() -> None:
    assert parse_server("smtp://mail.example").port == 587
    secure = parse_server("smtps://u%40x:p%3Aw@mail.example")
    assert (secure.port, secure.implicit_tls, secure.user, secure.password) == (465, True, "u@x", "p:w")
    assert "p:w" not in repr(secure)
    for url in ("mail.example", "http://mail.example", "smtp://", "smtp://h:port", "smtp://u:%C3%A4@h"):
        with pytest.raises(ConfigurationError):
            parse_server(url)
