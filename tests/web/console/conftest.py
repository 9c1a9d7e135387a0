from __future__ import annotations

import asyncio

import pytest
from tests.web.console.room import Room

from watchword.policy.decision import Decision


@pytest.fixture
def room() -> Room:
    return Room()


@pytest.fixture(scope="module")
def day() -> tuple[Room, list[Decision]]:
    """A room after a day, for tests that only look."""
    room = Room()
    return room, asyncio.run(room.a_day())
