"""Finds the reference data that some tests read. It is not part of the repository: where it is absent, they skip."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

VARIABLE = "WATCHWORD_REFERENCE_DATA"
BESIDE = Path(__file__).resolve().parents[2] / "shared" / "data"


def root() -> Path:
    """The folder that `WATCHWORD_REFERENCE_DATA` names, else `../shared/data` beside the repository."""
    return Path(os.environ.get(VARIABLE) or BESIDE)


def path(relative: str) -> Path:
    """The file or folder `relative` of the reference data; skips the test, saying what to set, where it is absent."""
    found = root() / relative
    if not found.exists():
        pytest.skip(f"reference data {relative!r} is absent: point {VARIABLE} at a folder that has it")
    return found
