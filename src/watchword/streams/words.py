"""Times, shares and ranges as people read them, for the terminal and the page alike."""

from __future__ import annotations

from datetime import datetime, timedelta

from watchword.streams.report import File, Origin, Report

KINDS = {
    "access": "",
    "special": "not on the internet",
    "hosting": "hosting",
    "relay": "relay",
    "vpn": "VPN",
    "proxy": "proxy",
    "residential_proxy": "residential proxy",
    "tor": "Tor exit",
}


def shown(name: str | None, most: int = 40) -> str:
    """A name from a log, safe to print: nothing that steers a terminal or turns text around, cut, edges visible."""
    if not name:
        return "(no name)"
    whole = plain(name)
    cut = whole if len(whole) <= most else whole[: most - 1] + "…"
    return f"'{cut}'" if cut != cut.strip() else cut


def plain(text: str) -> str:
    """Text that may quote what a stranger sent, without what steers a terminal or turns text around."""
    return text if text.isprintable() else "".join(one if one.isprintable() else repr(one)[1:-1] for one in text)


def day_and_time(at: datetime) -> str:
    """`10 Dec 2025, 06:55:48`."""
    return f"{at.day} {at:%b %Y, %H:%M:%S}"


def between(first: datetime, last: datetime) -> str:
    """`10 Dec 2025, 06:55 to 11:04 UTC`, as short as it can be told."""
    end = f"{last:%H:%M}" if first.date() == last.date() else f"{last.day} {last:%b %Y, %H:%M}"
    return f"{first.day} {first:%b %Y, %H:%M} to {end} UTC"


def moments(first: datetime, last: datetime, within: Report) -> str:
    """`09:10 to 11:04`; with days where the report covers more than one, once where both are the same."""
    several = within.first is not None and within.last is not None and within.first.date() != within.last.date()
    one = f"{first.day} {first:%b %H:%M}" if several else f"{first:%H:%M}"
    other = f"{last.day} {last:%b %H:%M}" if first.date() != last.date() else f"{last:%H:%M}"
    return one if one.endswith(other) else f"{one} to {other}"


def length(span: timedelta) -> str:
    """`4 h 9 min`, `12 days`, `38 s`: the two largest parts at most."""
    seconds = int(span.total_seconds())
    days, hours, minutes = seconds // 86_400, seconds // 3600 % 24, seconds // 60 % 60
    if days:
        return f"{days:,} day{'s' * (days > 1)}" + (f" {hours} h" if hours and days < 10 else "")
    if hours:
        return f"{hours} h {minutes} min" if minutes else f"{hours} h"
    return f"{minutes} min" if minutes else f"{seconds} s"


def share(part: int, whole: int) -> str:
    """A share in percent, two digits under ten: `0.63 %`, `54 %`."""
    percent = 100 * part / whole if whole else 0.0
    return f"{percent:.2g} %" if 0 < percent < 10 else f"{percent:.0f} %"


def year_words(file: File) -> str:
    """What the report says of the years of a file whose lines carry none."""
    if file.first_year is None or file.last_year is None:
        return ""
    years = f"{file.first_year}" if file.first_year == file.last_year else f"{file.first_year} to {file.last_year}"
    how = "inferred from the file's date; --year says otherwise" if file.year_inferred else "as given"
    return f"its lines carry no year: {years}, {how}"


def network_words(source: Origin) -> str:
    """`AS4134 Chinanet`; empty where it is not known."""
    if source.asn is None:
        return source.organisation or ""
    return f"AS{source.asn} {source.organisation or ''}".strip()


def kind_words(source: Origin) -> str:
    """How the source is connected, and on how many abuse lists it stands; empty for an ordinary line."""
    lists = f"on {source.abuse_lists} abuse list{'s' * (source.abuse_lists > 1)}" if source.abuse_lists else ""
    return ", ".join(part for part in (KINDS.get(source.kind, source.kind), lists) if part)
