"""What is compared of a play: a score, an action, a level, what was said."""

from __future__ import annotations

from tests.plays import Play
from tests.stage import Stage, codes, points


def confidence_of(code: str, play: Play) -> Play:
    """The confidence of that evidence in a play."""

    async def confidence(stage: Stage, amount: float) -> float:
        decision = await play(stage, amount)
        return next(one.confidence for one in decision.evidence if one.code == code) / 10_000

    return confidence


def points_of(code: str, play: Play) -> Play:
    """The score of that evidence in a play, with one decimal; 0 where it is not found."""

    async def scored(stage: Stage, amount: float) -> float:
        decision = await play(stage, amount)
        return round(points(decision, code), 1) if code in codes(decision) else 0.0

    return scored


def at_least(code: str, play: Play) -> Play:
    """Whether that evidence says that there may have been more."""

    async def said(stage: Stage, amount: float) -> bool:
        decision = await play(stage, amount)
        return bool(next(one.details["atLeast"] for one in decision.evidence if one.code == code))

    return said


def action_of(play: Play) -> Play:
    """The action in a play."""

    async def action(stage: Stage, amount: float) -> str:
        return str((await play(stage, amount)).action)

    return action


def level_of(play: Play) -> Play:
    """The level in a play."""

    async def level(stage: Stage, amount: float) -> str:
        return str((await play(stage, amount)).level)

    return level


def strongest_of(family: str, play: Play) -> Play:
    """Code and score of the strongest evidence of a type."""

    async def strongest(stage: Stage, amount: float) -> tuple[str, float]:
        decision = await play(stage, amount)
        best = next(one for one in decision.evidence if one.type == family)
        return best.code, best.score / 10_000

    return strongest
