"""Two processes on one directory: a sample is counted once, an MPIN tried no more often, a block known to both."""

import asyncio
import time

import pytest
from tests.stores import raw
from tests.stores.session_rooms import PIN, clicks, keys, kinds, pieces, room

from watchword.errors import Blocked, Unauthenticated
from watchword.sessions.records import Transaction


@pytest.fixture
async def pair(tmp_path):
    """Two deployments on one directory: what two processes are, but for the interpreter."""
    one = room(tmp_path / "data")
    other = room(tmp_path / "data", one.clock)
    await one.deployment.start()
    await other.deployment.start()
    yield one, other
    await one.close()
    await other.close()


async def test_a_sample_that_both_are_sent_counts_once(pair):
    one, other = pair
    claim, _ = await one.open()
    stream = await one.sessions.join(claim)
    sends = [
        here.send(claim, stream.nonce, first, events) for first, events in pieces(keys(0, 200)) for here in (one, other)
    ]
    answers = await asyncio.gather(*sends)
    assert (await one.sessions.state("s1")).samples == 400
    assert max(answer[0].seq for answer in answers) == 400
    risen = await other.sessions.senses.store.risen(claim.key, 1000)
    assert len(risen.logged) == 16


async def test_factors_that_both_see_count_once(pair):
    one, other = pair
    claim, _ = await one.open()
    transaction = Transaction(id="t", amount=9000, beneficiary="x")
    await asyncio.gather(*(here.sessions.context(claim, transaction) for here in pair * 5))
    assert await one.risk(claim) == await other.risk(claim) == 0.35


async def test_attempts_are_counted_over_both(pair):
    one, other = pair
    await one.sessions.enrol_mpin("ann", PIN)
    claims = [(await one.open("ann", f"s{number}"))[0] for number in range(12)]
    tries = [
        here.sessions.answer_mpin(claim, f"{number:04}")
        for number, (claim, here) in enumerate(zip(claims, pair * 6, strict=True))
    ]
    assert not any(result.verified for result in await asyncio.gather(*tries))
    views = [await other.sessions.state(claim.session_id, "ann") for claim in claims]
    assert sum(view.risk_score > 0 for view in views) == 5


async def blocked(one, other, session):
    """How long it took until the other knew that a session is blocked."""
    claim, token = await one.open(session=session)
    stream = await other.sessions.join(await other.sessions.admit(session, token))
    for number in range(5):
        if any(kinds(await one.sessions.context(claim, Transaction(id=str(number), amount=9000)))[1:]):
            break
    other.told.clear()
    began = time.perf_counter()
    await one.sessions.context(claim, Transaction(id="more", amount=9000))
    with pytest.raises(Blocked):
        await other.send(claim, stream.nonce, 1, clicks(0))
    with pytest.raises(Blocked):
        await other.sessions.admit(session, token)
    await other.sessions.refresh()
    took_s = time.perf_counter() - began
    assert [(told.over, kinds(told.messages)) for told in other.told] == [(True, ["session_blocked"])]
    return took_s


async def test_a_block_is_known_to_the_other_within_a_second(pair):
    """A busy machine may be late now and then, and not ten times in a row."""
    for number in range(10):
        if (took_s := await blocked(*pair, f"s{number}")) < 0.5:
            break
    assert took_s < 0.5


async def test_an_erasure_ends_the_sessions_of_the_other(pair):
    one, other = pair
    claim, token = await one.open()
    stream = await other.sessions.join(claim)
    await other.send(claim, stream.nonce, 1, keys(0, 10))
    await one.deployment.people.erase("ann")
    with pytest.raises(Unauthenticated):
        await other.send(claim, stream.nonce, 21, keys(0, 10))
    with pytest.raises(Unauthenticated):
        await other.sessions.admit("s1", token)


async def test_a_session_that_does_not_open_keeps_no_other_from_its_end(pair, tmp_path):
    one, _ = pair
    claims = [(await one.open(user, "s1", lifetime_s=60))[0] for user in ("ann", "ben", "cal")]
    for claim in claims:
        await one.sessions.join(claim)
    raw.change(tmp_path / "data", "update session set body=zeroblob(90) where entity=?", claims[1].key)
    one.clock.forward(minutes=2)
    assert await one.sessions.expire() == 2
    assert one.sessions.degraded == {"session": 1}
    assert [(await one.sessions.state("s1", user)).end for user in ("ann", "cal")] == ["expired", "expired"]
