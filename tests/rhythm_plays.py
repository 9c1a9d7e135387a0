"""Plays of log-ins whose form had the rhythm that a test says."""

from __future__ import annotations

from msgspec.structs import replace
from tests.plays import Play
from tests.stage import Stage

from watchword.behaviour.bots import BotSign
from watchword.behaviour.rhythm import Rhythm
from watchword.events.login import FormBehavior
from watchword.events.samples import Key
from watchword.policy.assessment import Assessment
from watchword.policy.decision import Decision
from watchword.rhythms import Rhythms
from watchword.stores.memory_sessions import MemorySessions

FORM = FormBehavior(events=(Key(seq=1, t=1.0, down=True, field="password"),))


class Told(Rhythms):
    """Reads the same rhythm from every form."""

    def __init__(self, rhythm: Rhythm) -> None:
        super().__init__(MemorySessions())
        self.rhythm = rhythm

    async def read(self, assessment: Assessment) -> Assessment:
        return replace(assessment, rhythm=self.rhythm)


async def login_with(stage: Stage, told: Rhythm) -> Decision:
    stage.engine.rhythms = Told(told)
    return await stage.login(behavior=FORM)


def rhythm(maturity: float = 1.0) -> Play:
    """A log-in whose rhythm speaks against the owner by that much."""

    async def play(stage: Stage, amount: float) -> Decision:
        told = Rhythm(-amount, maturity, 1.0, "Typed slower", compared=("fixed_text",), keys=11)
        return await login_with(stage, told)

    return play


def signs(*channels: str) -> Play:
    """A form with a sign of a machine in each channel, that rare; in the first alone where none is named."""

    async def play(stage: Stage, amount: float) -> Decision:
        found = tuple(
            BotSign(f"FAST_{name.upper()}", name, 0.5, amount, "Faster than people")  # type: ignore[arg-type]
            for name in channels or ("typing",)
        )
        return await login_with(stage, Rhythm(bots=found))

    return play


async def in_channels(stage: Stage, amount: float) -> Decision:
    """A form with weak signs in so many channels."""
    return await signs(*("typing", "pointer", "touch")[: round(amount)])(stage, 1e-3)


async def sparsely(stage: Stage, amount: float) -> Decision:
    """A form with so many weak signs of one channel."""
    found = (BotSign("FAST_TYPING", "typing", 0.5, 1e-3, "Faster than people"),) * round(amount)
    return await login_with(stage, Rhythm(bots=found))


async def matured(stage: Stage, amount: float) -> Decision:
    """Another rhythm than that of a template of such maturity."""
    return await rhythm(amount)(stage, 4.0)
