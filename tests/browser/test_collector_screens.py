"""The MPIN dialog and the blocked screen: by keyboard alone, announced, at every width, zoom and theme."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.sdk.desk import STATIC, Desk, open_desk

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not (STATIC / "watchword.js").is_file(), reason="`make setup` has not built the scripts"),
]
REQUIRED = {"type": "mpin_required", "message": "Please verify your MPIN", "challengeId": "c1"}
BLOCKED = {"type": "session_blocked", "reason": "High risk behavior detected"}
START = """(options) => {
    window.heard = [];
    for (const name of ['mpin_required', 'mpin_result', 'session_blocked', 'risk'])
        watchword.on(name, (message) => heard.push(message.type));
    watchword.startSession('s1', 'ada', {
        token: 'token-1', consent: true, onLogout: (why) => heard.push(`logout:${why}`), ...options,
    });
}"""
PICTURES = [(width, theme) for width in (1440, 390) for theme in ("light", "dark")]


@pytest.fixture
def desk() -> Iterator[Desk]:
    with open_desk() as opened:
        yield opened


def open_page(chromium: Any, desk: Desk, options: dict[str, Any] | None = None, **more: Any) -> Any:
    """A tab in which a session is followed."""
    page = chromium.new_context(**({"viewport": {"width": 1200, "height": 800}} | more)).new_page()
    page.goto(desk.base)
    page.evaluate(START, options or {})
    desk.wait(lambda: desk.hellos and desk.sockets)
    return page


@pytest.fixture
def page(chromium: Any, desk: Desk) -> Iterator[Any]:
    made = open_page(chromium, desk)
    yield made
    made.context.close()


def ask(page: Any, desk: Desk) -> None:
    """Has the server ask for the MPIN."""
    desk.level = "suspicious"
    desk.say(REQUIRED)
    page.locator("watchword-ui input").wait_for()


def focused(page: Any) -> str:
    """What has the focus in the dialog."""
    return page.evaluate(  # type: ignore[no-any-return]
        "() => { const at = document.querySelector('watchword-ui')?.shadowRoot.activeElement; "
        "return at ? at.id || at.textContent : ''; }"
    )


def test_the_mpin_is_given_by_keyboard_alone(page: Any, desk: Desk) -> None:
    page.focus("[name=user]")
    ask(page, desk)
    assert focused(page) == "mpin"
    page.keyboard.type("1234")
    page.keyboard.press("Enter")
    said = page.locator("watchword-ui [role=alert]")
    said.get_by_text("That is not your MPIN. 2 attempts left.").wait_for()
    assert focused(page) == "mpin" and page.locator("watchword-ui input").input_value() == ""
    assert page.locator("watchword-ui input").get_attribute("aria-invalid") == "true"
    page.keyboard.type("4711")
    page.keyboard.press("Tab")
    assert focused(page) == "Confirm"
    page.keyboard.press("Space")
    page.locator("watchword-ui").wait_for(state="detached")
    assert page.evaluate("document.activeElement.name") == "user"
    assert page.evaluate("heard.filter((one) => one !== 'risk_update')") == [
        "mpin_required",
        "mpin_result",
        "mpin_result",
    ]


def test_neither_escape_nor_a_click_beside_dismisses_it(page: Any, desk: Desk) -> None:
    ask(page, desk)
    for _ in range(4):
        page.keyboard.press("Escape")
    page.mouse.click(5, 5)
    assert page.locator("watchword-ui dialog").is_visible()
    page.evaluate("document.querySelector('watchword-ui').shadowRoot.querySelector('dialog').close()")
    page.wait_for_timeout(100)
    assert page.locator("watchword-ui dialog").is_visible()


def test_the_focus_stays_in_it(page: Any, desk: Desk) -> None:
    ask(page, desk)
    went = []
    for _ in range(6):
        page.keyboard.press("Tab")
        went.append(focused(page))
    assert went == ["Confirm", "Log out", "mpin"] * 2
    page.keyboard.press("Shift+Tab")
    assert focused(page) == "Log out"


def test_logging_out_is_the_way_out(page: Any, desk: Desk) -> None:
    ask(page, desk)
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Enter")
    page.locator("watchword-ui").wait_for(state="detached")
    desk.wait(lambda: any(name.startswith("DELETE /api/v1/sessions/s1") for name, _, _ in desk.requests))
    desk.wait(lambda: "logout:logout" in page.evaluate("heard"))
    desk.wait(lambda: not desk.sockets)


def test_it_is_named_described_and_numeric(page: Any, desk: Desk) -> None:
    ask(page, desk)
    assert page.get_by_role("dialog", name="Confirm that it is you").is_visible()
    field = page.get_by_label("Your MPIN")
    assert (field.get_attribute("type"), field.get_attribute("inputmode")) == ("password", "numeric")
    assert field.get_attribute("aria-describedby") == "why said"
    page.keyboard.press("Enter")
    page.get_by_role("alert").get_by_text("Enter your MPIN.").wait_for()
    assert not [one for one in desk.frames if b"mpin_verify" in one]


def test_asking_twice_shows_one(page: Any, desk: Desk) -> None:
    ask(page, desk)
    page.keyboard.type("47")
    desk.say(REQUIRED)
    desk.wait(lambda: page.evaluate("heard.filter((one) => one === 'mpin_required').length") == 2)
    assert page.locator("watchword-ui").count() == 1
    assert page.locator("watchword-ui input").input_value() == "47"


def test_an_answer_in_another_tab_counts_here(page: Any, desk: Desk) -> None:
    ask(page, desk)
    told = {"type": "risk_update", "seq": 0, "riskScore": 0.75, "factors": []}
    desk.say(told | {"level": "suspicious"})
    page.wait_for_timeout(100)
    assert page.locator("watchword-ui dialog").is_visible()
    desk.say(told | {"level": "normal"})
    page.locator("watchword-ui").wait_for(state="detached")


def test_without_connection_it_says_so_and_goes_on(page: Any, desk: Desk) -> None:
    ask(page, desk)
    desk.token = "another"
    desk.say(1011)
    desk.wait(lambda: not desk.sockets)
    page.keyboard.type("4711")
    page.keyboard.press("Enter")
    page.get_by_role("alert").get_by_text("There is no connection. Try again in a moment.").wait_for()


def test_nothing_of_the_mpin_is_collected(page: Any, desk: Desk) -> None:
    page.evaluate("watchword.startSession('s1', 'ada', {token: 'token-1', consent: true, fields: 'document'})")
    desk.wait(lambda: len(desk.hellos) == 2)
    ask(page, desk)
    page.keyboard.type("4711")
    page.keyboard.press("Enter")
    page.locator("watchword-ui").wait_for(state="detached")
    desk.wait(lambda: page.evaluate("watchword.getCounts().waiting") == 0)
    assert desk.samples("key") == [] and desk.samples("focus") == [] and desk.samples("paste") == []
    assert sum(b"4711" in one for one in desk.frames) == 1


@pytest.mark.parametrize("by_close_code", [False, True])
def test_a_blocked_session_is_over(page: Any, desk: Desk, by_close_code: bool) -> None:
    desk.blocked = True
    desk.say(4403 if by_close_code else BLOCKED)
    page.get_by_role("alertdialog", name="Your session has ended").wait_for()
    assert page.evaluate("heard.filter((one) => one !== 'risk_update')") == ["session_blocked", "logout:blocked"]
    assert "High risk" not in page.locator("watchword-ui").inner_text()
    kept = len(desk.frames), len(desk.requests)
    page.keyboard.press("Escape")
    page.mouse.move(200, 200)
    page.wait_for_timeout(1500)
    assert (len(desk.frames), len(desk.requests), len(desk.sockets)) == (*kept, 0)
    assert page.evaluate("watchword.getEvents()") == []
    assert page.evaluate("watchword.score('ada', 's1', []).catch((error) => error.code)") == "NO_SESSION"
    assert page.locator("watchword-ui dialog").is_visible()


def test_the_blocked_screen_leads_to_the_sign_in(chromium: Any, desk: Desk) -> None:
    page = open_page(chromium, desk, {"signInUrl": "/sign-in"})
    ask(page, desk)
    desk.say(BLOCKED)
    page.get_by_role("link", name="Sign in again").wait_for()
    assert focused(page) == "Sign in again"
    page.keyboard.press("Enter")
    page.wait_for_url("**/sign-in")
    page.context.close()


def test_an_application_may_ask_itself_in_any_language(chromium: Any, desk: Desk) -> None:
    page = open_page(chromium, desk, {"dialogs": False})
    desk.say(REQUIRED)
    desk.wait(lambda: "mpin_required" in page.evaluate("heard"))
    assert page.locator("watchword-ui").count() == 0
    assert page.evaluate("watchword.verifyMpin('4711')") is True
    desk.wait(lambda: "mpin_result" in page.evaluate("heard"))
    page.context.close()
    other = open_page(chromium, desk, {"words": {"lang": "ar", "dir": "rtl", "title": "تأكيد الهوية"}})
    ask(other, desk)
    assert other.get_by_role("dialog", name="تأكيد الهوية").is_visible()
    assert other.evaluate("document.querySelector('watchword-ui').dir") == "rtl"
    other.context.close()


@pytest.mark.parametrize(("width", "theme"), PICTURES)
def test_it_fits_at_every_width_and_theme(chromium: Any, desk: Desk, tmp_path: Path, width: int, theme: str) -> None:
    page = open_page(chromium, desk, {"signInUrl": "/"}, viewport={"width": width, "height": 800}, color_scheme=theme)
    ask(page, desk)
    page.keyboard.type("12")
    page.keyboard.press("Enter")
    page.get_by_role("alert").get_by_text("2 attempts left").wait_for()
    page.screenshot(path=tmp_path / f"mpin-{width}-{theme}.png")
    fits(page, width)
    desk.say(BLOCKED)
    page.get_by_role("link", name="Sign in again").wait_for()
    page.screenshot(path=tmp_path / f"blocked-{width}-{theme}.png")
    fits(page, width)
    page.context.close()


def test_it_fits_at_twice_the_size(chromium: Any, desk: Desk, tmp_path: Path) -> None:
    """200 % zoom of a 1280 px window is 640 px of CSS; text alone at 200 % on a phone is harder."""
    page = open_page(chromium, desk, viewport={"width": 390, "height": 600}, forced_colors="active")
    page.evaluate("document.documentElement.style.fontSize = '32px'")
    ask(page, desk)
    page.screenshot(path=tmp_path / "mpin-200.png")
    fits(page, 390)
    page.get_by_role("button", name="Log out").scroll_into_view_if_needed()
    assert page.get_by_role("button", name="Log out").is_visible()
    page.context.close()


def fits(page: Any, width: int) -> None:
    """Nothing is wider than the window, and every control is big enough for a finger."""
    boxes = page.evaluate(
        "[...document.querySelector('watchword-ui').shadowRoot.querySelectorAll('dialog,input,button,a')]"
        ".map((one) => { const box = one.getBoundingClientRect(); return [one.localName, box.left, box.right, box.height]; })"
    )
    for name, left, right, height in boxes:
        assert left >= 0 and right <= width + 0.5, (name, left, right)
        assert name == "dialog" or height >= 44, (name, height)
    inner = page.evaluate(
        "() => { const one = document.querySelector('watchword-ui').shadowRoot.querySelector('dialog');"
        " return [one.scrollWidth, one.clientWidth]; }"
    )
    assert inner[0] <= inner[1]
