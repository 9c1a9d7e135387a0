"""`watchword learn`: fits scorecards on simulated services, and models of behaviour on this deployment's people."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from watchword.learning.behaviour_course import Outcome

app = typer.Typer(
    help="Fit scorecards on simulated services, models of behaviour on your own people.", no_args_is_help=True
)

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


@app.command(epilog="Example: watchword learn behaviour --report")
def behaviour(
    data_dir: Annotated[str | None, typer.Option(help="Where templates are kept; else WATCHWORD_DATA_DIR.")] = None,
    report: Annotated[bool, typer.Option("--report", help="Only measure; change nothing.")] = False,
    use: Annotated[int | None, typer.Option(help="Go back to this version instead of training.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the result as JSON.")] = False,
) -> None:
    """Train what behaviour looks like among your own users, measured on users who were left out.

    The new models are kept as a version, and used by running services within a minute. Exits with 1 where there are too
    few users yet.
    """
    import msgspec

    from watchword.learning.behaviour_course import run

    if data_dir is not None:
        os.environ["WATCHWORD_DATA_DIR"] = data_dir
    outcome = asyncio.run(run(os.environ, report, use))
    if as_json:
        print(msgspec.json.format(msgspec.json.encode(outcome), indent=2).decode())
    else:
        _show(outcome)
    if not outcome.enough:
        raise typer.Exit(1)


def _show(outcome: Outcome) -> None:
    print(f"{outcome.people:,} people with templates")
    for one in outcome.measured:
        print(f"\n{one.modality}: {one.people:,} people, equal error rate {one.eer:.3f}, cost {one.cllr:.3f} bits "
              f"({one.genuine:,} of owners, {one.impostor:,} of others)")  # fmt: skip
        for row in one.reliability:
            print(f"  confidence {row.low:.2f}-{row.high:.2f}: right {row.right:.3f} of {row.count:,}")
    print(f"\n{outcome.message}")
