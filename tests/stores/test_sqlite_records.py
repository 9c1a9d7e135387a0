"""Records changed by several writers at once."""

import asyncio

from tests.stores.places import in_directory

from watchword.ports import Record


async def test_two_writers_on_one_file_lose_no_change(tmp_path):
    places = [in_directory(tmp_path / "data"), in_directory(tmp_path / "data")]
    owner = places[0].pseudonyms.of("user", "ann")

    def add(record):
        return Record("count", "one", b"%d" % (int(record.body) + 1 if record else 1), owner)

    await asyncio.gather(*(places[number % 2].records.change("count", "one", add) for number in range(200)))
    assert (await places[0].records.get("count", "one")).body == b"200"
    for place in places:
        place.close()


async def test_a_change_that_fails_leaves_everything_as_it_was(tmp_path):
    place = in_directory(tmp_path / "data")
    await place.records.put(Record("count", "one", b"1"))
    outcomes = await asyncio.gather(
        place.records.change("count", "one", lambda record: Record("count", "one", b"x" + record.body)),
        place.records.change("count", "one", lambda _record: 1 / 0),
        return_exceptions=True,
    )
    assert isinstance(outcomes[1], Exception)
    assert (await place.records.get("count", "one")).body == b"x1"
    place.close()
