"""What the service logs: one JSON object a line, on stderr, without any address, name, text or key."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable
from typing import Any

import orjson
import structlog

from watchword.policy.settings import EngineSettings
from watchword.ports import Recorded

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
    """A listener of the engine: flagged decisions are logged, with `logAllEvents` the allowed ones too."""

    def __init__(self, settings: Callable[[], EngineSettings]) -> None:
        self._settings = settings
        self._log = structlog.get_logger("watchword")

    def __call__(self, recorded: Recorded) -> None:
        """Logs one decision: ids of ours, codes and figures only."""
        decision = recorded.decision
        allowed = decision.action == decision.would_act == "allow"
        if not recorded.fresh or (allowed and not self._settings().log_all_events):
            return
        self._log.info(
            "decision",
            id=decision.id,
            type=decision.event.__struct_config__.tag,
            action=decision.action,
            wouldAct=decision.would_act,
            level=decision.level,
            score=decision.score / 10_000,
            codes=[one.code for one in decision.evidence],
            degraded=[one.part for one in decision.degraded],
            durable=decision.durable,
            latencyUs=decision.latency_us,
        )
