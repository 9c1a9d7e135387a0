"""The report for a terminal: the answer, then accounts, sources, countries, and decisions with their reasons."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta

from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from watchword.policy.cause import figure
from watchword.signals.signal import UNIT
from watchword.streams.findings import DEFINITION, NOWHERE
from watchword.streams.grid import Column, Grid
from watchword.streams.report import Account, File, Judged, Origin, Report
from watchword.streams.sentence import number
from watchword.streams.words import (
    between,
    day_and_time,
    kind_words,
    length,
    moments,
    network_words,
    plain,
    share,
    shown,
    year_words,
)  # fmt: skip

STYLES = {"allow": "dim", "monitor": "blue", "verify": "yellow", "block": "bold red"}
MARKS = {"allow": "○", "monitor": "■", "verify": "▲", "block": "◆"}
BARS = " ▁▂▃▄▅▆▇█"
ROWS = {"accounts": 15, "sources": 15, "countries": 12, "accepted": 12, "worst": 6, "signals": 12}
NAMES_SHOWN = 24


def show(report: Report, console: Console) -> None:
    """Prints the report; as wide as the console, in plain text where that is no terminal."""
    console.print()
    console.print(Text(plain(report.sentence), style="bold"))
    console.print(Text(_scope(report), style="dim"))
    for part in _parts(report, console.width):
        console.print()
        console.print(part)
    console.print()


def _parts(report: Report, width: int) -> Iterator[RenderableType]:
    if report.timeline:
        yield _timeline(report)
    yield from _accounts(report, width)
    if report.sources:
        yield _sources(report, width)
    if any(country.code for country in report.countries):
        yield _countries(report)
    if report.accepted:
        yield _judged("Log-ins that succeeded", report.accepted, report.counts.accepted, ROWS["accepted"])
    if report.worst:
        yield _judged("Gravest decisions", report.worst, len(report.worst), ROWS["worst"])
    if report.signals:
        yield _signals(report, width)
    yield from _unsure(report)
    yield _files(report)


def _scope(report: Report) -> str:
    counts = report.counts
    parts = [f"{counts.lines:,} lines, {counts.events:,} events judged in {report.seconds:.1f} s"]
    if report.first and report.last:
        parts.insert(0, between(report.first, report.last))
    if counts.already_known:
        parts.append(f"{counts.already_known:,} were known already")
    if counts.refused:
        parts.append(f"{counts.refused:,} refused")
    return " · ".join(parts)


def _titled(title: str, note: str, body: RenderableType) -> RenderableType:
    head = Text.assemble((title, "bold underline"), ("  " + note if note else "", "dim"))
    return Group(head, body)


def _action(action: str) -> Text:
    return Text(f"{MARKS[action]} {action}", STYLES[action])


def _timeline(report: Report) -> RenderableType:
    top = max(span.total for span in report.timeline) or 1
    line = Text()
    for span in report.timeline:
        worst = next((action for action in ("block", "verify", "monitor") if getattr(span, action)), "allow")
        level = -(-span.total * (len(BARS) - 1) // top)
        line.append(BARS[level], STYLES[worst])
    busiest = max(report.timeline, key=lambda span: span.total)
    what = "Attempts" if report.counts.attempts else "Events"
    width = _width(report)
    note = f"a mark is {length(width)}; at most {busiest.total:,}, from {day_and_time(busiest.start)}"
    first, last = report.timeline[0].start, report.timeline[-1].start
    ends = Text(f"{first:%H:%M}".ljust(max(len(report.timeline) - 5, 6)) + f"{last:%H:%M}", style="dim")
    return _titled(f"{what} over time", note, Group(line, ends))


def _width(report: Report) -> timedelta:
    if len(report.timeline) < 2:
        return timedelta(minutes=1)
    return report.timeline[1].start - report.timeline[0].start


def _accounts(report: Report, width: int) -> Iterator[RenderableType]:
    attacked = [account for account in report.accounts if account.attacked]
    people = [account for account in attacked if account.kind == "person"]
    services = [account for account in attacked if account.kind == "service"]
    absent = [account for account in attacked if account.kind == "unknown"]
    if people:
        yield _titled("People attacked", "", _account_table(people, report, width))
    if services:
        yield _titled("Service names attacked", "", _account_table(services, report, width))
    if absent:
        tries = sum(account.attempts for account in absent)
        note = f"{len(absent):,} {'more, ' if services else ''}tried {tries:,} times"
        yield _titled("Names that do not exist here", note, _names(absent))


def _account_table(accounts: Sequence[Account], report: Report, width: int) -> Table:
    grid = Grid(
        Column("account"), Column("failed", True), Column("got in", True), Column("sources", True, 1),
        Column("from", rank=3), Column("when, UTC", rank=2), Column("gravest"),
    )  # fmt: skip
    for account in accounts[: ROWS["accounts"]]:
        name = Text(shown(account.name), "bold" if account.exists else "")
        name.append("" if account.exists else "  does not exist", "dim")
        grid.row(
            name,
            f"{account.failed:,}",
            _figure_of_alarm(account.accepted),
            f"{account.sources:,}" + "+" * account.at_least,
            ", ".join(account.countries[:5]) + (" …" if len(account.countries) > 5 else ""),
            moments(account.first, account.last, report),
            _action(account.worst),
        )
    return grid.draw(width, len(accounts) - ROWS["accounts"])


def _names(absent: Sequence[Account]) -> Text:
    line = Text()
    for account in absent[:NAMES_SHOWN]:
        line.append(shown(account.name))
        line.append(f" {account.failed:,}  ", "dim")
    if len(absent) > NAMES_SHOWN:
        line.append(f"and {len(absent) - NAMES_SHOWN:,} more", "dim")
    return line


def _sources(report: Report, width: int) -> RenderableType:
    listed = [source for source in report.sources if source.attacking] or list(report.sources)
    grid = Grid(
        Column("source"), Column("from", rank=1), Column("network", rank=4), Column("failed", True),
        Column("got in", True), Column("calls", True, 5), Column("aimed at", rank=2), Column("when, UTC", rank=3),
        Column("gravest"),
    )  # fmt: skip
    for source in listed[: ROWS["sources"]]:
        network = Text(network_words(source)[:28])
        network.append(f" {kind_words(source)}" if kind_words(source) else "", "magenta")
        grid.row(
            Text(source.ip, "bold"),
            _place(source),
            network,
            f"{source.failed:,}",
            _figure_of_alarm(source.accepted),
            f"{source.calls:,}" if source.calls else "",
            _aim(source.aimed_at, source.accounts),
            moments(source.first, source.last, report),
            _action(source.worst),
        )
    attacking = report.counts.sources_attacking
    note = f"{attacking:,} of {report.counts.sources:,} attacking" if attacking else ""
    return _titled("Sources", note, grid.draw(width, len(listed) - ROWS["sources"]))


def _place(source: Origin) -> str:
    if source.country is None:
        return "" if source.country_name == NOWHERE else source.country_name
    return f"{source.city}, {source.country}" if source.city else source.country_name


def _figure_of_alarm(count: int) -> Text:
    return Text(f"{count:,}", "bold red" if count else "dim")


def _aim(names: Sequence[str], accounts: int) -> Text:
    text = Text(", ".join(shown(name, 20) for name in names[:2]))
    if accounts > 2:
        text.append(f" and {accounts - 2:,} more", "dim")
    return text


def _countries(report: Report) -> RenderableType:
    table = Table(box=None, pad_edge=False, show_header=False)
    counted = [country for country in report.countries if country.attempts] or list(report.countries)
    top = max((country.attempts for country in counted), default=1) or 1
    for country in counted[: ROWS["countries"]]:
        bar = "█" * max(1, round(30 * country.attempts / top))
        table.add_row(
            country.name,
            Text(bar, STYLES[country.worst] if country.worst != "allow" else ""),
            Text(f"{country.attempts:,}", justify="right"),
            Text(f"{share(country.attempts, report.counts.attempts)}, {country.sources:,} source"
                 + "s" * (country.sources != 1), "dim"),
        )  # fmt: skip
    if len(counted) > ROWS["countries"]:
        table.add_row(Text(f"and {len(counted) - ROWS['countries']:,} more", "dim"))
    return _titled("Countries", "by attempts", table)


def _judged(title: str, decisions: Sequence[Judged], total: int, rows: int) -> RenderableType:
    blocks: list[RenderableType] = []
    for judged in decisions[:rows]:
        blocks.append(_one(judged))
    if total > rows:
        blocks.append(Text(f"and {total - rows:,} more", "dim"))
    return _titled(title, "", Group(*blocks))


def _one(judged: Judged) -> Text:
    where = f" from {judged.ip}" if judged.ip else ""
    text = Text.assemble(
        _action(judged.action),
        f"  {judged.score:.1f}  ",
        (shown(judged.user), "bold"),
        where,
        (f", {judged.place}" if judged.place else "", ""),
        (f"  {day_and_time(judged.at)}", "dim"),
    )
    if judged.source_failed_before or judged.user_failed_before:
        text.append(
            f"\n    after {number(judged.source_failed_before, 'failure')} from there"
            f" and {number(judged.user_failed_before, 'failure')} for this account",
            "yellow",
        )
    for reason in judged.reasons[:3]:
        text.append(f"\n    {plain(reason.message)} ")
        text.append(f"({reason.code} {figure(round(reason.score * UNIT))}, {reason.severity.lower()})", "dim")
    if judged.reasons:
        text.append(f"\n    {judged.action}: {judged.cause}", "dim")
    else:
        text.append("\n    nothing speaks against it", "dim")
    if judged.unknown and judged.result == "success":
        text.append(f"\n    not evaluable: {'; '.join(judged.unknown[:4])}", "dim")
    if judged.alike > 1:
        text.append(f"\n    and {judged.alike - 1:,} more were flagged from there", "dim")
    return text


def _signals(report: Report, width: int) -> RenderableType:
    grid = Grid(
        Column("signal"), Column("family", rank=2), Column("decisions", True), Column("share", True),
        Column("strongest", True, 1),
    )  # fmt: skip
    for fired in report.signals[: ROWS["signals"]]:
        part = share(fired.count, report.counts.events)
        grid.row(fired.code, fired.type, f"{fired.count:,}", part, f"{fired.strongest:.1f}")
    mix = ", ".join(f"{count:,} {action}" for action, count in report.counts.actions.items() if count)
    return _titled("Signals that fired", f"decisions: {mix}", grid.draw(width, len(report.signals) - ROWS["signals"]))


def _unsure(report: Report) -> Iterator[RenderableType]:
    for title, missing in (
        ("Could not be evaluated", report.not_evaluable),
        ("Missing or refused", (*report.degraded, *report.refused)),
    ):
        if missing:
            lines = (plain(f"{one.what}: {one.reason}, {number(one.count, 'time')}") for one in missing[:8])
            yield _titled(title, "", Text("\n".join(lines)))


def _files(report: Report) -> RenderableType:
    text = Text("\n").join(part for file in report.files for part in _file(file))
    text.append(f"\n{DEFINITION}", "dim")
    credit = report.data.get("attribution")
    if credit:
        text.append(f"\nPlaces and networks: {credit}", "dim")
    return _titled("What was read", "", text)


def _file(file: File) -> Iterator[Text]:
    head = Text.assemble((plain(file.name), "bold"), f"  {file.title}, {file.lines:,} lines, {file.events:,} events")
    if years := year_words(file):
        head.append(f"; {years}")
    yield head
    for reason, count in file.ignored.items():
        yield Text(f"    {count:,} {plain(reason)}", "dim")
    if file.bad_lines:
        yield Text(f"    {number(file.bad_lines, 'bad line')} left out:", "yellow")
    for bad in file.bad[:5]:
        yield Text(f"    line {bad.line:,}: {plain(bad.reason)}", "dim")
