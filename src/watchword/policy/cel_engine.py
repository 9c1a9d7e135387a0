"""The CEL library, and its errors in the product's words. Imported as usual it would pull in a command line."""

from __future__ import annotations

import re
import sys
from types import ModuleType
from typing import Any

from watchword.policy.cel_source import Refused, Source, Span, offset

sys.modules.setdefault("cel.cli", ModuleType("cel.cli"))

import cel  # noqa: E402

Program = cel.Program
Variables = cel.Context

_PLACE = re.compile(r"<input>:(\d+):(\d+): (?:Syntax error: )?(.*)")
_UNDEFINED = re.compile(r"Undefined variable or function: '(\w+)'")


def compile_source(text: str) -> Program:
    """The compiled text. Raises Refused with the offset where the compiler stumbled."""
    try:
        return cel.compile(text)
    except ValueError as error:
        found = _PLACE.findall(str(error)) or [("1", "1", "this is not CEL")]
        line, column, message = min(found, key=lambda one: (int(one[0]), int(one[1])))
        raise Refused(_shortened(message), offset(text, int(line), int(column))) from None


def refusal_at_run(source: Source, span: Span, error: Exception) -> Refused:
    """Why a part of a rule can not run, with the place of what it stumbled over."""
    undefined = _UNDEFINED.search(str(error))
    if undefined:
        name = undefined.group(1)
        tokens = source.tokens[span.first : span.last]
        at = next((token.at for token in tokens if token.said == name), span.start)
        return Refused(f"{name}() can not be used like this", at)
    if isinstance(error, TypeError):
        return Refused("the types do not fit: CEL mixes neither text with numbers, nor 1 with 1.0", span.start)
    return Refused(str(error).split("\n")[0].removesuffix("."), span.start)


def run(program: Program, values: dict[str, Any]) -> Any:
    """The value of a program for those names."""
    return program.execute(Variables(values))


def _shortened(message: str) -> str:
    short = re.sub(r" expecting .*", "", message)
    return short.replace("mismatched input '<EOF>'", "the condition ends too early").replace("'<EOF>'", "the end")
