"""Only signs of a machine carry the words UNIFORM_, FAST_, REPETITIVE_ and SYNTHETIC_, in the whole product."""

from __future__ import annotations

import ast
import re
from pathlib import Path

from watchword import signals
from watchword.behaviour.bots import bot_codes
from watchword.catalog import discover
from watchword.signals.signal import Signal

WORDS = ("UNIFORM_", "FAST_", "REPETITIVE_", "SYNTHETIC_")
CODE = re.compile(r"[A-Z][A-Z0-9]*(_[A-Z0-9]+)+")
SOURCE = Path(__file__).resolve().parents[2] / "src" / "watchword"
OWN = {"bot_sign", "bots", "bot_typing", "bot_pointer", "bot_paths", "bot_touch", "bot_events", "bot_replay"}


def test_bot_codes_begin_with_one_of_the_words() -> None:
    assert len(bot_codes()) >= 20
    assert [code for code in bot_codes() if not code.startswith(WORDS)] == []


def test_no_signal_s_band_does() -> None:
    bands = [code for signal in discover(signals, Signal).values() for code in signal.bands]
    assert bands
    assert [code for code in bands if any(word in f"{code}_" for word in WORDS)] == []


def test_no_other_text_of_the_product_is_such_a_code() -> None:
    found = []
    for file in sorted(SOURCE.rglob("*.py")):
        if file.parent.name == "behaviour" and file.stem in OWN:
            continue
        for node in ast.walk(ast.parse(file.read_text())):
            text = node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""
            if CODE.fullmatch(text) and any(word in text for word in WORDS) and text not in bot_codes():
                found.append(f"{file.name}: {text}")
    assert found == []


def test_the_page_about_bots_names_every_code() -> None:
    page = (SOURCE.parents[1] / "docs" / "explanation" / "bots.md").read_text()
    assert [code for code in bot_codes() if f"`{code}`" not in page] == []
