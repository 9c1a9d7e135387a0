"""Plays for the contract's numbers about devices: they need no stage, the machine is pure."""

from __future__ import annotations

from tests.stage import Stage

from watchword.state.device_trust import Trust, with_login
from watchword.state.plan import DAY_MS


def trust_after(logins: int | None = None, days: int | None = None):
    """The level after low-risk log-ins, evenly spread: the amount is the one that is left out."""

    async def play(_stage: Stage, amount: float) -> str:
        count = int(amount) if logins is None else logins
        span = int(amount) if days is None else days
        trust = Trust()
        for number in range(count):
            trust = with_login(trust, (20_000 + span * number // max(count - 1, 1)) * DAY_MS)
        return trust.level

    return play
