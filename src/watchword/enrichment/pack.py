"""Reader of the compact packs: which country and which network an address belongs to.

A pack is one file: a magic line, one line of JSON that describes it, then its columns. Numbers are kept as differences,
byte by byte in planes, compressed with LZMA; `packing.py` writes them. In memory a pack is sorted arrays, so a look-up
is one bisection.
"""

from __future__ import annotations

import lzma
import sys
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from itertools import accumulate
from pathlib import Path
from typing import Any

import msgspec

from watchword.errors import FeedError

MAGIC = b"WWPACK1\n"
TYPECODES = {1: "B", 2: "H", 4: "I", 8: "Q"}
_SHIFT6 = 64  # IPv6 is told apart by its first 64 bits


class Column(msgspec.Struct, frozen=True):
    """One column in the file: bytes a value (0 for text), number of values, compressed bytes, stored as differences."""

    name: str
    width: int
    rows: int
    size: int
    delta: bool = False


class Header(msgspec.Struct, frozen=True):
    """What a pack holds: its kind, provider, the day its data was built, licence, and the columns in order."""

    kind: str
    provider: str
    built: str
    licence: str
    columns: tuple[Column, ...]


class RangeTable:
    """A value for every address: the value of the last start at or before it."""

    __slots__ = ("_of4", "_of6", "_starts4", "_starts6")

    def __init__(self, columns: dict[str, Any]) -> None:
        self._starts4, self._of4 = columns["starts4"], columns["of4"]
        self._starts6, self._of6 = columns["starts6"], columns["of6"]

    def find(self, version: int, number: int) -> int:
        """The value at the address; 0 stands for none."""
        if version == 4:
            return int(self._of4[bisect_right(self._starts4, number) - 1])
        return int(self._of6[bisect_right(self._starts6, number >> _SHIFT6) - 1])

    def rows(self, version: int) -> Iterator[tuple[int, int, int]]:
        """Every range that has a value: first and last address number, value."""
        starts, values, end, shift = self._starts4, self._of4, 1 << 32, 0
        if version == 6:
            starts, values, end, shift = self._starts6, self._of6, 1 << 64, _SHIFT6
        for at, value in enumerate(values):
            if value:
                after = starts[at + 1] if at + 1 < len(starts) else end
                yield starts[at] << shift, (after << shift) - 1, value

    def runs4(self) -> Iterator[tuple[int, int, int]]:
        """All of IPv4 as first address, last address and value, in order."""
        for start, after, value in zip(self._starts4, [*self._starts4[1:], 1 << 32], self._of4, strict=True):
            yield start, after - 1, value


class CountryPack:
    """The country of an address (ISO 3166-1 alpha-2)."""

    def __init__(self, header: Header, columns: dict[str, Any]) -> None:
        self.header = header
        self._codes: list[str] = columns["codes"].decode().split("\n")
        self._table = RangeTable(columns)

    def country(self, version: int, number: int) -> str | None:
        """The country's code, or None where the pack has none."""
        return self._codes[self._table.find(version, number)] or None

    def runs4(self) -> Iterator[tuple[int, int, str]]:
        """All of IPv4 as first address, last address and country ("" for none), in order."""
        return ((first, last, self._codes[value]) for first, last, value in self._table.runs4())


class AsnPack:
    """The autonomous system that announces an address, and who runs it."""

    def __init__(self, header: Header, columns: dict[str, Any]) -> None:
        self.header = header
        self._numbers: array[int] = columns["numbers"]
        self._ends: array[int] = columns["ends"]
        self._names: bytes = columns["names"]
        self._table = RangeTable(columns)

    def asn(self, version: int, number: int) -> int | None:
        """The number of the network that announces the address, or None where nobody does."""
        return self._numbers[self._table.find(version, number)] or None

    def runs4(self) -> Iterator[tuple[int, int, int]]:
        """All of IPv4 as first address, last address and AS number (0 for none), in order."""
        return ((first, last, self._numbers[value]) for first, last, value in self._table.runs4())

    def rows(self, version: int) -> Iterator[tuple[int, int, int]]:
        """Every announced range: first and last address number, AS number."""
        return ((first, last, self._numbers[at]) for first, last, at in self._table.rows(version))

    def organisation(self, asn: int) -> str | None:
        """Who runs the network, or None where that is not known."""
        at = bisect_left(self._numbers, asn)
        if at == len(self._numbers) or self._numbers[at] != asn:
            return None
        start = self._ends[at - 1] if at else 0
        return self._names[start : self._ends[at]].decode() or None


def open_country(path: Path) -> CountryPack:
    """The country pack at `path`. Raises FeedError where it is none or is damaged."""
    return CountryPack(*_read(path, "country"))


def open_asn(path: Path) -> AsnPack:
    """The network pack at `path`. Raises FeedError where it is none or is damaged."""
    return AsnPack(*_read(path, "asn"))


def _read(path: Path, kind: str) -> tuple[Header, dict[str, Any]]:
    try:
        header, at, content = _opened(path.read_bytes())
        if header.kind != kind:
            raise FeedError(f"{path.name} is a pack of kind {header.kind}, not {kind}")
        columns = {}
        for column in header.columns:
            columns[column.name] = _column(column, content[at : at + column.size])
            at += column.size
    except (OSError, lzma.LZMAError, msgspec.DecodeError, ValueError, KeyError) as error:
        raise FeedError(f"{path.name} is no readable pack: {error}") from error
    return header, columns


def _opened(content: bytes) -> tuple[Header, int, bytes]:
    if not content.startswith(MAGIC):
        raise ValueError("it does not begin as one")
    end = content.index(b"\n", len(MAGIC))
    return msgspec.json.decode(content[len(MAGIC) : end], type=Header), end + 1, content


def _column(column: Column, packed: bytes) -> Any:
    if len(packed) != column.size:
        raise ValueError("it is cut short")
    raw = lzma.decompress(packed)
    if not column.width:
        return raw
    if len(raw) != column.width * column.rows:
        raise ValueError(f"column {column.name} has another length than stated")
    values = array(TYPECODES[column.width], _from_planes(raw, column))
    if sys.byteorder == "big":
        values.byteswap()
    return array(values.typecode, accumulate(values)) if column.delta else values


def _from_planes(raw: bytes, column: Column) -> bytes:
    whole = bytearray(len(raw))
    for plane in range(column.width):
        whole[plane :: column.width] = raw[plane * column.rows : (plane + 1) * column.rows]
    return bytes(whole)
