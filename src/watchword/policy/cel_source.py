"""The text of a rule: its tokens, the names it reads, how deep its macros nest, and the parts of its condition.

CEL's own compiler finds syntax errors; unknown names, unknown functions and types that do not fit it finds only when a
rule runs, and then without a place. This reads just enough of the text to find those when the rule is loaded.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from difflib import get_close_matches
from typing import Literal

from msgspec import Struct

MAX_DEPTH = 2
MAX_MEMBERS = 32
MAX_TOKENS = 1_500
MAX_WORK = 20_000
_WORK = {"matches": 4_000, "+": 10, "*": 10}
"""What a token counts, where that is more than one. A pattern is compiled each time, in up to 90 ms."""

MACROS = frozenset({"exists", "all", "exists_one", "existsOne", "filter", "map"})
FUNCTIONS = frozenset(
    {
        "size", "contains", "startsWith", "endsWith", "matches", "int", "uint", "double", "string", "bool", "type",
        "has", "min", "max", "duration", "timestamp",
    }
)  # fmt: skip
TYPES = frozenset({"int", "uint", "double", "string", "bool", "list", "map", "bytes", "null_type", "type"})
WORDS = frozenset({"true", "false", "null", "in"})

_TOKEN = re.compile(
    r"""(?P<gap>\s+|//[^\n]*)
    |(?P<text>[rRbB]{0,2}(?:\"{3}(?:[^\\]|\\.)*?\"{3}|'{3}(?:[^\\]|\\.)*?'{3}|"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'))
    |(?P<number>0x[0-9a-fA-F]+u?|(?:\d+\.\d+|\.\d+)(?:[eE][+-]?\d+)?|\d+[eE][+-]?\d+|\d+u?)
    |(?P<word>[A-Za-z_]\w*)
    |(?P<sign>&&|\|\||[=!<>]=|.)""",
    re.VERBOSE | re.DOTALL,
)
_OPEN, _CLOSE = "([{", ")]}"


class Refused(Exception):
    """Why a rule is refused; `at` is the offset in its text."""

    def __init__(self, message: str, at: int) -> None:
        super().__init__(message)
        self.at = at


class Token(Struct, frozen=True):
    """One token: what it says, where, of which sort, and inside how many brackets."""

    said: str
    at: int
    sort: Literal["text", "number", "word", "sign"]
    depth: int


class Span(Struct, frozen=True):
    """A part of the text, by its tokens `[first, last)` and its offsets `[start, end)`."""

    first: int
    last: int
    start: int
    end: int


class Source(Struct, frozen=True):
    """The text of a rule and its tokens."""

    text: str
    tokens: tuple[Token, ...]


def read(text: str) -> Source:
    """The tokens of a rule that compiles."""
    tokens: list[Token] = []
    depth = 0
    for match in _TOKEN.finditer(text):
        if match.lastgroup == "gap":
            continue
        said = match.group()
        depth -= said in _CLOSE
        tokens.append(Token(said, match.start(), match.lastgroup, depth))  # type: ignore[arg-type]
        depth += said in _OPEN
    return Source(text, tuple(tokens))


def place(text: str, at: int) -> tuple[int, int]:
    """Line and column, both from 1, of an offset."""
    before = text[:at]
    return before.count("\n") + 1, at - before.rfind("\n")


def offset(text: str, line: int, column: int) -> int:
    """The offset of a line and column, both from 1."""
    lines = text.split("\n")
    return sum(len(one) + 1 for one in lines[: line - 1]) + column - 1


def check_depth(source: Source) -> None:
    """Raises Refused where macros nest deeper than two."""
    open_macros: list[int] = []
    for index, token in enumerate(source.tokens):
        if open_macros and token.said == ")" and token.depth == open_macros[-1]:
            open_macros.pop()
        if _is_macro(source.tokens, index):
            open_macros.append(token.depth)
            if len(open_macros) > MAX_DEPTH:
                raise Refused(f"macros nest deeper than {MAX_DEPTH}", token.at)


def check_work(source: Source) -> None:
    """Raises Refused where a condition may be more work than could ever be let run, judged by its text alone.

    A condition that runs can not be stopped. So a macro looks through a list of the event's, or a short one written
    out, and every token counts as often as the macros around it may come by.
    """
    if len(source.tokens) > MAX_TOKENS:
        raise Refused(f"a condition has at most {MAX_TOKENS:,} words and signs", source.tokens[MAX_TOKENS].at)
    work, around = 0, list[int]()
    for index, token in enumerate(source.tokens):
        if around and token.said == ")" and token.depth == around[-1]:
            around.pop()
        work += _WORK.get(token.said, 1) * MAX_MEMBERS ** len(around)
        if work > MAX_WORK:
            raise Refused("this may take far more than 1 ms", token.at)
        if _is_macro(source.tokens, index):
            _check_range(source.tokens, index - 2)
            around.append(token.depth)


def _check_range(tokens: Sequence[Token], last: int) -> None:
    if tokens[last].sort == "word":
        return
    opens = {"]": "[", ")": "("}.get(tokens[last].said)
    first = next(
        (at for at in range(last, -1, -1) if tokens[at].said == opens and tokens[at].depth == tokens[last].depth), 0
    )
    before = tokens[first - 1] if first else None
    if (
        before is not None
        and before.sort == "word"
        and before.said not in WORDS
        and (opens == "[" or before.said == "filter")
    ):
        return
    inside = tokens[first + 1 : last]
    if opens != "[" or (before is not None and before.said in _CLOSE) or any(one.said in "[(+" for one in inside):
        raise Refused(
            "this looks through a list that is put together: name one, or write out its members", tokens[last].at
        )
    if sum(one.said == "," for one in inside) >= MAX_MEMBERS:
        raise Refused(f"this looks through more than {MAX_MEMBERS} members", tokens[first].at)


def free_names(source: Source, known: Collection[str]) -> tuple[str, ...]:
    """The names that the rule reads from outside, sorted. Raises Refused for a name or function that is not known."""
    read_names: set[str] = set()
    scopes: list[tuple[int, str]] = []
    for index, token in enumerate(source.tokens):
        if scopes and token.said == ")" and token.depth == scopes[-1][0]:
            scopes.pop()
        if token.sort != "word" or token.said in WORDS:
            continue
        called = _sign_at(source.tokens, index + 1) == "("
        if _is_macro(source.tokens, index):
            scopes.append((token.depth, _bound_name(source.tokens, index)))
        elif called:
            if token.said not in FUNCTIONS | MACROS and not token.said.startswith("get"):
                raise Refused(f"there is no function {token.said}{_suggest(token.said, FUNCTIONS | MACROS)}", token.at)
        elif _sign_at(source.tokens, index - 1) != "." and token.said not in {name for _, name in scopes}:
            if token.said not in known and token.said not in TYPES:
                raise Refused(f"there is no name {token.said}{_suggest(token.said, known)}", token.at)
            read_names |= {token.said} & set(known)
    return tuple(sorted(read_names))


def operands(source: Source) -> Iterator[Span]:
    """Every part of the condition that must itself be true or false, innermost first, the whole last."""
    whole = _span(source, 0, len(source.tokens))
    for part in _parts(source, whole):
        if part != whole:
            yield part
    yield Span(0, len(source.tokens), 0, len(source.text))


def leaves(source: Source) -> list[Span]:
    """The parts that have no smaller part of their own: together, all the work that the rule can be."""
    parts = list(operands(source))
    return [one for one in parts if not any(_inside(other, one) for other in parts)]


def exhaustive(source: Source, span: Span) -> str:
    """The text of a part with its macros made to look at every member: `exists` and `all` stop at the first answer."""
    pieces, done = [], span.start
    for index in range(span.first, span.last):
        token = source.tokens[index]
        if _is_macro(source.tokens, index) and token.said != "map":
            pieces += [source.text[done : token.at], "map"]
            done = token.at + len(token.said)
    return "".join((*pieces, source.text[done : span.end]))


def _inside(part: Span, whole: Span) -> bool:
    return part.first >= whole.first and part.last <= whole.last and part.last - part.first < whole.last - whole.first


def conjuncts(source: Source) -> Iterator[Sequence[Token]]:
    """The tokens of every part that must hold for the whole to hold: what top-level `&&` joins."""
    todo = [_unwrapped(source, _span(source, 0, len(source.tokens)))]
    while todo:
        span = todo.pop()
        pieces = [] if _split(source, span, "?") or _split(source, span, "||") else _split(source, span, "&&")
        if pieces:
            todo += [_unwrapped(source, piece) for piece in pieces]
        else:
            yield source.tokens[span.first : span.last]


def _parts(source: Source, span: Span) -> Iterator[Span]:
    span = _unwrapped(source, span)
    for sign in ("?", "||", "&&"):
        pieces = _split(source, span, sign)
        if pieces:
            for piece in pieces:
                yield from _parts(source, piece)
            yield span
            return
    if source.tokens[span.first].said == "!" and _is_negation(source, span):
        yield from _parts(source, _span(source, span.first + 1, span.last))
    yield span


def _is_negation(source: Source, span: Span) -> bool:
    """Whether the leading `!` negates the whole part, not just the first operand of a comparison."""
    depth = source.tokens[span.first].depth
    compared = {"==", "!=", "<", "<=", ">", ">=", "in", "+", "-", "*", "/", "%"}
    inside = (token for token in source.tokens[span.first + 1 : span.last] if token.depth == depth)
    return not any(token.said in compared and token.sort != "text" for token in inside)


def _unwrapped(source: Source, span: Span) -> Span:
    """The part without the brackets around all of it."""
    tokens = source.tokens
    while (
        span.last - span.first > 2
        and tokens[span.first].said == "("
        and tokens[span.last - 1].said == ")"
        and min(token.depth for token in tokens[span.first + 1 : span.last - 1]) > tokens[span.first].depth
    ):
        span = _span(source, span.first + 1, span.last - 1)
    return span


def _split(source: Source, span: Span, sign: str) -> list[Span]:
    """The pieces between an operator at the top level of a part; none where it does not stand there."""
    depth = source.tokens[span.first].depth
    inside = enumerate(source.tokens[span.first : span.last], span.first)
    cuts = [index for index, one in inside if one.depth == depth and one.sort == "sign" and one.said == sign]
    if sign == "?" and cuts:
        cuts = [cuts[0], _colon(source, span, cuts[0], depth)]
    edges = [span.first, *(cut + 1 for cut in cuts)], [*cuts, span.last]
    return [_span(source, first, last) for first, last in zip(*edges, strict=True)] if cuts else []


def _colon(source: Source, span: Span, question: int, depth: int) -> int:
    nested = 0
    for index in range(question + 1, span.last):
        token = source.tokens[index]
        if token.depth != depth or token.sort != "sign":
            continue
        nested += token.said == "?"
        if token.said == ":":
            if not nested:
                return index
            nested -= 1
    return span.last - 1


def _span(source: Source, first: int, last: int) -> Span:
    final = source.tokens[last - 1]
    return Span(first, last, source.tokens[first].at, final.at + len(final.said))


def _is_macro(tokens: Sequence[Token], index: int) -> bool:
    token = tokens[index]
    if token.sort != "word" or token.said not in MACROS:
        return False
    return _sign_at(tokens, index - 1) == "." and _sign_at(tokens, index + 1) == "("


def _bound_name(tokens: Sequence[Token], macro: int) -> str:
    return tokens[macro + 2].said if macro + 2 < len(tokens) else ""


def _sign_at(tokens: Sequence[Token], index: int) -> str:
    return tokens[index].said if 0 <= index < len(tokens) and tokens[index].sort == "sign" else ""


def _suggest(wrong: str, known: Collection[str]) -> str:
    near = get_close_matches(wrong, known, 1)
    return f"; did you mean {near[0]}?" if near else ""
