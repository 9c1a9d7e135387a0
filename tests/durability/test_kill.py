"""`kill -9` at random moments under load: what was acknowledged is there, none twice, windows as an oracle says."""

import asyncio
import random
import sys
from collections import defaultdict
from pathlib import Path

import apsw
import pytest
from tests.durability.victim import USERS
from tests.stores import raw
from tests.stores.places import in_directory

from watchword.events.pseudonym import short
from watchword.state.log import Log
from watchword.state.plan import IP_LOGINS, USER_LOGINS
from watchword.stores.sqlite_seals import Seals
from watchword.stores.sqlite_state import StateRows

ROOT = Path(__file__).parents[2]


async def kill(directory, run, after_s):
    """The complete lines that the victim wrote before it was killed, so long after its first answer."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.durability.victim", directory, str(run), cwd=ROOT, stdout=asyncio.subprocess.PIPE
    )
    lines = [await process.stdout.readline()]
    asyncio.get_running_loop().call_later(after_s, process.kill)
    lines += (await process.stdout.read()).splitlines(keepends=True)
    assert await process.wait() == -9
    return [line.split() for line in lines if line.endswith(b"\n")]


async def check(directory, run, lines, before):
    """Compares what is stored of a run with what was acknowledged, and its windows with its decisions."""
    place = in_directory(directory)
    stored = raw.query(directory, "select event, user, ip, score from decision where seq > ?", before)
    scores = {event.hex(): score for event, _, _, score in stored}
    assert len(scores) == len(stored)
    for decision, score, _ in lines:
        assert scores[decision.decode().removeprefix("dec_")] == int(score)
    _compare_windows(place, directory, run, stored)
    assert (await place.ledger.verify()).broken is None
    place.close()
    return len(stored)


def _compare_windows(place, directory, run, stored):
    """Each window holds exactly one entry for each stored decision on its entity."""
    of_user, of_ip = defaultdict(list), defaultdict(list)
    for _, user, ip, _ in stored:
        of_user[user].append(short(ip))
        of_ip[ip].append(short(user))
    connection = apsw.Connection(str(directory / "watchword.db"))
    rows = StateRows(connection, Seals(place.store.keys, place.store._seals._ring))
    assert len(of_user) <= USERS
    for kind, column, expected in ((USER_LOGINS, "ip", of_user), (IP_LOGINS, "user", of_ip)):
        for entity, others in expected.items():
            log = Log(kind, rows.read(bytes((kind.number,)) + entity))
            found = list(log.column(column, place.clock.ms(), kind.span_ms))
            assert sorted(found) == sorted(others), f"run {run}: {kind.name}"
    connection.close()


async def killings(tmp_path, runs):
    directory, chance = tmp_path / "data", random.Random(7)
    in_directory(directory).close()
    acknowledged = recorded = last = 0
    for run in range(runs):
        lines = await kill(directory, run, chance.random() * 0.25)
        recorded += await check(directory, run, lines, last)
        acknowledged += len({line[0] for line in lines})
        last = raw.query(directory, "select max(seq) from decision")[0][0]
    assert 0 < acknowledged <= recorded


@pytest.mark.slow
async def test_killed_three_times(tmp_path):
    await killings(tmp_path, 3)


@pytest.mark.slow
async def test_killed_a_hundred_times(tmp_path):
    await killings(tmp_path, 100)
