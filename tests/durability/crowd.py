"""A process that sends its share of one user's log-ins, each of them twice: `python -m tests.durability.crowd`."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from tests.patience import be_patient
from tests.stores.places import in_directory, login

SHARE = 250
PROCESSES = 4


async def send(directory: Path, number: int) -> None:
    """Own events and those of the next process, all at once, in another order; answers on stdout."""
    place = in_directory(directory)
    wanted = [(number, at) for at in range(SHARE)] + [((number + 1) % PROCESSES, at) for at in reversed(range(SHARE))]
    events = [login("ann", id=f"{whose}-{at}", result="failure", ip=f"203.0.113.{at}") for whose, at in wanted]
    answers = await asyncio.gather(*(place.engine.assess(event) for event in events))
    place.close()
    for answer in answers:
        print(answer.id, answer.score, answer.durable)


if __name__ == "__main__":
    be_patient()
    asyncio.run(send(Path(sys.argv[1]), int(sys.argv[2])))
