"""A process that is going to be killed: it keeps live sessions fed and says, a line each, what was acknowledged."""

from __future__ import annotations

import asyncio
import os
import random
import sys
from pathlib import Path

from tests.patience import be_patient
from tests.stores.session_rooms import PIN, Room, clicks, keys, room

from watchword.errors import Unauthenticated
from watchword.sessions.records import Transaction

SESSIONS = 60


async def live(directory: Path, run: int, sessions: int) -> None:
    """Feeds sessions in batches, one in five sent twice, and has some of them blocked; never ends by itself."""
    here = room(directory)
    here.clock.now = here.clock.now.replace(day=1 + run % 28)
    await here.deployment.start()
    await here.sessions.enrol_mpin("ann", PIN)

    async def feed(number: int) -> None:
        chance, name = random.Random(1000 * run + number), f"r{run}-{number}"
        claim, _ = await here.open("ann" if number % 7 == 0 else f"u{number}", name)
        stream, seq = await here.sessions.join(claim), 0
        while True:
            events = clicks(10.0 * seq, 3, 400.0) + keys(10.0 * seq + 5, 4, seed=seq)
            sends = 2 if chance.random() < 0.2 else 1
            answers = await asyncio.gather(*(here.send(claim, stream.nonce, seq + 1, events) for _ in range(sends)))
            seq = max(answer[0].seq for answer in answers)
            os.write(1, f"seq {name} {seq}\n".encode())
            if number % 10 == 3 and chance.random() < 0.2:
                await block(here, claim, name)
                return

    await asyncio.gather(*(feed(number) for number in range(sessions)))
    await asyncio.Event().wait()


async def block(here: Room, claim: object, name: str) -> None:
    """Has a session blocked, and says so once it is."""
    for number in range(5):
        try:
            messages = await here.sessions.context(claim, Transaction(id=f"t{number}", amount=9000))  # type: ignore[arg-type]
        except Unauthenticated:
            return
        if any(one.__struct_config__.tag == "session_blocked" for one in messages):
            os.write(1, f"blocked {name} 0\n".encode())


if __name__ == "__main__":
    be_patient()
    asyncio.run(live(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]) if len(sys.argv) > 3 else SESSIONS))
