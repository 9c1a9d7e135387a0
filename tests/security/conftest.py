from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from tests.security.wire import Wire, wired
from tests.web.console.room import Room


@pytest.fixture
async def wire() -> AsyncIterator[Wire]:
    async with wired(Room()) as served:
        yield served
