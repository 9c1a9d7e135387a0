"""`watchword learn`: fits what is shipped, on simulated services."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(help="Fit scorecards on simulated services.", no_args_is_help=True)

FITTING_SEEDS = (11, 21, 31)


@app.command(epilog="Example: watchword learn logins --people 12000 --out table.json")
def logins(
    people: Annotated[int, typer.Option(help="People of each simulated year.", min=1000)] = 12_000,
    seeds: Annotated[list[int] | None, typer.Option("--seed", help="A simulated year; repeat it for more.")] = None,
    version: Annotated[str, typer.Option(help="What decisions call the table.")] = "own",
    out: Annotated[Path | None, typer.Option(help="Write the table here: .json, or .py as it is shipped.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the table as JSON.")] = False,
) -> None:
    """Refit the log-odds scorecard: honest log-ins against other people's, a minute and more for each year."""
    import msgspec

    from watchword.learning.log_odds_fit import as_module, collect, fit

    chosen = tuple(seeds or FITTING_SEEDS)
    years = []
    for seed in chosen:
        print(f"year {seed}: {people:,} people ...", file=sys.stderr, flush=True)
        years.append(asyncio.run(collect(seed, people)))
    table = fit(years, version, f"simulated years {', '.join(map(str, chosen))} of {people:,} people")
    encoded = msgspec.json.format(msgspec.json.encode(table), indent=2)
    if out is not None:
        out.write_bytes(as_module(table).encode() if out.suffix == ".py" else encoded)
    if as_json:
        print(encoded.decode())
        return
    for term, weight in table.weights.items():
        print(f"{term:<24}{weight.estimate:>9.4f}  ± {weight.error:.4f}")
