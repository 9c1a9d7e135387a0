"""Raw samples go after their days, sessions as events do, people and templates when they were not seen for long."""

from tests.stores import raw
from tests.stores.session_rooms import clicks, keys, room

from watchword.privacy.retention import Retention
from watchword.sessions.records import Transaction


async def housekeeping(here):
    """One whole round, on the writer."""
    chores = here.deployment.parts.store.housekeeping
    chores._due_ms, chores._pieces = 0, None
    await here.deployment.parts.store.write(lambda desk: [None for _ in iter(lambda: chores.step(desk), False)])


def counts(tmp_path):
    tables = ("session", "sample", "risk", "behavior")
    return tuple(raw.query(tmp_path / "data", f"select count(*) from {table}")[0][0] for table in tables)


async def test_samples_go_first_then_sessions_then_people(tmp_path):
    here = room(tmp_path / "data")
    here.deployment.parts.store.housekeeping.retention = Retention(events=90, samples=30, profiles=200)
    for day in range(2):
        claim, _ = await here.open("ann", f"s{day}")
        for at in range(3):
            await here.send(claim, "own", 1 + 80 * at, keys(60_000.0 * at, 40, seed=at))
        await here.send(claim, "own", 241, keys(300_000, 20))
        await here.sessions.context(claim, Transaction(id="t", amount=9000))
        await here.sessions.end(claim)
        here.clock.forward(days=1)
    await here.sessions.learn("ann")
    await housekeeping(here)
    assert counts(tmp_path) == (2, 8, 2, 2)
    here.clock.forward(days=28, seconds=1)
    await housekeeping(here)
    assert counts(tmp_path) == (2, 4, 2, 2)
    here.clock.forward(days=1)
    await housekeeping(here)
    assert counts(tmp_path) == (2, 0, 2, 2)
    assert len((await here.sessions.state("s1", "ann")).changes) == 1
    here.clock.forward(days=60)
    await housekeeping(here)
    assert counts(tmp_path) == (0, 0, 0, 2)
    here.clock.forward(days=200)
    await housekeeping(here)
    assert counts(tmp_path) == (0, 0, 0, 0)
    await here.close()


async def test_a_live_session_survives_the_housekeeping(tmp_path):
    here = room(tmp_path / "data")
    claim, _ = await here.open()
    await housekeeping(here)
    await here.send(claim, "own", 1, clicks(0))
    assert await here.risk(claim) == 0.1
    await here.close()


async def test_the_buffer_is_built_again_after_a_restart(tmp_path):
    here = room(tmp_path / "data")
    claim, _ = await here.open()
    for at in range(70):
        await here.send(claim, "own", 1 + 20 * at, keys(3000.0 * at, 10, seed=at))
    held = list(here.sessions._lives.get(claim.key).logged)
    await here.close()
    again = room(tmp_path / "data", here.clock)
    await again.sessions.join(claim)
    assert list(again.sessions._lives.get(claim.key).logged) == held and len(held) == 60
    await again.close()
