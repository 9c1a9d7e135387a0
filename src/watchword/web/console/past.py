"""What a rule would have read of a recorded decision: its event, facts and evidence, but not windows and profile."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from watchword.policy.assessment import Received, prepare
from watchword.policy.decision import Decision
from watchword.policy.names import NAMES, STATE
from watchword.policy.observation import local_minute
from watchword.policy.rulebook import Values
from watchword.policy.subject import Subject
from watchword.scoring.scorecard import Scored
from watchword.signals.limits import Limits
from watchword.signals.signal import Context
from watchword.state.observed import Observed
from watchword.state.profile import Profile
from watchword.web.service import Service

KEPT = ("new_device", "new_country", "new_place", "phase", "logins_learnt")
"""Names of state that a decision's evidence and record tell; all others of state are not kept."""
ELSEWHERE = ("FAR_", "NEW_COUNTRY", "NEW_PLACE", "UNUSUAL_PLACE", "IMPOSSIBLE_TRAVEL")


class Past:
    """Reads names from decisions that were made before."""

    def __init__(self, service: Service) -> None:
        self._pseudonyms = service.engine.pseudonyms

    def values(self, decision: Decision, names: Iterable[str]) -> Values:
        """The values of these names. What is not kept is as for somebody of whom nothing is known."""
        values = Values(self._subject(decision))
        values.update({name: self._kept(decision, name) for name in names if name in STATE})
        return values

    def unknown(self, names: Iterable[str]) -> tuple[str, ...]:
        """Those of the names that past decisions do not hold."""
        return tuple(name for name in names if name in STATE and name not in KEPT)

    def _kept(self, decision: Decision, name: str) -> Any:
        codes = {one.code for one in decision.evidence}
        if name == "new_device":
            return "NEW_DEVICE" in codes
        if name == "new_country":
            return "NEW_COUNTRY" in codes
        if name == "new_place":
            return any(code.startswith(ELSEWHERE) for code in codes)
        return {"bool": False, "string": "", "list": [], "map": {}}.get(NAMES[name].type, 0)

    def _subject(self, decision: Decision) -> Subject:
        received = Received(decision.decided_ms, decision.source)
        assessment = prepare(decision.event, decision.facts, self._pseudonyms, received)
        context = Context(
            event=decision.event, facts=decision.facts, observed=Observed({}, Profile()), limits=Limits(),
            at_ms=decision.event.occurred_ms, local_minute=local_minute(assessment), device=0,
        )  # fmt: skip
        return Subject(assessment, context, decision.evidence, decision.not_evaluable, Scored(decision.score, 1, ()))
