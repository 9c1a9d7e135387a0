"""Finds plug-ins: values of one type, in the modules of a package and in installed entry points."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from importlib.metadata import entry_points
from pkgutil import iter_modules
from types import ModuleType
from typing import TypeVar

T = TypeVar("T")


def discover(package: ModuleType, kind: type[T], group: str | None = None) -> dict[str, T]:
    """Every value of `kind` found in `package`'s modules and in the entry points of `group`, by its `name`, sorted.

    Raises ValueError where two different values carry one name.
    """
    found: dict[str, T] = {}
    for value in _values(package, kind, group):
        name: str = value.name  # type: ignore[attr-defined]
        if found.setdefault(name, value) is not value:
            raise ValueError(f"two {kind.__name__}s are named {name!r}")
    return dict(sorted(found.items()))


def _values(package: ModuleType, kind: type[T], group: str | None) -> Iterator[T]:
    for module in sorted(iter_modules(package.__path__), key=lambda found: found.name):
        members = vars(import_module(f"{package.__name__}.{module.name}")).values()
        yield from (value for value in members if isinstance(value, kind))
    for entry in entry_points(group=group) if group else ():
        yield entry.load()
