from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.web.house import House


@pytest.fixture(params=["memory", pytest.param("sqlite", marks=pytest.mark.slow)])
def house(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[House]:
    """A service on either store."""
    house = House(directory=tmp_path if request.param == "sqlite" else None)
    yield house
    house.close()
