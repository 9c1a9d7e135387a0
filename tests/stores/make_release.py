"""Makes the directory that tests open for this release: `python -m tests.stores.make_release NAME`."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import msgspec
from tests.stores.places import in_directory

from watchword.ports import Query, Record


async def make(directory: Path) -> None:
    """A small directory with something in every table, and `told.json`, what it says."""
    place = in_directory(directory)
    for at in range(7):
        await place.login("ann", id=f"a{at}", result="failure" if at == 2 else "success", device_fingerprint="laptop")
        await place.login("ben", id=f"b{at}", result="failure", ip="198.51.100.9")
    await place.records.put(Record("label", "first", b'"fraud"', place.pseudonyms.of("user", "ann")))
    await place.ledger.note("an analyst", "profile.read", "user:ann", {})
    await place.login("cal", id="c")
    place.clock.forward(seconds=1)
    await place.people.erase("cal")
    decisions = (await place.store.history(Query(limit=500))).decisions
    told = {
        "decisions": {one.id: (one.score, one.action, one.event.user_id) for one in decisions},
        "logins": (await place.people.export("ann"))["profile"]["logins"],
        "acts": [one.act.act for one in await place.ledger.entries()],
    }
    place.close()
    (directory / "told.json").write_bytes(msgspec.json.encode(told))


if __name__ == "__main__":
    asyncio.run(make(Path(__file__).parent / "releases" / sys.argv[1]))
