"""`watchword audit`: whether the log of what was done is whole."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(no_args_is_help=True, help="Check the audit log.")

DataDir = Annotated[Path | None, typer.Option("--data-dir", help="Where everything is kept.", show_default=False)]


@app.callback()
def audit() -> None:
    """Check the audit log."""


@app.command("verify", epilog="Example: watchword audit verify --json")
def verify(
    data_dir: DataDir = None, as_json: Annotated[bool, typer.Option("--json", help="Print JSON only.")] = False
) -> None:
    """Walk the chain and compare every record with what was committed to. Exit code 1 names the first broken entry."""
    import os
    from datetime import UTC, datetime

    from watchword.config import load
    from watchword.stores.sqlite import Files
    from watchword.stores.sqlite_parts import open_parts

    service = load(os.environ).service
    files = Files(data_dir or Path(service.data_dir))
    parts = open_parts(files, service.deployment_key, lambda: datetime.now(UTC))
    try:
        found = asyncio.run(parts.ledger.verify())
    finally:
        parts.close()
    whole = found.broken is None
    if as_json:
        shown = {"whole": whole, "entries": found.entries, "opened": found.opened, "unlinkable": found.unlinkable}
        print(json.dumps(shown | {"head": found.head.hex(), "broken": found.broken, "reason": found.reason}))
    elif whole:
        print(f"The chain is whole: {found.entries:,} entries, {found.opened:,} match, {found.unlinkable:,} erased.")
        print(f"Head: {found.head.hex()}")
    else:
        print(f"Broken at entry {found.broken}: {found.reason}. The {found.entries:,} entries before it hold.")
    raise typer.Exit(0 if whole else 1)
