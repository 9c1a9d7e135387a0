"""Whether the service is there, whether it can work, and how each part is."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any, Literal

from msgspec import Struct

from watchword.policy.pace import MS
from watchword.web.admin import BASE, Envelope
from watchword.web.endpoint import Call, Reply, endpoint
from watchword.web.metrics import Exposition, Gauge
from watchword.web.service import Service

PATIENCE_S = 1.0
NOBODY = "dec_" + 32 * "0"
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


class Part(Struct, frozen=True, omit_defaults=True):
    """How one part is, and why where it does not work."""

    status: Literal["ok", "down"]
    reason: str | None = None


class Health(Struct, frozen=True, rename="camel"):
    """How the service and each of its parts are. Feeds by their age in seconds."""

    status: Literal["ok", "degraded"]
    parts: dict[str, Part]
    feed_ages: dict[str, float]
    settings_version: int


@endpoint("GET", BASE + "/health", gives=Envelope[Health])
async def read_parts(call: Call) -> Envelope[Health]:
    """Each part by name, and how it is. Always 200: `status` tells."""
    service = call.service
    parts = {"engine": Part("ok"), "store": _part(await store_fault(service))}
    parts["settings"] = _part(await _ask(service.governance.refresh))
    engine = service.engine
    for name in engine.breaker.left_out(engine.ticks() // MS):
        parts[name] = Part("down", "left out for a while: it was late")
    for name, check in service.checks.items():
        parts[name] = _part(await _ask(check))
    status: Literal["ok", "degraded"] = "ok" if all(one.status == "ok" for one in parts.values()) else "degraded"
    return Envelope(data=Health(status, parts, service.feed_ages(), service.governance.version))


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
        ("watchword_feed_age_seconds", "Age of every feed in use.", "feed", service.feed_ages),
        ("watchword_streams", streams, "kind", lambda: {"decisions": len(service.stream)}),
        ("watchword_live_sockets", "Open sockets of sessions.", "kind", lambda: {"session": len(service.rooms)}),
        ("watchword_live_closed", "Sockets that the service closed, by code.", "code", service.rooms.closings),
        ("watchword_live_refused", "Messages on sockets that were not taken.", "kind", service.rooms.refusals),
    )


async def store_fault(service: Service) -> str | None:
    """Why the store can not answer, None where it does."""
    return await _ask(partial(service.engine.store.decision, NOBODY))


async def _ask(check: Callable[[], Awaitable[Any]]) -> str | None:
    try:
        async with asyncio.timeout(PATIENCE_S):
            answer = await check()
    except TimeoutError:
        return "no answer within a second"
    except Exception as error:  # a part's call: the edge
        return type(error).__name__
    return answer if isinstance(answer, str) else None


def _part(fault: str | None) -> Part:
    return Part("ok") if fault is None else Part("down", fault)
