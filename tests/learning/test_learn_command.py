"""`watchword learn logins` prints the table with standard errors, and writes it."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
from typer.testing import CliRunner

from watchword.cli import build
from watchword.scoring.log_odds import TERMS, Table, scorecard


@pytest.mark.slow
def test_learn_logins_writes_a_table_that_can_be_used(tmp_path: Path) -> None:
    out = tmp_path / "table.json"
    asked = ["learn", "logins", "--people", "1000", "--seed", "3", "--version", "mine", "--out", str(out)]
    done = CliRunner().invoke(build(), asked)
    assert done.exit_code == 0, done.output
    assert "ip.new" in done.stdout
    table = msgspec.json.decode(out.read_bytes(), type=Table)
    assert (table.version, set(table.weights)) == ("mine", set(TERMS))
    scorecard(table)
