"""Webhooks, against a real server: signed, with an id, tried again, never redirected."""

from __future__ import annotations

import time

import pytest
from tests.delivery.servers import webhook_sink

from watchword.delivery.outbox import Nobody
from watchword.delivery.routes import Routes
from watchword.delivery.webhook import Webhook, verify
from watchword.errors import ConfigurationError, DeliveryFailed
from watchword.ports import Letter

LETTER = Letter(id="l1", channel="sms", to="+43660123456", text="123456 is your code")
SECRET = "s3cret"


async def test_a_text_message_is_signed_and_can_be_verified() -> None:
    with webhook_sink() as (hooks, url):
        hook = Webhook(url, SECRET, time.time)
        await hook.send(LETTER)
        await hook.close()
        headers, body = hooks.got[0]
        assert hooks.bodies == [{"id": "l1", "type": "sms", "to": "+43660123456", "text": "123456 is your code"}]
        assert headers["watchword-id"] == "l1"
        signed = headers["watchword-signature"]
        assert verify(SECRET.encode(), signed, body, time.time())
        assert not verify(b"other", signed, body, time.time())
        assert not verify(SECRET.encode(), signed, body + b" ", time.time())
        assert not verify(SECRET.encode(), signed, body, time.time() + 301)
        assert not verify(SECRET.encode(), "nonsense", body, time.time())
        stamp = int(signed.split(",")[0][2:])
        assert not verify(SECRET.encode(), signed.replace(str(stamp), str(stamp + 1)), body, time.time())


async def test_it_is_sent_again_with_the_same_id() -> None:
    with webhook_sink() as (hooks, url):
        hook = Webhook(url, SECRET, time.time)
        hooks.statuses = [503, 429]
        await Routes({"sms": hook}, pauses_s=(0.01, 0.01)).send(LETTER)
        await hook.close()
        assert [headers["watchword-id"] for headers, _ in hooks.got] == ["l1"] * 3


@pytest.mark.parametrize(("status", "lasting"), [(400, True), (302, True), (410, True), (500, False), (429, False)])
async def test_refusals_are_told_apart(status: int, lasting: bool) -> None:
    with webhook_sink() as (hooks, url):
        hook = Webhook(url, SECRET, time.time)
        hooks.statuses = [status]
        with pytest.raises(DeliveryFailed) as failure:
            await hook.send(LETTER)
        await hook.close()
        assert failure.value.lasting is lasting and len(hooks.got) == 1


async def test_a_server_that_is_gone_is_a_failure() -> None:
    hook = Webhook("http://127.0.0.1:9/", SECRET, time.time)
    with pytest.raises(DeliveryFailed):
        await hook.send(LETTER)
    await hook.close()


def test_only_tls_or_this_machine() -> None:
    for url in ("http://example.org/hook", "ftp://example.org", "//example.org"):
        with pytest.raises(ConfigurationError):
            Webhook(url, SECRET, time.time)
    with pytest.raises(ConfigurationError):
        Webhook("https://example.org/hook", "", time.time)


async def test_what_has_no_way_says_which_setting_is_missing() -> None:
    with pytest.raises(DeliveryFailed, match="WATCHWORD_SMS_WEBHOOK_URL"):
        await Routes({"sms": Nobody("WATCHWORD_SMS_WEBHOOK_URL")}).send(LETTER)
