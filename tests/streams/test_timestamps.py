"""Years are inferred so that nothing lies in the future, and turns of the year are seen."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watchword.streams.timestamps import LogTimes, Years, infer_years


def lines(*days: str) -> list[bytes]:
    return [f"{day} 06:55:46 web1 sshd[1]: x".encode() for day in days]


@pytest.mark.parametrize(
    ("days", "written", "first", "last"),
    [
        (["Dec 10"], date(2026, 11, 20), 2025, 2025),
        (["Dec 10"], date(2026, 12, 10), 2026, 2026),
        (["Nov 30", "Dec 31", "Jan  1", "Jan  2"], date(2027, 1, 3), 2026, 2027),
        (["Dec 30", "Dec 31", "Jan  1", "Dec 31", "Jan  1"], date(2027, 1, 3), 2026, 2027),
        (["Feb  2", "Feb  1", "Feb  2"], date(2026, 3, 1), 2026, 2026),
        (["Nov  1", "Mar  1", "Feb  1"], date(2026, 3, 1), 2024, 2026),
        (["Feb 29"], date(2027, 6, 1), 2024, 2024),
        (["Feb 29", "Dec 31", "Jan  1"], date(2027, 6, 1), 2024, 2025),
    ],
)
def test_the_newest_line_is_not_in_the_future(days: list[str], written: date, first: int, last: int) -> None:
    assert infer_years(lines(*days), written) == Years(first, last)


def test_a_given_year_is_the_newest_lines() -> None:
    assert infer_years(lines("Dec 31", "Jan  1"), date(2026, 1, 1), 2017) == Years(2016, 2017, inferred=False)


def test_lines_with_years_need_none() -> None:
    assert infer_years([b"2025-12-10T06:55:46Z web1 sshd[1]: x"], date(2026, 1, 1)) is None


@given(st.datetimes(datetime(2001, 1, 1), datetime(2030, 1, 1)), st.lists(st.integers(0, 200 * 86_400), max_size=30))
def test_reading_agrees_with_the_calendar(start: datetime, gaps: list[int]) -> None:
    at = [start.replace(microsecond=0, tzinfo=UTC)]
    for gap in gaps:
        at.append(at[-1] + timedelta(seconds=gap))
    log = [f"{when:%b} {when.day:2d} {when:%H:%M:%S} web1 x".encode() for when in at]
    years = infer_years(log, at[-1].date())
    assert years == Years(at[0].year, at[-1].year)
    times = LogTimes(years.first)
    assert [times.classic(line) for line in log] == [int(when.timestamp() * 1000) for when in at]


@given(st.datetimes(datetime(1990, 1, 1), datetime(2100, 1, 1), timezones=st.just(ZoneInfo("Europe/Lisbon"))))
def test_rfc3339_agrees_with_the_standard_library(when: datetime) -> None:
    when = when.replace(microsecond=when.microsecond // 1000 * 1000)
    expected = (when - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)
    for stamp in (when.isoformat(), when.strftime("%Y-%m-%d %H:%M:%S.%f%z")):
        assert LogTimes(1970).rfc3339(stamp.encode()) == expected


def test_times_without_a_zone_are_in_the_zone_given() -> None:
    times = LogTimes(2025, ZoneInfo("Europe/Berlin"))
    assert times.classic(b"Jul 10 08:55:46 web1") == times.rfc3339(b"2025-07-10T06:55:46Z")
    assert times.classic(b"Dec 10 07:55:46 web1") == 1_765_349_746_000
    assert times.rfc3339(b"2025-12-10 07:55:46") == 1_765_349_746_000


@pytest.mark.parametrize("line", [b"", b"De", b"Dec 99 06:55:46", b"Feb 30 06:55:46", b"Dec 10 0x:55:46", b"\xff" * 20])
def test_what_is_no_time_is_none(line: bytes) -> None:
    assert LogTimes(2025).classic(line) is None
    assert LogTimes(2025).rfc3339(line) is None
