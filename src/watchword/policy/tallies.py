"""Counts since the process started: parts that were missing, rules that matched."""

from __future__ import annotations

from collections import Counter

from watchword.policy.decision import Decision


class Tallies:
    """What metrics and the console show of rules and parts. `degraded` by part, `matched` and `shadowed` by rule."""

    def __init__(self) -> None:
        self.degraded: Counter[str] = Counter()
        self.matched: Counter[str] = Counter()
        self.shadowed: Counter[str] = Counter()

    def note(self, decision: Decision) -> None:
        """Counts what a decision names."""
        for missing in decision.degraded:
            self.degraded[missing.part] += 1
        for effect in decision.policies:
            self.matched[effect.name] += 1
        for effect in decision.shadow:
            self.shadowed[effect.name] += 1

    def failed(self, rule: str) -> int:
        """How often a rule failed, was late or was left out."""
        return self.degraded[f"policies.{rule}"]
