from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.challenging.bench import Bench


@pytest.fixture(params=["memory", "sqlite"])
def bench(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Bench]:
    """A desk of challenges on either store."""
    bench = Bench(tmp_path / "data" if request.param == "sqlite" else None)
    yield bench
    bench.close()
