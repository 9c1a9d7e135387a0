"""Every page at every size and in both themes: nothing sideways, nothing broken, nobody else asked."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Any

import pytest
from tests.browser.conftest import Served, tab

pytestmark = [pytest.mark.browser, pytest.mark.slow]

PAGES = (
    "live", "decisions", "decisions?time=all&user=nobody", "decisions/{IMPOSSIBLE_TRAVEL}", "decisions/{TOR}", "users",
    "users/ines.duarte", "factors/ines.duarte", "factors/lena.vogt", "factors/o.lindgren", "decisions/{DIFFERENT_RHYTHM}", "sessions", "sessions?view=all", "sessions?view=asked&level=normal",
    "sessions/s-20389", "sessions/s-20402", "sessions/s-20411", "sessions/s-20417", "sessions/s-20420",
    "sessions/exam-42", "policies", "policies?rule=new", "feeds", "settings", "audit", "sign-out", "nowhere",
)  # fmt: skip
SIZES = (1440, 820, 390, 360)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", SIZES)
def test_pages_fit_and_keep_to_themselves(chromium: Any, still: Served, width: int, theme: str):
    shown = tab(chromium, still, viewport={"width": width, "height": 844}, color_scheme=theme)
    for name in PAGES:
        path = re.sub(r"\{(\w+)\}", lambda found: still.decision(found[1]), name)
        shown.wrong.clear()
        shown.open(path)
        shown.page.wait_for_load_state("load")
        shown.page.wait_for_timeout(150)
        expected = ["Failed to load resource"] if path == "nowhere" else []
        assert [fault for fault in shown.wrong if not any(known in fault for known in expected)] == [], path
        sideways = shown.page.evaluate("document.documentElement.scrollWidth - innerWidth")
        assert sideways <= 0, f"{path} is {sideways} px too wide at {width}"
    shown.page.context.close()


def test_the_sign_in_form_fits_and_signs_in(chromium: Any, still: Served):
    _, key = still.town.deployment.keys.create("the night shift", "admin")
    for width in SIZES:
        context = chromium.new_context(viewport={"width": width, "height": 844})
        page = context.new_page()
        page.goto(f"{still.base}/console/users")
        assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
        page.keyboard.type("ww_wrong")
        page.keyboard.press("Enter")
        page.get_by_role("alert").wait_for()
        page.keyboard.type(key)
        page.keyboard.press("Enter")
        page.wait_for_url("**/console/users")
        context.close()


@pytest.mark.parametrize(
    "path",
    [
        "live", "decisions", "users/ines.duarte", "factors/ines.duarte", "sessions?view=all", "sessions/s-20389",
        "sessions/s-20411", "policies",
        "feeds", "settings", "audit",
    ],
)  # fmt: skip
def test_every_control_has_a_name_and_every_picture_a_sentence(chromium: Any, still: Served, path: str):
    shown = tab(chromium, still)
    shown.open(path)
    nameless = shown.page.evaluate(
        """() => [...document.querySelectorAll("a[href], button, input:not([type=hidden]), select, textarea")]
        .filter(e => e.checkVisibility() && !(e.textContent.trim() || e.getAttribute("aria-label") || e.title || e.labels?.length))
        .map(e => e.outerHTML.slice(0, 120))"""
    )
    assert nameless == []
    silent = shown.page.evaluate(
        "() => [...document.querySelectorAll('.chart, svg.map')].filter(e => !e.getAttribute('aria-label')).map(e => e.id)"
    )
    assert silent == []
    order = shown.page.evaluate("() => [...document.querySelectorAll('h1, h2, h3')].map(e => +e.tagName[1])")
    assert order[0] == 1
    assert all(after - before <= 1 for before, after in pairwise(order)), order
    shown.page.context.close()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_text_meets_its_ground(chromium: Any, still: Served, theme: str):
    """WCAG AA: 4.5 for text, measured on what is painted; switched-off controls are exempt."""
    shown = tab(chromium, still, color_scheme=theme)
    for path in (
        "live",
        "decisions",
        "decisions/{IMPOSSIBLE_TRAVEL}",
        "decisions/{DIFFERENT_RHYTHM}",
        "users/ines.duarte",
        "factors/ines.duarte",
        "factors/o.lindgren",
        "sessions?view=all",
        "sessions/s-20389",
        "sessions/s-20402",
        "sessions/s-20411",
        "sessions/s-20420",
        "policies",
        "feeds",
        "settings",
        "audit",
    ):
        shown.open(re.sub(r"\{(\w+)\}", lambda found: still.decision(found[1]), path))
        assert shown.page.evaluate(CONTRAST) == [], path
    shown.page.context.close()


def test_what_is_asked_first_is_moved_by_keys_and_saved(chromium: Any, still: Served):
    shown = tab(chromium, still)
    shown.open("settings")
    page, save = shown.page, shown.page.get_by_role("button", name="Save second factors")
    assert save.is_disabled()
    first = page.get_by_role("button", name="Fingerprint, face or security key: ask earlier")
    assert first.is_disabled()
    page.get_by_role("button", name="PIN: ask earlier").press("Enter")
    page.get_by_role("button", name="PIN: ask earlier").press("Enter")
    assert page.evaluate("document.activeElement.getAttribute('aria-label')") == "PIN: ask later"
    page.get_by_role("switch", name="Security questions").press("Space")
    page.get_by_role("button", name="PIN: ask later").press("Enter")
    assert save.is_enabled()
    page.locator("#second-factors [name=reason]").fill("questions are guessed")
    governance = still.town.deployment.governance
    before = governance.version
    save.press("Enter")
    page.wait_for_url("**/console/settings#history")
    try:
        found = governance.settings.step_up.challenge_types
        assert found == ("biometric", "pin", "totp", "email_otp", "sms_otp")
        assert governance.version == before + 1
        assert shown.wrong == []
    finally:
        still.run(governance.rollback(before, "admin:tests", "as it was"))
    page.context.close()


CONTRAST = """() => {
  const ink = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const rgb = css => { ink.clearRect(0, 0, 1, 1); ink.fillStyle = css; ink.fillRect(0, 0, 1, 1); return ink.getImageData(0, 0, 1, 1).data; };
  const light = ([r, g, b]) => { const f = v => (v /= 255) <= .04045 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4; return .2126 * f(r) + .7152 * f(g) + .0722 * f(b); };
  const ground = e => { for (; e; e = e.parentElement) { const c = getComputedStyle(e).backgroundColor; if (rgb(c)[3] > 250) return rgb(c); } return rgb(getComputedStyle(document.body).backgroundColor); };
  const low = [];
  for (const e of document.querySelectorAll(".main *")) {
    if (!e.checkVisibility() || e.closest("svg, :disabled, [aria-disabled], option, textarea") || ![...e.childNodes].some(n => n.nodeType === 3 && n.textContent.trim())) continue;
    const a = light(rgb(getComputedStyle(e).color)), b = light(ground(e)), ratio = (Math.max(a, b) + .05) / (Math.min(a, b) + .05);
    if (ratio < 4.5) low.push(`${ratio.toFixed(2)} ${e.className} ${e.textContent.trim().slice(0, 30)}`);
  }
  return low;
}"""
