"""A disk whose power can be cut: what was written reaches it for good only when it is synced."""

from __future__ import annotations

import random
from pathlib import Path
from threading import RLock
from typing import Any

import apsw

SECTOR = 512


class Shadow:
    """One file: its content as of its last sync, and what was done since."""

    def __init__(self, content: bytes = b"") -> None:
        self.synced = bytearray(content)
        self.since: list[tuple[int, bytes | None]] = []

    def sync(self) -> None:
        for change in self.since:
            _apply(self.synced, change)
        self.since.clear()

    def after_cut(self, chance: random.Random | None) -> bytes:
        """The content after the power was cut: nothing unsynced, or by chance any part of it, torn at sectors."""
        content = bytearray(self.synced)
        for offset, data in self.since if chance else ():
            if chance.random() < 0.5:
                torn = (
                    data
                    if data is None or chance.random() < 0.8
                    else data[: SECTOR * chance.randrange(1 + len(data) // SECTOR)]
                )
                _apply(content, (offset, torn))
        return bytes(content)


class Disk(apsw.VFS):
    """SQLite's view of the disk; `cut` writes what would be left of it."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.shadows: dict[str, Shadow] = {}
        self.syncs: list[str] = []
        self.lock = RLock()
        super().__init__(name, "")

    def xOpen(self, name: Any, flags: list[int]) -> File:
        return File(self, name, flags)

    def xDelete(self, name: str, sync: bool) -> None:
        with self.lock:
            super().xDelete(name, sync)
            self.shadows.pop(name, None)

    def cut(self, directory: Path, chance: random.Random | None) -> None:
        """Writes to `directory` the files as they are after a power cut at this moment."""
        directory.mkdir()
        with self.lock:
            for path, shadow in self.shadows.items():
                (directory / Path(path).name).write_bytes(shadow.after_cut(chance))


class File(apsw.VFSFile):
    """A file of a `Disk`."""

    def __init__(self, disk: Disk, name: Any, flags: list[int]) -> None:
        self._disk = disk
        self._path = name.filename() if isinstance(name, apsw.URIFilename) else str(name)
        with disk.lock:
            path = Path(self._path)
            disk.shadows.setdefault(self._path, Shadow(path.read_bytes() if path.exists() else b""))
            super().__init__("", name, flags)

    def xWrite(self, data: bytes, offset: int) -> None:
        with self._disk.lock:
            super().xWrite(data, offset)
            self._disk.shadows[self._path].since.append((offset, bytes(data)))

    def xTruncate(self, size: int) -> None:
        with self._disk.lock:
            super().xTruncate(size)
            self._disk.shadows[self._path].since.append((size, None))

    def xSync(self, flags: int) -> None:
        with self._disk.lock:
            super().xSync(flags)
            self._disk.shadows[self._path].sync()
            self._disk.syncs.append(Path(self._path).name)


def _apply(content: bytearray, change: tuple[int, bytes | None]) -> None:
    offset, data = change
    if data is None:
        del content[offset:]
        return
    if len(content) < offset:
        content.extend(bytes(offset - len(content)))
    content[offset : offset + len(data)] = data
