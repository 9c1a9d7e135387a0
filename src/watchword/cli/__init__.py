"""The command line: every module here is one command, a function or a Typer `app` of the module's name."""

from __future__ import annotations

import sys
from importlib import import_module
from importlib.metadata import version
from pkgutil import iter_modules
from typing import Annotated

import typer

from watchword.errors import WatchwordError

EXIT_CODES = (
    "Exit codes: 0 done, 1 the answer is no (a check failed), 2 wrong usage or unreadable input, 70 a fault of ours."
)


def build() -> typer.Typer:
    """The application with every command found in this package."""
    app = typer.Typer(
        name="watchword",
        help="Judges what happens on people's accounts, in milliseconds, with reasons.",
        epilog=EXIT_CODES,
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
    )
    app.callback()(_root)
    for found in sorted(iter_modules(__path__), key=lambda module: module.name):
        module = import_module(f"{__name__}.{found.name}")
        if hasattr(module, "app"):
            app.add_typer(module.app, name=found.name)
        else:
            app.command(name=found.name)(getattr(module, found.name))
    return app


def main() -> None:
    """Runs the command line; an error of ours is one line on stderr and exit code 2."""
    try:
        build()()
    except WatchwordError as error:
        print(f"watchword: {error}", file=sys.stderr)
        sys.exit(2)


def _show_version(wanted: bool) -> None:
    if wanted:
        print(f"watchword {version('watchword')}")
        raise typer.Exit


def _root(
    _version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Print the version and stop.")
    ] = False,
) -> None:
    """Judges what happens on people's accounts, in milliseconds, with reasons."""
