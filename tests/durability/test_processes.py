"""Several processes on one file: four times 250 concurrent log-ins, delivered twice, count exactly 1,000."""

import asyncio
import sys
from pathlib import Path

import pytest
from tests.durability.crowd import PROCESSES, SHARE
from tests.stores import raw
from tests.stores.places import in_directory

ROOT = Path(__file__).parents[2]


async def run(directory, number):
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.durability.crowd", directory, str(number), cwd=ROOT, stdout=asyncio.subprocess.PIPE
    )
    out, _ = await process.communicate()
    assert process.returncode == 0
    return [line.split() for line in out.decode().splitlines()]


@pytest.mark.slow
async def test_four_processes_count_exactly(tmp_path):
    data = tmp_path / "data"
    in_directory(data).close()
    answers = [line for lines in await asyncio.gather(*(run(data, at) for at in range(PROCESSES))) for line in lines]
    assert len(answers) == 2 * PROCESSES * SHARE
    assert all(durable == "True" for _, _, durable in answers)
    assert len({(one, score) for one, score, _ in answers}) == len({one for one, _, _ in answers}) == PROCESSES * SHARE
    assert raw.query(data, "select count(*) from decision") == [(PROCESSES * SHARE,)]
    place = in_directory(data)
    last = await place.login("ann", result="failure", ip="203.0.113.1")
    counts = {one.code: one.details["attempts"] for one in last.evidence if "attempts" in one.details}
    assert counts["RAPID_LOGINS"] == PROCESSES * SHARE + 1
    assert counts["FAILED_LOGINS"] == PROCESSES * SHARE + 1
    assert (await place.ledger.verify()).entries == PROCESSES * SHARE + 1
    assert (await place.ledger.verify()).broken is None
    place.close()
