"""The SDK's own tests, run by Node, and what the built scripts weigh and say."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
STATIC = ROOT / "src" / "watchword" / "web" / "static"
needs_node = pytest.mark.skipif(
    shutil.which("node") is None or not (ROOT / "node_modules" / "esbuild").is_dir(),
    reason="Node.js is not installed, or `make setup` has not fetched its packages",
)
pytestmark = needs_node


def node(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Runs Node in the repository."""
    return subprocess.run(["node", *arguments], cwd=ROOT, capture_output=True, text=True, timeout=600, check=False)


def test_the_tests_beside_the_sources_pass() -> None:
    ran = node("sdk/test.mjs")
    assert ran.returncode == 0, ran.stdout[-4000:] + ran.stderr[-2000:]


def test_the_sources_are_well_typed() -> None:
    ran = node("node_modules/typescript/bin/tsc", "-p", "sdk", "--noEmit", "--emitDeclarationOnly", "false")
    assert ran.returncode == 0, ran.stdout[-4000:]


def test_the_scripts_stay_small() -> None:
    """Gzipped bytes: 30,000 for everything, 8,000 for capture and stream without the two screens."""
    ran = node("sdk/build.mjs", "--sizes")
    sizes = json.loads(ran.stdout)
    assert sizes["together"] < 30_000, sizes
    assert sizes["behaviourAlone"] < 8_000, sizes
    assert sizes["watchword"] < 10_500, sizes


def test_nothing_calls_home() -> None:
    for name in ("watchword.js", "device-fingerprint.js"):
        text = (STATIC / name).read_text()
        assert "openfpcdn" not in text
        assert not re.search(r"https?://(?!www\.w3\.org)", text), name


def test_characters_are_never_read() -> None:
    """No source of the capture reads what a key writes or what is pasted; of a field's text only whether it is empty."""
    for name in ("typing.ts", "keys.ts", "fields.ts", "recorder.ts", "form.ts"):
        text = (ROOT / "sdk" / "src" / name).read_text()
        assert not re.search(r"(event|e)\.(key|keyCode|charCode|which|data|dataTransfer|clipboardData)\b", text), name
        assert text.count(".value") == text.count(".value.length === 0"), name


def test_it_can_be_imported_and_has_types() -> None:
    built = ROOT / "sdk" / "dist"
    assert {"watchword.js", "watchword.d.ts", "node.js", "node.d.ts"} <= {one.name for one in built.iterdir()}
    ran = node("-e", "import('./sdk/dist/node.js').then((m) => console.log(Object.keys(m).sort().join()))")
    assert ran.stdout.strip() == "Watchword,WatchwordError"
