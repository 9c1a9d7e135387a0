"""Writes the compact packs that `pack.py` reads, from rows of (first, last, value) of address numbers."""

from __future__ import annotations

import lzma
import os
import sys
from array import array
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

import msgspec

from watchword.enrichment.pack import MAGIC, Column, Header

_Columns = list[tuple[str, "array[int] | bytes", bool]]
_LZMA = 9 | lzma.PRESET_EXTREME


class Origin(NamedTuple):
    """Where a pack's data comes from: provider, day it was built (`YYYY-MM-DD`), licence."""

    provider: str
    built: str
    licence: str


class Row(NamedTuple):
    """An inclusive range of address numbers and what it is."""

    first: int
    last: int
    value: str | int


def pack_countries(rows4: Iterable[Row], rows6: Iterable[Row], origin: Origin) -> bytes:
    """A country pack. Values are alpha-2 codes. Rows are sorted; where they overlap the earlier one holds."""
    steps = (_steps(rows4, 0), _steps(rows6, 64))
    codes = ["", *sorted({str(value) for each in steps for _, value in each if value})]
    index: dict[str | int, int] = {code: at for at, code in enumerate(codes)}
    columns: _Columns = [("codes", "\n".join(codes).encode(), False), *_tables(steps, index, "B")]
    return _file("country", origin, columns)


def pack_networks(rows4: Iterable[Row], rows6: Iterable[Row], names: dict[int, str], origin: Origin) -> bytes:
    """A network pack. Values are AS numbers; `names` says who runs them. Rows as in `pack_countries`."""
    steps = (_steps(rows4, 0), _steps(rows6, 64))
    numbers = sorted({0, *(int(value) for each in steps for _, value in each if value)})
    index: dict[str | int, int] = {number: at for at, number in enumerate(numbers)}
    index[""] = 0
    encoded = [names.get(number, "").encode() for number in numbers]
    ends, end = array("I"), 0
    for name in encoded:
        end += len(name)
        ends.append(end)
    columns: _Columns = [("numbers", array("I", numbers), True), ("ends", ends, True)]
    columns += [("names", b"".join(encoded), False), *_tables(steps, index, "I")]
    return _file("asn", origin, columns)


def write_whole(path: Path, content: bytes) -> None:
    """Puts `content` at `path` in one step: readers see the old file or the new one, never a part."""
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_name(f"{path.name}.{os.getpid()}.new")
    aside.write_bytes(content)
    aside.replace(path)


def _steps(rows: Iterable[Row], shift: int) -> list[tuple[int, str | int]]:
    """The points where the value changes; "" from where nothing is known. `shift` drops low bits."""
    steps: list[tuple[int, str | int]] = [(0, "")]
    free = 0
    for row in rows:
        first, last = max(row.first >> shift, free), row.last >> shift
        if first > last:
            continue
        if first > free:
            _step(steps, free, "")
        _step(steps, first, row.value)
        free = last + 1
    if free < 1 << (64 if shift else 32):
        _step(steps, free, "")
    return steps


def _step(steps: list[tuple[int, str | int]], start: int, value: str | int) -> None:
    if steps[-1][0] == start:
        steps[-1] = (start, value)
    elif steps[-1][1] != value:
        steps.append((start, value))


def _tables(steps: tuple[list[tuple[int, str | int]], ...], index: dict[str | int, int], code: str) -> _Columns:
    columns: _Columns = []
    for version, width, each in ((4, "I", steps[0]), (6, "Q", steps[1])):
        columns.append((f"starts{version}", array(width, (start for start, _ in each)), True))
        columns.append((f"of{version}", array(code, (index[value] for _, value in each)), False))
    return columns


def _file(kind: str, origin: Origin, columns: _Columns) -> bytes:
    described, blobs = [], []
    for name, values, delta in columns:
        if isinstance(values, bytes):
            width, rows, raw = 0, 0, values
        else:
            width, rows, raw = values.itemsize, len(values), _planes(values, delta)
        blobs.append(lzma.compress(raw, preset=_LZMA))
        described.append(Column(name, width, rows, len(blobs[-1]), delta))
    header = Header(kind, origin.provider, origin.built, origin.licence, tuple(described))
    return MAGIC + msgspec.json.encode(header) + b"\n" + b"".join(blobs)


def _planes(values: array[int], delta: bool) -> bytes:
    if delta:
        values = array(values.typecode, (after - before for before, after in zip([0, *values], values, strict=False)))
    if sys.byteorder == "big":
        values = array(values.typecode, values)
        values.byteswap()
    raw = values.tobytes()
    return b"".join(raw[plane :: values.itemsize] for plane in range(values.itemsize))
