"""`watchword scan`: judges log files, and reports who was attacked, from where, and what got in."""

from __future__ import annotations

import asyncio
import gc
import os
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, tzinfo
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from watchword.streams.report import Report
    from watchword.streams.scan import Progress
    from watchword.streams.sources import Source, Wanted

PLAIN_WIDTH = 120


def scan(  # noqa: PLR0913, PLR0917 (a command's options)
    files: Annotated[list[str], typer.Argument(metavar="FILE...", help="Logs, plain or .gz; - is the standard input.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print the report as JSON only; progress to stderr.")] = False,
    html: Annotated[
        Path | None, typer.Option(metavar="OUT", help="Write the report as one page, too.", show_default=False)
    ] = None,
    year: Annotated[
        int | None,
        typer.Option(help="The year of the newest line; else inferred from the file's date.", show_default=False),
    ] = None,
    timezone: Annotated[str, typer.Option(metavar="ZONE", help="Zone of times that name none.")] = "UTC",
    data_dir: Annotated[
        Path | None,
        typer.Option("--data-dir", help="Keep the decisions there; else in memory only.", show_default=False),
    ] = None,
    format: Annotated[
        str | None, typer.Option(help="sshd, journal, nginx, jsonl, ...; else detected.", show_default=False)
    ] = None,
) -> None:
    """Judge log files: who was attacked, from where, and which log-in was not its owner's.

    Reads sshd's auth logs, the systemd journal as JSON, access logs of nginx and Apache, and JSON Lines of events.
    Scanning a file again into the same data directory adds nothing. Exits 0 whatever was found, 2 where a file can not
    be read or recognised.

    Example: watchword scan /var/log/auth.log* --html report.html
    """
    from watchword.streams.report import to_json
    from watchword.streams.sources import Wanted

    _check_target(html)
    report = _scanned(files, Wanted(format, year, _zone(timezone)), data_dir)
    if html is not None:
        from watchword.streams.page import write

        write(report, html)
        print(f"The report as a page: {html}", file=sys.stderr)
    if as_json:
        sys.stdout.write(to_json(report).decode())
        print()
    else:
        _print(report)


def _scanned(files: list[str], wanted: Wanted, data_dir: Path | None) -> Report:
    from watchword.config import load
    from watchword.streams.scan import opened, scan_files

    given = {} if data_dir is None else {"WATCHWORD_DATA_DIR": str(data_dir)}
    settings = load({**os.environ, **given})
    _collect_seldom()
    with ExitStack() as until:
        sources = opened(files, wanted, until)
        progress = until.enter_context(_progress(sources))
        return asyncio.run(scan_files(sources, settings, data_dir is not None, progress))


def _collect_seldom() -> None:
    """Judging makes no cycles, and looking for them is a sixth of a scan."""
    gc.freeze()
    gc.set_threshold(100_000, 50, 100)


@contextmanager
def _progress(sources: list[Source]) -> Iterator[Progress]:
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    console = Console(stderr=True)
    columns = (TextColumn("Judging"), BarColumn(), TextColumn("{task.fields[events]:,} events"), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("", total=sum(source.size for source in sources) or None, events=0)
        yield lambda position, events: bar.update(task, completed=position, events=events)


def _print(report: Report) -> None:
    from rich.console import Console

    from watchword.streams.terminal import show

    console = Console(highlight=False)
    if not console.is_terminal and "COLUMNS" not in os.environ:
        console = Console(highlight=False, width=PLAIN_WIDTH)
    show(report, console)


def _zone(name: str) -> tzinfo:
    from zoneinfo import ZoneInfo

    if name.upper() == "UTC":
        return UTC
    try:
        return ZoneInfo(name)
    except (KeyError, OSError, ValueError):
        raise typer.BadParameter(f"there is no time zone {name!r}", param_hint="--timezone") from None


def _check_target(html: Path | None) -> None:
    if html is not None and not (html.parent.is_dir() and os.access(html.parent, os.W_OK)):
        raise typer.BadParameter(f"{html.parent} is no folder to write to", param_hint="--html")
