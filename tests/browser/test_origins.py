"""The device call of the SDK from a page of another origin, in Chromium, which keeps the rules that we only state."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from tests.sdk.desk import STATIC
from tests.web.house import House
from tests.web.tabs import beside

from watchword.web.origins import Origins

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(
        not (STATIC / "device-fingerprint.js").is_file(), reason="`make setup` has not built the scripts"
    ),
]
IDENTIFY = """async ([token, sessionId]) => watchwordDevice.identify({token, sessionId, consent: true})
  .then((told) => told, (error) => ({refused: `${error.name}: ${error.code ?? ''}`}))"""


@contextmanager
def shop(found: dict[str, str]) -> Iterator[str]:
    """An application's own server, on an origin of its own; its page loads the script of the service in `found`."""

    class Page(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = (
                f"<!doctype html><title>Shop</title><script src={found['service']}/js/device-fingerprint.js></script>"
            )
            self.send_response(200)
            self.send_header("content-type", "text/html")
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, *_ignored: Any) -> None:
            """Says nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Page)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


def identify(page: Any, opened: tuple[str, str]) -> Any:
    """What the page learns of its device, in that session."""
    session, token = opened
    return page.evaluate(IDENTIFY, [token, session])


def test_an_allowed_page_is_told_its_device_and_its_cookie_comes_back(chromium: Any) -> None:
    found: dict[str, str] = {}
    with shop(found) as origin, beside(House(origins=Origins([origin]))) as (salon, ask):
        found["service"] = f"http://127.0.0.1:{salon.port}"
        context = chromium.new_context()
        page = context.new_page()
        page.goto(origin)
        first = identify(page, ask(salon.open()))
        assert first["id"].startswith("dvc_"), first
        assert [one["name"] for one in context.cookies(found["service"] + "/api/fraud-detection")] == ["ww_device"]
        page.reload()
        with page.expect_request(lambda one: one.method == "POST") as asked:
            again = identify(page, ask(salon.open()))
        assert (again["id"], again["known"]) == (first["id"], True)
        assert "ww_device=" in asked.value.all_headers().get("cookie", "")
        context.close()


def test_a_page_that_is_not_allowed_is_told_nothing(chromium: Any) -> None:
    found: dict[str, str] = {}
    with shop(found) as origin, beside(House(origins=Origins(["https://shop.example"]))) as (salon, ask):
        found["service"] = f"http://127.0.0.1:{salon.port}"
        page = chromium.new_page()
        page.goto(origin)
        assert identify(page, ask(salon.open())) == {"refused": "TypeError: "}
        page.context.close()
