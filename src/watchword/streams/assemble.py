"""Puts a scan's report together: counts, findings, the decisions worth showing, and the first sentence."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import islice

from watchword.policy.cause import cause_of
from watchword.policy.decision import ACTIONS, Decision
from watchword.streams.connector import moment
from watchword.streams.findings import Findings, find, place_words
from watchword.streams.highlights import Accepted, Flagged
from watchword.streams.report import Counts, File, Fired, Judged, Line, Missing, Reason, Report, Span
from watchword.streams.sentence import sentence
from watchword.streams.sources import Source
from watchword.streams.tally import Tally

LISTED = 1_000
"""Rows of each list in the report; the terminal and the page show fewer."""
WORST_LISTED = 50
POINT = 10_000


def assemble(tally: Tally, sources: Sequence[Source], seconds: float, credit: str = "") -> Report:
    """The report of a tally; `seconds` is how long it took, `credit` what reference data's licences ask to show."""
    findings = find(tally)
    files = tuple(_file(source) for source in sources)
    counts = _counts(tally, findings, files)
    accepted = tuple(_accepted(one) for one in islice(tally.highlights.accepted(), LISTED))
    return Report(
        sentence=sentence(counts, findings, accepted, tally.at_least),
        counts=counts,
        files=files,
        first=moment(tally.first_ms) if tally.first_ms is not None else None,
        last=moment(tally.last_ms) if tally.last_ms is not None else None,
        accounts=tuple(findings.accounts[:LISTED]),
        sources=tuple(findings.sources[:LISTED]),
        countries=tuple(findings.countries),
        accepted=accepted,
        worst=tuple(_flagged(one) for one in islice(tally.highlights.worst(), WORST_LISTED)),
        signals=tuple(_fired(tally)),
        not_evaluable=tuple(_missing(tally.not_evaluable)),
        degraded=tuple(_missing(tally.degraded)),
        refused=tuple(_missing(tally.refused)),
        timeline=tuple(_timeline(tally)),
        data={"versions": tally.versions, "attribution": credit},
        seconds=round(seconds, 2),
        at_least=tally.at_least,
    )


def _counts(tally: Tally, findings: Findings, files: Iterable[File]) -> Counts:
    absent = [account for account in findings.accounts if not account.exists]
    attacking = [source for source in findings.sources if source.attacking]
    return Counts(
        lines=sum(file.lines for file in files),
        events=tally.events,
        attempts=tally.failed + tally.accepted + tally.log_in_posts,
        failed=tally.failed,
        accepted=tally.accepted,
        api_calls=tally.calls,
        log_in_posts=tally.log_in_posts,
        already_known=tally.known,
        refused=sum(tally.refused.values()),
        accounts=len(findings.accounts) - len(absent),
        accounts_attacked=sum(account.attacked and account.exists for account in findings.accounts),
        sources=len(findings.sources),
        sources_attacking=len(attacking),
        countries=sum(country.code is not None for country in findings.countries),
        countries_attacking=len({source.country for source in attacking if source.country}),
        actions={action: tally.actions[action] for action in ACTIONS},
        names_that_do_not_exist=len(absent),
        names_attacked_that_do_not_exist=sum(account.attacked for account in absent),
        tries_at_names_that_do_not_exist=sum(account.attempts for account in absent),
    )


def _file(source: Source) -> File:
    complaints, years = source.complaints, source.years
    return File(
        name="standard input" if source.name == "-" else source.name,
        format=source.connector.name,
        title=source.connector.title,
        lines=source.lines,
        events=source.taken,
        bad_lines=complaints.count,
        bad=tuple(Line(line, reason) for line, reason in complaints.kept),
        ignored=complaints.ignored,
        first_year=years.first if years else None,
        last_year=years.last if years else None,
        year_inferred=bool(years and years.inferred),
    )


def _accepted(accepted: Accepted) -> Judged:
    return _judged(accepted.decision, 1, accepted.source_failed, accepted.user_failed)


def _flagged(flagged: Flagged) -> Judged:
    return _judged(flagged.decision, flagged.alike, 0, 0)


def _judged(decision: Decision, alike: int, source_failed: int, user_failed: int) -> Judged:
    event, facts = decision.event, decision.facts
    contributions = dict(decision.contributions)
    reasons = (
        Reason(
            one.code,
            one.type,
            one.severity,
            one.score / POINT,
            contributions.get(one.code, 0) / POINT,
            one.message,
        )
        for one in decision.evidence
    )
    return Judged(
        id=decision.id,
        at=event.occurred_at,
        user=event.user_id,
        ip=event.ip,
        country=facts.place.country if facts.place else facts.network.country,
        place=place_words(facts),
        type=str(event.__struct_config__.tag),
        result=getattr(event, "result", None),
        action=decision.action,
        level=decision.level,
        score=decision.score / POINT,
        cause=cause_of(decision),
        reasons=tuple(reasons),
        unknown=tuple(f"{one.code}: {one.reason}" for one in decision.not_evaluable),
        alike=alike,
        source_failed_before=source_failed,
        user_failed_before=user_failed,
    )


def _fired(tally: Tally) -> Iterable[Fired]:
    ranked = sorted(tally.fired.items(), key=lambda pair: (-pair[1][0], pair[0]))
    return (Fired(code, type_, count, strongest / POINT) for (code, type_), (count, strongest) in ranked)


def _missing(counted: dict[tuple[str, str], int]) -> Iterable[Missing]:
    ranked = sorted(counted.items(), key=lambda pair: (-pair[1], pair[0]))
    return (Missing(what, reason, count) for (what, reason), count in ranked)


def _timeline(tally: Tally) -> Iterable[Span]:
    shown = tally.timeline if tally.failed + tally.accepted + tally.log_in_posts else tally.traffic
    return (Span(moment(start), *counts) for start, counts in shown.stretches())
