"""What a real Chromium sends, judged by the header rules: an unchanged one leaves no hint, a disguised one does."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from tests.browser.bounds import bound_calls

from watchword.enrichment.agent import read_agent
from watchword.enrichment.hints import Headers, read_hints

pytestmark = pytest.mark.browser
PAGE = b"<script>fetch('/login', {method: 'POST', body: '{}'}).then(() => document.title = 'done')</script>"
DISGUISE = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36"


@pytest.fixture
def requests() -> Iterator[tuple[str, list[tuple[str, Headers]]]]:
    kept: list[tuple[str, Headers]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            kept.append((self.path, tuple(self.headers.items())))
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(PAGE)

        do_POST = do_GET

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    yield f"http://localhost:{server.server_port}", kept
    server.shutdown()
    server.server_close()


def visit(url: str, user_agent: str | None) -> None:
    from playwright.sync_api import sync_playwright

    bound_calls()
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        page = browser.new_context(user_agent=user_agent).new_page()
        page.goto(url)
        page.wait_for_function("document.title === 'done'")
        browser.close()


def as_a_person(headers: Headers) -> Headers:
    """Takes away what headless mode writes into the two headers that name the browser."""
    return tuple((name, value.replace("HeadlessChrome", "Chrome")) for name, value in headers)


def codes(headers: Headers) -> set[str]:
    user_agent = dict(headers)["User-Agent"]
    return {hint.code for hint in read_hints(user_agent, read_agent(user_agent), headers, None)}


def test_an_unchanged_chromium_leaves_no_hint(requests: tuple[str, list[tuple[str, Headers]]]) -> None:
    url, kept = requests
    visit(url, None)
    for path in ("/", "/login"):
        headers = next(headers for seen, headers in kept if seen == path)
        assert codes(as_a_person(headers)) == set(), (path, headers)
        assert read_agent(dict(headers)["User-Agent"]).tool == "headless"


def test_a_replaced_user_agent_shows(requests: tuple[str, list[tuple[str, Headers]]]) -> None:
    url, kept = requests
    visit(url, DISGUISE)
    for path in ("/", "/login"):
        headers = next(headers for seen, headers in kept if seen == path)
        assert codes(as_a_person(headers)) & {"HEADER_ORDER", "BRANDS_MISMATCH"}, (path, headers)
