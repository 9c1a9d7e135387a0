"""The documentation tells the truth: snippets run and print what pages show, the reference is complete, links lead on."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from pkgutil import iter_modules
from typing import Any

import httpx
import msgspec
import pytest
from tests.snippets import ROOT, Snippet, Terminal, agrees, check_shown, pages, snippets
from tools import reference

from watchword import cli, signals
from watchword.catalog import discover
from watchword.config import catalogue
from watchword.policy.names import NAMES
from watchword.policy.session_settings import SessionSettings
from watchword.policy.settings import EngineSettings
from watchword.scoring.evidence import Evidence
from watchword.scoring.scorecard import weighted_average
from watchword.signals.signal import Signal
from watchword.state.stepup import Rules
from watchword.web.roles import BY_TOKEN, ENDPOINTS

DOCS = ROOT / "docs"
DECISIONS = sorted((DOCS / "decisions").glob("0*.md"))
EVERY_PAGE = [*(ROOT / name for name in ("README.md", "CHANGELOG.md", "CONTRIBUTING.md")), *sorted(DOCS.rglob("*.md"))]
TUTORIAL = DOCS / "tutorial" / "first-blocked-attack.md"
LINK = re.compile(r"(?<!`)\[[^\]]+\]\(([^)\s]+)\)")
needs_curl = pytest.mark.skipif(shutil.which("curl") is None, reason="pages use curl, which is not installed here")


def name_of(page: Path) -> str:
    return str(page.relative_to(ROOT))


def text(*parts: str) -> str:
    return (DOCS.joinpath(*parts)).read_text(encoding="utf-8")


def test_the_reference_is_what_the_code_says() -> None:
    assert reference.stale() == []


def test_every_signal_and_code_is_in_the_reference() -> None:
    page = text("reference", "signals.md")
    for one in discover(signals, Signal).values():
        assert f"### {one.name}\n" in page
        for code, band in one.bands.items():
            assert f"| `{code}` | {band.severity} | {band.low:g} to {band.high:g} |" in page


def test_every_setting_is_in_the_reference_with_its_meaning() -> None:
    page = text("reference", "settings.md")
    for one in catalogue():
        assert one.meaning, one.variable
        assert re.search(rf"^\| `{one.variable}` \|.* {re.escape(one.meaning)} \|$", page, re.MULTILINE), one.variable
    for field in msgspec.structs.fields(EngineSettings):
        assert f"`{field.encode_name}" in page, field.encode_name
    for group, record in (("sessions", SessionSettings), ("stepUp", Rules)):
        for field in msgspec.structs.fields(record):
            assert f"`{group}.{field.encode_name}`" in page, field.encode_name


def test_every_command_is_in_the_reference() -> None:
    page = text("reference", "commands.md")
    modules = [module.name for module in iter_modules(cli.__path__)]
    assert {"scan", "serve", "keys"} <= set(modules)
    for name in modules:
        assert f"\n## watchword {name}\n" in page
        assert "Example: " in page.partition(f"\n## watchword {name}\n")[2]


def test_every_route_is_in_the_reference_with_its_roles() -> None:
    page = text("reference", "api.md")
    for route, roles in ENDPOINTS.items():
        about = page.partition(f"\n### {route}\n")[2].partition("\n### ")[0]
        named = [*sorted(roles), *(["the session's own token"] if route in BY_TOKEN else [])]
        assert (f"Open to: {', '.join(named)}." if roles else "Needs no key.") in about, route


def test_every_name_that_rules_may_read_is_in_the_reference() -> None:
    page = text("reference", "rules.md")
    for name, one in NAMES.items():
        assert f"| `{name}` | {one.type} | " in page


def test_every_decision_is_listed_short_quotable_and_enforced() -> None:
    index = text("decisions", "index.md")
    listed = re.findall(r"^(\d+)\. \[(.+)\]\((.+)\)$", index, re.MULTILINE)
    assert [file for _, _, file in listed] == [page.name for page in DECISIONS]
    for number, (page, (shown, title, _)) in enumerate(zip(DECISIONS, listed, strict=True), 1):
        lines = page.read_text(encoding="utf-8").splitlines()
        enforcers = re.findall(r"`(tests/[\w/]+\.py)`", " ".join(lines).partition("**Enforced by**")[2])
        assert page.name.startswith(f"{number:04}-")
        assert (int(shown), lines[0]) == (number, f"# {number}. {title}")
        assert len(lines) <= 60, page.name
        assert sum(line.startswith("> ") for line in lines) == 1, page.name
        assert enforcers, page.name
        assert [name for name in enforcers if not (ROOT / name).is_file()] == [], page.name


def test_the_glossary_has_one_word_for_one_idea() -> None:
    words = re.findall(r"^\| \*\*(.+?)\*\* \|", text("glossary.md"), re.MULTILINE)
    assert len(words) > 30
    assert sorted(words) == sorted(set(words))


@pytest.mark.parametrize("page", EVERY_PAGE, ids=name_of)
def test_links_lead_somewhere(page: Path) -> None:
    prose = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    for target in LINK.findall(prose):
        path, _, anchor = target.partition("#")
        if not target.startswith(("http://", "https://")):
            file = (page.parent / path).resolve() if path else page
            assert file.exists(), target
            assert not anchor or anchor in _anchors(file), target


def _anchors(page: Path) -> set[str]:
    """The anchors of a page's headings, as GitHub and the built pages have them."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading).strip().lower().replace(" ", "-") for heading in headings}


def test_every_page_is_in_the_navigation() -> None:
    listed = set(_leaves(tomllib.loads((ROOT / "zensical.toml").read_text())["project"]["nav"]))
    there = {str(page.relative_to(DOCS)) for page in DOCS.rglob("*.md")}
    assert listed <= there
    assert there - listed == {str(page.relative_to(DOCS)) for page in DECISIONS}


def _leaves(nav: Any) -> Iterator[str]:
    if isinstance(nav, str):
        yield nav
    else:
        for one in nav.values() if isinstance(nav, dict) else nav:
            yield from _leaves(one)


@pytest.mark.parametrize("page", EVERY_PAGE, ids=name_of)
def test_no_page_knows_this_machine(page: Path) -> None:
    written = page.read_text(encoding="utf-8")
    assert str(ROOT) not in written
    assert not re.search(r"(?<![\w.~-])/(?:home|root|work|tmp|Users)/", written)


@pytest.mark.parametrize("page", pages(), ids=name_of)
def test_every_block_runs_or_says_why_not(page: Path) -> None:
    for one in snippets(page):
        check_shown(one)
        assert one.not_run is None or len(one.not_run) > 10
    assert page.parent.name == "how-to" or any(one.runs for one in snippets(page))


def test_what_is_shown_is_compared() -> None:
    assert agrees("block: A 95 alone\n...\nend 1:02", "block: A 93 alone\nmore\nand more\nend 13:45\n")
    assert agrees('{"id":"dec_...","by":"me"}', '{"id":"dec_00ff","by":"me"}')
    assert not agrees("block: A 95 alone", "verify: A 95 alone")
    assert not agrees("one\n...\nthree", "one\ntwo\nfour")
    assert not agrees("one", "one\ntwo")


def test_titled_blocks_are_the_examples() -> None:
    titled = [one for page in pages() for one in snippets(page) if one.title]
    assert titled
    for one in titled:
        example = ROOT / "examples" / one.title
        assert not example.exists() or example.read_text(encoding="utf-8") == one.text, one.title


def test_the_examples_log_is_what_its_script_prints() -> None:
    made = subprocess.run(
        [sys.executable, str(ROOT / "examples" / "auth_log.py")], capture_output=True, text=True, check=True
    )
    assert made.stdout == (ROOT / "examples" / "auth.log").read_text(encoding="utf-8")


def test_the_score_worked_by_hand_is_the_scorecards() -> None:
    page = text("explanation", "scores.md")
    rows = [("GEOLOCATION", "IMPOSSIBLE_TRAVEL", "CRITICAL", 93.1), ("NETWORK", "HOSTING", "MEDIUM", 28.0),
            ("DEVICE", "NEW_DEVICE", "LOW", 26.0)]  # fmt: skip
    found = [Evidence(kind, code, severity, round(score * 10_000), 10_000, "") for kind, code, severity, score in rows]  # type: ignore[arg-type]
    scored = weighted_average(found)
    parts = [f"{share / 10_000:.1f}" for _, share in scored.contributions]
    assert (
        f"{scored.score / 10_000:.1f}: level HIGH. The contributions are {parts[0]}, {parts[1]} and {parts[2]}." in page
    )
    assert f"the score is {weighted_average(found[1:]).score / 10_000:.1f} and the action allow" in page


def test_the_readmes_program_prints_what_it_shows(tmp_path: Path) -> None:
    first = next(one for one in snippets(ROOT / "README.md") if one.language == "python")
    assert first.prints is not None
    terminal = Terminal(tmp_path)
    try:
        terminal.play(first)
    finally:
        terminal.close()


@pytest.mark.skipif(find_spec("zensical") is None, reason="needs zensical, which comes with the extra dev")
def test_pages_are_built_strictly_and_load_nothing_from_outside(tmp_path: Path) -> None:
    shutil.copytree(DOCS, tmp_path / "docs")
    shutil.copy(ROOT / "zensical.toml", tmp_path)
    subprocess.run(
        [str(Path(sys.executable).parent / "zensical"), "build", "--strict"],
        cwd=tmp_path,
        check=True,
        capture_output=True,
    )
    built = sorted((tmp_path / "site").rglob("*.html"))
    assert len(built) > 20
    loaded = re.compile(
        r"<(?:script|img|iframe)[^>]+src=[\"']?(?:https?:)?//|<link[^>]+rel=[\"']?(?:stylesheet|preload|preconnect)[^>]*//"
    )
    assert [page.name for page in built if loaded.search(page.read_text(encoding="utf-8"))] == []


@needs_curl
@pytest.mark.slow
@pytest.mark.parametrize("page", [page for page in pages() if page != TUTORIAL], ids=name_of)
def test_snippets_run_and_print_what_the_page_shows(page: Path, tmp_path: Path) -> None:
    runnable = [one for one in snippets(page) if one.runs]
    terminal = Terminal(tmp_path)
    try:
        if any("$URL" in one.text for one in runnable):
            terminal.serve()
        for one in runnable:
            terminal.play(one)
        for one in _unused(runnable):
            terminal.run(f"PYTHONPATH=examples python -c 'import {Path(one.title).stem}'")
    finally:
        terminal.close()


def _unused(runnable: list[Snippet]) -> list[Snippet]:
    """Files of a page that none of its commands names."""
    commands = "\n".join(one.text for one in runnable if one.language == "sh")
    return [one for one in runnable if one.title and Path(one.title).stem not in commands]


@needs_curl
@pytest.mark.slow
def test_the_tutorial_line_by_line(tmp_path: Path) -> None:
    terminal = Terminal(tmp_path)
    try:
        for one in snippets(TUTORIAL):
            if one.runs:
                terminal.play(one)
            if "watchword serve" in one.text:
                _open_the_console(terminal)
    finally:
        terminal.close()


def _open_the_console(terminal: Terminal) -> None:
    """The link opens the live page, once."""
    link = re.search(r"http://\S+/console/enter/\S+", terminal.errors.read_text())
    assert link is not None
    with httpx.Client() as browser, httpx.Client() as other:
        assert browser.get(link[0]).is_success
        assert "Live" in browser.get(f"{terminal.url}/console/live").text
        assert other.get(link[0]).status_code >= 400
        assert other.get(f"{terminal.url}/console/live").is_redirect
