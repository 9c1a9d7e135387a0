"""What is changed while the service runs, for the console: rules, settings, lists. `Governance` does it."""

from __future__ import annotations

from time import perf_counter_ns
from typing import Any

import msgspec

from watchword.errors import ConfigurationError, InvalidInput, NotFound
from watchword.governance import Version
from watchword.policy.counterfactual import outcome
from watchword.policy.decision import Decision, PolicyEffect
from watchword.policy.lists import Entry
from watchword.policy.names import EVENT, EVIDENCE, FACTS, NAMES, STATE
from watchword.policy.rule import Policy, compile_rule
from watchword.policy.rule import Rule as Compiled
from watchword.policy.rulebook import matches
from watchword.ports import Query
from watchword.signals.signal import UNIT
from watchword.web.console.history import DecisionsDesk
from watchword.web.console.past import Past
from watchword.web.console.records import Change, Configuration, Fault, Moved, Rule, Trial, Visitor, Wire
from watchword.web.console.watch import Watch
from watchword.web.service import Service

GROUPS = {"Event": EVENT, "Facts": FACTS, "State": STATE, "Evidence and score": EVIDENCE}
PAGE = 500


class RulesDesk:
    """Policy rules: a part of the settings, written and tried one at a time."""

    def __init__(self, service: Service, decisions: DecisionsDesk, watch: Watch) -> None:
        self._service = service
        self._decisions = decisions
        self._watch = watch

    async def all(self) -> list[Rule]:
        """Every rule in its order, with what became of it since the process started."""
        watch = self._watch
        return [
            Rule(policy, watch.matched[policy.name], watch.failed[f"policies.{policy.name}"])
            for policy in self._service.governance.settings.policies
        ]

    async def check(self, policy: Policy) -> Fault | None:
        """Why the rule would be refused; None where it would not."""
        try:
            compile_rule(policy, perf_counter_ns)
        except ConfigurationError as error:
            said = str(error).removeprefix(f"{policy.name}")
            said = said.partition(": ")[2] or said
            return Fault(said[:1].upper() + said[1:] + ("" if said.endswith(".") else "."), error.line, error.column)
        return None

    async def test(self, policy: Policy, limit: int) -> Trial:
        """The rule on the newest decisions. What it reads of windows and profile is not kept, and counts as nothing."""
        rule = compile_rule(policy, perf_counter_ns)
        past = Past(self._service)
        judged = matched = 0
        moved: list[Moved] = []
        cursor: str | None = None
        while judged < limit:
            page = await self._service.engine.store.history(Query(cursor=cursor, limit=min(PAGE, limit - judged)))
            for decision in page.decisions:
                judged += 1
                if not matches(rule, past.values(decision, rule.names)):
                    continue
                matched += 1
                becomes = outcome(_with(decision, rule)).action
                if becomes != decision.would_act:
                    moved.append(Moved(self._decisions.line(decision), becomes))
            cursor = page.cursor
            if cursor is None:
                break
        fraud = sum(one.line.label == "fraud" for one in moved)
        honest = sum(one.line.label == "legitimate" for one in moved)
        return Trial(judged, matched, moved, fraud, honest, past.unknown(rule.names))

    async def save(self, policy: Policy, visitor: Visitor, reason: str) -> None:
        """Puts the rule in place of the one of its name, or behind the others."""
        rules = [_plain(one) for one in self._service.governance.settings.policies]
        at = next((n for n, one in enumerate(rules) if one["name"] == policy.name), len(rules))
        rules[at : at + 1] = [_plain(policy)]
        await _change(self._service, {"policies": rules}, visitor, reason or f"rule {policy.name}")

    async def remove(self, name: str, visitor: Visitor) -> None:
        """Takes a rule away. Raises NotFound."""
        rules = self._service.governance.settings.policies
        kept = [_plain(one) for one in rules if one.name != name]
        if len(kept) == len(rules):
            raise NotFound(f"There is no rule {name}.")
        await _change(self._service, {"policies": kept}, visitor, f"rule {name} removed")

    def names(self) -> dict[str, list[tuple[str, str, str]]]:
        """What a rule may read: name, type and meaning, by group."""
        return {
            group: [(name, one.type, one.doc) for name, one in found.items() if name in NAMES]
            for group, found in GROUPS.items()
        }


class SettingsDesk:
    """The live configuration and its versions."""

    def __init__(self, service: Service) -> None:
        self._governance = service.governance
        self._service = service

    async def current(self) -> Configuration:
        """What is in force, and since when."""
        newest = (await self._governance.history())[0]
        values = msgspec.to_builtins(self._governance.settings)
        return Configuration(newest.version, values, newest.at_ms or None, newest.actor)

    async def history(self, limit: int) -> list[Change]:
        """Versions, newest first, each with what became what."""
        versions = await self._governance.history()
        before = [*versions[1:], None]
        return [_compared(one, older) for one, older in list(zip(versions, before, strict=True))[:limit]]

    async def change(self, values: Wire, visitor: Visitor, reason: str) -> None:
        """Merges a partial update. Raises InvalidInput."""
        await _change(self._service, values, visitor, reason)

    async def roll_back(self, version: int, visitor: Visitor, reason: str) -> None:
        """Makes an earlier version current again. Raises NotFound."""
        await self._governance.rollback(version, visitor.actor, reason)


class ListsDesk:
    """Allow- and block-lists and overrides."""

    def __init__(self, service: Service) -> None:
        self._governance = service.governance

    async def all(self) -> list[Entry]:
        """Every entry, the newest first; ended ones too."""
        return sorted(self._governance.entries, key=lambda entry: -entry.since_ms)

    async def add(self, entry: Entry, visitor: Visitor) -> None:
        """Adds an entry. Raises InvalidInput."""
        await self._governance.put_entry(entry, visitor.actor)

    async def remove(self, entry_id: str, visitor: Visitor) -> None:
        """Ends an entry. Raises NotFound."""
        await self._governance.remove_entry(entry_id, visitor.actor)


async def _change(service: Service, values: Wire, visitor: Visitor, reason: str) -> None:
    try:
        await service.governance.change(values, visitor.actor, reason)
    except ConfigurationError as error:
        raise InvalidInput(str(error)) from None


def _with(decision: Decision, rule: Compiled) -> Decision:
    """The decision as if the rule had been live and matched."""
    policy = rule.policy
    needs = tuple(code for code in {one.code for one in decision.evidence}) if rule.rests_on_evidence else ()
    effect = PolicyEffect(policy.name, "live", policy.action, round(policy.change * UNIT), needs)
    others = tuple(one for one in decision.policies if one.name != policy.name)
    return msgspec.structs.replace(decision, policies=(*others, effect))


def _plain(policy: Policy) -> dict[str, Any]:
    return dict(msgspec.to_builtins(policy))


def _compared(version: Version, before: Version | None) -> Change:
    changes = _differences(before.settings, version.settings) if before is not None else []
    return Change(version.version, version.at_ms, version.actor, version.reason or None, tuple(changes))


def _differences(before: Wire, after: Wire, path: str = "") -> list[tuple[str, str, str]]:
    found: list[tuple[str, str, str]] = []
    for name in sorted(before.keys() | after.keys()):
        was, now = _listed(before.get(name)), _listed(after.get(name))
        if was == now:
            continue
        if isinstance(was, dict) and isinstance(now, dict):
            found += _differences(was, now, f"{path}{name}.")
        elif name == "policies" and not path:
            found += _rules_changed(was or [], now or [])
        else:
            found.append((path + name, _short(was), _short(now)))
    return found


def _listed(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


def _rules_changed(was: list[Wire], now: list[Wire]) -> list[tuple[str, str, str]]:
    old, new = ({one["name"]: one for one in rules} for rules in (was, now))
    found = []
    for name in dict.fromkeys([*old, *new]):
        if old.get(name) != new.get(name):
            found.append((f"rule {name}", _rule(old.get(name)), _rule(new.get(name))))
    return found


def _rule(rule: Wire | None) -> str:
    if rule is None:
        return "none"
    return f"{rule.get('mode', 'live')}, {rule.get('action') or 'score ' + format(rule.get('change', 0), '+g')}"


def _short(value: Any) -> str:
    if isinstance(value, list):
        return (
            f"{len(value)} entries"
            if len(value) > 6 or any(isinstance(one, dict) for one in value)
            else ", ".join(map(str, value)) or "none"
        )
    return (
        {True: "on", False: "off", None: "none"}.get(value, str(value))
        if not isinstance(value, dict)
        else f"{len(value)} entries"
    )
