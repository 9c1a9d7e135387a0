"""The live page follows, waits while somebody reads, and says when it can not follow."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from tests.browser.conftest import Served, Tab, tab

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture
def live(chromium: Any, running: Served) -> Iterator[Tab]:
    shown = tab(chromium, running)
    shown.open("live")
    yield shown
    shown.page.context.close()


def newest(live: Tab) -> str:
    return live.page.eval_on_selector("#live-rows tr", "row => row.dataset.id")  # type: ignore[no-any-return]


def moved(live: Tab, since: str) -> None:
    live.page.wait_for_function(
        "id => document.querySelector('#live-rows tr').dataset.id !== id", arg=since, timeout=60_000
    )


def test_rows_enter_at_the_top(live: Tab):
    moved(live, newest(live))
    assert live.wrong == []


def test_nothing_moves_under_the_pointer(live: Tab):
    live.page.hover("#live-rows tr:nth-child(3)")
    held = newest(live)
    live.page.locator("#more-new:visible").wait_for(timeout=60_000)
    live.page.wait_for_timeout(2000)
    assert newest(live) == held
    assert "held while the pointer is on the table" in live.page.locator("#more-new").inner_text()
    live.page.keyboard.press(".")
    assert newest(live) != held


def test_p_pauses_and_goes_on(live: Tab):
    live.page.mouse.move(5, 5)
    live.page.keyboard.press("p")
    held = newest(live)
    live.page.locator("#more-new", has_text="held while paused").wait_for(timeout=60_000)
    assert newest(live) == held
    live.page.keyboard.press("p")
    moved(live, held)


def test_a_lost_stream_is_said_and_rows_stay(live: Tab):
    rows = live.page.locator("#live-rows tr").count()
    live.page.context.set_offline(True)
    live.page.evaluate("window.stop()")
    live.page.locator("#stream-state", has_text="Not streaming since").wait_for(timeout=60_000)
    assert live.page.locator("#live-rows tr").count() >= rows
    live.page.context.set_offline(False)
    live.page.locator("#stream-state .dot.live").wait_for(timeout=60_000)


def test_the_list_stays_short(live: Tab):
    assert live.page.locator("#live-rows tr").count() <= 200


def test_a_stream_whose_session_ended_leads_to_the_sign_in_page(live: Tab):
    cookie = next(one for one in live.page.context.cookies() if one["name"] == "watchword_console")
    live.served.run(live.served.app._console.doors.end(cookie["value"]))  # type: ignore[union-attr]
    live.page.wait_for_url("**/console/sign-in**", timeout=60_000)
