"""A process that is going to be killed: it takes log-ins and says, a line each, what was answered."""

from __future__ import annotations

import asyncio
import itertools
import os
import random
import sys
from pathlib import Path

from tests.patience import be_patient
from tests.stores.places import in_directory

CLIENTS = 16
USERS = 12


async def live(directory: Path, run: int) -> None:
    """Clients that send new events and, one time in five, an earlier one again; never ends by itself."""
    place = in_directory(directory)
    chance, count = random.Random(run), itertools.count()

    async def client() -> None:
        while True:
            at = next(count)
            if chance.random() < 0.2:
                at = chance.randrange(at + 1)
            fields = {"result": "failure" if at % 3 else "success", "ip": f"10.{run % 256}.{run // 256}.{at % 7}"}
            decision = await place.login(f"run{run}-user{at % USERS}", id=f"{run}-{at}", **fields)
            if decision.durable:
                os.write(1, f"{decision.id} {decision.score} {at}\n".encode())

    await asyncio.gather(*(client() for _ in range(CLIENTS)))


if __name__ == "__main__":
    be_patient()
    asyncio.run(live(Path(sys.argv[1]), int(sys.argv[2])))
