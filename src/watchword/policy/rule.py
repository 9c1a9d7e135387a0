"""A policy rule: a sentence, a condition in CEL, and what it does. Compiled once, and proved before it may run."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Annotated, Any, Literal

from msgspec import Meta, Struct

from watchword.errors import ConfigurationError
from watchword.policy import cel_source
from watchword.policy.cel_engine import Program, Variables, compile_source, refusal_at_run, run
from watchword.policy.decision import Action
from watchword.policy.guard import Guard, guard_of
from watchword.policy.names import LARGEST, NAMES, SAMPLES, TYPES
from watchword.signals.signal import UNIT

Ticks = Callable[[], int]
MAX_CHANGE = 100.0
MAX_RUN_NS = 1_000_000
FAR_TOO_LONG_NS = 50 * MAX_RUN_NS
TRIES, MOST_TRIES = 5, 20


class Policy(Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True, forbid_unknown_fields=True):
    """A rule as it is written. It does one thing: demand an `action`, or `change` the score (points, -100 to 100).

    `sentence` says to people what it is for; `when` is a condition in CEL over the names in the rule reference.
    `mode`: live acts, shadow is only recorded, off does not run.
    """

    name: Annotated[str, Meta(pattern="^[a-z][a-z0-9_]{0,63}$")]
    sentence: Annotated[str, Meta(min_length=1, max_length=256)]
    when: Annotated[str, Meta(min_length=1, max_length=4096)]
    action: Action | None = None
    change: Annotated[float, Meta(ge=-MAX_CHANGE, le=MAX_CHANGE)] = 0.0
    mode: Literal["live", "shadow", "off"] = "live"


class Rule(Struct, frozen=True):
    """A compiled rule. `names` are what it reads; `cost_ns` what it took on the largest sample."""

    policy: Policy
    program: Program
    names: tuple[str, ...]
    guard: Guard
    change: int
    part: str
    rests_on_evidence: bool
    cost_ns: int


def compile_rule(policy: Policy, ticks: Ticks) -> Rule:
    """The rule, compiled and proved against sample events.

    Raises ConfigurationError with line and column for anything that would fail later: a syntax error, an unknown name
    or function, types that do not fit, macros nested deeper than two, more than 1 ms on the largest sample.
    """
    if (policy.action is None) == (policy.change == 0):
        raise ConfigurationError(f"{policy.name}: a rule either demands an action or changes the score.", policy.name)
    try:
        source = cel_source.read(policy.when)
        program = compile_source(policy.when)
        cel_source.check_depth(source)
        cel_source.check_work(source)
        names = cel_source.free_names(source, NAMES)
        _prove(source, names, ticks)
        cost = _cost_ns(source, names, ticks)
        guard = guard_of(source, TYPES)
    except cel_source.Refused as refusal:
        raise _located(policy, refusal) from None
    except RecursionError:
        raise _located(policy, cel_source.Refused("this is nested too deep", 0)) from None
    return Rule(
        policy,
        program,
        names,
        guard,
        round(policy.change * UNIT),
        f"policies.{policy.name}",
        any(NAMES[name].of_evidence for name in names),
        cost,
    )


def _prove(source: cel_source.Source, names: tuple[str, ...], ticks: Ticks) -> None:
    """Runs the whole condition, and each part of it by itself, on every sample: short-circuiting hides no error."""
    for span in cel_source.operands(source):
        program = compile_source(source.text[span.start : span.end])
        for sample in SAMPLES:
            values = {name: sample[name] for name in names}
            for _ in range(TRIES):  # a busy machine may stand still for one of them
                began = ticks()
                answer = _run(source, span, program, values)
                if ticks() - began <= FAR_TOO_LONG_NS:
                    break
            else:
                raise cel_source.Refused("this takes far more than 1 ms", span.start)
            if answer is not None and not isinstance(answer, bool):
                raise cel_source.Refused(f"this is {_kind(answer)}, a condition is true or false", span.start)


def _run(source: cel_source.Source, span: cel_source.Span, program: Program, values: Mapping[str, Any]) -> Any:
    whole = span.start == 0 and span.end >= len(source.text)
    try:
        return run(program, dict(values))
    except KeyError as error:
        if whole:
            key = str(error).strip("'\"")
            raise cel_source.Refused(f"{key} may be absent: guard it with has(metadata.{key}) &&", span.start) from None
        return None
    except ZeroDivisionError:
        if whole:
            raise cel_source.Refused("this divides by zero on an ordinary event", span.start) from None
        return None
    except IndexError:
        if whole:
            raise cel_source.Refused("this index may lie outside the list: ask size() first", span.start) from None
        return None
    except (TypeError, RuntimeError, ValueError, OverflowError) as error:
        raise refusal_at_run(source, span, error) from None


def _cost_ns(source: cel_source.Source, names: tuple[str, ...], ticks: Ticks) -> int:
    """What the rule takes on the largest sample, no part skipped; above 1 ms it is refused.

    Each part is timed by itself, as it is and with its macros looking at every member, and counts with the quickest of
    a few runs: what it costs, not what else the machine was doing.
    """
    variables = Variables({name: LARGEST[name] for name in names})
    cost = 0
    for span in cel_source.leaves(source):
        plain, whole = source.text[span.start : span.end], cel_source.exhaustive(source, span)
        cost += max(_quickest(compile_source(text), variables, ticks) for text in {plain, whole})
    if cost >= MAX_RUN_NS:
        raise cel_source.Refused(f"this takes {cost / 1e6:.1f} ms on the largest event; at most 1 ms is allowed", 0)
    return cost


def _quickest(program: Program, variables: Variables, ticks: Ticks) -> int:
    best, tries = 100 * MAX_RUN_NS, 0
    while tries < TRIES or (best >= MAX_RUN_NS and tries < MOST_TRIES):
        began = ticks()
        with suppress(KeyError, IndexError, ZeroDivisionError, TypeError):
            program.execute(variables)
        best, tries = min(best, ticks() - began), tries + 1
    return best


def _located(policy: Policy, refusal: cel_source.Refused) -> ConfigurationError:
    line, column = cel_source.place(policy.when, refusal.at)
    return ConfigurationError(f"{policy.name}, line {line}, column {column}: {refusal}", policy.name, line, column)


def _kind(value: Any) -> str:
    words = {int: "a number", float: "a number", str: "text", list: "a list", dict: "a map", type(None): "nothing"}
    return words.get(type(value), type(value).__name__)
