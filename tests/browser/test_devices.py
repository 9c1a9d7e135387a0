"""The collector's own report, from a real Chromium to the service: taken as it is, recognised after a zoom and a trip."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.browser.conftest import Served
from tests.web.house import House, login
from tests.web.tabs import beside

import watchword.web
from watchword.enrichment.enricher import Enricher
from watchword.enrichment.geo import GeoChain

STATIC = Path(watchword.web.__file__).parent / "static"
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(
        not (STATIC / "device-fingerprint.js").is_file(), reason="`make setup` has not built the scripts"
    ),
]
HOME = {"viewport": {"width": 1200, "height": 800}, "timezone_id": "Europe/Oslo"}
AWAY = {"viewport": {"width": 1000, "height": 700}, "timezone_id": "Asia/Tokyo", "device_scale_factor": 1.25}
SCRIPT = """async () => { const s = document.createElement('script'); s.src = '/js/device-fingerprint.js';
  const done = new Promise((r) => s.onload = r); document.head.append(s); await done; }"""
IDENTIFY = "async ([token]) => watchwordDevice.identify({token, consent: true})"


def identify(chromium: Any, served: Served, kept: Any = None, **options: Any) -> tuple[dict[str, Any], Any]:
    """What the service knows a browser as, and what the browser keeps. The page calls by an application's key."""
    token = served.town.deployment.keys.create(f"page-{len(served.town.deployment.keys.all())}", "service")[1]
    context = chromium.new_context(**options, storage_state=kept)
    page = context.new_page()
    page.goto(f"{served.base}/health")
    page.evaluate(SCRIPT)
    told = page.evaluate(IDENTIFY, [token])
    state = context.storage_state()
    context.close()
    return told, state


@pytest.fixture
def served(still: Served) -> Iterator[Served]:
    """The service with a real enricher: what the probes found is read."""
    engine = still.town.deployment.engine
    before, engine.enricher = engine.enricher, Enricher(GeoChain(()), None)
    yield still
    engine.enricher = before


def test_the_collectors_report_is_taken_and_the_browser_known_again(chromium: Any, served: Served) -> None:
    first, kept = identify(chromium, served, **HOME)
    assert first["id"].startswith("dvc_")
    assert [one["name"] for one in kept["cookies"] if one["httpOnly"]] == ["ww_device"]
    assert {one["factor"] for one in first["riskFactors"]} >= {"headless", "automation"}
    assert first["trustLevel"] == "low"
    again, _ = identify(chromium, served, kept, **AWAY)
    assert again["id"] == first["id"]
    other, _ = identify(chromium, served, **AWAY)
    assert other["id"] != first["id"]


LOOKS = """async ([token, sessionId]) => {
  const report = await watchwordDevice.collect({consent: true});
  const before = watchwordDevice.asFingerprint(report);
  const known = await watchwordDevice.identify({token, sessionId, consent: true});
  return {before, known, after: watchwordDevice.asFingerprint(report)};
}"""


def test_a_log_in_from_a_known_device_abroad_is_none_from_a_new_one(chromium: Any) -> None:
    """By the id that the server gave: what the browser makes of itself alone is another one after a trip."""
    with beside(House()) as (salon, ask):

        def visit(kept: Any = None, **options: Any) -> tuple[dict[str, Any], Any]:
            context = chromium.new_context(**options, storage_state=kept)
            page = context.new_page()
            page.goto(f"http://127.0.0.1:{salon.port}/health")
            page.evaluate(SCRIPT)
            session, token = ask(salon.open())
            found = page.evaluate(LOOKS, [token, session])
            state = context.storage_state()
            context.close()
            return found, state

        def codes(fingerprint: dict[str, Any]) -> list[str]:
            told = ask(salon.ask("POST", "/api/v1/events", json=login(deviceFingerprint=fingerprint)))
            assert told.status_code == 200, told.text
            return [one["code"] for one in told.json()["evidence"]]

        home, kept = visit(**HOME)
        assert (home["after"]["hash"], home["before"]["hash"] != home["known"]["id"]) == (home["known"]["id"], True)
        assert "NEW_DEVICE" not in codes(home["after"])
        away, _ = visit(kept, **AWAY)
        assert away["after"]["hash"] == home["after"]["hash"]
        assert away["before"]["hash"] != home["before"]["hash"]
        assert "NEW_DEVICE" not in codes(away["after"])
        assert "NEW_DEVICE" in codes(away["before"])
