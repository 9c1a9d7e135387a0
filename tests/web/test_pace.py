"""How fast a session may send: never a limit to who is honest, always one to who is not, whatever socket it comes by."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs
from tests.web.house import House
from tests.web.tabs import Tab, keys, served

from watchword.errors import LimitExceeded
from watchword.web import rooms
from watchword.web.pace import DOOR_S, MAX_SESSIONS, MOST_OWED_S, Paces, SessionRates

TABS = 8
"""As many sockets as a session may have."""

HELD, BATCH, MOVES_A_MINUTE = 6_000, 250, 4_000
"""What the SDK holds back, sends at once, and takes of moves: `sdk/src/outbox.ts` and `sdk/src/budget.ts`."""


class Ticks:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def capture(half_seconds: int) -> Iterator[int]:
    """Samples that a tab sends each half second: its minute's moves as fast as a mouse tells them, and busy typing."""
    for at in range(half_seconds):
        left = MOVES_A_MINUTE - (at % 120) * 500
        yield max(0, min(500, left)) + 20


def test_eight_tabs_at_full_speed_and_a_restart_never_wait() -> None:
    ticks = Ticks()
    paces, session = Paces(clock=ticks), b"ada"
    rates = paces.rates

    def send(samples: int) -> float:
        batches = -(-samples // BATCH)
        return paces.take(session, samples + batches * rates.message)

    for _ in range(TABS):
        paces.enter(session)
    for at, samples in enumerate(capture(10 * 120)):
        assert sum(send(samples) for _ in range(TABS)) == 0, at
        assert not (at % 20 == 0 and paces.take(session, rates.score))
        ticks.now += 0.5
    ticks.now += 60
    for _ in range(TABS):
        paces.enter(session)
    assert sum(send(HELD) for _ in range(TABS)) == 0


@given(st.lists(st.tuples(st.floats(0, 5), st.integers(1, 600)), max_size=200))
def test_no_more_is_taken_than_the_budget_has(sends: list[tuple[float, int]]) -> None:
    """Whoever waits as told has sent at most burst and rate together, and the one message that overdrew."""
    ticks, rates = Ticks(), SessionRates(per_s=100, burst=1_000)
    paces, sent, largest = Paces(rates, ticks), 0, 0
    for pause_s, samples in sends:
        ticks.now += pause_s + paces.take(b"s", samples)
        sent, largest = sent + samples, max(largest, samples)
        assert sent <= rates.burst + rates.per_s * ticks.now + largest + 1e-6


def test_nobody_owes_for_ever_and_who_owes_is_let_in_by_no_door() -> None:
    ticks = Ticks()
    paces = Paces(SessionRates(per_s=100, burst=1_000), ticks)
    assert paces.take(b"s", 10**9) == MOST_OWED_S
    with pytest.raises(LimitExceeded) as refused:
        paces.enter(b"s")
    assert refused.value.retry_after_s == MOST_OWED_S
    paces.enter(b"another")
    ticks.now += MOST_OWED_S - DOOR_S
    paces.enter(b"s")


def test_it_costs_next_to_nothing_and_remembers_no_more_than_it_may() -> None:
    paces = Paces()
    sessions = [n.to_bytes(16, "big") for n in range(MAX_SESSIONS + 1_000)]
    for session in sessions:
        paces.take(session, 24)
    assert len(paces._budgets) == MAX_SESSIONS
    spent = []
    for _ in range(5):
        began_s = time.thread_time()
        for session in sessions[-10_000:]:
            paces.take(session, 24)
        spent.append((time.thread_time() - began_s) / 10_000)
    assert min(spent) < 10e-6


async def test_connecting_again_and_again_gets_no_more_through() -> None:
    """One message a connection: without a door each would be taken before anybody counts."""
    house = House()
    rates, ticks = SessionRates(per_s=200, burst=1_000), Ticks()
    house.service = structs.replace(house.service, paces=Paces(rates, ticks))
    house.app = house.remade()
    async with served(house) as salon:
        session, token = await salon.open()
        taken, codes = 0, []
        for _ in range(40):
            ticks.now += 0.01
            async with salon.knock(session, f"?token={token}") as socket:
                tab = Tab(socket, "ada", session)
                said = await tab.hear()
                if said["type"] == "error":
                    codes.append((said["code"], said["retryAfterS"] > DOOR_S, (await tab.rest())[1]))
                    continue
                tab.nonce, tab.seq = said["nonce"], said["seq"]
                taken += 100 * ((await tab.type(100))["type"] == "risk_update")
        assert taken <= rates.burst + rates.per_s * (ticks.now + DOOR_S) + 200
        assert set(codes) == {("LIMIT_EXCEEDED", True, rooms.FLOOD)}
        batch = {"sessionId": session, "nonce": "beacon", "firstSeq": 1, "events": keys(1, 100)}
        answer = await salon.ask("POST", f"/api/v1/sessions/{session}/events", token, json=batch)
        assert answer.status_code == 429, answer.text
        assert int(answer.headers["retry-after"]) > DOOR_S
    house.close()
