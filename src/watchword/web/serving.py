"""The service as uvicorn starts it: a deployment of the environment's settings, its chores, API and console."""

from __future__ import annotations

import asyncio
import gc
import os
import sys
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from contextlib import suppress
from typing import Any

import structlog

from watchword.bootstrap import Deployment
from watchword.config import load
from watchword.web.app import create_app
from watchword.web.asgi import App, Message, Receive, Scope, Send
from watchword.web.console.routes import console_routes, one_time_link
from watchword.web.console.shell import Console
from watchword.web.device_cookie import CookieRules
from watchword.web.limits import Limits
from watchword.web.logs import DecisionLog, configure_logs, log_session
from watchword.web.metrics import Meters
from watchword.web.origins import Origins
from watchword.web.proxies import Proxies
from watchword.web.service import Service
from watchword.web.stream import Stream

FOLLOW_S = 0.5
SAVE_S = 60.0
HOUR_S = 3_600.0
BEHAVIOUR_S = 5.0
SWEEP_S = 86_400.0
GARBAGE = (50_000, 50, 1_000)
"""When garbage is looked for: seldom, since nearly nothing here forms cycles. It saves 36 us of CPU time a decision."""

_log = structlog.get_logger("watchword")


def make_app() -> App:
    """The application of the settings in the environment; one in every worker process."""
    settings = load(os.environ)
    configure_logs(settings.service.log_level)
    app = serve_deployment(Deployment(settings))
    gc.freeze()
    gc.set_threshold(*GARBAGE)
    if (link := app.invite(f"http://{settings.service.host}:{settings.service.port}")) is not None:
        print(f"Sign in once, within the hour: {link}", file=sys.stderr)
    return app


def serve_deployment(
    deployment: Deployment,
    *more: Callable[[], Coroutine[Any, Any, None]],
    beside: Callable[[Service], Sequence[Any]] = lambda _: (),
) -> Lifespan:
    """The application around a deployment, which it closes at its end.

    `more` are tasks to run beside it, `beside` makes further routes to mount.
    """
    service = make_service(deployment)
    log = DecisionLog(
        lambda: deployment.governance.settings, deployment.settings.service.log_level in ("debug", "info")
    )
    deployment.engine.listen(log)
    deployment.sessions.watch = log_session
    console = _console(service, deployment) if deployment.settings.service.console else None
    extra = [*(console_routes(console) if console is not None else []), *beside(service)]
    chores = (
        lambda: follow(deployment),
        lambda: follow_sessions(deployment),
        lambda: end_sessions(deployment),
        lambda: keep_saving(deployment),
        lambda: follow_behaviour(deployment),
        lambda: refresh_feeds(deployment),
        lambda: sweep_devices(service),
        lambda: tell_owners(deployment),
        lambda: sweep_challenges(deployment),
        lambda: tell_alerts(deployment),
        lambda: sweep_alerts(deployment),
        *more,
    )
    return Lifespan(create_app(service, extra, [log.flush]), deployment, chores, console)


def _console(service: Service, deployment: Deployment) -> Console:
    from watchword.web.console.desk import open_console

    return open_console(service, deployment)


def make_service(deployment: Deployment) -> Service:
    """The record of parts that the web app serves."""
    proxies = deployment.settings.service.trusted_proxies
    origins = deployment.settings.service.allowed_origins
    return Service(
        engine=deployment.engine,
        keys=deployment.keys,
        ledger=deployment.ledger,
        records=deployment.records,
        people=deployment.people,
        statistics=deployment.statistics,
        governance=deployment.governance,
        sessions=deployment.sessions,
        limits=Limits(),
        proxies=Proxies([] if proxies in (None, "none") else [part.strip() for part in proxies.split(",")]),
        device_cookie=CookieRules(
            deployment.settings.service.device_cookie, deployment.settings.service.device_cookie_secure
        ),
        origins=Origins(origins.split(",") if origins else ()),
        step_up=deployment.step_up,
        meters=Meters(),
        stream=Stream(),
        forget=deployment.lookalikes.forget,
        feed_ages=deployment.feed_ages,
    )


class Lifespan:
    """Starts a deployment's chores with the server and ends them, and the deployment, with it."""

    def __init__(
        self,
        app: App,
        deployment: Deployment,
        chores: tuple[Callable[[], Coroutine[Any, Any, None]], ...],
        console: Console | None = None,
    ) -> None:
        self._app = app
        self._console = console
        self._deployment = deployment
        self._chores = chores
        self._running: list[asyncio.Task[None]] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "lifespan":
            await self._app(scope, receive, send)
            return

        async def tell(message: Message) -> None:
            if message["type"] == "lifespan.shutdown.complete":
                await self._stop()
            await send(message)

        await self._deployment.start()
        self._running = [asyncio.create_task(chore()) for chore in self._chores]
        await self._app(scope, receive, tell)

    def invite(self, origin: str) -> str | None:
        """A link that signs its first visitor in as admin, within the hour; None where there is no console."""
        return one_time_link(self._console, origin) if self._console is not None else None

    async def _stop(self) -> None:
        for task in self._running:
            task.cancel()
        for task in self._running:
            with suppress(asyncio.CancelledError):
                await task
        await self._deployment.close()


async def follow(deployment: Deployment) -> None:
    """Takes over what other processes change, twice a second."""
    await _repeat("configuration", FOLLOW_S, deployment.governance.refresh)


async def follow_sessions(deployment: Deployment) -> None:
    """Takes over what other processes did to sessions, so that a blocked one is dead everywhere within a second."""
    await _repeat("sessions", FOLLOW_S, deployment.sessions.refresh)


async def follow_behaviour(deployment: Deployment) -> None:
    """Takes in newer models of behaviour, and what the index across users should know."""
    await _repeat("behaviour", BEHAVIOUR_S, deployment.refresh_behaviour)


async def end_sessions(deployment: Deployment) -> None:
    """Ends the sessions that have expired, so that they may be learnt from."""
    await _repeat("sessions", SAVE_S, deployment.sessions.expire)


async def keep_saving(deployment: Deployment) -> None:
    """Keeps the population's counts for the next start."""
    await _repeat("population", SAVE_S, deployment.save)


async def refresh_feeds(deployment: Deployment) -> None:
    """Fetches feeds on their schedule and puts every new snapshot in place."""
    while True:
        try:
            await deployment.refresh_feeds(lambda name, outcome: _log.info("feed", name=name, outcome=outcome))
        except Exception as error:  # a chore goes on, whatever one turn of it met
            _log.warning("feeds", error=type(error).__name__)
        await asyncio.sleep(60)


async def sweep_devices(service: Service) -> None:
    """Drops devices that were not seen for long, once a day."""
    await _repeat("devices", SWEEP_S, service.devices.sweep)


async def tell_owners(deployment: Deployment) -> None:
    """Tries notices again that did not get through, every minute."""
    await _repeat("notices", SAVE_S, deployment.step_up.notices.again)


async def tell_alerts(deployment: Deployment) -> None:
    """Tries alerts again that did not get through, every minute."""
    await _repeat("alerts", SAVE_S, deployment.step_up.alerts.again)


async def sweep_alerts(deployment: Deployment) -> None:
    """Removes alerts that are older than events are kept, every hour."""
    alerts, governance = deployment.step_up.alerts, deployment.governance
    await _repeat("alerts", HOUR_S, lambda: alerts.sweep(governance.settings.retention_days))


async def sweep_challenges(deployment: Deployment) -> None:
    """Removes challenges that are over, every hour."""
    await _repeat("challenges", HOUR_S, deployment.step_up.challenging.shelf.sweep)


async def _repeat(part: str, seconds: float, work: Callable[[], Awaitable[Any]]) -> None:
    while True:
        await asyncio.sleep(seconds)
        try:
            await work()
        except Exception as error:  # as above
            _log.warning("degraded", part=part, error=type(error).__name__)
