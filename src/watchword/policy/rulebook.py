"""All rules of a policy, and running them on one event: guards first, then CEL on the few names that are left."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import chain
from operator import itemgetter
from typing import Any, NamedTuple

from msgspec import Struct

from watchword.errors import ConfigurationError
from watchword.policy.cel_engine import Variables
from watchword.policy.guard import Guard, telling
from watchword.policy.names import NAMES
from watchword.policy.pace import Pace, Ticks
from watchword.policy.rule import Policy, Rule, compile_rule
from watchword.policy.subject import Subject


class Place(NamedTuple):
    """A rule in its place in the order, and what of its guard is left to look at there."""

    number: int
    rule: Rule
    guard: Guard


Filed = dict[Any, tuple[Place, ...]]


class Shelf(Struct, frozen=True):
    """Rules, filed so that most need not even be looked at.

    A rule of which `name == value` must hold stands under that name and value, the others in `rest`.
    """

    filed: tuple[tuple[str, Filed], ...] = ()
    rest: tuple[Place, ...] = ()

    def __len__(self) -> int:
        return len(self.rest) + sum(len(found) for _, by_value in self.filed for found in by_value.values())


NO_RULES = Shelf()


class Rulebook(Struct, frozen=True):
    """Rules that run, those that change the score apart from those that demand an action."""

    changes: Shelf = NO_RULES
    actions: Shelf = NO_RULES


def shelve(rules: Sequence[Rule]) -> Shelf:
    """The rules, filed; `NO_RULES` where there are none."""
    if not rules:
        return NO_RULES
    filed: dict[str, Filed] = {}
    rest: list[Place] = []
    for number, rule in enumerate(rules):
        key = telling(rule.guard)
        if key is None:
            rest.append(Place(number, rule, rule.guard))
            continue
        name, _, value = key
        shelf = filed.setdefault(name, {})
        shelf[value] = (*shelf.get(value, ()), Place(number, rule, tuple(one for one in rule.guard if one is not key)))
    return Shelf(tuple(filed.items()), tuple(rest))


class Values(dict[str, Any]):
    """The values of names for one event, each worked out when it is first asked for."""

    __slots__ = ("subject",)

    def __init__(self, subject: Subject) -> None:
        self.subject = subject

    def __missing__(self, name: str) -> Any:
        value = self[name] = _READ[name](self.subject)
        return value


_READ = {name: entry.read for name, entry in NAMES.items()}


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
    try:
        ready = _ready(shelf, values)
    except Exception:  # what a rule reads may be missing for this event; which rule it was is found out slowly
        ready = _ready_one_by_one(shelf, values, pace)
    if not ready:
        return []
    ready.sort(key=itemgetter(0))
    variables = Variables({name: values[name] for place in ready for name in place.rule.names})
    return [place.rule for place in ready if _matches(place.rule, variables, pace)]


def matches(rule: Rule, values: Values) -> bool:
    """Whether one rule matches; one that fails does not."""
    try:
        return rule.program.execute(Variables({name: values[name] for name in rule.names})) is True
    except Exception:  # a rule is a plug-in: the edge
        return False


def _ready(shelf: Shelf, values: Values) -> list[Place]:
    """The rules whose guards hold. Raises whatever reading raises."""
    ready = [place for place in shelf.rest if _holds(place, values)] if shelf.rest else []
    for name, by_value in shelf.filed:
        for place in by_value.get(values[name], ()):
            if _holds(place, values):
                ready.append(place)
    return ready


def _holds(place: Place, values: Values) -> bool:
    for name, holds, literal in place.guard:
        if not holds(values[name], literal):
            return False
    for name in place.rule.names:
        values[name]
    return True


def _ready_one_by_one(shelf: Shelf, values: Values, pace: Pace) -> list[Place]:
    """The same, where reading fails: the rules that fail are named and left out."""
    filed = (place for name, by_value in shelf.filed for place in _filed(name, by_value, values, pace))
    return [place for place in chain(shelf.rest, filed) if _may_match(place, values, pace)]


def _filed(name: str, by_value: Filed, values: Values, pace: Pace) -> Sequence[Place]:
    try:
        return by_value.get(values[name], ())
    except Exception as error:  # what a rule reads is missing for this event: so is the rule
        for place in chain.from_iterable(by_value.values()):
            pace.miss(place.rule.part, type(error).__name__)
        return ()


def _may_match(place: Place, values: Values, pace: Pace) -> bool:
    try:
        return _holds(place, values)
    except Exception as error:  # a rule is a plug-in: the edge
        pace.miss(place.rule.part, type(error).__name__)
        return False


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
