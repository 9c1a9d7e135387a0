"""The collector against Watchword itself: samples become durable, the MPIN is asked for, a blocked session is over."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from tests.sdk.desk import STATIC
from tests.web.house import House
from tests.web.tabs import Salon, served

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not (STATIC / "watchword.js").is_file(), reason="`make setup` has not built the scripts"),
]
MPIN = "482913"
PAGE = (
    "<!doctype html><html lang=en><title>Bank</title><script src=/js/watchword.js></script>"
    "<script src=/js/device-fingerprint.js></script>"
    "<form data-watchword><input name=user><input name=password type=password></form>"
)


class Bank:
    """A page of an application, and the application's server behind it."""

    def __init__(self, salon: Salon, loop: asyncio.AbstractEventLoop, page: Any) -> None:
        self._salon, self._loop, self.page = salon, loop, page
        self.base = f"http://127.0.0.1:{salon.port}"
        page.goto(f"{self.base}/bank")
        self.run(salon.ask("PUT", "/api/v1/users/ada/mpin", json={"mpin": MPIN}))
        self.session, self.token = self.run(salon.open())
        page.evaluate("window.heard = []; watchword.on('risk', (one) => heard.push(one)); 0")
        page.evaluate(
            "([id, token]) => watchword.startSession(id, 'ada', {token, consent: true, signInUrl: '/bank'})",
            [self.session, self.token],
        )

    def run(self, question: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(question, self._loop).result(60)

    @property
    def state(self) -> dict[str, Any]:
        found: dict[str, Any] = self.run(self._salon.state(self.session))
        return found

    def transfer(self, number: int, **context: Any) -> None:
        """The bank's server says what is about to be done."""
        told = {"transactionId": f"t-{number}", "amount": 20_000, "currency": "EUR", "beneficiary": "LU28", **context}
        body = {"userId": "ada", "sessionId": self.session, "events": [], "context": told}
        answer = self.run(self._salon.ask("POST", "/api/v1/behavior/score", json=body))
        assert answer.status_code == 200, answer.text

    def until(self, holds: Callable[[], bool]) -> None:
        end = time.monotonic() + 60
        while not holds():
            assert time.monotonic() < end, (self.state, self.page.evaluate("[watchword.getCounts(), heard.slice(-3)]"))
            self.page.wait_for_timeout(30)

    def settled(self) -> bool:
        """Whether the server has each sample that was taken, once."""
        taken, waiting = self.page.evaluate("[watchword.getCounts().taken, watchword.getCounts().waiting]")
        return waiting == 0 and self.state["samples"] == taken

    def raise_to(self, risk: float) -> None:
        """One large transfer after another until the risk is that high."""
        for number in range(200):
            if self.state["riskScore"] >= risk:
                return
            self.transfer(time.monotonic_ns() + number)
        raise AssertionError(self.state)


def with_page(app: Any) -> Any:
    """The service, and the application's page beside it."""

    async def answer(scope: Any, receive: Any, send: Any) -> None:
        if scope.get("path") != "/bank":
            await app(scope, receive, send)
            return
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/html")]})
        await send({"type": "http.response.body", "body": PAGE.encode()})

    return answer


@pytest.fixture
def bank(chromium: Any) -> Iterator[Bank]:
    house, loop, ready, stop = House(), asyncio.new_event_loop(), threading.Event(), asyncio.Event()
    found: list[Salon] = []
    house.app = with_page(house.app)

    async def serve() -> None:
        async with served(house) as salon:
            found.append(salon)
            ready.set()
            await stop.wait()

    thread = threading.Thread(target=lambda: loop.run_until_complete(serve()), daemon=True)
    thread.start()
    assert ready.wait(60)
    page = chromium.new_page()
    yield Bank(found[0], loop, page)
    page.context.close()
    loop.call_soon_threadsafe(stop.set)
    thread.join(60)
    loop.close()
    house.close()


def test_samples_are_durable_and_counted_once(bank: Bank) -> None:
    bank.page.locator("[name=user]").press_sequentially("ada lovelace", delay=5)
    bank.page.locator("[name=password]").press_sequentially("secret", delay=5)
    bank.until(bank.settled)
    assert bank.state["samples"] >= 36
    score = bank.page.evaluate("id => watchword.score('ada', id, watchword.getEvents())", bank.session)
    assert score["phase"] == "learning"
    assert [one["code"] for one in score["topReasons"] if one["code"].startswith("FAST_")], score
    bank.until(bank.settled)
    told = bank.page.evaluate("heard.at(-1)")
    assert told["type"] == "risk_update"


def test_the_mpin_is_asked_for_and_a_wrong_one_ends_the_session(bank: Bank) -> None:
    bank.until(lambda: bank.state["samples"] > 0)
    bank.raise_to(0.7)
    field = bank.page.get_by_label("Your MPIN")
    field.wait_for()
    bank.page.keyboard.type(MPIN)
    bank.page.keyboard.press("Enter")
    field.wait_for(state="detached")
    assert bank.state["riskScore"] < 0.9
    bank.raise_to(0.7)
    field.wait_for()
    bank.page.keyboard.type("0000")
    bank.page.keyboard.press("Enter")
    bank.page.get_by_role("alertdialog", name="Your session has ended").wait_for()
    assert bank.page.evaluate("watchword.getEvents()") == []
    answer = bank.run(bank._salon.ask("GET", f"/api/v1/sessions/{bank.session}", bank.token))
    assert answer.status_code == 401


def test_what_is_left_behind_by_a_page_arrives(bank: Bank) -> None:
    bank.page.locator("[name=user]").press_sequentially("ada", delay=5)
    bank.page.goto(f"{bank.base}/health")
    end = time.monotonic() + 60
    while bank.state["samples"] < 9:
        assert time.monotonic() < end, bank.state
        time.sleep(0.05)
    assert bank.state["samples"] == 9


def test_log_out_ends_it_for_good(bank: Bank) -> None:
    bank.until(lambda: bank.state["samples"] > 0)
    bank.page.evaluate("watchword.endSession()")
    assert bank.state["end"] == "logout"
    bank.page.evaluate(
        "([id, token]) => { window.gone = 0; watchword.on('unauthenticated', () => gone++);"
        " watchword.startSession(id, 'ada', {token, consent: true}); }",
        [bank.session, bank.token],
    )
    bank.until(lambda: bank.page.evaluate("gone") == 1)
