"""The checkout in a real browser: a driver's order is asked for a captcha, and what it did is named."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest
from tests.examples.world import World, served

import checkout_bots  # isort: skip

DRIVERS = Path(__file__).parents[1] / "drivers"
STATIC = Path(__file__).parents[2] / "src" / "watchword" / "web" / "static" / "watchword.js"


@pytest.mark.slow
@pytest.mark.browser
@pytest.mark.skipif(shutil.which("chromium") is None, reason="chromium is not installed")
@pytest.mark.skipif(find_spec("playwright") is None, reason="needs playwright, which comes with the extra dev")
@pytest.mark.skipif(not STATIC.exists(), reason="`make setup` has not built the collector")
def test_a_driver_is_asked_for_a_captcha(world: World) -> None:
    with served(checkout_bots.make_app(world.watchword())) as shop:
        ran = subprocess.run(
            [sys.executable, str(DRIVERS / "playwright_checkout.py"), str(shop.base_url)],
            capture_output=True, text=True, timeout=120, check=False,
        )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    answer = json.loads(ran.stdout)
    assert (answer["placed"], answer["requireCaptcha"]) == (False, True), answer
    assert len(answer["reasons"]) > 2 or answer["trustScore"] < 30, answer
    found = world.admin.get("/api/v1/alerts", params={"type": "CHECKOUT_BOT", "limit": 1}).json()["alerts"][0]
    assert found["userId"].startswith("guest-") and found["details"]["reasons"] == ", ".join(answer["reasons"])
