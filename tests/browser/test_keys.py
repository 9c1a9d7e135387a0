"""The keyboard alone reaches everything."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from tests.browser.conftest import Served, Tab, tab

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture
def desk(chromium: Any, still: Served) -> Iterator[Tab]:
    shown = tab(chromium, still)
    yield shown
    assert shown.wrong == []
    shown.page.context.close()


def open_dialog(desk: Tab) -> str | None:
    return desk.page.evaluate("document.querySelector('dialog[open]')?.id ?? null")  # type: ignore[no-any-return]


def test_g_then_a_letter_goes_to_a_page(desk: Tab):
    for letter, path in zip(
        "duspfeal", ("decisions", "users", "sessions", "policies", "feeds", "settings", "audit", "live"), strict=True
    ):
        desk.page.keyboard.press("g")
        desk.page.keyboard.press(letter)
        assert desk.at(path)


def test_j_k_and_enter_move_and_open(desk: Tab):
    desk.open("decisions")
    ids = desk.page.eval_on_selector_all("tr[data-id]", "rows => rows.map(row => row.dataset.id)")
    for key in "jjjk":
        desk.page.keyboard.press(key)
    assert desk.page.eval_on_selector("tr[aria-current]", "row => row.dataset.id") == ids[1]
    desk.page.keyboard.press("Enter")
    assert desk.at(f"decisions/{ids[1]}")
    desk.page.keyboard.press("]")
    assert desk.at(f"decisions/{ids[2]}")
    desk.page.keyboard.press("[")
    assert desk.at(f"decisions/{ids[1]}")


def test_f_filters_and_the_address_keeps_it(desk: Tab):
    desk.open("decisions")
    desk.page.keyboard.press("f")
    assert open_dialog(desk) == "filter"
    desk.page.focus("#f-country")
    desk.page.keyboard.type("US")
    desk.page.keyboard.press("Enter")
    desk.page.wait_for_url("**country=US**")
    assert "score_from" not in desk.page.url
    assert desk.page.locator(".chip", has_text="country").inner_text().split() == ["country", "US"]
    desk.page.focus('a[aria-label="Remove the filter country"]')
    desk.page.keyboard.press("Backspace")
    desk.page.wait_for_url(lambda url: "country" not in url)


def test_the_palette_finds_a_user(desk: Tab):
    for key in ("Control+k", "/"):
        desk.open("feeds")
        desk.page.keyboard.press(key)
        desk.page.keyboard.type("ines.d")
        desk.page.locator("#palette-list [role=option]", has_text="ines.duarte").wait_for()
        desk.page.keyboard.press("Enter")
        assert desk.at("users/ines.duarte")


def test_escape_closes_and_question_mark_explains(desk: Tab):
    desk.open("feeds")
    desk.page.keyboard.press("?")
    assert open_dialog(desk) == "help"
    desk.page.keyboard.press("Escape")
    desk.page.wait_for_function("!document.querySelector('dialog[open]')")


def test_t_switches_the_theme_and_it_stays(desk: Tab):
    desk.open("feeds")
    before = desk.page.evaluate("getComputedStyle(document.body).backgroundColor")
    desk.page.keyboard.press("t")
    after = desk.page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert before != after
    desk.open("audit")
    assert desk.page.evaluate("getComputedStyle(document.body).backgroundColor") == after
    desk.page.keyboard.press("t")


def test_1_and_2_judge_and_x_picks(desk: Tab):
    decision = desk.served.decision("TOR")
    desk.open(f"decisions/{decision}")
    desk.page.keyboard.press("1")
    desk.page.locator('.wide [data-verdict="fraud"][aria-pressed="true"]').wait_for()
    assert desk.served.labels()[decision] == "fraud"
    desk.open("decisions")
    for key in "jxjx":
        desk.page.keyboard.press(key)
    assert desk.page.locator("#bulk [data-count]").inner_text() == "2 picked"
    ids = desk.page.eval_on_selector_all("tr.picked", "rows => rows.map(row => row.dataset.id)")
    desk.page.keyboard.press("2")
    desk.page.wait_for_load_state()
    desk.page.locator(f'tr[data-id="{ids[0]}"] .lab', has_text="legitimate").wait_for()
    assert [desk.served.labels()[one] for one in ids] == ["legitimate", "legitimate"]


def test_keys_are_letters_where_one_types(desk: Tab):
    desk.open("policies?rule=new")
    desk.page.focus("#r-said")
    desk.page.keyboard.type("gdft?")
    assert desk.page.input_value("#r-said") == "gdft?"
    assert open_dialog(desk) is None


@pytest.mark.parametrize("path", ["settings", "sessions?view=all", "sessions/s-20411"])
def test_tab_reaches_every_control_of_a_page(desk: Tab, path: str):
    desk.open(path)
    wanted = desk.page.evaluate(
        """() => [...document.querySelectorAll("a[href], button, input:not([type=hidden]), select, textarea")]
        .filter(e => e.checkVisibility() && !e.disabled && e.tabIndex >= 0).length"""
    )
    reached = desk.page.evaluate(
        "() => { window.reached = new Set(); document.addEventListener('focusin', e => reached.add(e.target)); }"
    )
    for _ in range(wanted + 5):
        desk.page.keyboard.press("Tab")
    reached = desk.page.evaluate("[...reached].filter(e => e !== document.body).length")
    assert reached >= wanted


def test_the_first_tab_skips_to_the_content(desk: Tab):
    desk.open("decisions")
    desk.page.keyboard.press("Tab")
    assert desk.page.evaluate("document.activeElement.textContent") == "Skip to content"
    desk.page.keyboard.press("Enter")
    assert desk.page.evaluate("document.activeElement.id") == "main"


def test_a_threshold_moves_by_arrow_keys_and_says_what_that_means(desk: Tab):
    desk.open("settings")
    desk.page.focus("[data-knob=verify]")
    for _ in range(15):
        desk.page.keyboard.press("ArrowLeft")
    assert "Verify from 45 instead of 60" in desk.page.locator("#say").inner_text()
    assert desk.page.locator("#keep").is_enabled()


def test_a_rule_is_checked_while_it_is_typed(desk: Tab):
    desk.open("policies?rule=night_bulk_export")
    desk.page.fill("#cel", "type == 'login' &&\n  hosted")
    desk.page.locator("#cel-e", has_text="Line 2, column 3.").wait_for()
    assert desk.page.locator("#save").is_disabled()
    desk.page.fill("#cel", "type == 'login' && hosting")
    desk.page.locator("#cel-e", has_text="Compiles.").wait_for()
    assert desk.page.locator("#save").is_enabled()
    desk.page.focus("#cel")
    desk.page.keyboard.press("Control+Enter")
    desk.page.locator("#trial", has_text="Would have changed").wait_for()
