"""`kill -9` while many sessions live: nothing acknowledged is lost or counted twice, and blocked stays blocked."""

import asyncio
import random
import sys
from pathlib import Path

import pytest
from tests.durability.session_victim import SESSIONS
from tests.stores.session_rooms import keys, kinds, room

from watchword.errors import Blocked, Forbidden, Unauthenticated
from watchword.events.sample_log import unpack
from watchword.sessions.records import Opening

ROOT = Path(__file__).parents[2]


async def kill(directory, run, sessions, after_s):
    """What the victim had said when it was killed: so long after most sessions were alive and one was blocked."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.durability.session_victim", directory, str(run), str(sessions), cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    lines, named = [], set()
    while len(named) <= sessions / 2 or not any(line.startswith(b"blocked") for line in lines):
        lines.append(await process.stdout.readline())
        assert lines[-1], "the victim died by itself"
        named.add(lines[-1].split()[1])
    asyncio.get_running_loop().call_later(after_s, process.kill)
    lines += (await process.stdout.read()).splitlines(keepends=True)
    assert await process.wait() == -9
    said = [line.decode().split() for line in lines if line.endswith(b"\n")]
    acknowledged = {}
    for kind, name, seq in said:
        if kind == "seq":
            acknowledged[name] = max(acknowledged.get(name, 0), int(seq))
    return acknowledged, {name for kind, name, _ in said if kind == "blocked"}


async def check(directory, run, acknowledged, blocked):
    """What is stored, against what was acknowledged; then the sessions go on where they were."""
    here = room(directory)
    here.clock.now = here.clock.now.replace(day=1 + run % 28)
    store = here.sessions.senses.store
    for name, seq in acknowledged.items():
        ((key, session),) = await store.find(session=here.deployment.engine.pseudonyms.of("session", name))
        ((nonce, last),) = session.streams.items()
        assert last >= seq
        logged = [unpack(one) for one in (await store.risen(key.key, 10_000)).logged]
        numbers = [sample.seq for batch in logged for sample in batch.raw]
        assert numbers == list(range(1, last + 1)), name
        assert session.samples == last
        view = await here.sessions.state(name, session.user_id)
        assert round(sum(change.delta for change in view.changes), 4) == view.risk_score
        if name in blocked:
            assert session.blocked
        if session.blocked:
            await stays_blocked(here, session)
        else:
            await goes_on(here, session, nonce, last)
    await here.close()


async def goes_on(here, session, nonce, last):
    opened = await here.sessions.open(Opening(user_id=session.user_id, session_id=session.session_id, method="pin"))
    assert opened.resumed
    claim = await here.sessions.admit(session.session_id, opened.token)
    stream = await here.sessions.join(claim, nonce)
    assert (stream.nonce, stream.last_seq) == (nonce, last)
    again = await here.send(claim, nonce, max(1, last - 5), keys(0, 4))
    assert kinds(again)[0] == "risk_update" and again[0].seq == max(last, max(1, last - 5) + 7)


async def stays_blocked(here, session):
    with pytest.raises(Forbidden):
        await here.sessions.open(Opening(user_id=session.user_id, session_id=session.session_id, method="pin"))
    claim = await here.sessions.claim(session.session_id, session.user_id)
    with pytest.raises(Unauthenticated):
        await here.sessions.join(claim)
    with pytest.raises((Blocked, Unauthenticated)):
        await here.sessions.answer_mpin(claim, "2580")


async def killings(tmp_path, runs, sessions, most_s):
    directory, chance = tmp_path / "data", random.Random(11)
    seen = dead = 0
    for run in range(runs):
        acknowledged, blocked = await kill(directory, run, sessions, chance.random() * most_s)
        await check(directory, run, acknowledged, blocked)
        seen, dead = seen + len(acknowledged), dead + len(blocked)
    assert seen > runs * sessions / 3 and dead >= runs


@pytest.mark.slow
async def test_a_kill_loses_nothing_that_was_acknowledged(tmp_path):
    await killings(tmp_path, 1, SESSIONS, 0.5)


@pytest.mark.slow
async def test_many_kills_lose_nothing_that_was_acknowledged(tmp_path):
    await killings(tmp_path, 8, 500, 4.0)
