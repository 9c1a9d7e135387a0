"""`watchword feeds`: the lists of addresses, networks and domains that enrichment reads."""

from __future__ import annotations

import asyncio
import os
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from watchword.enrichment.feed_list import FeedStatus
    from watchword.enrichment.feed_update import Outcome

app = typer.Typer(no_args_is_help=True, help="Fetch, import and list the feeds that enrichment reads.")

DataDir = Annotated[Path | None, typer.Option("--data-dir", help="Where everything is kept.", show_default=False)]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON only.")]


@app.command("update", epilog="Example: watchword feeds update tor_exits ipsum")
def update_feeds(
    names: Annotated[
        list[str] | None, typer.Argument(help="Feeds to fetch; else all that are fetched on schedule.")
    ] = None,
    data_dir: DataDir = None,
    force: Annotated[bool, typer.Option("--force", help="Fetch anew, and take a list even where it shrank.")] = False,
    as_json: AsJson = False,
) -> None:
    """Fetch feeds. The last good copy stays where one fails; exit code 1 when any did."""
    from watchword.enrichment.feed_catalogue import known_feeds
    from watchword.enrichment.feed_store import FeedStore
    from watchword.enrichment.feed_update import update

    folder = _folder(data_dir)
    known = known_feeds(folder)
    unknown = sorted(set(names or ()) - known.keys())
    if unknown:
        raise typer.BadParameter(f"no feed is named {', '.join(unknown)}; see `watchword feeds list`")
    wanted = [known[name] for name in names] if names else [feed for feed in known.values() if feed.use == "always"]
    print(f"Fetching {len(wanted)} feeds ...", file=sys.stderr)
    outcomes = asyncio.run(update(wanted, FeedStore(folder), datetime.now(UTC), force=force))
    _show_outcomes(outcomes, as_json)


@app.command("import", epilog="Example: watchword feeds import ./ipsum.txt --name ipsum")
def import_feed(
    files: Annotated[list[Path], typer.Argument(help="Lists, MaxMind DB files, network tables, or a catalogue.")],
    data_dir: DataDir = None,
    name: Annotated[str | None, typer.Option(help="The feed it is a copy of; else the file's name.")] = None,
    kind: Annotated[
        str | None, typer.Option(help="What entries are: hosting, vpn, proxy, tor, abuse, ... (new feeds)")
    ] = None,
    dated: Annotated[datetime | None, typer.Option(help="When the content was new; else the file's own time.")] = None,
    as_json: AsJson = False,
) -> None:
    """Take files that were fetched elsewhere: for machines without a way to the internet."""
    from watchword.enrichment.feed_import import import_files

    at = dated.replace(tzinfo=dated.tzinfo or UTC) if dated else None
    _show_outcomes(import_files(files, _folder(data_dir), name, kind, at), as_json)  # type: ignore[arg-type]


@app.command("list", epilog="Example: watchword feeds list --json")
def list_feeds(
    data_dir: DataDir = None,
    every: Annotated[bool, typer.Option("--all", help="Also feeds that were never fetched.")] = False,
    as_json: AsJson = False,
) -> None:
    """Show age, entries, weight and hits of the feeds, and the files that places come from."""
    import msgspec

    from watchword.enrichment.feed_list import describe_feeds
    from watchword.enrichment.sources import describe_sources

    folder = _folder(data_dir)
    feeds = describe_feeds(folder, datetime.now(UTC))
    sources = describe_sources(folder)
    if as_json:
        print(msgspec.json.encode({"feeds": feeds, "sources": sources}).decode())
        return
    shown = [each for each in feeds if every or each.age_s is not None or each.problem]
    _print_table([_row(each) for each in shown])
    if not shown:
        print("No feed was fetched yet: `watchword feeds update`. The built-in tables answer meanwhile.")
    for source in sources:
        print(f"{source.kind}: {source.name}, {source.version or source.problem}")


def _folder(data_dir: Path | None) -> Path:
    return data_dir or Path(os.environ.get("WATCHWORD_DATA_DIR") or "watchword-data")


def _show_outcomes(outcomes: list[Outcome], as_json: bool) -> None:
    import msgspec

    if as_json:
        print(msgspec.json.encode(outcomes).decode())
    else:
        for each in outcomes:
            entries = "" if each.entries is None else f"{each.entries:,} entries"
            print(f"{each.name}: {each.state}", *(text for text in (entries, each.message) if text), sep="  ")
    if any(each.state in ("refused", "failed") for each in outcomes):
        raise typer.Exit(1)


def _row(each: FeedStatus) -> tuple[str, ...]:
    age = "never" if each.age_s is None else str(timedelta(seconds=each.age_s)).rpartition(":")[0]
    entries = "" if each.entries is None else f"{each.entries:,}"
    note = each.problem or ("stale" if each.stale else "")
    return each.name, each.kind, age, entries, f"{each.weight:.2f}", f"{each.hits:,}", note


def _print_table(rows: list[tuple[str, ...]]) -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table

    if not rows:
        return
    table = Table(box=box.SIMPLE, pad_edge=False)
    columns: list[tuple[str, Any]] = [
        ("feed", "left"), ("kind", "left"), ("age", "right"), ("entries", "right"), ("weight", "right"),
        ("hits", "right"), ("note", "left"),
    ]  # fmt: skip
    for name, side in columns:
        table.add_column(name, justify=side)
    for row in rows:
        table.add_row(*row)
    Console().print(table)
