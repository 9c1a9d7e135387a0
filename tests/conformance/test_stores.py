"""One suite that every store passes: what `ports.Store` and its companions promise."""

import asyncio
from datetime import timedelta

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.stores.places import START, Place, in_directory, in_memory, login

from watchword.errors import Conflict, Erased, InvalidInput, NotFound
from watchword.ports import Query, Record, Tally, removed
from watchword.state.profile import Profile

KINDS = ("memory", "sqlite")


@pytest.fixture(params=KINDS)
def place(request, tmp_path):
    place = in_memory() if request.param == "memory" else in_directory(tmp_path / "data")
    yield place
    place.close()


async def test_a_decision_is_recorded_once_and_told_again(place: Place):
    event = login("ann")
    first = await place.engine.assess(event)
    assert await place.engine.assess(event) == first
    assert await place.store.decision(first.id) == first
    assert (await place.store.history(Query())).decisions == (first,)


async def test_the_same_id_with_other_content_is_refused(place: Place):
    event = login("ann")
    await place.engine.assess(event)
    with pytest.raises(Conflict):
        await place.engine.assess(msgspec.structs.replace(event, ip="198.51.100.1"))
    assert len((await place.store.history(Query())).decisions) == 1


async def test_a_refused_event_leaves_no_trace_in_the_windows(place: Place):
    event = login("ann", result="failure")
    await place.engine.assess(event)
    for _ in range(20):
        with pytest.raises(Conflict):
            await place.engine.assess(msgspec.structs.replace(event, result="success"))
    assert not (await place.login("ann", result="failure")).evidence


async def test_twins_in_flight_get_one_answer(place: Place):
    event = login("ann")
    answers = await asyncio.gather(*(place.engine.assess(event) for _ in range(30)))
    assert len({answer.id for answer in answers}) == 1
    assert all(answer == answers[0] for answer in answers)
    assert (await place.login("ann")).evidence == ()


async def test_windows_count_every_attempt_at_once_and_one_by_one(place: Place):
    await asyncio.gather(*(place.login("ann", result="failure") for _ in range(5)))
    decision = await place.login("ann", result="failure")
    rapid = next(one for one in decision.evidence if one.code == "RAPID_LOGINS")
    assert rapid.details["attempts"] == 6


async def test_a_profile_is_learnt_and_kept(place: Place):
    owner = place.pseudonyms.of("user", "ann")
    assert await place.store.profile(owner) is None or not (await place.store.profile(owner)).logins
    for day in range(3):
        await place.login("ann", occurred_at=START - timedelta(days=3 - day))
    assert (await place.store.profile(owner)).logins == 3


async def test_preview_has_no_effect(place: Place):
    await place.login("ann")
    for _ in range(10):
        await place.engine.preview(login("ann", result="failure", occurred_at=place.clock.now))
    assert len((await place.store.history(Query())).decisions) == 1
    assert not (await place.login("ann", result="failure")).evidence


async def test_preview_says_what_would_be_recorded(place: Place):
    for _ in range(8):
        await place.login("ann", result="failure")
    event = login("ann", result="failure", occurred_at=place.clock.now)
    foreseen, recorded = await place.engine.preview(event), await place.engine.assess(event)
    assert msgspec.structs.replace(foreseen, latency_us=0) == msgspec.structs.replace(recorded, latency_us=0)


async def test_no_such_decision(place: Place):
    for wanted in ("dec_00", "nonsense", "", "dec_" + "f" * 32):
        assert await place.store.decision(wanted) is None


async def test_history_filters_by_each_column(place: Place):
    await place.login("ann", session_id="s1", device_fingerprint="laptop")
    for _ in range(7):
        await place.login("ben", ip="198.51.100.9", result="failure")
    of = place.pseudonyms.of
    wanted = {
        "user": (of("user", "ann"), 1),
        "ip": (of("ip", "198.51.100.9"), 7),
        "device": (of("device", "laptop"), 1),
        "session": (of("session", "s1"), 1),
        "type": ("login", 8),
        "level": ("CRITICAL", 2),
        "action": ("block", 2),
        "mode": ("enforce", 8),
        "code": ("RAPID_LOGINS", 2),
        "country": ("ZZ", 0),
        "asn": (64_512, 0),
        "score_from": (800_000, 2),
        "score_to": (0, 6),
        "since_ms": (place.clock.ms(), 8),
        "until_ms": (place.clock.ms(), 0),
    }
    found = {name: (await place.store.history(Query(**{name: value}))).decisions for name, (value, _) in wanted.items()}
    assert {name: len(decisions) for name, decisions in found.items()} == {
        name: count for name, (_, count) in wanted.items()
    }
    both = await place.store.history(Query(user=of("user", "ben"), code="RAPID_LOGINS", score_from=1))
    assert len(both.decisions) == 2


async def test_part_of_a_code_is_no_code(place: Place):
    for _ in range(7):
        await place.login("ben", result="failure")
    assert (await place.store.history(Query(code="RAPID"))).decisions == ()


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(limit=st.integers(1, 9), offsets=st.lists(st.integers(0, 5), min_size=1, max_size=25))
async def test_pages_show_everything_once_newest_first(tmp_path_factory, limit, offsets):
    for place in (in_memory(), in_directory(tmp_path_factory.mktemp("pages") / "data")):
        made = [(await place.login("ann", occurred_at=START - timedelta(minutes=offset))).id for offset in offsets]
        shown, cursor = [], None
        while True:
            page = await place.store.history(Query(limit=limit, cursor=cursor))
            assert 1 <= len(page.decisions) <= limit
            shown += page.decisions
            cursor = page.cursor
            if cursor is None:
                break
        place.close()
        assert sorted(one.id for one in shown) == sorted(made)
        times = [one.event.occurred_ms for one in shown]
        assert times == sorted(times, reverse=True)


async def test_a_page_is_stable_while_events_arrive(place: Place):
    for minute in range(4):
        await place.login("ann", occurred_at=START - timedelta(minutes=minute))
    first = await place.store.history(Query(limit=2))
    await place.login("ann", occurred_at=START)
    rest = await place.store.history(Query(limit=5, cursor=first.cursor))
    assert len(rest.decisions) == 2
    assert not {one.id for one in first.decisions} & {one.id for one in rest.decisions}


@pytest.mark.parametrize("cursor", ["x", "1", "1-", "-1", "1-x", "9" * 60, "1 or 1=1-2"])
async def test_a_made_up_cursor_is_refused(place: Place, cursor):
    with pytest.raises(InvalidInput):
        await place.store.history(Query(cursor=cursor))


async def test_a_late_answer_is_the_decision(place: Place):
    event = login("ann", result="failure")
    judged = await place.engine.preview(event)
    answer = msgspec.structs.replace(judged, durable=False, action="allow")
    assessment = place.engine._prepare(event, "api", False)
    place.store.record_late(assessment, answer)
    assert await place.engine.assess(event) == answer
    assert await place.store.decision(answer.id) == answer
    with pytest.raises(Conflict):
        await place.engine.assess(msgspec.structs.replace(event, ip="198.51.100.1"))
    for _ in range(4):
        await place.login("ann", result="failure")
    assert not (await place.store.history(Query(code="RAPID_LOGINS"))).decisions
    assert (await place.login("ann", result="failure")).evidence
    assert (await place.store.decision(answer.id)) == answer


async def test_a_late_answer_replaces_what_was_committed_after_all(place: Place):
    event = login("ann")
    committed = await place.engine.assess(event)
    answer = msgspec.structs.replace(committed, durable=False)
    place.store.record_late(place.engine._prepare(event, "api", False), answer)
    assert await place.engine.assess(event) == answer
    await place.login("ann")
    assert len((await place.store.history(Query())).decisions) == 2


async def test_erasure_forgets_the_person_and_refuses_their_past(place: Place):
    first = await place.login("ann")
    other = await place.login("ben")
    await place.records.put(Record("label", "l1", b"{}", place.pseudonyms.of("user", "ann")))
    place.clock.forward(minutes=1)
    at_ms = await place.people.erase("ann")
    assert at_ms == place.clock.ms()
    assert await place.store.decision(first.id) is None
    assert await place.store.decision(other.id) == other
    assert await place.records.get("label", "l1") is None
    assert await place.store.profile(place.pseudonyms.of("user", "ann")) is None
    exported = await place.people.export("ann")
    assert exported["profile"] is None and exported["decisions"] == [] and exported["records"] == []
    with pytest.raises(Erased):
        await place.login("ann", occurred_at=START)
    with pytest.raises(Erased):
        await place.login("ann")


async def test_a_life_after_erasure_begins_anew(place: Place):
    for _ in range(5):
        await place.login("ann", result="failure")
    place.clock.forward(seconds=1)
    await place.people.erase("ann")
    place.clock.forward(seconds=1)
    decision = await place.login("ann", ip="198.51.100.77")
    assert decision.evidence == ()
    assert (await place.store.profile(place.pseudonyms.of("user", "ann"))).logins == 1


async def test_erasing_a_stranger_is_no_error(place: Place):
    assert await place.people.erase("nobody") == place.clock.ms()


async def test_export_has_everything(place: Place):
    await place.login("ann", result="failure")
    decision = await place.login("ann")
    await place.login("ben")
    owner = place.pseudonyms.of("user", "ann")
    await place.records.put(Record("label", "l1", b'{"label":"fraud"}', owner, 5))
    exported = await place.people.export("ann")
    assert msgspec.json.decode(msgspec.json.encode(exported))["userId"] == "ann"
    assert len(exported["decisions"]) == 2 and exported["profile"]["logins"] == 1
    assert decision.id in {one["id"] for one in exported["decisions"]}
    assert exported["records"] == [{"kind": "label", "name": "l1", "atMs": 5, "body": {"label": "fraud"}}]
    assert "ben" not in msgspec.json.encode(exported).decode()


async def test_profiles_can_be_changed_and_cleared(place: Place):
    owner = place.pseudonyms.of("user", "ann")
    assert await place.people.change_profile("ann", lambda _: Profile(override="mature")) is False
    assert (await place.store.profile(owner)).override == "mature"
    await place.login("ann")
    assert (await place.store.profile(owner)).override == "mature"
    assert await place.people.change_profile("ann", lambda _: None) is True
    assert await place.store.profile(owner) is None
    assert await place.people.change_profile("ann", lambda _: None) is False


async def test_an_incident_reaches_the_log(place: Place):
    await place.login("ann")
    await place.people.note_incident("ann", 1, place.clock.ms())
    observed = []

    def judge(assessment, state):
        observed.append(len(state.logs["user.incidents"]))
        return place.engine._judge(assessment, state)

    await place.store.decide(place.engine._prepare(login("ann"), "api", False), judge)
    assert observed == [1]


async def test_records_are_kept_replaced_listed_and_dropped(place: Place):
    records, owner = place.records, place.pseudonyms.of("user", "ann")
    start = await records.version()
    await records.put(Record("entry", "b", b"1", at_ms=1))
    await records.put(Record("entry", "a", b"2", owner, at_ms=2))
    await records.put(Record("other", "a", b"3"))
    assert [one.body for one in await records.all("entry")] == [b"1", b"2"]
    assert [one.name for one in await records.all("entry", owner)] == ["a"]
    await records.put(Record("entry", "b", b"4", at_ms=3))
    assert [one.body for one in await records.all("entry")] == [b"2", b"4"]
    assert await records.get("entry", "b") == Record("entry", "b", b"4", None, 3)
    assert await records.get("entry", "c") is None
    assert await records.change("entry", "b", removed) is None and await records.get("entry", "b") is None
    assert len({start, await records.version()}) == 2 and await records.version() > start


async def test_a_record_is_changed_in_one_piece(place: Place):
    records = place.records
    seen = []

    def add(record):
        seen.append(record)
        return Record("count", "one", b"%d" % (int(record.body) + 1 if record else 1))

    assert await records.change("count", "one", add) == Record("count", "one", b"1")
    assert (
        await records.change("count", "one", add) == await records.get("count", "one") == Record("count", "one", b"2")
    )
    assert seen == [None, Record("count", "one", b"1")]
    version = await records.version()
    assert await records.change("count", "one", lambda record: record) == Record("count", "one", b"2")
    assert await records.change("count", "none", removed) is None
    assert await records.version() == version

    def refuse(_record):
        raise NotFound("no")

    with pytest.raises(NotFound):
        await records.change("count", "one", refuse)
    assert await records.get("count", "one") == Record("count", "one", b"2")
    await asyncio.gather(*(records.change("count", "one", add) for _ in range(50)))
    assert (await records.get("count", "one")).body == b"52"


async def test_a_changed_record_of_a_person_goes_with_them(place: Place):
    await place.login("ann")
    owner = place.pseudonyms.of("user", "ann")
    await place.records.change("count", "hers", lambda _: Record("count", "hers", b"1", owner))
    assert [one["kind"] for one in (await place.people.export("ann"))["records"]] == ["count"]
    place.clock.forward(seconds=1)
    await place.people.erase("ann")
    assert await place.records.get("count", "hers") is None


async def test_sums_over_history(place: Place):
    assert await place.store.tally(None, None) == Tally()
    for _ in range(7):
        await place.login("ann", result="failure")
    tally = await place.store.tally(None, None)
    assert tally.total == 7 and tally.blocked == 2 and tally.codes["RAPID_LOGINS"] == 2
    found = (await place.store.history(Query())).decisions
    assert tally.score_sum == sum(one.score for one in found)
    assert (await place.store.tally(place.clock.ms() + 1, None)).total == 0


async def test_notes_are_taken(place: Place):
    await place.ledger.note("key:abc", "profile.read", "user:ann", {"why": "a test"})
