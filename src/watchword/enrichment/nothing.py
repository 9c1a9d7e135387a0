"""The null enricher: knows nothing of anything."""

from __future__ import annotations

from watchword.enrichment.facts import Facts
from watchword.events.event import Event


class NullEnricher:
    """Answers with empty facts; what needs them is then not evaluable."""

    def enrich(self, event: Event, now_ms: int) -> Facts:
        """Empty facts."""
        return Facts()
