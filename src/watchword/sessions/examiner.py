"""Looks at the behaviour of live sessions beside their messages, and brings what it finds to their risk."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress

from msgspec.structs import replace

from watchword.errors import StoreError, Unauthenticated, WatchwordError
from watchword.events.sample_log import Logged
from watchword.policy.session_evidence import (
    USABLE,
    Examined,
    Verdict,
    doubted,
    examine,
    factors_of,
    trust_ten_thousandths,
    verdict_of,
)  # fmt: skip
from watchword.policy.sessions import Bounds
from watchword.ports import Stepped
from watchword.sessions.lives import Live, Lives, gather_logged
from watchword.sessions.senses import Senses
from watchword.sessions.steps import Moment, Move, Take, together, weighed
from watchword.state.person import Person
from watchword.state.session import Session
from watchword.state.session_risk import Factor

EVERY_MS = 10_000
SHARE = 0.3
"""Looking takes at most this share of the loop's time; what is left over is looked at later."""

NOTABLE = 100
"""A change of trust (ten-thousandths) under which nothing is written down."""

ML_PATIENCE_S = 0.25
DEGRADED = "degraded:ml"
"""The flag of a session that is judged by the rules alone."""

Tell = Callable[[Live, Session, Stepped], Awaitable[None]]


class Examiner:
    """The eyes of one process. `tell` is told of every change that was found; `missed` counts parts that failed."""

    def __init__(self, senses: Senses, lives: Lives, moment: Callable[[], Moment], tell: Tell) -> None:
        self._senses = senses
        self._lives = lives
        self._moment = moment
        self._tell = tell
        self._waiting: dict[bytes, Live] = {}
        self._running: asyncio.Task[None] | None = None
        self.missed: Counter[str] = Counter()

    def notice(self, live: Live, now_ms: int) -> None:
        """Has a session looked at soon, where there is enough new and the last look was long enough ago."""
        if live.ready and not live.comparing and now_ms - live.examined_ms >= EVERY_MS:
            live.comparing = True
            self._waiting[live.key.key] = live
            if self._running is None or self._running.done():
                self._running = asyncio.ensure_future(self._run())

    def forget(self, key: bytes) -> None:
        """Looks no more at a session."""
        self._waiting.pop(key, None)

    async def settle(self) -> None:
        """Waits until all that is waiting was looked at."""
        while self._running is not None and not self._running.done():
            await asyncio.shield(self._running)

    async def close(self) -> None:
        """Ends what runs beside messages."""
        if self._running is not None:
            self._running.cancel()
            with suppress(asyncio.CancelledError, WatchwordError):
                await self._running

    async def look(
        self, live: Live, session: Session, collected: bool = True, take: Take | None = None
    ) -> tuple[Examined, Stepped | None]:
        """Compares what is remembered with the owner's template, and brings what is found to the risk.

        With `take` its batch is looked at too, and is taken in the same step of the store. None where nothing changes.
        """
        senses, moment = self._senses, self._moment()
        live.examined_ms, live.keys, live.strokes = moment.now_ms, 0, 0
        template = live.template
        if template is None:
            template = await senses.templates.template(live.key.owner)
            self._lives.remember(live, template)
        collected = collected and session.consent
        fresh = [take.logged] if take is not None else []
        batches = [*live.batches(), *fresh] if collected else []
        found = examine(gather_logged(batches), template, senses.eyes)
        doubts = senses.doubts(live.key.owner, session, found)
        if doubts:
            found = doubted(found, doubts, senses.eyes)
        self.missed.update(found.failed)
        verdict = await self._verdict(session, batches, found) if collected else verdict_of(found)
        step: Move | None = _bringing(session, found, verdict, moment)
        if take is not None:
            step = together(take, step, moment) if step is not None else take
        return found, await senses.store.advance(live.key, step) if step is not None else None

    async def _run(self) -> None:
        """Looks at what waits, one session after the other, leaving the loop most of its time."""
        loop = asyncio.get_running_loop()
        while self._waiting:
            live = self._waiting.pop(next(iter(self._waiting)))
            began = loop.time()
            try:
                session = await self._senses.store.session(live.key.key)
                if session is not None and not session.end:
                    _, stepped = await self.look(live, session)
                    if stepped is not None:
                        await self._tell(live, session, stepped)
            except (StoreError, Unauthenticated):
                self.missed["behavior"] += 1
            finally:
                live.comparing = False
            rest_s = (loop.time() - began) * (1 / SHARE - 1)
            await asyncio.sleep(min(1.0, rest_s) if self._waiting else 0)

    async def _verdict(self, session: Session, batches: Sequence[Logged], found: Examined) -> Verdict | None:
        """What the ML engine says; None where it can not be asked, or is late."""
        if self._senses.ask_ml is None:
            return verdict_of(found)
        try:
            async with asyncio.timeout(ML_PATIENCE_S):
                verdict = await self._senses.ask_ml(session, batches)
        except Exception:  # an engine elsewhere: the rule-based score stands
            verdict = None
        if verdict is None:
            self.missed["ml"] += 1
        return verdict


def _bringing(session: Session, found: Examined, verdict: Verdict | None, moment: Moment) -> Move | None:
    """The step that brings what was found to the risk; None where there is nothing new.

    While the ML engine is not sure of what was done, late or out of reach, the rules stand alone: the session says so.
    """
    codes = tuple(sign.code for sign in found.bots)
    trust = trust_ten_thousandths(found.trust)
    usable = verdict is not None and verdict.confidence >= USABLE
    alone = not usable and (verdict is None or found.events > 0)
    known = set(codes) <= set(session.bots) and abs(session.trust - trust) < NOTABLE
    if not usable and known and alone == (DEGRADED in session.flags):
        return None

    def factors(now: Session, _person: Person, bounds: Bounds) -> list[Factor]:
        return factors_of(found.bots, verdict, now, bounds)

    def change(now: Session) -> Session:
        flags = [flag for flag in now.flags if flag != DEGRADED] + [DEGRADED] * alone
        return replace(now, trust=trust, bots=tuple(dict.fromkeys((*now.bots, *codes))), flags=tuple(flags))

    return weighed(factors, moment, change)
