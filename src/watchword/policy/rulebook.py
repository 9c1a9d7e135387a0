"""All rules of a policy, and running them on one event: guards first, then CEL on the few names that are left."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from msgspec import Struct

from watchword.errors import ConfigurationError
from watchword.policy.cel_engine import Variables
from watchword.policy.names import NAMES, Subject
from watchword.policy.pace import Pace, Ticks
from watchword.policy.rule import Policy, Rule, compile_rule


class Rulebook(Struct, frozen=True):
    """Rules that run, those that change the score apart from those that demand an action."""

    changes: tuple[Rule, ...] = ()
    actions: tuple[Rule, ...] = ()


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
        tuple(rule for rule in running if rule.change),
        tuple(rule for rule in running if not rule.change),
    )


def matching(rules: Sequence[Rule], values: Values, pace: Pace) -> list[Rule]:
    """The rules that match. One that fails, or may not run, is named in `pace` and does not."""
    ready = [rule for rule in rules if _may_match(rule, values, pace)]
    if not ready:
        return ready
    variables = Variables({name: values[name] for rule in ready for name in rule.names})
    return [rule for rule in ready if _matches(rule, variables, pace)]


def matches(rule: Rule, values: Values) -> bool:
    """Whether one rule matches; one that fails does not."""
    try:
        return rule.program.execute(Variables({name: values[name] for name in rule.names})) is True
    except Exception:  # a rule is a plug-in: the edge
        return False


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
