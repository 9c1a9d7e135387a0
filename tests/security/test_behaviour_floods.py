"""A page that asks too much by its session's token is told to wait; whoever has a key is not."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from msgspec import structs
from tests.web.house import House
from tests.web.tabs import Salon, served

from watchword.web.pace import Paces, SessionRates


@pytest.fixture
async def salon() -> AsyncIterator[Salon]:
    house = House()
    house.service = structs.replace(house.service, paces=Paces(SessionRates(per_s=1, burst=2_000)))
    house.app = house.remade()
    async with served(house) as opened:
        yield opened
    house.close()


async def test_scores_are_costly_to_a_page(salon: Salon) -> None:
    session, token = await salon.open()
    asked = {"userId": "ada", "sessionId": session, "events": []}
    answers = [(await salon.ask("POST", "/api/v1/behavior/score", token, json=asked)).status_code for _ in range(6)]
    assert answers == [200] * 4 + [429] * 2
    assert (await salon.ask("POST", "/api/v1/behavior/score", json=asked)).status_code == 200


async def test_a_page_may_not_read_its_session_without_end(salon: Salon) -> None:
    session, token = await salon.open()
    path = f"/api/v1/sessions/{session}"
    answers = [(await salon.ask("GET", path, token)).status_code for _ in range(42)]
    assert answers[:40] == [200] * 40 and answers[-1] == 429
    assert (await salon.ask("GET", path)).status_code == 200
