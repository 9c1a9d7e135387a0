"""What people do in the sessions of the town: its owners, strangers at their keyboards, and a program."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from random import Random
from typing import Any

import msgspec

from watchword.bootstrap import Deployment
from watchword.events.login import FormBehavior
from watchword.events.samples import AnySample, Batch, Key, Nav, Pointer, RawSample
from watchword.learning.typists import Sitting, make_typist, numbered, sit
from watchword.sessions.records import Claim, Opening, Transaction

SEED = 4_100
INES, STRANGER, ADEYEMI, LENA = 1, 7, 3, 12
PIN = "2580"
PAGES = ("overview", "cards", "transfer", "review")
BATCH = 40
BREAK_MS = 22_000.0


def done(person: int, sitting: int, text: int = 140, strokes: int = 46, gestures: int = 0) -> tuple[AnySample, ...]:
    """An errand: the password, then pointer and text by turns, from page to page."""
    typist = make_typist(SEED, person)
    made: list[RawSample] = []
    at_ms = 400.0
    for number, page in enumerate(PAGES):
        made.append(Nav(seq=1, t=at_ms, page=page, action="enter"))
        parts = Sitting(
            secret=11 if number == 0 else 0, text=text if number in (0, 2) else 0, strokes=strokes // 4,
            gestures=gestures // 4, whose=INES,
        )  # fmt: skip
        found = sit(typist, sitting * 10 + number, parts, practice=60 + sitting)
        made += [msgspec.structs.replace(one, t=one.t + at_ms) for one in found]  # type: ignore[misc, type-var]
        at_ms = max(one.t for one in made) + BREAK_MS / 4
    return numbered(made)


def form_of(person: int, sitting: int) -> FormBehavior:
    """How somebody types Lena's password."""
    typed = sit(make_typist(SEED, person), sitting, Sitting(secret=12, whose=LENA), practice=60)
    return FormBehavior(events=typed)  # type: ignore[arg-type]


def scripted() -> tuple[AnySample, ...]:
    """What a program does: keys like clockwork, and a pointer that goes straight."""
    made: list[RawSample] = [Nav(seq=1, t=300.0, page="transfer", action="enter")]
    for at in range(90):
        t = 800.0 + 40 * at
        made += [Key(seq=1, t=t + held, down=not held, field="iban", pos=at, cls="digit") for held in (0.0, 12.0)]
    for stroke in range(14):
        t, y = 4_800.0 + 420 * stroke, 120.0 + 31 * stroke
        path = [Pointer(seq=1, t=t + 8 * at, kind="move", x=100.0 + 14 * at, y=y) for at in range(30)]
        made += [
            *path,
            *(Pointer(seq=1, t=t + 240 + at, kind=kind, x=506.0, y=y) for at, kind in ((0, "down"), (1, "up"))),
        ]
    return numbered(made)


class Sitters:
    """Plays sessions against a deployment, moving its clock along."""

    def __init__(self, deployment: Deployment, clock: Any) -> None:
        self.sessions = deployment.sessions
        self.clock = clock
        self.rng = Random(5)

    async def open(self, user: str, session_id: str | None, at: datetime, **more: Any) -> Claim:
        """Opens a session at that time."""
        self.clock.now = at
        opened = await self.sessions.open(Opening(user_id=user, session_id=session_id, **{"method": "pin", **more}))
        return await self.sessions.admit(opened.session_id, opened.token, user)

    async def play(self, claim: Claim, samples: Sequence[AnySample], nonce: str = "n") -> None:
        """Sends samples as a page would, each batch when it is full."""
        began = self.clock.now
        parts = [samples[at : at + BATCH] for at in range(0, len(samples), BATCH)]
        for part in parts:
            self.clock.now = began + timedelta(milliseconds=part[-1].t)
            await self.sessions.take(claim, batch(claim, nonce, part))
            await self.sessions.settle()
            if (await self.sessions.state(claim.session_id, claim.user_id)).ended_ms:
                return

    async def teach(self, now: datetime, sittings: int = 16) -> None:
        """Lets Ines be known: a session a day, each learnt a day after it."""
        for sitting in range(sittings):
            at = now - timedelta(days=sittings + 1 - sitting, hours=3, minutes=self.rng.randrange(50))
            claim = await self.open("ines.duarte", f"s-{20100 + 17 * sitting}", at)
            await self.play(claim, done(INES, sitting))
            await self.sessions.end(claim)

    async def now(self, now: datetime) -> None:
        """What goes on this night."""
        await self._over(now)
        await self._stranger(now)
        await self._program(now)
        await self._asked(now)
        await self._owner(now)
        await self._others(now)
        self.clock.now = now

    async def _over(self, now: datetime) -> None:
        for user, minutes in (("g.papadakis", 610), ("o.lindgren", 95)):
            await self.open(user, None, now - timedelta(minutes=minutes), lifetime_s=540 * 60)
        claim = await self.open("t.berglund", None, now - timedelta(minutes=50))
        await self.sessions.end(claim)

    async def _stranger(self, now: datetime) -> None:
        """Somebody else, who knows Ines's PIN."""
        claim = await self.open("ines.duarte", "s-20389", now - timedelta(minutes=31))
        await self.sessions.context(claim, Transaction(id="t1", beneficiary="PT50 0002 0123"))
        await self.play(claim, done(STRANGER, 3))
        await self.sessions.enrol_mpin("ines.duarte", PIN)
        self.clock.now += timedelta(seconds=14)
        await self.sessions.answer_mpin(claim, "1234")

    async def _program(self, now: datetime) -> None:
        claim = await self.open("paulo.reis", "s-20402", now - timedelta(minutes=12), method="password")
        await self.play(claim, scripted())
        for number in range(2):
            state = await self.sessions.state(claim.session_id, claim.user_id)
            if state.ended_ms is None:
                await self.sessions.context(claim, Transaction(id=f"t{number}", amount=9_000, currency="EUR"))

    async def _asked(self, now: datetime) -> None:
        """A new customer in a hurry: nothing is known of the behaviour, and everything of the context is odd."""
        claim = await self.open("k.adeyemi", "s-20411", now - timedelta(minutes=4, seconds=40))
        await self.play(claim, done(ADEYEMI, 0, text=60, strokes=16, gestures=24))
        self.clock.now = now - timedelta(seconds=130)
        hurry = [Pointer(seq=1, t=150_000.0 + 90 * at, kind="down", x=40.0 * at, y=90.0) for at in range(10)]
        await self.sessions.take(claim, batch(claim, "m", numbered(hurry)))
        self.clock.now = now - timedelta(seconds=75)
        await self.sessions.context(claim, Transaction(id="t7", amount=8_200, currency="EUR"))
        self.clock.now = now - timedelta(seconds=22)
        await self.sessions.context(claim, Transaction(id="t8", amount=7_400, currency="EUR", beneficiary="NG 44"))
        self.clock.now = now - timedelta(seconds=9)
        await self.sessions.context(claim, Transaction(id="t9", beneficiary="NG 45"))

    async def _owner(self, now: datetime) -> None:
        claim = await self.open("ines.duarte", "s-20417", now - timedelta(minutes=3, seconds=20))
        await self.play(claim, done(INES, 40))

    async def _others(self, now: datetime) -> None:
        at = now - timedelta(minutes=2)
        for user in ("lena.vogt", "marek.n"):
            await self.open(user, "exam-42", at)
        await self.open("h.yamada", "s-20420", at, consent=False)
        await self.open("constance.oyelaran-fitzgerald@example.com", None, at)


def batch(claim: Claim, nonce: str, samples: Sequence[AnySample]) -> Batch:
    """Samples as a page sends them."""
    return Batch(
        session_id=claim.session_id, user_id=claim.user_id, nonce=nonce, first_seq=samples[0].seq, events=tuple(samples)
    )


async def take_over(deployment: Deployment, user: str = "ines.duarte", session_id: str = "s-20500") -> None:
    """A session that goes on while one looks: Ines, and after a while somebody else at her keyboard."""
    sessions = deployment.sessions
    opened = await sessions.open(Opening(user_id=user, session_id=session_id, method="pin"))
    claim = await sessions.admit(opened.session_id, opened.token, user)
    for nonce, person, sitting in (("a", INES, 50), ("b", STRANGER, 51)):
        samples = done(person, sitting)
        for one, other in pairwise([*range(0, len(samples), BATCH), len(samples)]):
            if (await sessions.state(session_id, user)).ended_ms:
                return
            await sessions.take(claim, batch(claim, nonce, samples[one:other]))
            await asyncio.sleep(0.4)
