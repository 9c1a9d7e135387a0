"""Nothing in these tests waits for ever: a script that never ends fails where it was called, and says so."""

from __future__ import annotations

import threading
import time
from typing import Any

import pytest
from tests.browser import bounds
from tests.sdk import desk

pytestmark = pytest.mark.browser
NEVER = "new Promise(() => {})"


def test_a_script_that_never_ends_fails_and_the_browser_goes_on(chromium: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    page = chromium.new_page()
    page.set_content("<title>still here</title>")
    with monkeypatch.context() as soon:
        soon.setattr(bounds, "PATIENCE_S", 0.5)
        with pytest.raises(bounds.Silent, match=r"did not answer within 0\.5 s"):
            page.evaluate(NEVER)
    assert page.title() == "still here"


def test_a_page_whose_thread_is_taken_is_given_up_and_closed(chromium: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    page = chromium.new_page()
    with monkeypatch.context() as soon:
        soon.setattr(bounds, "PATIENCE_S", 0.5)
        for call in (lambda: page.evaluate("for (;;);"), lambda: page.keyboard.press("a")):
            with pytest.raises(bounds.Silent):
                call()
    page.context.close()
    assert chromium.contexts == []


def test_a_server_that_does_not_come_up_is_no_endless_wait() -> None:
    class Never:
        started = False

    ended = threading.Thread(target=lambda: None)
    ended.start()
    began_s = time.monotonic()
    with pytest.raises(AssertionError, match="ended before it served"):
        desk.until_started(Never(), ended)
    assert time.monotonic() - began_s < 30
