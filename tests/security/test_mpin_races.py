"""An MPIN that is changed or taken away while an answer is looked at: the old one opens nothing any more."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest
from tests.stores.session_rooms import PIN, Room, room

from watchword.ports import SessionKey
from watchword.sessions.pins import removed


async def changes(here: Room) -> None:
    await here.sessions.enrol_mpin("ann", "1357")


async def takes_away(here: Room) -> None:
    owner = here.deployment.engine.pseudonyms.of("user", "ann")
    await here.sessions.senses.store.advance(SessionKey(owner, owner, owner), removed)


async def waits(_here: Room) -> None:
    return


@pytest.mark.parametrize(("meanwhile", "verified"), [(changes, False), (takes_away, False), (waits, True)])
async def test_what_was_changed_while_it_was_compared_is_wrong(
    meanwhile: Callable[[Room], Awaitable[None]], verified: bool
) -> None:
    here = room(None)
    hasher = here.sessions.senses.hasher

    class Slow:
        async def hash(self, secret: str) -> str:
            return await hasher.hash(secret)

        async def verify(self, kept: str, secret: str) -> bool:
            right = await hasher.verify(kept, secret)
            await meanwhile(here)
            return right

    await here.sessions.enrol_mpin("ann", PIN)
    here.sessions.senses.hasher = Slow()
    claim, _ = await here.open("ann")
    await here.sessions.demand(claim, "by hand")
    assert (await here.sessions.answer_mpin(claim, PIN)).verified is verified
    assert ((await here.sessions.state("s1", "ann")).challenge == "passed") is verified
    await here.close()
