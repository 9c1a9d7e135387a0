"""Which courier carries which channel, and how often delivery is tried."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence

from watchword.errors import DeliveryFailed
from watchword.ports import Courier, Letter

LIMIT_S = 10.0
PAUSES_S = (0.2, 1.0)


class Routes:
    """See `ports.Courier`. Tries three times within ten seconds, with growing pauses, unless it would be in vain."""

    def __init__(
        self, couriers: Mapping[str, Courier], pauses_s: Sequence[float] = PAUSES_S, limit_s: float = LIMIT_S
    ) -> None:
        self._couriers = couriers
        self._pauses_s = pauses_s
        self._limit_s = limit_s

    async def send(self, letter: Letter) -> None:
        """See `ports.Courier.send`."""
        courier = self._couriers.get(letter.channel)
        if courier is None:
            raise DeliveryFailed(f"Nothing can be sent by {letter.channel}.", lasting=True)
        try:
            async with asyncio.timeout(self._limit_s):
                await self._try(courier, letter)
        except TimeoutError:
            raise DeliveryFailed("Delivery took too long.") from None

    async def _try(self, courier: Courier, letter: Letter) -> None:
        for pause_s in self._pauses_s:
            try:
                await courier.send(letter)
                return
            except DeliveryFailed as failure:
                if failure.lasting:
                    raise
            await asyncio.sleep(pause_s)
        await courier.send(letter)
