"""From counts to findings: who was attacked, from where, and what got in."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from watchword.enrichment.countries import countries
from watchword.enrichment.facts import Facts
from watchword.policy.decision import ACTIONS
from watchword.streams.connector import moment
from watchword.streams.names import is_service
from watchword.streams.report import Account, Country, Origin
from watchword.streams.tally import MOST_OF_ONE, AccountCount, SourceCount, Tally

MANY_FAILURES = 5
MANY_ACCOUNTS = 3
NOWHERE = "no country"
AIMED_AT_SHOWN = 8

MANY_SOURCES = 3

DEFINITION = (
    f"A source attacks from {MANY_FAILURES} failed log-ins on, when they outnumber its successes; if it never "
    f"succeeds, with any try at a service name or a name that does not exist, or at {MANY_ACCOUNTS} accounts; and "
    f"where it fails, more often than it succeeds, at an account that {MANY_SOURCES} sources or more guess at, fast "
    "enough to be flagged. An account is attacked when such a source fails at it."
)


class Findings(NamedTuple):
    """What the counts say, the gravest first."""

    accounts: list[Account]
    sources: list[Origin]
    countries: list[Country]


def find(tally: Tally) -> Findings:
    """The findings of a tally, complete; whoever shows them cuts."""
    attacking = {ip for ip, source in tally.sources.items() if _attacks(source, tally.accounts)}
    places = {ip: _country(source.facts) for ip, source in tally.sources.items()}
    accounts = [_account(count, attacking, places) for count in tally.accounts.values()]
    sources = [_origin(count, count.ip in attacking) for count in tally.sources.values()]
    return Findings(
        sorted(accounts, key=lambda one: (not one.attacked, -one.failed, -one.attempts, one.name)),
        sorted(sources, key=lambda one: (not one.attacking, -one.failed, -one.attempts, -one.calls, one.ip)),
        list(_countries(sources)),
    )


def place_words(facts: Facts) -> str:
    """Where an address is, in words: `Shenzhen, China`; `private network`; empty where nobody knows."""
    code = _country(facts)
    if code is None:
        return _special(facts) or ""
    city = facts.place.city if facts.place else None
    return f"{city}, {country_name(code)}" if city else country_name(code)


def country_name(code: str | None) -> str:
    """The country's name, or its code where it has none here."""
    if code is None:
        return NOWHERE
    known = countries().get(code)
    return known.name if known else code


def _attacks(source: SourceCount, accounts: dict[str, AccountCount]) -> bool:
    if source.failed <= source.accepted:
        return False
    if source.failed >= MANY_FAILURES or any(_is_guessed_at(name, accounts) for name in source.failed_at):
        return True
    if source.accepted:
        return False
    return len(source.failed_at) >= MANY_ACCOUNTS or any(_is_bait(name, accounts) for name in source.failed_at)


def _is_guessed_at(name: str, accounts: dict[str, AccountCount]) -> bool:
    account = accounts.get(name)
    return account is not None and account.flagged > 0 and len(account.failed_from) >= MANY_SOURCES


def _is_bait(name: str, accounts: dict[str, AccountCount]) -> bool:
    account = accounts.get(name)
    return is_service(name) or (account is not None and not account.exists)


def _account(count: AccountCount, attacking: set[str], places: dict[str, str | None]) -> Account:
    sources = count.failed_from | count.accepted_from
    where = Counter(places[ip] for ip in sources if ip in places)
    kind = "service" if is_service(count.name) else "person" if count.exists else "unknown"
    return Account(
        name=count.name,
        kind=kind,  # type: ignore[arg-type]
        exists=count.exists or count.accepted > 0,
        attacked=not attacking.isdisjoint(count.failed_from),
        attempts=count.attempts,
        failed=count.failed,
        accepted=count.accepted,
        sources=len(sources),
        countries=tuple(sorted(filter(None, where), key=lambda code: (-where[code], code))),
        first=moment(count.first_ms),
        last=moment(count.last_ms),
        worst=ACTIONS[count.worst],
        at_least=len(count.failed_from) >= MOST_OF_ONE,
    )


def _origin(count: SourceCount, attacking: bool) -> Origin:
    network, place = count.facts.network, count.facts.place
    code = _country(count.facts)
    return Origin(
        ip=count.ip,
        attacking=attacking,
        country=code,
        country_name=country_name(code) if code else _special(count.facts) or NOWHERE,
        city=place.city if place else None,
        asn=network.asn,
        organisation=network.organisation,
        kind=network.kind,
        abuse_lists=max(network.abuse_count, len(network.abuse_sources)),
        attempts=count.attempts,
        failed=count.failed,
        accepted=count.accepted,
        calls=count.calls,
        accounts=len(count.failed_at.keys() | count.accepted_at),
        aimed_at=tuple(_most(count.failed_at)),
        first=moment(count.first_ms),
        last=moment(count.last_ms),
        worst=ACTIONS[count.worst],
    )


def _most(failed_at: dict[str, int]) -> Iterable[str]:
    names = sorted(failed_at, key=lambda name: (-failed_at[name], name))
    return names[:AIMED_AT_SHOWN]


def _countries(sources: Sequence[Origin]) -> Iterator[Country]:
    grouped: dict[tuple[str | None, str], list[Origin]] = {}
    for source in sources:
        grouped.setdefault((source.country, source.country_name), []).append(source)
    found = (_one_country(code, name, group) for (code, name), group in grouped.items())
    yield from sorted(found, key=lambda one: (-one.failed, -one.attempts, one.name))


def _one_country(code: str | None, name: str, group: Sequence[Origin]) -> Country:
    return Country(
        code=code,
        name=name,
        attempts=sum(source.attempts for source in group),
        failed=sum(source.failed for source in group),
        sources=len(group),
        attacking=sum(source.attacking for source in group),
        worst=max((source.worst for source in group), key=ACTIONS.index),
    )


def _country(facts: Facts) -> str | None:
    return facts.place.country if facts.place else facts.network.country


def _special(facts: Facts) -> str | None:
    return f"{facts.network.special.replace('_', ' ')} address" if facts.network.special else None
