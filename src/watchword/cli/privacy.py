"""`watchword privacy`: what is kept of one person, in their hands or gone."""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from watchword.stores.sqlite_parts import SqliteParts

app = typer.Typer(no_args_is_help=True, help="Export or erase everything kept of one person.")

DataDir = Annotated[Path | None, typer.Option("--data-dir", help="Where everything is kept.", show_default=False)]
User = Annotated[str, typer.Argument(help="The user's id, as events name it.")]


@app.command("export", epilog="Example: watchword privacy export ann > ann.json")
def export_user(user: User, data_dir: DataDir = None) -> None:
    """Print everything kept of a person, as JSON: profile, decisions with their events, records."""

    async def export(parts: SqliteParts) -> Any:
        await parts.ledger.note("command line", "user.export", f"user:{user}", {})
        return await parts.people.export(user)

    print(json.dumps(_run(data_dir, export), indent=2, ensure_ascii=False))


@app.command("erase", epilog="Example: watchword privacy erase ann --yes")
def erase_user(
    user: User,
    data_dir: DataDir = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON only.")] = False,
) -> None:
    """Erase a person for good: rows are deleted and their key destroyed, so that copies can not be opened either.

    Events of theirs from before this moment are refused from now on.
    """
    if not yes and sys.stdin.isatty():
        typer.confirm(f"Erase everything kept of {user}? This can not be undone.", abort=True)

    from datetime import UTC, datetime

    from watchword.devices import Devices

    async def erase(parts: SqliteParts) -> int:
        await Devices(parts.records, parts.store, parts.pseudonyms, lambda: datetime.now(UTC)).forget(user)
        at_ms = await parts.people.erase(user)
        owner = parts.pseudonyms.of("user", user)
        await parts.ledger.note("command line", "user.erase", f"hash:{owner.hex()}", {})
        return at_ms

    at_ms = _run(data_dir, erase)
    if as_json:
        print(json.dumps({"erasedBefore": at_ms}))
    else:
        print("Erased. Backups of keys.db that were taken elsewhere must be deleted within 30 days.")


def _run(data_dir: Path | None, work: Callable[[SqliteParts], Awaitable[Any]]) -> Any:
    import os
    from datetime import UTC, datetime

    from watchword.config import load
    from watchword.stores.sqlite import Files
    from watchword.stores.sqlite_parts import open_parts

    service = load(os.environ).service
    files = Files(data_dir or Path(service.data_dir))
    parts = open_parts(files, service.deployment_key, lambda: datetime.now(UTC))

    async def run() -> Any:
        return await work(parts)

    try:
        return asyncio.run(run())
    finally:
        parts.close()
