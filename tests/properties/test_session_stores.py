"""Any course of a session is the same in memory and on disk, also when the process is restarted on the way."""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.stores.session_rooms import PIN, Room, clicks, keys, kinds, room

from watchword.errors import WatchwordError
from watchword.sessions.records import Opening, Transaction

USERS = ("ann", "ben")
STEPS = st.lists(
    st.tuples(
        st.sampled_from(("send", "again", "pay", "right", "wrong", "end", "open", "wait", "long", "restart", "erase")),
        st.sampled_from(USERS),
        st.integers(0, 3),
    ),
    max_size=25,
)


async def act(here: Room, what: str, user: str, number: int) -> Any:
    """One thing that is done, and what came of it, without what differs from engine to engine."""
    try:
        if what == "open":
            return (await here.sessions.open(Opening(user_id=user, session_id="s", method="pin"))).resumed
        claim = await here.sessions.claim("s", user)
        if what == "send":
            first = (await here.sessions.state("s", user)).samples + 1
            return told(await here.send(claim, "own", first, clicks(first * 10.0, 9) + keys(first * 10.0, 2 + number)))
        if what == "again":
            return told(await here.send(claim, "own", 1, clicks(0, 5)))
        if what == "pay":
            return told(await here.sessions.context(claim, Transaction(id=f"t{number}", amount=9000, beneficiary="b")))
        if what in ("right", "wrong"):
            return await here.sessions.answer_mpin(claim, PIN if what == "right" else "0000")
        if what == "end":
            return await here.sessions.end(claim)
        if what == "erase" and number == 0:
            here.clock.forward(seconds=1)
            await here.deployment.people.erase(user)
        here.clock.forward(minutes=number, hours=30 if what == "long" else 0)
    except WatchwordError as error:
        return type(error)
    return None


def told(messages: Any) -> Any:
    return kinds(messages), [(one.seq, one.risk_score, one.level) for one in messages[:1]]


async def course(directory: Path | None, steps: list[tuple[str, str, int]]) -> list[Any]:
    here = room(directory, behaviorTrustNow=True)
    here.sessions._examiner.notice = lambda *_: None  # type: ignore[method-assign]
    outcomes: list[Any] = []
    for user in USERS:
        await here.sessions.enrol_mpin(user, PIN)
        await act(here, "open", user, 0)
    for what, user, number in steps:
        if what == "restart" and directory is not None:
            await here.close()
            here = room(directory, here.clock, behaviorTrustNow=True)
            here.sessions._examiner.notice = lambda *_: None  # type: ignore[method-assign]
        outcomes.append(await act(here, what, user, number))
    for user in USERS:
        for view in await here.sessions.of_user(user):
            outcomes.append((view.risk_score, view.level, view.peak, view.challenge, view.end, view.samples))
        owner = here.deployment.engine.pseudonyms.of("user", user)
        template = await here.sessions.senses.templates.template(owner)
        outcomes.append({name: shelf.accepted for name, shelf in template.shelves.items()})
    await here.close()
    return outcomes


@pytest.mark.slow
@settings(max_examples=30, deadline=None)
@given(STEPS)
def test_memory_and_disk_agree(steps: list[tuple[str, str, int]]) -> None:
    with tempfile.TemporaryDirectory() as directory:
        kept = asyncio.run(course(Path(directory) / "data", steps))
    assert asyncio.run(course(None, steps)) == kept
