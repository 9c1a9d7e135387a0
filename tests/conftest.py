"""For every test: code is judged by what it does, not by how busy the machine is or what chance drew."""

from __future__ import annotations

import functools
import gc
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from tests.chance import draw_anew, fix_chance
from tests.patience import be_patient
from tests.stderr import follow_stderr, forget_handlers

from watchword import catalog

SLOW_S = 600
"""Seconds that a slow test has; the others have `timeout` of pyproject.toml."""

EVERYWHERE: dict[str, Any] = {
    "deadline": None, "print_blob": True, "suppress_health_check": [HealthCheck.too_slow],
}  # fmt: skip
settings.register_profile("steady", derandomize=True, database=None, **EVERYWHERE)
settings.register_profile("searching", **EVERYWHERE)
settings.load_profile("steady")
fix_chance()
be_patient()
follow_stderr()
catalog.entry_points = functools.cache(catalog.entry_points)  # type: ignore[attr-defined]  # installed once


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--chance 7` has other keys, tokens and codes drawn; `--hypothesis-profile searching` has new examples tried."""
    parser.addoption("--chance", default="", help="draw other random material than every run does")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.get_closest_marker("slow") or item.get_closest_marker("browser"):
            item.add_marker(pytest.mark.timeout(SLOW_S))


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    draw_anew(item.config.getoption("--chance") + item.nodeid)


@pytest.hookimpl(trylast=True)
def pytest_runtest_teardown() -> None:
    forget_handlers()


def pytest_collection_finish() -> None:
    """What was imported and collected stays: the garbage collector need not look at it again and again."""
    gc.collect()
    gc.freeze()
