"""The browser scripts: to anybody, once, compressed, and with a clear word where they were not built."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from tests.web.house import House

from watchword.web import scripts

BUILT = b"(()=>{window.watchword={}})();" + b" " * 200


@pytest.fixture
def built(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A directory in which both scripts are."""
    for name in ("watchword.js", "device-fingerprint.js"):
        (tmp_path / name).write_bytes(BUILT)
    monkeypatch.setattr(scripts, "shelf", scripts.Shelf(tmp_path))
    return tmp_path


@pytest.mark.parametrize("name", ["watchword.js", "device-fingerprint.js"])
async def test_a_script_goes_to_anybody_from_any_origin(house: House, built: Path, name: str) -> None:
    answer = await house.ask(None, "GET", f"/js/{name}", headers={"accept-encoding": "identity"})
    assert (answer.status_code, answer.content) == (200, BUILT)
    assert answer.headers["content-type"] == "text/javascript; charset=utf-8"
    assert answer.headers["access-control-allow-origin"] == "*"
    assert answer.headers["x-content-type-options"] == "nosniff"


async def test_who_has_it_is_not_sent_it_again(house: House, built: Path) -> None:
    tag = (await house.ask(None, "GET", "/js/watchword.js")).headers["etag"]
    again = await house.ask(None, "GET", "/js/watchword.js", headers={"if-none-match": tag})
    (built / "watchword.js").write_bytes(BUILT + b"// new")
    renewed = await house.ask(None, "GET", "/js/watchword.js", headers={"if-none-match": tag})
    assert (again.status_code, again.content) == (304, b"")
    assert (renewed.status_code, renewed.headers["etag"] == tag) == (200, False)


async def test_an_edition_is_kept_for_ever_only_where_it_is_the_one(house: House, built: Path) -> None:
    digest = (await house.ask(None, "GET", "/js/watchword.js")).headers["etag"].strip('W/"')
    right = await house.ask(None, "GET", f"/js/watchword.js?v={digest[:10]}")
    wrong = await house.ask(None, "GET", "/js/watchword.js?v=0000000000")
    vague = await house.ask(None, "GET", f"/js/watchword.js?v={digest[:2]}")
    assert "immutable" in right.headers["cache-control"]
    assert "immutable" not in wrong.headers["cache-control"] + vague.headers["cache-control"]


async def test_it_is_compressed_where_that_is_understood(house: House, built: Path) -> None:
    answer = await house.ask(None, "GET", "/js/watchword.js", headers={"accept-encoding": "gzip"})
    assert answer.headers["content-encoding"] == "gzip"
    assert answer.content == BUILT
    assert int(answer.headers["content-length"]) < len(BUILT)


async def test_a_script_that_was_not_built_says_how_to_build_it(
    house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scripts, "shelf", scripts.Shelf(tmp_path / "empty"))
    answer = await house.ask(None, "GET", "/js/watchword.js")
    assert answer.status_code == 404
    assert "make setup" in answer.json()["detail"]


@pytest.mark.skipif(shutil.which("node") is None, reason="Node.js is not installed, so nothing was built")
def test_setup_has_built_both() -> None:
    assert (scripts.ROOT / "watchword.js").is_file()
    assert (scripts.ROOT / "device-fingerprint.js").is_file()
