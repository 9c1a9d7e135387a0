"""What a rule may read: the catalogue of names over event, facts, state, evidence and score.

Every name has one type and always a value: what is unknown is `""`, `0`, `false` or an empty list (-1 where 0 means
something). Lists are cut to 32 members. Only the names that the rules read are worked out and bound.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Literal

from msgspec import Struct

from watchword.events.account_activity import SENSITIVE
from watchword.policy.assessment import Assessment
from watchword.policy.ruling import level_of
from watchword.scoring.evidence import Evidence, rank
from watchword.scoring.scorecard import Scored
from watchword.signals.signal import UNIT, Context, NotEvaluable
from watchword.state.learning import phase_of
from watchword.state.plan import DAY_MS, HOUR_MS, MINUTE_MS
from watchword.state.probation import is_lasting

MOST = 32
"""Members of a list that a rule sees."""

Type = Literal["bool", "int", "double", "string", "list", "map"]


class Subject(Struct):
    """What is judged, as rules see it."""

    assessment: Assessment
    context: Context
    evidence: Sequence[Evidence]
    not_evaluable: Sequence[NotEvaluable]
    scored: Scored


class Name(Struct, frozen=True):
    """One name: its type, what it means, how it is read, and whether it follows from evidence or score."""

    type: Type
    doc: str
    read: Callable[[Subject], Any]
    of_evidence: bool = False


def _event(attribute: str) -> Callable[[Subject], Any]:
    return lambda subject: getattr(subject.assessment.event, attribute, None) or ""


def _network(attribute: str) -> Callable[[Subject], Any]:
    return lambda subject: getattr(subject.assessment.facts.network, attribute) or 0


def _flag(attribute: str) -> Callable[[Subject], Any]:
    return lambda subject: bool(getattr(subject.assessment.facts.network, attribute))


def _agent(attribute: str) -> Callable[[Subject], Any]:
    return lambda subject: getattr(subject.assessment.facts.agent, attribute) or ""


def _count(log: str, span_ms: int, failed: bool = False) -> Callable[[Subject], int]:
    def read(subject: Subject) -> int:
        context = subject.context
        found = context.log(log)
        if found is None:
            return 0
        count = found.count(context.at_ms, span_ms)
        return count.failures if failed else count.total

    return read


def _distinct(log: str, column: str, span_ms: int) -> Callable[[Subject], int]:
    def read(subject: Subject) -> int:
        found = subject.context.log(log)
        return 0 if found is None else found.distinct(column, subject.context.at_ms, span_ms)

    return read


def country(subject: Subject) -> str:
    """The country of the place, else the one where the address is registered."""
    facts = subject.assessment.facts
    return (facts.place.country if facts.place else facts.network.country) or ""


def new_device(subject: Subject) -> bool:
    """Whether there is evidence of a device that the user never had."""
    return _found(subject, ("NEW_DEVICE",))


def new_country(subject: Subject) -> bool:
    """Whether there is evidence of a country in which the user never was."""
    return _found(subject, ("NEW_COUNTRY",))


def new_place(subject: Subject) -> bool:
    """Whether there is evidence of a new country, or of a place far from every normal one."""
    return _found(subject, ("NEW_COUNTRY", "FAR_"))


def _found(subject: Subject, starts: tuple[str, ...]) -> bool:
    return any(one.code.startswith(starts) for one in subject.evidence)


def _account_age(subject: Subject) -> int:
    user = subject.assessment.event.user
    if user is None or user.created_at is None:
        return -1
    return max(0, (subject.context.at_ms - int(user.created_at.timestamp() * 1000)) // DAY_MS)


def _hours_since(subject: Subject) -> int:
    last = subject.context.history.last_ms
    return max(0, (subject.context.at_ms - last) // HOUR_MS) if last else -1


def _codes(subject: Subject) -> list[str]:
    return [one.code for one in sorted(subject.evidence, key=rank)[:MOST]]


def _types(subject: Subject) -> list[str]:
    return sorted({one.type for one in subject.evidence})


def _strongest(subject: Subject) -> float:
    return max((one.score for one in subject.evidence), default=0) / UNIT


def _score(subject: Subject) -> float:
    return subject.scored.numerator / subject.scored.denominator / UNIT


def _metadata(subject: Subject) -> dict[str, Any]:
    """The first 32 plain values of the event's metadata."""
    plain = ((key, value) for key, value in subject.assessment.event.metadata.items() if isinstance(value, str | bool | int | float))
    return {key: value for (key, value), _ in zip(plain, range(MOST), strict=False)}


def _roles(subject: Subject) -> list[str]:
    user = subject.assessment.event.user
    return list(user.roles[:MOST]) if user else []


EVENT: dict[str, Name] = {
    "type": Name("string", "Event type: login, api_call, account_activity, ...", lambda subject: subject.assessment.kind),
    "source": Name("string", "Channel it came by.", lambda subject: subject.assessment.source),
    "user": Name("string", "User id.", _event("user_id")),
    "ip": Name("string", "Address.", _event("ip")),
    "user_agent": Name("string", "User agent.", _event("user_agent")),
    "result": Name("string", "success or failure; empty where the type has none.", _event("result")),
    "succeeded": Name("bool", "Whether it was done, as opposed to tried.", lambda subject: subject.assessment.event.succeeded),
    "method": Name("string", "Log-in or HTTP method.", _event("method")),
    "endpoint": Name("string", "Endpoint.", _event("endpoint")),
    "activity": Name("string", "Account activity: update_email, ...", _event("activity")),
    "sensitive": Name(
        "bool", "Whether the activity hands over the account or its money.", lambda subject: getattr(subject.assessment.event, "activity", "") in SENSITIVE
    ),
    "machine": Name("bool", "Whether the caller's key is a machine's.", lambda subject: subject.assessment.machine),
    "user_roles": Name("list", "Roles that the application gave the user.", _roles),
    "user_country": Name("string", "Country of the account.", lambda subject: (subject.assessment.event.user.country or "") if subject.assessment.event.user else ""),
    "account_age_days": Name("int", "Days since the account was made; -1 unknown.", _account_age),
    "email_domain": Name("string", "Domain of the e-mail address.", lambda subject: subject.assessment.facts.email_domain or ""),
    "hour": Name("int", "Local hour 0-23; -1 where the place does not tell.", lambda subject: subject.context.local_minute // 60),
    "weekday": Name("int", "Day of the week in UTC, 0 is Monday.", lambda subject: (subject.context.at_ms // DAY_MS + 3) % 7),
    "metadata": Name("map", "Plain values of the event's metadata; guard with has(metadata.x).", _metadata),
}  # fmt: skip

FACTS: dict[str, Name] = {
    "country": Name("string", "Two letters; where the address is.", country),
    "city": Name("string", "City of the address.", lambda subject: (subject.assessment.facts.place.city or "") if subject.assessment.facts.place else ""),
    "asn": Name("int", "Number of the network.", _network("asn")),
    "organisation": Name("string", "Who runs the network.", lambda subject: subject.assessment.facts.network.organisation or ""),
    "network": Name("string", "access, hosting, vpn, proxy, residential_proxy, tor, relay or special.", lambda subject: subject.assessment.facts.network.kind),
    "vpn": Name("bool", "A VPN's exit.", _flag("vpn")),
    "proxy": Name("bool", "A proxy, residential ones included.", lambda subject: subject.assessment.facts.network.proxy or subject.assessment.facts.network.residential_proxy),
    "tor": Name("bool", "A Tor exit.", _flag("tor")),
    "hosting": Name("bool", "A datacentre's address.", _flag("hosting")),
    "relay": Name("bool", "A privacy relay (iCloud and kin).", _flag("relay")),
    "anonymised": Name("bool", "VPN, proxy or Tor.", _flag("anonymised")),
    "abuse_lists": Name("int", "Fresh independent lists that name the address.", lambda subject: len(subject.assessment.facts.network.abuse_sources)),
    "known_bot": Name("string", "Bot network the address belongs to.", lambda subject: subject.assessment.facts.network.known_bot or ""),
    "browser": Name("string", "Browser family.", _agent("browser")),
    "os": Name("string", "System family.", _agent("os")),
    "device_type": Name("string", "mobile, desktop, tablet, bot or unknown.", _agent("device")),
    "automation": Name("string", "Tool that drives the client, where one does.", _agent("automation")),
    "disposable_email": Name("bool", "Whether the e-mail domain is a throw-away one.", lambda subject: subject.assessment.facts.disposable_email),
    "high_risk_country": Name("bool", "Whether the country is on your list.", lambda subject: country(subject) in subject.context.limits.high_risk_countries),
}  # fmt: skip

STATE: dict[str, Name] = {
    "new_device": Name("bool", new_device.__doc__ or "", new_device, of_evidence=True),
    "new_country": Name("bool", new_country.__doc__ or "", new_country, of_evidence=True),
    "new_place": Name("bool", new_place.__doc__ or "", new_place, of_evidence=True),
    "usual_network": Name("bool", "Whether this kind of network is ordinary, or this user's habit.", lambda subject: is_lasting(subject.context.history, subject.assessment.facts.network.kind)),
    "phase": Name("string", "bootstrap, learning or mature.", lambda subject: phase_of(subject.context.history)),
    "logins_learnt": Name("int", "Log-ins of the user learnt before.", lambda subject: subject.context.history.logins),
    "known_devices": Name("int", "Devices in the profile.", lambda subject: len(subject.context.history.devices)),
    "known_places": Name("int", "Places in the profile.", lambda subject: len(subject.context.history.places)),
    "hours_since_login": Name("int", "Whole hours since the last learnt log-in; -1 none.", _hours_since),
    "attempts_1m": Name("int", "Log-in attempts for the user within a minute.", _count("user.logins", MINUTE_MS)),
    "attempts_1h": Name("int", "Log-in attempts for the user within an hour.", _count("user.logins", HOUR_MS)),
    "failed_1m": Name("int", "Failed ones within a minute.", _count("user.logins", MINUTE_MS, True)),
    "failed_1h": Name("int", "Failed ones within an hour.", _count("user.logins", HOUR_MS, True)),
    "user_ips_1h": Name("int", "Addresses that tried this user within an hour.", _distinct("user.logins", "ip", HOUR_MS)),
    "user_devices_1h": Name("int", "Devices that tried this user within an hour.", _distinct("user.logins", "device", HOUR_MS)),
    "ip_attempts_1m": Name("int", "Log-in attempts from the address within a minute.", _count("ip.logins", MINUTE_MS)),
    "ip_attempts_1h": Name("int", "Log-in attempts from the address within an hour.", _count("ip.logins", HOUR_MS)),
    "ip_failed_1h": Name("int", "Failed ones within an hour.", _count("ip.logins", HOUR_MS, True)),
    "ip_users_1h": Name("int", "Users tried from the address within an hour.", _distinct("ip.logins", "user", HOUR_MS)),
    "calls_1m": Name("int", "API calls of the user within a minute.", _count("user.calls", MINUTE_MS)),
    "changes_1h": Name("int", "Account activities of the user within an hour.", _count("user.changes", HOUR_MS)),
    "incidents_30d": Name("int", "Security incidents of the user within 30 days.", _count("user.incidents", 30 * DAY_MS)),
    "busy_days": Name("int", "Earlier days on which 20 users or more succeeded from the address.", lambda subject: len(subject.context.observed.crowd_days)),
}  # fmt: skip

EVIDENCE: dict[str, Name] = {
    "codes": Name("list", "Codes of the evidence, strongest first.", _codes, of_evidence=True),
    "types": Name("list", "Types of the evidence.", _types, of_evidence=True),
    "evidence_count": Name("int", "How many pieces of evidence.", lambda subject: len(subject.evidence), of_evidence=True),
    "strongest": Name("double", "Highest score of a single piece.", _strongest, of_evidence=True),
    "not_evaluable": Name("list", "Codes that could not be told.", lambda subject: [one.code for one in subject.not_evaluable[:MOST]]),
    "score": Name("double", "The score 0-100: for score changes that of the scorecard, for actions the final one.", _score, of_evidence=True),
    "level": Name("string", "LOW, MEDIUM, HIGH or CRITICAL.", lambda subject: level_of(subject.scored), of_evidence=True),
}  # fmt: skip

NAMES: dict[str, Name] = {**EVENT, **FACTS, **STATE, **EVIDENCE}
TYPES: dict[str, Type] = {name: entry.type for name, entry in NAMES.items()}


def values_of(names: Iterable[str], subject: Subject) -> dict[str, Any]:
    """The values of those names."""
    return {name: NAMES[name].read(subject) for name in names}


_BLANK: Mapping[str, Any] = {"bool": False, "int": 0, "double": 0.0, "string": "", "list": [], "map": {}}
_PLAIN: Mapping[str, Any] = {"bool": True, "int": 3, "double": 41.5, "string": "login", "list": ["NEW_DEVICE"], "map": {}}
_LARGE: Mapping[str, Any] = {
    "bool": True,
    "int": 2**53,
    "double": 100.0,
    "string": "x" * 256,
    "list": [f"{'LONGEST_CODE_THERE_IS'}_{number:02}" for number in range(MOST)],
    "map": {f"{'k' * 60}{number:02}": "v" * 192 for number in range(MOST)},
}


def _sample(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: values[sort] for name, sort in TYPES.items()}


LARGEST: dict[str, Any] = {**_sample(_LARGE), "user_agent": "x" * 2048, "endpoint": "/" + "x" * 2047}
SAMPLES: tuple[dict[str, Any], ...] = (_sample(_BLANK), _sample(_PLAIN), LARGEST)
"""What every rule is proved against: an event that says nothing, an ordinary one, the largest there can be."""
