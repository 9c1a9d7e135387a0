"""The decisions a scan keeps to show: the gravest from each source, and the log-ins that succeeded."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from watchword.policy.decision import ACTIONS, Decision

KEPT_SOURCES = 2_000
KEPT_ACCEPTED = 1_000


@dataclass(slots=True)
class Flagged:
    """The gravest decision on what came from one source, and how many from there were flagged."""

    decision: Decision
    grave: tuple[int, int]
    alike: int = 1


@dataclass(slots=True)
class Accepted:
    """A log-in that succeeded, and how often its source and its account had failed before."""

    decision: Decision
    source_failed: int
    user_failed: int


class Highlights:
    """Bounded: the least grave sources go first, and of the many allowed log-ins the earliest stay."""

    def __init__(self) -> None:
        self._flagged: dict[str | None, Flagged] = {}
        self._accepted: list[Accepted] = []

    def take(self, decision: Decision, worst: int) -> None:
        """Considers a decision; `worst` is its action's rank."""
        if not worst:
            return
        key = decision.event.ip or decision.event.user_id
        grave = (worst, decision.score)
        kept = self._flagged.get(key)
        if kept is None:
            if len(self._flagged) >= 2 * KEPT_SOURCES:
                self._flagged = dict(self._gravest()[:KEPT_SOURCES])
            self._flagged[key] = Flagged(decision, grave)
            return
        kept.alike += 1
        if grave > kept.grave:
            kept.decision, kept.grave = decision, grave

    def accept(self, decision: Decision, source_failed: int, user_failed: int) -> None:
        """Keeps a log-in that succeeded."""
        if len(self._accepted) >= 2 * KEPT_ACCEPTED:
            self._accepted = list(self.accepted())[:KEPT_ACCEPTED]
        self._accepted.append(Accepted(decision, source_failed, user_failed))

    def worst(self) -> Iterator[Flagged]:
        """The flagged sources, the gravest first."""
        return (flagged for _, flagged in self._gravest())

    def accepted(self) -> Iterator[Accepted]:
        """The log-ins that succeeded: flagged ones first, then those after failures, then by time."""
        return iter(sorted(self._accepted, key=_noteworthy))

    def _gravest(self) -> list[tuple[str | None, Flagged]]:
        return sorted(self._flagged.items(), key=lambda pair: (pair[1].grave, pair[1].alike), reverse=True)


def _noteworthy(accepted: Accepted) -> tuple[int, int, int, int]:
    decision = accepted.decision
    return (
        -ACTIONS.index(decision.action),
        -decision.score,
        -(accepted.source_failed + accepted.user_failed),
        decision.event.occurred_ms,
    )
