"""`watchword keys`: the keys by which applications and people are let in."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from collections.abc import Callable

    from watchword.ports import ApiKey
    from watchword.stores.sqlite_parts import SqliteParts

app = typer.Typer(no_args_is_help=True, help="Create, list, rotate and revoke API keys.")

DataDir = Annotated[Path | None, typer.Option("--data-dir", help="Where everything is kept.", show_default=False)]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON only.")]
Named = Annotated[str, typer.Argument(help="The key's name or id.")]


@app.command("create", epilog="Example: watchword keys create shop --role service")
def create_key(
    name: Annotated[str, typer.Argument(help="What the key is for: an application's or a person's name.")],
    role: Annotated[str, typer.Option(help="service, viewer, analyst or admin.")],
    machine: Annotated[bool, typer.Option("--machine", help="Its callers are scripts, and may look like it.")] = False,
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Create a key. It stands alone on the last line, and is shown this once only."""
    from watchword.ports import ROLES

    if role not in ROLES:
        raise typer.BadParameter(f"a role is one of {', '.join(ROLES)}", param_hint="--role")
    key, secret = _change(data_dir, "key.create", lambda parts: parts.keys.create(name, role, machine))
    _show_secret(key, secret, as_json)


@app.command("rotate", epilog="Example: watchword keys rotate shop")
def rotate_key(name: Named, data_dir: DataDir = None, as_json: AsJson = False) -> None:
    """Put a new key in a key's place; the old one goes on working for 24 hours."""
    key, secret = _change(data_dir, "key.rotate", lambda parts: parts.keys.rotate(name))
    _show_secret(key, secret, as_json)


@app.command("revoke", epilog="Example: watchword keys revoke shop")
def revoke_key(name: Named, data_dir: DataDir = None, as_json: AsJson = False) -> None:
    """End a key. Running services refuse it within half a second."""
    key, _ = _change(data_dir, "key.revoke", lambda parts: (parts.keys.revoke(name), ""))
    print(json.dumps(_row(key)) if as_json else f"{key.name} ({key.id}) is revoked.")


@app.command("list", epilog="Example: watchword keys list --json")
def list_keys(data_dir: DataDir = None, as_json: AsJson = False) -> None:
    """Show every key, revoked ones too. Secrets are not kept, so they can not be shown."""
    parts = _open(data_dir)
    try:
        rows = [_row(key) for key in parts.keys.all()]
    finally:
        parts.close()
    if as_json:
        print(json.dumps({"keys": rows}))
        return
    print(f"{'ID':14}{'NAME':24}{'ROLE':10}{'MACHINE':9}{'CREATED':12}{'USED':12}REVOKED")
    for row in rows:
        machine = "yes" if row["machine"] else ""
        days = "".join(f"{(row[name] or '')[:10]:12}" for name in ("created", "used", "revoked"))
        print(f"{row['id']:14}{row['name']:24}{row['role']:10}{machine:9}{days}".rstrip())


@app.command("renew-ring", epilog="Example: watchword keys renew-ring")
def renew_ring(data_dir: DataDir = None) -> None:
    """Put a new sealing key into the deployment's own ring, and wrap every person's key anew.

    Older keys stay in the ring's file, for what they sealed. Running services seal with the new one once restarted.
    """
    from watchword.errors import ConfigurationError
    from watchword.privacy.keyring import KeyRing

    parts = _open(data_dir)
    try:
        directory = parts.store.directory
        if not (directory / "deployment.keys").exists():
            raise ConfigurationError("The ring is not in a file: add a key to WATCHWORD_DEPLOYMENT_KEY instead.")
        ring = KeyRing.open(directory).rotated()
        ring.save(directory)
        count = parts.store.keys.rewrap(ring)
        asyncio.run(parts.ledger.note("command line", "ring.renew", f"sealing key {ring.active}", {"wrapped": count}))
    finally:
        parts.close()
    print(f"Sealing key {ring.active} is in use; {count:,} keys were wrapped anew.")


def _open(data_dir: Path | None) -> SqliteParts:
    import os
    from datetime import UTC, datetime

    from watchword.config import load
    from watchword.stores.sqlite import Files
    from watchword.stores.sqlite_parts import open_parts

    service = load(os.environ).service
    return open_parts(Files(data_dir or Path(service.data_dir)), service.deployment_key, lambda: datetime.now(UTC))


def _change(data_dir: Path | None, act: str, change: Callable[[SqliteParts], tuple[ApiKey, str]]) -> tuple[ApiKey, str]:
    parts = _open(data_dir)
    try:
        key, secret = change(parts)
        asyncio.run(parts.ledger.note("command line", act, f"key {key.id}", {"name": key.name, "role": key.role}))
    finally:
        parts.close()
    return key, secret


def _show_secret(key: ApiKey, secret: str, as_json: bool) -> None:
    if as_json:
        print(json.dumps(_row(key) | {"key": secret}))
        return
    print(f"Key {key.id} for {key.name} ({key.role}{', machine' if key.machine else ''}). It is shown this once:")
    print(secret)


def _row(key: ApiKey) -> dict[str, Any]:
    moments = {"created": key.created_ms, "used": key.used_ms, "revoked": key.revoked_ms}
    plain = {"id": key.id, "name": key.name, "role": key.role, "machine": key.machine}
    return plain | {name: _moment(at_ms) for name, at_ms in moments.items()}


def _moment(at_ms: int | None) -> str | None:
    from datetime import UTC, datetime

    return datetime.fromtimestamp(at_ms / 1000, UTC).isoformat(timespec="seconds") if at_ms is not None else None
