"""Playwright, headless or in a window: `playwright_bank.py ADDRESS [--headful]`."""

from __future__ import annotations

import sys

from playwright.sync_api import sync_playwright
from texts import FIELDS, PASSWORD


def main(address: str, headful: bool) -> None:
    """Signs in and sends money, with Playwright's own keys and clicks."""
    with sync_playwright() as playwright:
        flags = ["--no-sandbox", "--disable-gpu"]
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", headless=not headful, args=flags)
        page = browser.new_page()
        page.goto(address)
        page.wait_for_selector("body[data-ready]")
        page.locator("#password").press_sequentially(PASSWORD, delay=40)
        page.locator("#login .go").click()
        page.wait_for_selector("#transfer:visible, #refused:visible")
        if page.locator("#transfer").is_visible():
            for field, text in FIELDS.items():
                page.locator(f"#{field}").click()
                page.locator(f"#{field}").press_sequentially(text, delay=40)
            page.locator("#send").click()
            page.wait_for_selector("#answer:visible")
        page.wait_for_timeout(1500)
        browser.close()


main(sys.argv[1], "--headful" in sys.argv)
