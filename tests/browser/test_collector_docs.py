"""What the pages about the SDK show runs in Chromium, and the reference names every call."""

from __future__ import annotations

import re
from typing import Any

import pytest
from tests.sdk.desk import STATIC, open_desk
from tests.snippets import ROOT, snippets

HOW_TO = ROOT / "docs" / "how-to" / "use-the-sdk.md"
REFERENCE = ROOT / "docs" / "reference" / "sdk.md"
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not (STATIC / "watchword.js").is_file(), reason="`make setup` has not built the scripts"),
]


def test_what_the_how_to_shows_runs(chromium: Any) -> None:
    page = chromium.new_page()
    wrong: list[str] = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    shown = [one for one in snippets(HOW_TO) if one.language == "js"]
    assert len(shown) >= 5
    with open_desk() as desk:
        page.goto(desk.base)
        for one in shown:
            page.evaluate(f"async () => {{ {one.text} }}")
            if "startSession" in one.text:
                desk.wait(lambda: desk.hellos)
        asked = {name.partition("?")[0] for name, _, _ in desk.requests}
    assert {"POST /api/v1/behavior/score", "DELETE /api/v1/sessions/session-1"} <= asked
    assert "POST /api/fraud-detection/device-fingerprint" in asked
    assert wrong == []


def test_the_reference_names_every_call_and_no_other(chromium: Any) -> None:
    page = chromium.new_page()
    with open_desk() as desk:
        page.goto(desk.base)
        names = page.evaluate("[Object.keys(watchword), Object.keys(watchwordDevice)]")
    sections = re.split(r"^## ", REFERENCE.read_text(encoding="utf-8"), flags=re.MULTILINE)
    for section, calls in zip(("watchword\n", "watchwordDevice\n"), names, strict=True):
        text = next(one for one in sections if one.startswith(section))
        told = re.findall(r"^\| `(\w+)[(`]", text.partition("###")[0], re.MULTILINE)
        assert sorted(told) == sorted(calls), section


def test_the_reference_names_every_option_and_word() -> None:
    text = REFERENCE.read_text(encoding="utf-8")
    for file, name in (("session.ts", "SessionOptions"), ("watchword.ts", "Options"), ("words.ts", "Words")):
        source = (ROOT / "sdk" / "src" / file).read_text(encoding="utf-8")
        body = re.search(rf"export interface {name}\b.*?\{{(.*?)^\}}", source, re.MULTILINE | re.DOTALL)
        assert body is not None
        for option in re.findall(r"^  (\w+)\??:", body[1], re.MULTILINE):
            assert re.search(rf"`{option}[`(]", text), (name, option)
