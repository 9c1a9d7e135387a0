"""A cheap look before a rule runs: the simple comparisons that must hold for it to match.

A rule is mostly a conjunction, and mostly something simple in it is false: `vpn && ...` off any VPN. CEL's `&&` is
false when any operand is, whatever the others do, so where one such operand is false the rule need not run, and the
values that only it reads need not be converted.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from watchword.policy.cel_source import Refused, Source, Token, conjuncts

Check = tuple[str, Callable[[Any, Any], bool], Any]
Guard = tuple[Check, ...]

_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "==": operator.eq, "!=": operator.ne, "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge,
}  # fmt: skip
_PLAIN_TEXT = re.compile(r"""^(?:"[^"\\]*"|'[^'\\]*')$""")
_PLAIN_NUMBER = re.compile(r"^\d{1,15}(?:\.\d{1,15})?$")
_SORTS: dict[str, tuple[type, ...]] = {"bool": (bool,), "int": (int, float), "double": (int, float), "string": (str,)}
_WORDS = {"bool": "true or false", "int": "a number", "double": "a number", "string": "text"}


def guard_of(source: Source, types: Mapping[str, str]) -> Guard:
    """The checks of a rule; `types` are those of the names it may read.

    Raises Refused for `==` and `!=` between a name and a literal of another type, which CEL takes and never matches.
    """
    found = (_check(tokens, types) for tokens in conjuncts(source))
    checks = [check for check in found if check is not None]
    return tuple(sorted(checks, key=lambda check: (check[0] == "type", check[2] is False)))


def telling(guard: Guard) -> Check | None:
    """The equality that is the least likely to hold; None where there is none.

    A flag that must be up or a certain value is rare, a flag that must be down or the kind of event is not.
    """
    equal = [check for check in guard if check[1] is operator.is_ or check[1] is operator.eq]
    return min(equal, key=lambda check: (check[0] == "type", check[2] is False), default=None)


def _check(tokens: Sequence[Token], types: Mapping[str, str]) -> Check | None:
    said = [token.said for token in tokens]
    if len(said) == 1 and types.get(said[0]) == "bool":
        return said[0], operator.is_, True
    if len(said) == 2 and said[0] == "!" and types.get(said[1]) == "bool":
        return said[1], operator.is_, False
    if len(said) == 3 and said[1] == "in" and types.get(said[2]) == "list" and _PLAIN_TEXT.match(said[0]):
        return said[2], operator.contains, said[0][1:-1]
    if len(said) == 3 and said[0] in types and said[1] in _COMPARE:
        return _comparison(tokens, types[said[0]])
    if len(said) >= 5 and said[0] in types and said[1:3] == ["in", "["]:
        return _membership(tokens, types[said[0]])
    return None


def _comparison(tokens: Sequence[Token], sort: str) -> Check | None:
    value = _literal(tokens[2])
    if value is None or sort not in _SORTS:
        return None
    _check_sort(tokens[0], sort, tokens[2], value)
    return tokens[0].said, _COMPARE[tokens[1].said], value


def _membership(tokens: Sequence[Token], sort: str) -> Check | None:
    inside = tokens[3:-1]
    values = [_literal(token) for token in inside[::2]]
    plain = tokens[-1].said == "]" and None not in values and all(token.said == "," for token in inside[1::2])
    if not plain or sort not in _SORTS:
        return None
    for token, value in zip(inside[::2], values, strict=True):
        _check_sort(tokens[0], sort, token, value)
    return tokens[0].said, _is_one_of, frozenset(values)


def _check_sort(name: Token, sort: str, literal: Token, value: Any) -> None:
    if not isinstance(value, _SORTS[sort]) or isinstance(value, bool) != (sort == "bool"):
        raise Refused(f"{name.said} is {_WORDS[sort]}, and this is not", literal.at)


def _is_one_of(value: Any, values: frozenset[Any]) -> bool:
    return value in values


def _literal(token: Token) -> Any:
    if token.said in ("true", "false"):
        return token.said == "true"
    if token.sort == "text" and _PLAIN_TEXT.match(token.said):
        return token.said[1:-1]
    if token.sort == "number" and _PLAIN_NUMBER.match(token.said):
        return float(token.said) if "." in token.said else int(token.said)
    return None
