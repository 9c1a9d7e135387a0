"""Whether the service is there, whether it can work, and how each part is."""

from __future__ import annotations

import asyncio
from typing import Literal

from msgspec import Struct

from watchword.web.endpoint import Call, Reply, endpoint
from watchword.web.metrics import Exposition, Gauge
from watchword.web.service import Service

PATIENCE_S = 1.0
EXPOSITION = "text/plain; version=0.0.4"


class Alive(Struct, frozen=True):
    """The process answers."""

    status: Literal["ok"] = "ok"


class Ready(Struct, frozen=True):
    """Whether events can be taken; `parts` maps what can not work to the reason."""

    status: Literal["ready", "unready"]
    parts: dict[str, str] = {}


@endpoint("GET", "/health", gives=Alive)
async def read_health(call: Call) -> Alive:
    """Whether the process answers. Needs no key."""
    return Alive()


@endpoint("GET", "/ready", gives=Ready, problems=(503,))
async def read_readiness(call: Call) -> Reply | Ready:
    """Whether events can be judged and kept: 503 while the store can not answer. Needs no key."""
    reason = await store_fault(call.service)
    if reason is None:
        return Ready("ready")
    body = b'{"status":"unready","parts":{"store":"%s"}}' % reason.encode()
    return Reply(body, status=503)


@endpoint("GET", "/metrics", gives=str, media_type=EXPOSITION)
async def read_metrics(call: Call) -> Reply:
    """Counts and times in Prometheus' text format. Needs no key; holds nothing personal."""
    service = call.service
    text = await asyncio.to_thread(Exposition(service.meters, gauges(service)).text)
    return Reply(text, media_type=EXPOSITION)


def gauges(service: Service) -> tuple[Gauge, ...]:
    """Figures that are read when they are asked for."""
    refused, streams = "Requests refused by a limit.", "Open streams of decisions."
    return (
        ("watchword_refused", refused, "limit", lambda: {"key_or_address": service.limits.refused}),
        ("watchword_streams", streams, "kind", lambda: {"decisions": len(service.stream)}),
    )


async def store_fault(service: Service) -> str | None:
    """Why the store can not answer, None where it does."""
    try:
        async with asyncio.timeout(PATIENCE_S):
            await service.engine.store.decision("dec_00000000000000000000000000000000")
    except TimeoutError:
        return "no answer within a second"
    except Exception as error:  # a part's call: the edge
        return type(error).__name__
    return None
