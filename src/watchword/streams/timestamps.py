"""Times of log lines, parsed by hand because `strptime` would be most of the reading."""

from __future__ import annotations

from calendar import isleap
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo

MONTHS = {
    name: number
    for number, name in enumerate(
        (b"Jan", b"Feb", b"Mar", b"Apr", b"May", b"Jun", b"Jul", b"Aug", b"Sep", b"Oct", b"Nov", b"Dec"), 1
    )
}
DAY_MS = 86_400_000
EPOCH = date(1970, 1, 1).toordinal()
DISORDER_DAYS = 7
"""Lines this far out of order still belong to the same year."""
YEARS_BACK = 40


@dataclass(frozen=True)
class Years:
    """The years that a log without years covers, first line to newest. `inferred` unless somebody gave it."""

    first: int
    last: int
    inferred: bool = True


def infer_years(lines: Iterable[bytes], not_after: date, newest: int | None = None) -> Years | None:
    """The years of classic syslog `lines`: the newest day is the last such day on or before `not_after`.

    `newest` is the newest line's year where it is known. A step back of over a week is a new year. None where no
    line has a classic time stamp.
    """
    turns = _Turns()
    head = b""
    for line in lines:
        if line[:6] != head:
            head = line[:6]
            turns.see(head)
    if turns.day is None:
        return None
    last = newest if newest is not None else turns.newest_year(not_after)
    return Years(last - turns.most, last, newest is None)


class _Turns:
    """Counts the turns of the year along the days of a log."""

    def __init__(self) -> None:
        self.day: int | None = None
        self.offset = self.most = 0
        self.newest = (1, 1)
        self.leap_offsets: set[int] = set()

    def see(self, head: bytes) -> None:
        found = _month_and_day(head)
        if found is None:
            return
        day = _day_in_year(*found)
        self.offset += 0 if self.day is None else year_step(self.day, day)
        self.day = day
        if self.offset > self.most:
            self.most, self.newest = self.offset, (1, 1)
        if self.offset == self.most:
            self.newest = max(self.newest, found)
        if found == (2, 29):
            self.leap_offsets.add(self.offset)

    def newest_year(self, not_after: date) -> int:
        for year in range(not_after.year, not_after.year - YEARS_BACK, -1):
            starts_leap = all(isleap(year - self.most + offset) for offset in self.leap_offsets)
            if starts_leap and (year, *self.newest) <= (not_after.year, not_after.month, not_after.day):
                return year
        return not_after.year


def year_step(before: int, now: int) -> int:
    """How the year moves between two lines' days in the year: 1 past New Year, -1 for a straggler, else 0."""
    if now < before - DISORDER_DAYS:
        return 1
    return -1 if now - before > 372 - DISORDER_DAYS else 0


class LogTimes:
    """Reads the times of one file's lines, in their order: classic syslog (`Dec 10 06:55:46`) and RFC 3339.

    Remembers the day and the zone's offset, so that a line costs two additions. Whoever skips lines shows their first
    six bytes to `pass_by` whenever those change, or a turn of the year among the skipped goes unseen.
    """

    def __init__(self, first_year: int, zone: tzinfo = UTC) -> None:
        self._year = first_year
        self._zone = None if zone is UTC else zone
        self._day: int | None = None
        self._head = b""
        self._head_ms = 0
        self._iso_head = b""
        self._iso_ms = 0
        self._offsets: dict[int, int] = {}

    def pass_by(self, head: bytes) -> None:
        """Takes note of the day (`Dec 10`) of a line whose time nobody asks for."""
        if head != self._head:
            self._turn_to(head)

    def classic(self, line: bytes) -> int | None:
        """Milliseconds since 1970 of a line that starts with `Mmm dd hh:mm:ss`; None where it does not."""
        if line[:6] != self._head and not self._turn_to(line[:6]):
            return None
        try:
            at = self._head_ms + int(line[7:9]) * 3_600_000 + int(line[10:12]) * 60_000 + int(line[13:15]) * 1000
        except ValueError:
            return None
        return at if self._zone is None else at - self.offset_ms(at)

    def rfc3339(self, stamp: bytes) -> int | None:
        """Milliseconds since 1970 of `2026-12-10T06:55:46.123456+01:00` (`T` or space, fraction and zone optional)."""
        if stamp[:10] != self._iso_head and not self._turn_to_date(stamp[:10]):
            return None
        try:
            at = self._iso_ms + int(stamp[11:13]) * 3_600_000 + int(stamp[14:16]) * 60_000 + int(stamp[17:19]) * 1000
            fraction, zone = _fraction_and_zone(stamp[19:])
            return at + fraction - (self.offset_ms(at) if zone is None else zone)
        except ValueError:
            return None

    def offset_ms(self, local_ms: int) -> int:
        """How far the log's own zone is ahead of UTC at that local time."""
        if self._zone is None:
            return 0
        hour = local_ms // 3_600_000
        found = self._offsets.get(hour)
        if found is None:
            at = datetime.fromtimestamp(hour * 3600, UTC).replace(tzinfo=self._zone)
            found = self._offsets[hour] = int((at.utcoffset() or timedelta()).total_seconds() * 1000)
        return found

    def _turn_to(self, head: bytes) -> bool:
        found = _month_and_day(head)
        if found is None:
            return False
        day = _day_in_year(*found)
        self._year += 0 if self._day is None else year_step(self._day, day)
        try:
            self._head_ms = (date(self._year, *found).toordinal() - EPOCH) * DAY_MS
        except ValueError:
            return False
        self._day, self._head = day, head
        return True

    def _turn_to_date(self, head: bytes) -> bool:
        try:
            self._iso_ms = (date.fromisoformat(head.decode()).toordinal() - EPOCH) * DAY_MS
        except ValueError:
            return False
        self._iso_head = head
        return True


def _month_and_day(head: bytes) -> tuple[int, int] | None:
    month = MONTHS.get(head[:3])
    day = head[4:6].strip()
    if month is None or not day.isdigit() or not 1 <= int(day) <= 31:
        return None
    return month, int(day)


def _day_in_year(month: int, day: int) -> int:
    return (month - 1) * 31 + day


def _fraction_and_zone(rest: bytes) -> tuple[int, int | None]:
    fraction = 0
    if rest[:1] in (b".", b","):
        digits = 1
        while rest[digits : digits + 1].isdigit():
            digits += 1
        fraction = int((rest[1:digits] + b"00")[:3])
        rest = rest[digits:]
    if not rest:
        return fraction, None
    if rest in (b"Z", b"z"):
        return fraction, 0
    sign = -1 if rest[:1] == b"-" else 1
    minutes = int(rest[1:3]) * 60 + int(rest[-2:] if len(rest) >= 5 else b"0")
    return fraction, sign * minutes * 60_000
