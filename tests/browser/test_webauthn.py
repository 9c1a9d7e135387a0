"""WebAuthn with a real browser and a virtual authenticator: registered, verified, and refused where it must be."""

from __future__ import annotations

import shutil
import threading
from collections.abc import AsyncIterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace
from tests.browser.conftest import FLAGS
from tests.challenging.bench import SITE, Bench

from watchword.actions.challenges import Enrolling, Told
from watchword.errors import InvalidInput

pytestmark = pytest.mark.browser
REGISTER = """async options => (await navigator.credentials.create(
  {publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(options)})).toJSON()"""
ASSERT = """async options => (await navigator.credentials.get(
  {publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(options)})).toJSON()"""


class Page(BaseHTTPRequestHandler):
    """A page with nothing on it."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("content-type", "text/html")
        self.end_headers()
        self.wfile.write(b"<!doctype html><title>Bank</title>")

    def log_message(self, *_: Any) -> None: ...


class Key:
    """A browser with a security key, in front of a desk of challenges."""

    def __init__(self, bench: Bench, page: Any, devtools: Any) -> None:
        self.bench, self.page, self.devtools = bench, page, devtools

    async def plug_in(self, verified: bool = True) -> str:
        options = {
            "protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True,
            "isUserVerified": verified, "automaticPresenceSimulation": True,
        }  # fmt: skip
        made = await self.devtools.send("WebAuthn.addVirtualAuthenticator", {"options": options})
        return str(made["authenticatorId"])

    async def register(self) -> bool:
        begun = await self.bench.factors.begin("ada", "webauthn", Enrolling(label="Laptop"))
        credential = await self.page.evaluate(REGISTER, begun.show["options"])
        return (await self.bench.factors.prove("ada", begun.factor.id, Told(credential=credential))).proven

    async def sign(self, issued: Any) -> dict[str, Any]:
        return dict(await self.page.evaluate(ASSERT, issued.show["biometric"]["options"]))


@pytest.fixture
async def key(tmp_path: Path) -> AsyncIterator[Key]:
    found = shutil.which("chromium")
    if found is None:
        pytest.skip("chromium is not installed")
    async_api = pytest.importorskip("playwright.async_api")
    server = ThreadingHTTPServer(("localhost", 0), Page)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    origin = f"http://localhost:{server.server_port}"
    bench = Bench(tmp_path / "data")
    bench.desk.site = replace(SITE, origins=(origin,))
    async with async_api.async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=found, args=list(FLAGS))
        page = await browser.new_page()
        await page.goto(origin)
        devtools = await page.context.new_cdp_session(page)
        await devtools.send("WebAuthn.enable")
        yield Key(bench, page, devtools)
        await browser.close()
    server.shutdown()
    server.server_close()
    bench.close()


async def test_a_key_is_registered_and_verifies_once(key: Key) -> None:
    await key.plug_in()
    assert await key.register()
    factor = (await key.bench.factors.of("ada"))[0]
    assert (factor.type, factor.label, factor.proven) == ("biometric", "Laptop", True)
    first = await key.bench.issue("biometric")
    credential = await key.sign(first)
    assert (await key.bench.answer(first, credential=credential)).passed
    assert (await key.bench.answer(first, credential=credential)).outcome == "used"
    second = await key.bench.issue("webauthn")
    replayed = await key.bench.answer(second, credential=credential)
    assert (replayed.passed, replayed.outcome) == (False, "wrong")
    assert (await key.bench.answer(second, credential=await key.sign(second))).passed


async def test_what_was_changed_on_the_way_is_refused(key: Key) -> None:
    await key.plug_in()
    assert await key.register()
    issued = await key.bench.issue("biometric")
    credential = await key.sign(issued)
    flipped = credential["response"]["signature"]
    flipped = flipped[:-4] + ("AAAA" if not flipped.endswith("AAAA") else "BBBB")
    changed = credential | {"response": credential["response"] | {"signature": flipped}}
    assert not (await key.bench.answer(issued, credential=changed)).passed
    assert not (await key.bench.answer(issued, credential=credential | {"id": "other"})).passed
    assert (await key.bench.answer(issued, credential=credential)).passed


async def test_another_origin_is_refused(key: Key) -> None:
    await key.plug_in()
    assert await key.register()
    issued = await key.bench.issue("biometric")
    credential = await key.sign(issued)
    key.bench.desk.site = replace(SITE, origins=("https://bank.example",))
    assert not (await key.bench.answer(issued, credential=credential)).passed


async def test_a_key_whose_counter_fell_was_copied(key: Key) -> None:
    authenticator = await key.plug_in()
    assert await key.register()
    kept = (await key.devtools.send("WebAuthn.getCredentials", {"authenticatorId": authenticator}))["credentials"][0]
    for _ in range(3):
        issued = await key.bench.issue("biometric")
        assert (await key.bench.answer(issued, credential=await key.sign(issued))).passed
    await key.devtools.send(
        "WebAuthn.removeCredential", {"authenticatorId": authenticator, "credentialId": kept["credentialId"]}
    )
    await key.devtools.send(
        "WebAuthn.addCredential", {"authenticatorId": authenticator, "credential": kept | {"signCount": 1}}
    )
    issued = await key.bench.issue("biometric")
    assert not (await key.bench.answer(issued, credential=await key.sign(issued))).passed


async def test_a_key_without_its_persons_finger_is_refused(key: Key) -> None:
    authenticator = await key.plug_in()
    assert await key.register()
    await key.devtools.send("WebAuthn.setUserVerified", {"authenticatorId": authenticator, "isUserVerified": False})
    issued = await key.bench.issue("biometric")
    options = issued.show["biometric"]["options"] | {"userVerification": "discouraged"}
    credential = await key.page.evaluate(ASSERT, options)
    assert not (await key.bench.answer(issued, credential=credential)).passed


async def test_somebody_elses_key_is_refused(key: Key) -> None:
    await key.plug_in()
    assert await key.register()
    begun = await key.bench.factors.begin("eve", "webauthn", Enrolling())
    credential = await key.page.evaluate(REGISTER, begun.show["options"])
    assert (await key.bench.factors.prove("eve", begun.factor.id, Told(credential=credential))).proven
    eves = await key.bench.issue("biometric", user="eve")
    signed = await key.sign(eves)
    adas = await key.bench.issue("biometric")
    assert not (await key.bench.answer(adas, credential=signed)).passed
    with pytest.raises(InvalidInput):
        await key.bench.answer(adas, "123456")
