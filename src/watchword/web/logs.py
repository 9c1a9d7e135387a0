"""What the service logs: one JSON object a line, on stderr, without any address, name, text or key."""

from __future__ import annotations

import asyncio
import logging
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import orjson
import structlog

from watchword.policy.decision import Decision
from watchword.policy.settings import EngineSettings
from watchword.ports import Recorded
from watchword.sessions.records import Watched
from watchword.signals.signal import UNIT

HELD_S = 0.25

_SHARED: list[Any] = [structlog.processors.add_log_level, structlog.processors.TimeStamper(fmt="iso", utc=True)]


def configure_logs(level: str) -> None:
    """From now on everything is logged so, the libraries' warnings too."""
    render = structlog.processors.JSONRenderer(serializer=lambda event, **_: orjson.dumps(event, default=str).decode())
    structlog.configure(
        processors=[*_SHARED, render],
        wrapper_class=structlog.make_filtering_bound_logger(getattr(logging, level.upper())),
        logger_factory=structlog.PrintLoggerFactory(file=sys.stderr),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(structlog.stdlib.ProcessorFormatter(processor=render, foreign_pre_chain=_SHARED))
    logging.root.handlers[:] = [handler]
    logging.root.setLevel(max(logging.WARNING, getattr(logging, level.upper())))


class DecisionLog:
    """A listener of the engine: flagged decisions are logged, with `logAllEvents` the allowed ones too.

    Under an event loop lines are held for a quarter of a second and written at once, off the decisions' path.
    """

    def __init__(self, settings: Callable[[], EngineSettings], wanted: bool = True) -> None:
        self._settings = settings
        self._wanted = wanted
        self._held: list[Decision] = []

    def __call__(self, recorded: Recorded) -> None:
        """Takes note of one decision."""
        decision = recorded.decision
        allowed = decision.action == decision.would_act == "allow"
        if not (self._wanted and recorded.fresh) or (allowed and not self._settings().log_all_events):
            return
        self._held.append(decision)
        if len(self._held) == 1:
            try:
                asyncio.get_running_loop().call_later(HELD_S, self.flush)
            except RuntimeError:
                self.flush()

    def flush(self) -> None:
        """Writes what is held."""
        held, self._held = self._held, []
        if held:
            sys.stderr.write("".join(orjson.dumps(told(decision)).decode() + "\n" for decision in held))


def log_session(seen: Watched) -> None:
    """Logs a message of a session from the threshold of enhanced logging on."""
    structlog.get_logger().info(
        "session",
        session=seen.key.hex(),
        risk=seen.risk / UNIT,
        samples=seen.samples,
        factors=seen.factors,
        asked=seen.asked,
        blocked=seen.blocked,
    )


def told(decision: Decision) -> dict[str, Any]:
    """What is logged of a decision: ids of ours, codes and figures only."""
    return {
        "event": "decision",
        "level": "info",
        "timestamp": datetime.fromtimestamp(decision.decided_ms / 1000, UTC).isoformat(),
        "id": decision.id,
        "type": decision.event.__struct_config__.tag,
        "action": decision.action,
        "wouldAct": decision.would_act,
        "riskLevel": decision.level,
        "score": decision.score / UNIT,
        "codes": [one.code for one in decision.evidence],
        "degraded": [one.part for one in decision.degraded],
        "durable": decision.durable,
        "latencyUs": decision.latency_us,
    }
