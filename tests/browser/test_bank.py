"""The demo bank in Chromium: a customer signs in and pays, somebody else is noticed, a script is stopped."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.browser.teller import Teller, open_bank

pytestmark = pytest.mark.browser
SIZES = {"desktop": (1440, 900), "phone": (390, 844)}


@pytest.fixture
def teller() -> Iterator[Teller]:
    """A bank that knows Ines."""
    with open_bank(taught=True) as opened:
        yield opened


class Visit:
    """A page of the bank, and everything in it that should not have happened."""

    def __init__(self, chromium: Any, teller: Teller, size: tuple[int, int] = (1440, 900), **options: Any) -> None:
        self.wrong: list[str] = []
        viewport = {"width": size[0], "height": size[1]}
        self.page = chromium.new_context(viewport=viewport, **options).new_page()
        self.page.on("pageerror", lambda error: self.wrong.append(str(error)))
        self.page.on("console", lambda m: self.wrong.append(m.text) if m.type == "error" else None)
        self.page.goto(f"{teller.address}?without-device")
        self.page.wait_for_selector("body[data-ready]")

    def choose(self, account: str) -> None:
        """Another customer."""
        self.page.locator(f"label:has(input[value={account}])").click()

    def act(self, role: str) -> None:
        """Lets somebody be played, and waits until they are done."""
        self.page.evaluate(f"document.querySelector('[data-as={role}]').click()")
        self.page.wait_for_selector(f"[data-as={role}]:not([disabled])", timeout=60_000, state="attached")

    @property
    def trust(self) -> float:
        """What the panel shows."""
        return float(self.page.locator("#trust").text_content())


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", SIZES)
def test_pages_fit_and_have_no_errors(chromium: Any, teller: Teller, size: str, scheme: str, tmp_path: Path) -> None:
    visit = Visit(chromium, teller, SIZES[size], color_scheme=scheme)
    visit.choose("ines")
    visit.act("owner")
    visit.page.wait_for_selector("#transfer:not([hidden])")
    visit.page.screenshot(path=tmp_path / f"{size}-{scheme}.png")
    assert visit.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert visit.wrong == []


def test_the_owner_pays_and_somebody_else_is_stopped(chromium: Any, teller: Teller) -> None:
    visit = Visit(chromium, teller)
    visit.choose("ines")
    visit.act("owner")
    visit.act("owner")
    assert visit.page.locator("#answer").text_content().startswith("Sent.")
    assert visit.trust > 90
    known = teller.session("ines").session_id
    visit.act("other")
    visit.page.wait_for_selector("watchword-ui", state="attached")
    session = teller.session("ines")
    assert session.session_id == known and session.risk_score >= 0.7
    assert visit.trust < 60
    assert any(one.factor == "ml_engine" and one.delta > 0 for one in session.changes)


def test_a_new_customer_is_learnt_sign_in_by_sign_in(chromium: Any, teller: Teller) -> None:
    visit = Visit(chromium, teller)
    for expected in (1, 2, 3):
        visit.act("owner")
        visit.page.wait_for_selector("#transfer:not([hidden])", timeout=60_000)
        visit.page.locator("#leave").click()
        visit.page.wait_for_selector("#login:not([hidden])")
        assert f"{expected} of 10" in visit.page.locator("#progress").text_content()


def test_no_character_of_the_password_leaves_in_samples(chromium: Any, teller: Teller) -> None:
    visit = Visit(chromium, teller)
    sent: list[str] = []
    visit.page.on("request", lambda r: sent.append(r.post_data or ""))
    visit.page.on("websocket", lambda s: s.on("framesent", lambda frame: sent.append(str(frame))))
    visit.page.locator("#password").press_sequentially("Qz!7#wY9", delay=60)
    visit.page.keyboard.press("Enter")
    visit.page.wait_for_selector("#refused:not([hidden])")
    [login] = [body for body in sent if '"behavior"' in body]
    assert login.count("Qz!7#wY9") == 1, "the log-in itself has it, once"
    behavior = login.partition('"behavior"')[2]
    assert '"cls"' not in behavior and "Qz" not in behavior and '"key"' in behavior
