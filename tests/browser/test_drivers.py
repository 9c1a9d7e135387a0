"""Real drivers against the demo bank: every one is flagged, with its reasons; a person's keys and hand are not."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.browser.teller import Teller, open_bank

pytestmark = [pytest.mark.slow, pytest.mark.browser]
DRIVERS = Path(__file__).parent.parent / "drivers"
BOT_WORDS = ("UNIFORM_", "FAST_", "REPETITIVE_", "SYNTHETIC_", "AUTOMAT", "automation", "headless", "HEADLESS")
LIMIT_S = 400


@pytest.fixture
def teller() -> Iterator[Teller]:
    """A bank that knows Ines."""
    with open_bank(taught=True) as opened:
        yield opened


def run(*command: str) -> None:
    """Runs a driver to its end; what it printed is shown where it fails."""
    for program in command[:1]:
        if shutil.which(program) is None:
            pytest.skip(f"{program} is not installed")
    home = os.environ | {"PYTHONPATH": str(DRIVERS)}
    done = subprocess.run(command, env=home, capture_output=True, text=True, timeout=LIMIT_S, check=False, cwd=DRIVERS)
    assert done.returncode == 0, done.stdout + done.stderr


def needs(*programs: str) -> None:
    """Skips where a program is missing."""
    missing = [one for one in programs if shutil.which(one) is None]
    if missing:
        pytest.skip(f"not installed: {', '.join(missing)}")


def playwright(address: str) -> None:
    """Playwright, headless."""
    needs("chromium")
    run(sys.executable, "playwright_bank.py", address)


def playwright_headful(address: str) -> None:
    """Playwright in a window."""
    needs("chromium", "Xvfb", "xvfb-run")
    run("xvfb-run", "-a", sys.executable, "playwright_bank.py", address, "--headful")


def selenium(address: str) -> None:
    """Selenium with ChromeDriver."""
    needs("chromium", "chromedriver")
    run(sys.executable, "selenium_bank.py", address)


def puppeteer(address: str) -> None:
    """Puppeteer."""
    needs("chromium", "node")
    if not (DRIVERS.parent.parent / "node_modules" / "puppeteer-core").exists():
        pytest.skip("puppeteer-core is not installed: npm ci")
    run("node", "puppeteer_bank.mjs", address)


def plain_headless(address: str) -> None:
    """Chromium without a window, which only opens the page."""
    needs("chromium")
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        flags = ("--headless=new", "--no-sandbox", "--disable-gpu", f"--user-data-dir={profile}")
        browser = subprocess.Popen(["chromium", *flags, address], stderr=subprocess.DEVNULL)
        try:
            browser.wait(8)
        except subprocess.TimeoutExpired:
            browser.terminate()
            browser.wait(10)


@pytest.mark.parametrize("drive", [playwright, playwright_headful, selenium, puppeteer, plain_headless])
@pytest.mark.parametrize("look", ["", "?without-device"], ids=["whole", "by behaviour alone"])
def test_a_driver_is_flagged_and_told_why(teller: Teller, drive: Callable[[str], None], look: str) -> None:
    if drive is plain_headless and look:
        pytest.skip("it does nothing that could be seen")
    drive(teller.address + look)
    codes = teller.codes()
    told = {code for code in codes if any(word in code for word in BOT_WORDS)}
    assert told, f"nothing was noticed but {codes}"


@pytest.mark.parametrize("seed", [11, 12])
def test_a_person_is_not(teller: Teller, seed: int) -> None:
    needs("chromium", "Xvfb", "xdotool")
    run(sys.executable, "person_bank.py", teller.address, str(seed))
    session = teller.session()
    assert session.samples > 150, "the person's session was followed"
    codes = teller.codes()
    assert not [code for code in codes if any(word in code for word in BOT_WORDS)], codes
    assert session.end is None and session.risk_score < 0.3
