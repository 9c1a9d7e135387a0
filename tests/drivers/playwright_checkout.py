"""Playwright at the recipe's checkout: `playwright_checkout.py ADDRESS`. Prints what the shop answered."""

from __future__ import annotations

import sys

from playwright.sync_api import sync_playwright

ORDER = {"name": "tomas pereira", "street": "rua do souto 18", "city": "braga", "email": "tomas@example.org"}


def main(address: str) -> None:
    """Fills in the form and buys, with Playwright's own keys and clicks."""
    with sync_playwright() as playwright:
        flags = ["--no-sandbox", "--disable-gpu"]
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=flags)
        page = browser.new_page()
        page.goto(address)
        for field, text in ORDER.items():
            page.locator(f"[name={field}]").click()
            page.locator(f"[name={field}]").press_sequentially(text, delay=40)
        page.locator("#buy").click()
        page.wait_for_function("document.getElementById('answer').textContent")
        print(page.locator("#answer").text_content())
        browser.close()


if __name__ == "__main__":
    main(sys.argv[1])
