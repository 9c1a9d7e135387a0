"""`watchword config`: what is set, where it came from, and whether it will do."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from watchword.config import Settings

app = typer.Typer(no_args_is_help=True, help="Show and check the settings.")
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON only.")]


@app.command("show", epilog="Example: FRAUD_AUTO_BLOCK_THRESHOLD=85 watchword config show")
def show_settings(as_json: AsJson = False) -> None:
    """Every setting, its value, and where the value came from. Secrets are shown as stars."""
    from watchword.config import load

    settings = load(os.environ)
    rows = list(_rows(settings))
    if as_json:
        _print_json(rows)
        return
    width = max(len(row["variable"]) for row in rows)
    for row in rows:
        print(f"{row['variable']:<{width}}  {row['value']!s:<24}  {row['from']}")


@app.command("check", epilog="Example: watchword config check")
def check_settings(as_json: AsJson = False) -> None:
    """Whether the service would start, and with what: settings, rules, data directory, sources of places."""
    from time import perf_counter_ns

    import msgspec

    from watchword.bootstrap import all_signals
    from watchword.config import load
    from watchword.enrichment.sources import EnrichmentOptions, describe_sources
    from watchword.policy.settings import build_world

    settings = load(os.environ)
    folder = Path(settings.service.data_dir)
    world = build_world(settings.engine, all_signals(), perf_counter_ns)
    own = (settings.service.city_file,) if settings.service.city_file else ()
    sources = describe_sources(folder, EnrichmentOptions(geo_files=own))
    writable = _writable(folder)
    found = {
        "dataDirectory": {"path": str(folder), "exists": folder.is_dir(), "writable": writable},
        "signals": len(world.signals),
        "policies": len(settings.engine.policies),
        "scorecard": settings.engine.scorecard,
        "mode": settings.engine.mode,
        "places": [msgspec.to_builtins(source) for source in sources],
    }
    if as_json:
        _print_json(found)
    else:
        print(f"Data directory {folder}: {'writable' if writable else 'NOT writable'}")
        print(f"{len(world.signals)} signals, {len(settings.engine.policies)} policies, {settings.engine.scorecard}")
        print(f"Mode {settings.engine.mode}")
        for source in sources:
            state = f"used, {source.version}" if source.used else f"not used: {source.problem}"
            print(f"{source.kind.capitalize()}: {source.name} ({state}) {source.attribution}".rstrip())
    raise typer.Exit(0 if writable else 1)


def _rows(settings: Settings) -> Any:
    import msgspec

    from watchword.config import SECRETS, catalogue

    service = msgspec.to_builtins(settings.service)
    engine = msgspec.to_builtins(settings.engine)
    for one in catalogue():
        value: Any = engine if one.path else service
        name = one.path or _camel(one.variable)
        for part in name.split("."):
            value = value[part]
        yield {
            "variable": one.variable,
            "name": one.path,
            "value": "***" if name in SECRETS and value else value,
            "from": settings.origins.get(one.variable, "default"),
            "meaning": one.meaning,
        }


def _camel(variable: str) -> str:
    first, *rest = variable.removeprefix("WATCHWORD_").lower().split("_")
    return first + "".join(part.capitalize() for part in rest)


def _writable(folder: Path) -> bool:
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    return os.access(folder, os.W_OK)


def _print_json(found: Any) -> None:
    import msgspec

    print(msgspec.json.format(msgspec.json.encode(found)).decode())
