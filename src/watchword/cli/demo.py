"""`watchword demo`: a realistic day of a simulated service, to look at or to count."""

from __future__ import annotations

import asyncio
import sys
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import monotonic, perf_counter_ns
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

if TYPE_CHECKING:
    from watchword.engine import Engine
    from watchword.learning.crowd import Labelled
    from watchword.learning.day import Day
    from watchword.learning.tally import Tally

Scorecard = Literal["log_odds", "weighted_average"]


def demo(
    port: Annotated[int, typer.Option(help="Port of the service.")] = 8000,
    speed: Annotated[float, typer.Option(min=1, max=3600, help="How many times faster than life.")] = 60.0,
    seed: Annotated[int, typer.Option(help="Another number, another day.")] = 7,
    scorecard: Annotated[
        Scorecard,
        typer.Option(help="How evidence becomes a score: weighted_average or log_odds."),
    ] = "weighted_average",
    report: Annotated[
        bool, typer.Option("--report", help="Judge the whole day at once; print who was caught.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="With --report: print JSON only.")] = False,
) -> None:
    """Play a day of log-ins and attacks on a simulated service, after the weeks that made its people known.

    Starts the service and prints a link that signs you in. Example: watchword demo --report
    """
    asyncio.run(_report(seed, scorecard, as_json) if report else _serve(port, speed, seed, scorecard))


OPENS = timedelta(hours=8)
"""When the demo's day opens for the visitor: what happened since midnight is there already."""

PEOPLE = 2_000


class RunningClock:
    """A clock that starts at a given time and runs at a given speed; it stands until it is started."""

    def __init__(self, begins: datetime, speed: float) -> None:
        self._begins, self.speed = begins, speed
        self._started: float | None = None
        self.floor = begins

    def start(self) -> None:
        """Lets it run, from where it stands."""
        self._begins, self._started = self.floor, monotonic()

    @property
    def running(self) -> bool:
        """Whether it was started."""
        return self._started is not None

    def __call__(self) -> datetime:
        """The time in the simulated world."""
        if self._started is None:
            return self.floor
        return self._begins + timedelta(seconds=(monotonic() - self._started) * self.speed)

    def reach(self, moment: datetime) -> None:
        """While it stands: moves forward to that moment."""
        self.floor = max(self.floor, moment)


async def _report(seed: int, scorecard: Scorecard, as_json: bool) -> None:
    from watchword.bootstrap import memory_engine
    from watchword.enrichment.sources import open_enricher
    from watchword.learning.intelligence import equipped
    from watchword.learning.replay import VirtualClock, replay
    from watchword.learning.tally import Tally

    day = _make(seed)
    clock, tally = VirtualClock(), Tally()
    engine = memory_engine(equipped(open_enricher(None), day), clock, scorecard=scorecard)
    await _warm_up(engine, clock, day)
    async for one, decision in replay(engine, clock, day.events):
        tally.add(one, decision)
    if as_json:
        import msgspec

        named = {"seed": seed, "day": day.begins.date().isoformat(), "scorecard": scorecard}
        print(msgspec.json.encode(named | tally.summary()).decode())
    else:
        _print_report(day, tally)


async def _serve(port: int, speed: float, seed: int, scorecard: Scorecard) -> None:
    import uvicorn

    from watchword.bootstrap import Deployment, stopped, system_clock
    from watchword.config import Service, Settings
    from watchword.learning.intelligence import equipped
    from watchword.policy.session_settings import SessionSettings
    from watchword.policy.settings import EngineSettings
    from watchword.web.bank import serve_bank
    from watchword.web.framing import SERVER
    from watchword.web.logs import configure_logs

    day = _make(seed)
    with tempfile.TemporaryDirectory(prefix="watchword-demo-") as folder:
        clock = RunningClock(day.begins, speed)
        service = Service(data_dir=str(Path(folder) / "data"), port=port, feeds_refresh=False)
        configure_logs("warning")
        learning = SessionSettings(behavior_trust_now=True)
        deployment = Deployment(Settings(service, EngineSettings(scorecard=scorecard, sessions=learning)), clock)
        deployment.sessions.clock = system_clock
        deployment.engine.enricher = equipped(deployment.open_enricher(), day)
        await deployment.start()
        deployment.engine.ticks = stopped
        await _warm_up(deployment.engine, clock, day)
        opens = day.begins + OPENS
        await _play(deployment.engine, clock, [one for one in day.events if one.event.occurred_at < opens])
        clock.reach(opens)
        deployment.engine.ticks = perf_counter_ns
        rest = [one for one in day.events if one.event.occurred_at >= opens]
        app, bank = serve_bank(deployment, lambda: _play_on(deployment.engine, clock, rest))
        await bank.teach()
        print(f"\nThe day is {day.begins:%A, %d %B %Y}, {speed:g} times faster than life.", file=sys.stderr)
        print(f"Sign in once, within the hour: {app.invite(f'http://127.0.0.1:{port}')}", file=sys.stderr)
        print(f"The demo bank, where you can type yourself: http://127.0.0.1:{port}/demo\n", file=sys.stderr)
        await uvicorn.Server(uvicorn.Config(app, port=port, **SERVER)).serve()


def _make(seed: int) -> Day:
    from watchword.learning.day import Plan, make_day
    from watchword.learning.trial import real_addresses

    print("Making up a service, its people and a day ...", file=sys.stderr)
    return make_day(Plan(seed=seed, people=PEOPLE), real_addresses(), datetime.now(UTC))


async def _warm_up(engine: Engine, clock: Any, day: Day) -> None:
    from rich.console import Console
    from rich.progress import track

    from watchword.learning.replay import fast_forward

    shown = track(day.history, "Four weeks before the day", console=Console(stderr=True), transient=True)
    async for _ in fast_forward(engine, clock, shown):
        pass


async def _play(engine: Engine, clock: RunningClock, events: list[Labelled]) -> None:
    """Events as they come, each when the clock reaches it; at once while the clock stands."""
    from watchword.learning.replay import replay

    for one in events:
        while clock.running and (wait := (one.event.occurred_at - clock()).total_seconds()) > 0:
            await asyncio.sleep(min(wait / clock.speed, 1.0))
        async for _ in replay(engine, clock, [one]):
            pass


async def _play_on(engine: Engine, clock: RunningClock, events: list[Labelled]) -> None:
    """The rest of the day, by the running clock."""
    clock.start()
    await _play(engine, clock, events)


def _print_report(day: Day, tally: Tally) -> None:
    from rich.console import Console
    from rich.table import Table

    out = Console()
    honest, attacks = tally.honest.total(), len(tally.incidents)
    out.print(f"\n[bold]{day.begins:%A, %d %B %Y}[/bold]: {honest:,} honest log-ins, {attacks} attacks.")
    out.print(f"Caught: {tally.caught:.1%} of the attacks. Bothered: {tally.bothered:.2%} of the honest log-ins.\n")
    table = Table("attack", box=None, header_style="dim")
    for head in ("attacks", "caught", "attempts", "stopped"):
        table.add_column(head, justify="right")
    for kind, counts in tally.by_truth().items():
        table.add_row(kind, *(f"{counts[name]:,}" for name in ("attacks", "caught", "attempts", "stopped")))
    out.print(table)
    out.print("\nHonest log-ins: " + ", ".join(f"{count:,} {action}" for action, count in tally.honest.most_common()))
    for code, count in tally.bothered_by.most_common():
        out.print(f"  {count} by {code}")
