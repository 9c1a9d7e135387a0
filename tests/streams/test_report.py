"""From events to findings and the first sentence, through a real engine in memory."""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from watchword.bootstrap import memory_engine
from watchword.enrichment.facts import Facts, Network, Place
from watchword.enrichment.nothing import NullEnricher
from watchword.events.api_call import ApiCall
from watchword.events.event import Event
from watchword.events.login import Login
from watchword.streams.assemble import assemble
from watchword.streams.report import Report, to_json
from watchword.streams.scan import LogClock
from watchword.streams.tally import Tally
from watchword.streams.timeline import Timeline

START = datetime(2025, 12, 10, 6, 55, 46, tzinfo=UTC)


class Atlas(NullEnricher):
    """Knows two networks."""

    def enrich(self, event: Event, now_ms: int) -> Facts:
        if event.ip is not None and event.ip.startswith("192.0.2."):
            place = Place(39.9, 116.4, 50, "CN", "Beijing")
            return Facts(place, Network(asn=64500, organisation="Example", country="CN", hosting=True))
        if event.ip is not None and event.ip.startswith("10."):
            return Facts(network=Network(special="private"))
        return Facts()


def log_in(at: float, user: str, ip: str, result: str = "failure", unknown: bool = False) -> Login:
    metadata = {"unknownUser": True} if unknown else {}
    when = START + timedelta(seconds=at)
    return Login(id=f"{at} {user} {ip}", occurred_at=when, user_id=user, ip=ip, result=result, metadata=metadata)  # type: ignore[arg-type]


async def report_on(events: Iterable[Event]) -> Report:
    clock, tally = LogClock(), Tally()
    engine = memory_engine(Atlas(), clock)
    engine.listen(tally.take)
    for event in sorted(events, key=lambda one: one.occurred_at):
        clock.pass_to(event.occurred_at)
        await engine.assess(event, source="test")
    return assemble(tally, (), 0.5)


def burst(user: str, ip: str, times: int, since: float = 0, unknown: bool = False) -> list[Login]:
    return [log_in(since + 7.3 * n + n % 3, user, ip, unknown=unknown) for n in range(times)]


async def test_an_attack_and_the_log_in_that_came_of_it() -> None:
    guessed = [*burst("root", "192.0.2.7", 20), log_in(300, "root", "192.0.2.7", "success")]
    report = await report_on(guessed)
    (root,) = report.accounts
    assert (root.name, root.kind, root.attacked, root.failed, root.accepted) == ("root", "service", True, 20, 1)
    (source,) = report.sources
    assert (source.ip, source.country, source.city, source.asn) == ("192.0.2.7", "CN", "Beijing", 64500)
    assert (source.kind, source.attacking, source.aimed_at) == ("hosting", True, ("root",))
    (accepted,) = report.accepted
    assert (accepted.source_failed_before, accepted.user_failed_before) == (20, 20)
    assert report.sentence.startswith("One account was attacked from one source in one country: root (20 failures).")
    assert "root from 192.0.2.7 (Beijing, China) after 20 failures from there" in report.sentence


async def test_people_services_and_names_that_do_not_exist_are_told_apart() -> None:
    events = [
        *burst("root", "192.0.2.7", 6),
        *burst("eve", "192.0.2.7", 6, 100),
        *burst("Oracle2", "192.0.2.7", 1, 200, unknown=True),
        *burst("zhangyan", "192.0.2.7", 2, 300, unknown=True),
    ]
    report = await report_on(events)
    assert {one.name: (one.kind, one.exists) for one in report.accounts} == {
        "root": ("service", True),
        "eve": ("person", True),
        "Oracle2": ("service", False),
        "zhangyan": ("unknown", False),
    }
    assert report.counts.accounts_attacked == 2
    assert (report.counts.names_that_do_not_exist, report.counts.tries_at_names_that_do_not_exist) == (2, 3)
    assert "two names that do not exist here were tried too" in report.sentence


async def test_a_person_who_mistypes_is_not_under_attack() -> None:
    typed = [*burst("eve", "10.0.0.5", 2), log_in(60, "eve", "10.0.0.5", "success")]
    report = await report_on(typed)
    assert report.counts.sources_attacking == report.counts.accounts_attacked == 0
    assert report.sentence.startswith("No account was attacked. One log-in succeeded: eve from 10.0.0.5")
    assert report.sources[0].country_name == "private address"


async def test_an_office_whose_people_mistype_is_no_attacker() -> None:
    people = [f"person{number}" for number in range(8)]
    typed = [log_in(600 * n, name, "10.0.0.5") for n, name in enumerate(people)]
    entered = [log_in(600 * n + 20, name, "10.0.0.5", "success") for n, name in enumerate(people)]
    report = await report_on([*typed, *entered])
    assert report.counts.sources_attacking == 0


async def test_guesses_from_many_sources_at_one_person_are_an_attack() -> None:
    guesses = [log_in(9.5 * n + n % 4, "eve", f"192.0.2.{n % 4}") for n in range(14)]
    report = await report_on([*guesses, log_in(400, "eve", "10.0.0.5", "success")])
    (eve,) = report.accounts
    assert (eve.kind, eve.attacked, eve.sources) == ("person", True, 5)
    assert report.counts.sources_attacking == 4
    assert [source.ip for source in report.sources if not source.attacking] == ["10.0.0.5"]


async def test_log_in_posts_without_names_are_guesses_of_their_source() -> None:
    calls = [
        ApiCall(
            id=str(n), occurred_at=START + timedelta(seconds=n), ip="192.0.2.9", endpoint="/wp-login.php", status=200,
            metadata={"logInPost": "failure"},
        )
        for n in range(30)
    ]  # fmt: skip
    report = await report_on(calls)
    assert report.counts.log_in_posts == report.counts.attempts == 30
    assert report.sentence.startswith("One source guessed at log-ins, 30 times; the log does not name the accounts.")


async def test_files_without_log_ins_say_so() -> None:
    call = ApiCall(id="1", occurred_at=START, ip="192.0.2.9", endpoint="/", status=200)
    assert (
        await report_on([call])
    ).sentence == "One event from one source, none of them a log-in. Nothing was flagged."
    assert (await report_on([])).sentence.startswith("Nothing in these files is for judging")


async def test_the_same_event_again_is_counted_as_known() -> None:
    events = burst("eve", "192.0.2.7", 3)
    report = await report_on([*events, *events])
    assert report.counts.already_known == 3


async def test_countries_are_ranked_and_the_json_comes_back() -> None:
    report = await report_on([*burst("root", "192.0.2.7", 6), *burst("root", "10.0.0.5", 2, 100)])
    assert [(one.code, one.attempts) for one in report.countries] == [("CN", 6), (None, 2)]
    assert msgspec.json.decode(to_json(report), type=Report) == report
    assert b'"tooLittle"' not in to_json(report)
    assert b'"accountsAttacked": 1' in to_json(report)


@pytest.mark.parametrize(("gap_ms", "count"), [(1_000, 500), (3_600_000, 3_000), (86_400_000, 4_000)])
def test_a_timeline_loses_nobody_and_stays_small(gap_ms: int, count: int) -> None:
    timeline = Timeline()
    for number in range(count):
        timeline.take(1_765_349_746_000 + number * gap_ms, "block" if number % 3 else "allow")
    stretches = list(timeline.stretches())
    assert sum(sum(counts) for _, counts in stretches) == count
    assert 1 <= len(stretches) <= 96
    starts = [start for start, _ in stretches]
    assert len({after - before for before, after in itertools.pairwise(starts)}) <= 1


def test_the_log_clock_never_shows_a_time_that_has_not_come() -> None:
    clock = LogClock()
    clock.pass_to(START)
    clock.pass_to(START - timedelta(days=1))
    assert clock() == START
    clock.pass_to(datetime(2190, 1, 1, tzinfo=UTC))
    assert clock() <= datetime.now(UTC)
