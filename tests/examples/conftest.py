from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from tests.examples.people import OWNER, signing_in, working
from tests.examples.world import World, open_world

TAUGHT = 20


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A Watchword that knows Ada by her work and Ines by her log-ins."""
    with open_world(tmp_path_factory.mktemp("watchword")) as opened:
        opened.teach("ada", [working(OWNER, sitting) for sitting in range(TAUGHT)])
        began = datetime.now(UTC) - timedelta(days=25)
        for day in range(25):
            opened.log_in("ines", began + timedelta(days=day), signing_in(OWNER, day))
        yield opened
