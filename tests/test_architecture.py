"""The house keeps its shape: rows, purity, sizes, no cycles between folders."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

SOURCE = Path(__file__).parent.parent / "src" / "watchword"
ROWS: tuple[tuple[str, ...], ...] = (
    ("errors",),
    ("catalog",),
    ("events",),
    ("enrichment", "state"),
    ("behaviour",),
    ("signals",),
    ("scoring",),
    ("policy", "actions"),
    ("ports",),
    ("rhythms",),
    (
        "census",
        "challenging",
        "devices",
        "engine",
        "governance",
        "lookalikes",
        "populations",
        "privacy",
        "sessions",
    ),
    ("ml",),
    ("delivery", "stores"),
    ("config",),
    ("stepup",),
    ("bootstrap",),
    ("streams", "learning"),
    ("web",),
    ("cli",),
)
"""A room imports only from rows above its own."""

ROW = {room: number for number, rooms in enumerate(ROWS) for room in rooms}
PURE = {"events", "state", "behaviour", "signals", "scoring", "policy"}
IMPURE = {"sqlite3", "apsw", "socket", "redis", "httpx", "os", "time", "random", "secrets", "asyncio", "threading"}
MODULES = sorted(SOURCE.rglob("*.py"))


def room_of(path: Path) -> str:
    """The room a file belongs to: its folder below the package, or its own name."""
    return path.relative_to(SOURCE).parts[0].removesuffix(".py")


def imports(path: Path) -> Iterator[str]:
    """Every module name a file imports, wherever in the file."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def rooms_used(path: Path) -> set[str]:
    """The rooms of this package that a file imports from."""
    parts = (name.split(".") for name in imports(path))
    return {part[1] for part in parts if part[0] == "watchword" and len(part) > 1}


def ids(path: Path) -> str:
    """How a file is named in test reports."""
    return str(path.relative_to(SOURCE))


@pytest.mark.parametrize("path", MODULES, ids=ids)
def test_a_room_imports_only_from_rows_above(path: Path) -> None:
    room = room_of(path)
    if room == "__init__":
        return
    assert room in ROW, f"{room} has no row: put it where it belongs in ROWS"
    wrong = {used for used in rooms_used(path) if used in ROW and used != room and ROW[used] >= ROW[room]}
    assert not wrong, f"{ids(path)} imports {sorted(wrong)}, which stand in or below its row"


@pytest.mark.parametrize("path", [path for path in MODULES if room_of(path) in PURE], ids=ids)
def test_the_core_is_pure(path: Path) -> None:
    assert not {name.split(".")[0] for name in imports(path)} & IMPURE


@pytest.mark.parametrize("path", MODULES, ids=ids)
def test_no_file_is_over_500_lines(path: Path) -> None:
    assert len(path.read_text().splitlines()) <= 500


def test_folders_are_one_level_deep() -> None:
    deep = {ids(path) for path in MODULES if len(path.relative_to(SOURCE).parts) > 2 and "console" not in path.parts}
    assert not deep


def test_every_public_module_says_what_it_is() -> None:
    silent = [
        ids(path) for path in MODULES if path.read_text().strip() and not ast.get_docstring(ast.parse(path.read_text()))
    ]
    assert not silent


def test_the_engine_never_asks_about_fraud() -> None:
    names = {"severity", "evidence", "score", "country", "CRITICAL"}
    tree = ast.parse((SOURCE / "engine.py").read_text())
    conditions = [ast.unparse(node.test) for node in ast.walk(tree) if isinstance(node, ast.If | ast.IfExp)]
    assert not [text for text in conditions if any(name in text for name in names)]


def test_stdlib_names_are_real() -> None:
    assert {"socket", "os", "time", "random", "asyncio", "threading", "secrets", "sqlite3"} <= sys.stdlib_module_names
