"""How decisions lie in time: the same in every store, and the same as counting the history."""

from collections import Counter

import pytest
from tests.stores.places import START, Place, in_directory, in_memory

from watchword.policy.decision import RANK
from watchword.ports import Query

STEP_MS = 60_000


@pytest.fixture(params=("memory", "sqlite"))
def place(request, tmp_path):
    place = in_memory() if request.param == "memory" else in_directory(tmp_path / "data")
    yield place
    place.close()


async def a_busy_hour(place: Place) -> int:
    for number in range(40):
        await place.login("ann" if number % 3 else "bob", result="failure" if number % 2 else "success")
    return int(START.timestamp() * 1000)


@pytest.mark.parametrize("asked", [Query(), Query(least="monitor"), Query(action="block"), Query(code="RAPID_LOGINS")])
async def test_the_spread_is_the_history_counted(place: Place, asked: Query):
    await a_busy_hour(place)
    decisions = (await place.store.history(asked)).decisions
    counted = Counter((one.event.occurred_ms // STEP_MS, one.action) for one in decisions)
    spread = await place.store.spread(asked, STEP_MS)
    assert {(one.step, one.action): one.count for one in spread} == dict(counted)


async def test_least_holds_every_action_as_strict_and_no_other(place: Place):
    await a_busy_hour(place)
    every = (await place.store.history(Query())).decisions
    flagged = (await place.store.history(Query(least="monitor"))).decisions
    assert {one.id for one in flagged} == {one.id for one in every if RANK[one.action] >= RANK["monitor"]}
    assert 0 < len(flagged) < len(every)


async def test_steps_count_from_where_the_query_begins(place: Place):
    since = await a_busy_hour(place) - 5 * STEP_MS
    spread = await place.store.spread(Query(since_ms=since), STEP_MS)
    assert spread[0].step == 5
