"""Tables for a terminal that leave columns out before they cut words: empty ones, and the less needed of too many."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from rich import box
from rich.table import Table
from rich.text import Text

GAP = 3


class Column(NamedTuple):
    """A column's head; figures stand right. The higher its `rank`, the sooner it is left out."""

    name: str
    figure: bool = False
    rank: int = 0


class Grid:
    """Rows for the columns given, drawn to fit."""

    def __init__(self, *columns: Column) -> None:
        self._columns = columns
        self._rows: list[tuple[Text, ...]] = []

    def row(self, *cells: str | Text) -> None:
        """One row, a cell a column."""
        self._rows.append(tuple(cell if isinstance(cell, Text) else Text(cell) for cell in cells))

    def draw(self, width: int, more: int = 0) -> Table:
        """The table in `width` characters; `more` is how many rows stayed away."""
        kept = self._fitting(width)
        table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False, header_style="dim")
        for at in kept:
            column = self._columns[at]
            table.add_column(column.name, justify="right" if column.figure else "left", no_wrap=True)
        for cells in self._rows:
            table.add_row(*(cells[at] for at in kept))
        if more > 0:
            table.add_row(Text(f"and {more:,} more", "dim"))
        return table

    def _fitting(self, width: int) -> Sequence[int]:
        widths = [self._width(at) for at in range(len(self._columns))]
        kept = [at for at, wide in enumerate(widths) if wide]
        while len(kept) > 1 and sum(widths[at] + GAP for at in kept) - GAP > width:
            last = max(kept, key=lambda at: self._columns[at].rank)
            if not self._columns[last].rank:
                break
            kept.remove(last)
        return kept

    def _width(self, at: int) -> int:
        widest = max((cells[at].cell_len for cells in self._rows), default=0)
        return max(widest, len(self._columns[at].name)) if widest else 0
