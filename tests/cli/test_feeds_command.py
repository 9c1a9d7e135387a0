import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from watchword.cli.feeds import app

LIST = "".join(f"27.{n >> 8}.{n & 255}.9\t{3 + n % 3}\n" for n in range(6000))


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    (tmp_path / "ipsum.txt").write_text(LIST)
    return tmp_path / "data"


def run(*arguments: str, code: int = 0) -> str:
    done = CliRunner().invoke(app, list(arguments), catch_exceptions=False)
    assert done.exit_code == code, done.output
    return done.stdout


def test_import_then_list(data_dir: Path) -> None:
    said = run("import", str(data_dir.parent / "ipsum.txt"), "--data-dir", str(data_dir))
    assert "ipsum: updated  6,000 entries" in said
    shown = run("list", "--data-dir", str(data_dir))
    assert "ipsum" in shown
    assert "6,000" in shown
    assert "country pack" in shown
    assert "tor_exits" in run("list", "--all", "--data-dir", str(data_dir))


def test_json_is_json_only(data_dir: Path) -> None:
    outcomes = json.loads(run("import", str(data_dir.parent / "ipsum.txt"), "--data-dir", str(data_dir), "--json"))
    assert outcomes[0]["state"] == "updated"
    listed = json.loads(run("list", "--data-dir", str(data_dir), "--json"))
    assert listed["feeds"][0] | {"name": "ipsum", "entries": 6000, "kind": "abuse"} == listed["feeds"][0]
    assert listed["sources"][-1]["kind"] == "networks"


def test_an_empty_installation_says_what_to_do(data_dir: Path) -> None:
    assert "watchword feeds update" in run("list", "--data-dir", str(data_dir))


def test_a_failing_update_exits_with_1(data_dir: Path) -> None:
    data_dir.mkdir()
    (data_dir / "feeds.toml").write_text('[ipsum]\nurl = "http://127.0.0.1:9/x"\n')
    assert "ipsum: failed" in run("update", "ipsum", "--data-dir", str(data_dir), code=1)


def test_an_unknown_feed_is_wrong_usage(data_dir: Path) -> None:
    run("update", "nothing", "--data-dir", str(data_dir), code=2)


def test_the_data_directory_comes_from_the_environment(data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WATCHWORD_DATA_DIR", str(data_dir))
    run("import", str(data_dir.parent / "ipsum.txt"))
    assert (data_dir / "feeds" / "ipsum.feed").exists()
