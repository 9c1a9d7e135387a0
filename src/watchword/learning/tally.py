"""What an engine made of labelled events: which attacks it caught, and which honest people it bothered."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from watchword.events.login import Login
from watchword.learning.crowd import Labelled
from watchword.policy.decision import ACTIONS, Decision

STOPPED = ("verify", "block")


@dataclass(slots=True)
class Incident:
    """One attack: its attempts, those stopped, those with the right password, and those of them that got through."""

    truth: str
    attempts: int = 0
    stopped: int = 0
    entered: int = 0
    got_through: int = 0

    @property
    def caught(self) -> bool:
        """Every log-in with the right password was verified or blocked; without one, any attempt was."""
        return not self.got_through if self.entered else self.stopped > 0


@dataclass(slots=True)
class Tally:
    """Counts over the log-ins of a labelled stream. Account changes and answers to challenges are left out."""

    honest: Counter[str] = field(default_factory=Counter)
    honest_failures: Counter[str] = field(default_factory=Counter)
    bothered_by: Counter[str] = field(default_factory=Counter)
    incidents: dict[str, Incident] = field(default_factory=dict)

    def add(self, one: Labelled, decision: Decision) -> None:
        """Counts one event with its decision."""
        if not isinstance(one.event, Login):
            return
        if not one.honest:
            self._attacked(one, decision)
            return
        (self.honest if one.event.succeeded else self.honest_failures)[decision.action] += 1
        if decision.action in STOPPED and one.event.succeeded:
            self.bothered_by[_cause(decision)] += 1

    @property
    def bothered(self) -> float:
        """The share of honest successful log-ins that were verified or blocked."""
        return sum(self.honest[action] for action in STOPPED) / max(1, self.honest.total())

    @property
    def caught(self) -> float:
        """The share of attacks that were caught."""
        return _share(incident.caught for incident in self.incidents.values())

    def by_truth(self) -> dict[str, dict[str, int]]:
        """For every kind of attack: how many, how many caught, and their attempts made and stopped."""
        kinds: dict[str, dict[str, int]] = {}
        for incident in self.incidents.values():
            counts = kinds.setdefault(incident.truth, dict.fromkeys(("attacks", "caught", "attempts", "stopped"), 0))
            counts["attacks"] += 1
            counts["caught"] += incident.caught
            counts["attempts"] += incident.attempts
            counts["stopped"] += incident.stopped
        return dict(sorted(kinds.items()))

    def summary(self) -> dict[str, Any]:
        """Everything as plain figures, rates as fractions of 1."""
        return {
            "honestLogins": self.honest.total(),
            "honest": {action: self.honest[action] for action in ACTIONS},
            "bothered": round(self.bothered, 5),
            "botheredBy": dict(self.bothered_by.most_common()),
            "honestFailures": {action: self.honest_failures[action] for action in ACTIONS},
            "attacks": len(self.incidents),
            "caught": round(self.caught, 5),
            "byKind": self.by_truth(),
        }

    def _attacked(self, one: Labelled, decision: Decision) -> None:
        incident = self.incidents.setdefault(one.incident, Incident(one.truth))
        stopped = decision.action in STOPPED
        incident.attempts += 1
        incident.stopped += stopped
        incident.entered += one.event.succeeded
        incident.got_through += one.event.succeeded and not stopped


def _cause(decision: Decision) -> str:
    """The strongest evidence, or the policy that acted."""
    acted = (rule.name for rule in decision.policies if rule.mode == "live" and rule.action in STOPPED)
    return next(acted, None) or (decision.evidence[0].code if decision.evidence else "SCORE")


def _share(flags: Iterable[bool]) -> float:
    known = list(flags)
    return sum(known) / len(known) if known else 1.0
