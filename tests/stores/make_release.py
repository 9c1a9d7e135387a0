"""Makes the directory that tests open for this release: `python -m tests.stores.make_release NAME`."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import msgspec
from tests.stores.places import in_directory
from tests.stores.session_rooms import PIN, Room, keys, pieces, room

from watchword.ports import Query, Record
from watchword.sessions.records import Transaction


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
    told |= await behave(room(directory, place.clock))
    (directory / "told.json").write_bytes(msgspec.json.encode(told))


async def behave(here: Room) -> dict[str, object]:
    """Sessions of all ends, what was learnt of them, and what waits."""
    await here.sessions.enrol_mpin("ann", PIN)
    for number in range(3):
        claim, _ = await here.open("ann", f"s{number}")
        for first, events in pieces(keys(0, 120), 100):
            await here.send(claim, "own", first, events)
        await here.sessions.context(claim, Transaction(id=f"t{number}", amount=9_000, beneficiary="landlord"))
        await here.sessions.end(claim)
        here.clock.forward(hours=80 if number < 2 else 1)
    live, _ = await here.open("ann", "live")
    await here.sessions.answer_mpin(live, "0000")
    blocked, _ = await here.open("ben", "blocked")
    for number in range(5):
        if not (await here.sessions.state("blocked")).end:
            await here.sessions.context(blocked, Transaction(id=f"t{number}", amount=9_000))
    views = [await here.sessions.state(name) for name in ("s0", "s1", "s2", "live", "blocked")]
    owner = here.deployment.engine.pseudonyms.of("user", "ann")
    template = await here.sessions.senses.templates.template(owner)
    told = {
        "now": here.clock.now,
        "sessions": {one.session_id: [one.risk_score, one.samples, one.end, len(one.changes)] for one in views},
        "template": {name: len(shelf.entries) for name, shelf in template.shelves.items()},
    }
    await here.close()
    return told


if __name__ == "__main__":
    asyncio.run(make(Path(__file__).parent / "releases" / sys.argv[1]))
