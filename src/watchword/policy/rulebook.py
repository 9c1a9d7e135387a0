"""All rules of a policy, and running them on one event: guards first, then CEL on the few names that are left."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import chain
from typing import Any

from msgspec import Struct

from watchword.errors import ConfigurationError
from watchword.policy.cel_engine import Variables
from watchword.policy.guard import telling
from watchword.policy.names import NAMES
from watchword.policy.pace import Pace, Ticks
from watchword.policy.rule import Policy, Rule, compile_rule
from watchword.policy.subject import Subject

Filed = dict[Any, tuple[tuple[int, Rule], ...]]


class Shelf(Struct, frozen=True):
    """Rules, filed so that most need not even be looked at.

    A rule of which `name == value` must hold stands under that name and value, the others in `rest`. Numbers are those
    of their order.
    """

    filed: tuple[tuple[str, Filed], ...] = ()
    rest: tuple[tuple[int, Rule], ...] = ()

    def __bool__(self) -> bool:
        return bool(self.filed or self.rest)


class Rulebook(Struct, frozen=True):
    """Rules that run, those that change the score apart from those that demand an action."""

    changes: Shelf = Shelf()
    actions: Shelf = Shelf()


def shelve(rules: Sequence[Rule]) -> Shelf:
    """The rules, filed."""
    filed: dict[str, Filed] = {}
    rest: list[tuple[int, Rule]] = []
    for numbered in enumerate(rules):
        key = telling(numbered[1].guard)
        if key is None:
            rest.append(numbered)
        else:
            shelf = filed.setdefault(key[0], {})
            shelf[key[1]] = (*shelf.get(key[1], ()), numbered)
    return Shelf(tuple(filed.items()), tuple(rest))


class Values(dict[str, Any]):
    """The values of names for one event, each worked out when it is first asked for."""

    __slots__ = ("subject",)

    def __init__(self, subject: Subject) -> None:
        super().__init__()
        self.subject = subject

    def __missing__(self, name: str) -> Any:
        value = self[name] = NAMES[name].read(self.subject)
        return value


def compile_rules(policies: Iterable[Policy], ticks: Ticks) -> Rulebook:
    """The rulebook of these policies; those that are off are checked, and left out.

    Raises ConfigurationError for a rule that is wrong (see `compile_rule`) and for two of one name.
    """
    rules: dict[str, Rule] = {}
    for policy in policies:
        if policy.name in rules:
            raise ConfigurationError(f"two rules are named {policy.name}", policy.name)
        rules[policy.name] = compile_rule(policy, ticks)
    running = [rule for rule in rules.values() if rule.policy.mode != "off"]
    return Rulebook(
        shelve([rule for rule in running if rule.change]),
        shelve([rule for rule in running if not rule.change]),
    )


def matching(shelf: Shelf, values: Values, pace: Pace) -> list[Rule]:
    """The rules that match, in their order. One that fails, or may not run, is named in `pace` and does not."""
    ready = [numbered for numbered in shelf.rest if _may_match(numbered[1], values, pace)]
    for name, by_value in shelf.filed:
        for numbered in _filed(name, by_value, values, pace):
            if _may_match(numbered[1], values, pace):
                ready.append(numbered)
    if not ready:
        return []
    ready.sort(key=_number)
    variables = Variables({name: values[name] for _, rule in ready for name in rule.names})
    return [rule for _, rule in ready if _matches(rule, variables, pace)]


def matches(rule: Rule, values: Values) -> bool:
    """Whether one rule matches; one that fails does not."""
    try:
        return rule.program.execute(Variables({name: values[name] for name in rule.names})) is True
    except Exception:  # a rule is a plug-in: the edge
        return False


def _number(numbered: tuple[int, Rule]) -> int:
    return numbered[0]


def _filed(name: str, by_value: Filed, values: Values, pace: Pace) -> Sequence[tuple[int, Rule]]:
    try:
        return by_value.get(values[name], ())
    except Exception as error:  # what a rule reads is missing for this event: so is the rule
        for _, rule in chain.from_iterable(by_value.values()):
            pace.miss(rule.part, type(error).__name__)
        return ()


def _may_match(rule: Rule, values: Values, pace: Pace) -> bool:
    try:
        for name, holds, literal in rule.guard:
            if not holds(values[name], literal):
                return False
        for name in rule.names:
            values[name]
    except Exception as error:  # a rule is a plug-in: the edge
        pace.miss(rule.part, type(error).__name__)
        return False
    return True


def _matches(rule: Rule, variables: Variables, pace: Pace) -> bool:
    if not pace.may_run(rule.part):
        return False
    try:
        return rule.program.execute(variables) is True
    except Exception as error:  # a rule is a plug-in: the edge
        pace.miss(rule.part, type(error).__name__)
        return False
    finally:
        pace.lap(rule.part)
