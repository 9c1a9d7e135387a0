"""The checkout in a real browser: a driver is asked for a captcha, with what it did named; a person's keys are not."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from tests.examples.world import World, served
from watchword_client import Watchword

import checkout_bots  # isort: skip

DRIVERS = Path(__file__).parents[1] / "drivers"
STATIC = Path(__file__).parents[2] / "src" / "watchword" / "web" / "static" / "watchword.js"


pytestmark = [
    pytest.mark.slow,
    pytest.mark.browser,
    pytest.mark.skipif(find_spec("playwright") is None, reason="needs playwright, which comes with the extra dev"),
    pytest.mark.skipif(not STATIC.exists(), reason="`make setup` has not built the collector"),
]


class Listening(Watchword):
    """Keeps the scores that a recipe was given."""

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self.scores: list[dict[str, Any]] = []

    async def score(self, *given: Any, **context: Any) -> dict[str, Any]:
        self.scores.append(await super().score(*given, **context))
        return self.scores[-1]


def run(driver: str, address: Any) -> str:
    """Runs a driver to its end; what it printed."""
    command = [sys.executable, str(DRIVERS / driver), str(address)]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=400, check=False)
    assert ran.returncode == 0, ran.stderr
    return ran.stdout


@pytest.mark.skipif(shutil.which("chromium") is None, reason="chromium is not installed")
def test_a_driver_is_asked_for_a_captcha(world: World) -> None:
    with served(checkout_bots.make_app(world.watchword())) as shop:
        answer = json.loads(run("playwright_checkout.py", shop.base_url))
    assert (answer["placed"], answer["requireCaptcha"]) == (False, True), answer
    assert len(answer["reasons"]) > 2 or answer["trustScore"] < 30, answer
    found = world.admin.get("/api/v1/alerts", params={"type": "CHECKOUT_BOT", "limit": 1}).json()["alerts"][0]
    assert found["userId"].startswith("guest-") and found["details"]["reasons"] == ", ".join(answer["reasons"])


@pytest.mark.skipif(
    any(shutil.which(one) is None for one in ("chromium", "xdotool", "Xvfb")), reason="needs chromium, xdotool and Xvfb"
)
def test_a_persons_keys_buy(world: World) -> None:
    watchword = Listening(world.url, world.key, 60)
    with served(checkout_bots.make_app(watchword)) as shop:
        run("person_checkout.py", shop.base_url)
    [score] = watchword.scores
    codes = [one["code"] for one in score["topReasons"]]
    assert score["trustScore"] >= 60 and not any(one.startswith(checkout_bots.BOT_REASONS) for one in codes), score
