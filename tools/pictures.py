"""Takes the pictures of the documentation from a running demo: `python -m tools.pictures`. Needs Chromium."""

from __future__ import annotations

import re
import socket
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from playwright.sync_api import sync_playwright

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Page

PICTURES = Path(__file__).parent.parent / "docs" / "pictures"
CHROMIUM = "/usr/bin/chromium"
SIZE = {"width": 1440, "height": 900}
SPEED = 600
LONGEST_LOOK_S = 120
FLAGGED = "Array.from(document.querySelectorAll('tbody tr')).slice(0, 15).map(row => row.innerText)"


@contextmanager
def demo() -> Iterator[str]:
    """A demo that runs; its one-time link."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [str(Path(sys.executable).parent / "watchword"), "demo", "--port", str(port), "--speed", str(SPEED)]
    with TemporaryDirectory() as folder:
        running = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, cwd=folder)  # noqa: S603 (our own command)
        try:
            assert running.stderr is not None
            lines = iter(running.stderr.readline, "")
            yield next(found[0] for line in lines if (found := re.search(r"http://\S+/console/enter/\S+", line)))
        finally:
            running.terminate()
            running.wait(30)


def enter(page: Page, link: str) -> None:
    """Signs in; the link is printed a moment before the service listens."""
    for _ in range(50):
        try:
            page.goto(link)
            page.wait_for_url("**/console/live")
            return
        except Exception:
            page.wait_for_timeout(200)


def wait_for_an_attack(page: Page) -> None:
    """Waits until the newest rows hold blocked log-ins and allowed ones."""
    for _ in range(LONGEST_LOOK_S):
        rows = page.evaluate(FLAGGED)
        blocked = sum("Block" in row for row in rows)
        if len(rows) == 15 and 5 <= blocked <= 9:
            return
        page.wait_for_timeout(1000)


def take(page: Page) -> None:
    """Both pictures."""
    wait_for_an_attack(page)
    page.screenshot(path=PICTURES / "console-live.png")
    page.goto(page.url.replace("/live", "/decisions?action=block&code=IMPOSSIBLE_TRAVEL"))
    page.locator("a[href*='/console/decisions/dec_']").first.click()
    page.wait_for_url("**/decisions/dec_*")
    page.wait_for_timeout(1500)
    page.screenshot(path=PICTURES / "console-decision.png")


def main() -> None:
    """Starts the demo, takes the pictures, ends it."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    with demo() as link, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = browser.new_page(viewport=SIZE)  # type: ignore[arg-type]
        enter(page, link)
        take(page)
        browser.close()


if __name__ == "__main__":
    main()
