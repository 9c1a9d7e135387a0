"""Every command: help with an example, JSON alone on stdout, exit codes, errors of one line."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import click
import pytest
import typer

from watchword.cli import build

ROOT = typer.main.get_command(build())
EVENT = {
    "type": "login",
    "id": "login-1",
    "occurredAt": datetime.now(UTC).isoformat(),
    "userId": "ana",
    "ip": "192.0.2.7",
    "result": "success",
}


def commands(command: click.Command, path: tuple[str, ...] = ()) -> list[tuple[tuple[str, ...], click.Command]]:
    """Every command that does something, with its path."""
    inner = getattr(command, "commands", {})
    return [one for name in inner for one in commands(inner[name], (*path, name))] if inner else [(path, command)]


def run(*arguments: str, told: str = "", **settings: str) -> subprocess.CompletedProcess[str]:
    """The command line, as a person runs it."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("WATCHWORD_", "FRAUD_"))}
    return subprocess.run(
        [sys.executable, "-c", "from watchword.cli import main; main()", *arguments],
        input=told, capture_output=True, text=True, env=environment | settings, check=False,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("path", "command"), commands(ROOT), ids=lambda value: "-".join(value) if isinstance(value, tuple) else ""
)
def test_help_has_an_example(path: tuple[str, ...], command: click.Command) -> None:
    text = f"{command.help} {command.epilog}"
    assert f"watchword {' '.join(path)}" in text


def test_assess_reads_events_and_prints_decisions(tmp_path: Path) -> None:
    printed = run("assess", "-", "--json", told=json.dumps(EVENT), WATCHWORD_DATA_DIR=str(tmp_path))
    assert (printed.returncode, printed.stderr) == (0, "")
    assert json.loads(printed.stdout)["action"] == "allow"


def test_assess_keeps_and_previews(tmp_path: Path) -> None:
    folder = str(tmp_path / "data")
    first = run("assess", "-", "--json", "--data-dir", folder, told=json.dumps(EVENT))
    again = run("assess", "-", "--json", "--data-dir", folder, told=json.dumps(EVENT))
    assert json.loads(first.stdout)["decidedAt"] == json.loads(again.stdout)["decidedAt"]
    other = json.dumps({**EVENT, "id": "login-2"})
    run("assess", "-", "--preview", "--data-dir", folder, told=other)
    kept = run("assess", "-", "--data-dir", folder, told=json.dumps({**EVENT, "id": "login-2", "ip": "192.0.2.9"}))
    assert kept.returncode == 0


def test_wrong_input_is_one_line_and_exit_code_2() -> None:
    printed = run("assess", "-", told='{"type": "login"}')
    assert printed.returncode == 2
    assert printed.stderr.count("\n") == 1
    assert "id" in printed.stderr


def test_an_unknown_setting_is_named() -> None:
    printed = run("config", "show", WATCHWORD_PROT="1")
    assert printed.returncode == 2
    assert "WATCHWORD_PROT" in printed.stderr
    assert "WATCHWORD_PORT" in printed.stderr


def test_secrets_are_stars() -> None:
    secret = "aGVsbG8gaGVsbG8gaGVsbG8gaGVsbG8gaGVsbG8gMTI="
    printed = run("config", "show", "--json", WATCHWORD_DEPLOYMENT_KEY=secret)
    assert secret not in printed.stdout + printed.stderr
    assert "***" in printed.stdout


def test_check_tells_what_places_come_from(tmp_path: Path) -> None:
    printed = run("config", "check", "--json", WATCHWORD_DATA_DIR=str(tmp_path))
    assert printed.returncode == 0
    assert any(source["used"] and source["kind"] == "places" for source in json.loads(printed.stdout)["places"])


def test_version() -> None:
    assert run("--version").stdout.startswith("watchword ")
