"""Batches under way together, a store that fails by chance: what was acknowledged is kept, once, without a gap."""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.stores.session_rooms import Room, batch, keys, numbered, room

from watchword.errors import Gap, StoreError
from watchword.events.sample_log import unpack
from watchword.ports import SessionKey, Step, Stepped
from watchword.sessions.records import Claim, Scoring

SAMPLES, BATCH, UNDER_WAY = 120, 7, 5
STREAM = keys(0, SAMPLES // 2)


class Fails:
    """A session store before which and behind which steps are lost, and in front of which they overtake each other."""

    def __init__(self, store: Any, chance: Random, share: float) -> None:
        self._store = store
        self._chance = chance
        self.share = share

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    async def advance(self, key: SessionKey, step: Step) -> Stepped:
        """Fails before the step was made, after it, or not at all; some steps wait, so that others come first."""
        fate, waits = self._chance.random(), self._chance.random() < self.share
        for _ in range(self._chance.randrange(4) if waits else 0):
            await asyncio.sleep(0)
        if fate < self.share / 2:
            raise StoreError("The disk is full.")
        stepped: Stepped = await self._store.advance(key, step)
        if fate < self.share:
            raise StoreError("Whether it was written nobody knows.")
        return stepped


class Page:
    """A client as the SDK is one: several batches under way, from the last durable sample on after each break."""

    def __init__(self, here: Room, claim: Claim, nonce: str) -> None:
        self.here = here
        self.claim = claim
        self.nonce = nonce
        self.acknowledged = 0
        self.breaks = 0

    async def send(self) -> None:
        """One connection: sends until something fails, or all is acknowledged."""
        firsts = range(self.acknowledged + 1, SAMPLES + 1, BATCH)
        for at in range(0, len(firsts), UNDER_WAY):
            under_way = [self._take(first) for first in firsts[at : at + UNDER_WAY]]
            if not self._hear(await asyncio.gather(*under_way, return_exceptions=True)):
                self.breaks += 1
                return

    def _take(self, first: int) -> Any:
        part = STREAM[first - 1 : first - 1 + BATCH]
        return self.here.sessions.take(self.claim, batch("s1", self.nonce, first, part))

    def _hear(self, answers: list[Any]) -> bool:
        """Takes answers in their order up to the first failure, as a socket tells them; whether there was none."""
        for one in answers:
            if isinstance(one, BaseException):
                assert isinstance(one, StoreError | Gap)
                return False
            self.acknowledged = max(self.acknowledged, one[0].seq)
        return True

    async def again(self) -> None:
        """A new connection: drops what the greeting covers."""
        stream = await self.here.sessions.join(self.claim, self.nonce)
        assert stream.nonce == self.nonce
        assert stream.last_seq >= self.acknowledged, "what was acknowledged is durable"
        self.acknowledged = stream.last_seq


async def play(directory: Path | None, seed: int, share: float) -> Page:
    here = room(directory)
    claim, _ = await here.open()
    stream = await here.sessions.join(claim)
    store = here.sessions._store
    failing = Fails(store, Random(seed), share)
    here.sessions._store = failing  # type: ignore[assignment]
    here.sessions._examiner.notice = lambda *_: None  # type: ignore[method-assign]
    page = Page(here, claim, stream.nonce)
    for attempt in range(200):
        await page.send()
        if attempt > 40:
            failing.share = 0.0
        try:
            await page.again()
        except StoreError:
            continue
        if page.acknowledged == SAMPLES:
            break
    risen = await store.risen(claim.key, 1_000)
    kept = [one.seq for logged in risen.logged for one in unpack(logged).raw]
    assert kept == list(range(1, SAMPLES + 1)), "kept once, in order, without a gap"
    session = await store.session(claim.key)
    assert session is not None and (session.samples, session.streams[page.nonce]) == (SAMPLES, SAMPLES)
    await here.close()
    return page


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**6), st.floats(0, 0.6))
def test_nothing_acknowledged_is_lost_and_nothing_is_counted_twice(seed: int, share: float) -> None:
    asyncio.run(play(None, seed, share))


@settings(max_examples=8, deadline=None)
@given(st.integers(0, 10**6), st.floats(0.05, 0.5))
def test_on_disk_neither(seed: int, share: float) -> None:
    with tempfile.TemporaryDirectory() as directory:
        asyncio.run(play(Path(directory) / "data", seed, share))


async def test_without_failures_nothing_is_sent_twice() -> None:
    assert (await play(None, 1, 0.0)).breaks == 0


async def test_a_batch_whose_predecessor_failed_is_refused_and_says_from_where_to_send() -> None:
    here = room(None)
    claim, _ = await here.open()
    stream = await here.sessions.join(claim)
    await here.send(claim, stream.nonce, 1, STREAM[:10])
    for first in (12, 40):
        with pytest.raises(Gap, match="Sample 11 "):
            await here.send(claim, stream.nonce, first, STREAM[first - 1 :])
    with pytest.raises(Gap, match="Sample 1 "):
        await here.send(claim, "a name of its own", 2, STREAM[1:9])
    assert (await here.sessions.join(claim, stream.nonce)).last_seq == 10
    answer = await here.send(claim, stream.nonce, 8, STREAM[7:])
    assert answer[0].seq == SAMPLES and (await here.sessions.state("s1")).samples == SAMPLES


async def test_a_score_whose_samples_run_ahead_of_their_stream_looks_at_them_and_leaves_them_to_it() -> None:
    here = room(None)
    claim, _ = await here.open()
    stream = await here.sessions.join(claim)
    script = keys(0, 40, 30.0)
    await here.send(claim, stream.nonce, 1, script[:4])
    ahead = Scoring(user_id="ann", session_id="s1", events=numbered(script[10:], 11), nonce=stream.nonce, first_seq=11)
    score = await here.sessions.score(ahead)
    assert score.trust_score < 10, "it was looked at"
    view = await here.sessions.state("s1")
    assert (view.samples, view.challenge) == (4, "asked"), "and counts, but is not kept"
    answer = await here.send(claim, stream.nonce, 5, script[4:])
    assert answer[0].seq == 80 and (await here.sessions.state("s1")).samples == 80
