"""What was computed of templates lately: kept, so that a session's next look is quick, and dropped with a person."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any, Generic, ParamSpec, TypeVar, cast

One = TypeVar("One")
Given = ParamSpec("Given")
Made = TypeVar("Made")
_caches: list[Any] = []


class Same(Generic[One]):
    """Stands for one object as itself: nothing of it is hashed or compared, so that finding it again costs nothing."""

    __slots__ = ("one",)

    def __init__(self, one: One) -> None:
        self.one = one

    def __hash__(self) -> int:
        return id(self.one)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Same) and other.one is self.one


def remembered(most: int) -> Callable[[Callable[Given, Made]], Callable[Given, Made]]:
    """Has a function remember what it made of the newest so many arguments, until `forget`."""

    def decorate(function: Callable[Given, Made]) -> Callable[Given, Made]:
        cached = lru_cache(maxsize=most)(function)
        _caches.append(cached)
        return cast(Callable[Given, Made], cached)

    return decorate


def forget() -> None:
    """Drops everything that was computed of anybody's template: at an erasure. It is computed again when asked for."""
    for cached in _caches:
        cached.cache_clear()
