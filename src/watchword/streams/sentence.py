"""The first sentence of a report: the answer before any figure."""

from __future__ import annotations

from collections.abc import Sequence

from watchword.streams.findings import Findings
from watchword.streams.report import Counts, Judged

NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
OUTCOMES = {
    "allow": "little speaks against it",
    "monitor": "it is worth watching",
    "verify": "it should have been asked to prove itself",
    "block": "it should have been blocked",
}


def sentence(counts: Counts, findings: Findings, accepted: Sequence[Judged], at_least: bool = False) -> str:
    """Who was attacked from where, and what got in; of files without log-ins, what was in them."""
    if not counts.attempts:
        return _without_log_ins(counts)
    return f"{_attack(counts, findings, at_least)} {_entries(counts, accepted)}"


def words(count: int) -> str:
    """A count as text writes it: `no`, `one`, `twelve`, `13`, `1,204`."""
    return NUMBERS[count] if count < len(NUMBERS) else f"{count:,}"


def number(count: int, one: str, many: str | None = None) -> str:
    """A count and its noun: `one source`, `12 accounts`, `1,204 events`."""
    return f"{words(count)} {one if count == 1 else many or one + 's'}"


def _attack(counts: Counts, findings: Findings, at_least: bool) -> str:
    exist, absent = counts.accounts_attacked, counts.names_attacked_that_do_not_exist
    if not exist and not absent:
        return _nameless(counts)
    least = "at least " if at_least else ""
    countries = (
        f" in {number(counts.countries_attacking, 'country', 'countries')}" if counts.countries_attacking else ""
    )
    where = f"from {number(counts.sources_attacking, 'source')}{countries}"
    if not exist:
        names = number(absent, "name that does not exist", "names that do not exist")
        return f"{_upper(least + names)} here {_were(absent)} tried {where}; no account that exists was attacked."
    tried = (
        f"; {number(absent, 'name that does', 'names that do')} not exist here {_were(absent)} tried too"
        if absent
        else ""
    )
    accounts = _upper(least + number(exist, "account"))
    return f"{accounts} {_were(exist)} attacked {where}{_most(counts, findings)}{tried}."


def _nameless(counts: Counts) -> str:
    if not counts.sources_attacking:
        return "No account was attacked."
    who = _upper(number(counts.sources_attacking, "source"))
    return f"{who} guessed at log-ins, {counts.log_in_posts:,} times; the log does not name the accounts."


def _most(counts: Counts, findings: Findings) -> str:
    top = next(account for account in findings.accounts if account.attacked and account.exists)
    if counts.accounts_attacked == 1:
        return f": {top.name} ({number(top.failed, 'failure')})"
    return f", most of all {top.name} ({top.failed:,} of {counts.failed:,} failures)"


def _were(count: int) -> str:
    return "was" if count == 1 else "were"


def _entries(counts: Counts, accepted: Sequence[Judged]) -> str:
    if not counts.accepted:
        return "No log-in succeeded."
    flagged = [judged for judged in accepted if judged.action != "allow"]
    if counts.accepted == 1 and accepted:
        return f"One log-in succeeded: {_one(accepted[0])}"
    succeeded = f"{_upper(number(counts.accepted, 'log-in'))} succeeded"
    if not flagged:
        return f"{succeeded}, and nothing weighty speaks against any of them."
    if len(flagged) == 1:
        return f"{succeeded}; one needs a look: {_one(flagged[0])}"
    return f"{succeeded}; {words(len(flagged))} need a look, first {_one(flagged[0])}"


def _one(judged: Judged) -> str:
    place = f" ({judged.place})" if judged.place else ""
    before = (
        f" after {number(judged.source_failed_before, 'failure')} from there" if judged.source_failed_before else ""
    )
    told = f"{OUTCOMES[judged.action]} ({judged.cause})" if judged.reasons else "nothing speaks against it"
    return f"{judged.user or 'somebody'} from {judged.ip}{place}{before}; {told}."


def _without_log_ins(counts: Counts) -> str:
    if not counts.events:
        return "Nothing in these files is for judging: no log-in, no call, no change of an account."
    flagged = sum(count for action, count in counts.actions.items() if action != "allow")
    told = f"{_upper(words(flagged))} of them {_were(flagged)} flagged"
    calls = f"{_upper(number(counts.events, 'event'))} from {number(counts.sources, 'source')}, none of them a log-in."
    return f"{calls} {told}." if flagged else f"{calls} Nothing was flagged."


def _upper(text: str) -> str:
    return text[:1].upper() + text[1:]
