"""What a rule may read: the catalogue of names over event, facts, state, evidence and score.

Every name has one type and always a value: what is unknown is `""`, `0`, `false` or an empty list (-1 where 0 means
something). Lists are cut to 32 members. Only the names that the rules read are worked out and bound.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from operator import attrgetter
from typing import Any, Literal

from msgspec import Struct

from watchword.policy import subject as reading
from watchword.policy.subject import MOST, Subject, counted, distinct
from watchword.scoring.scorecard import TYPE_MULTIPLIERS
from watchword.state.plan import DAY_MS, HOUR_MS, MINUTE_MS

Type = Literal["bool", "int", "double", "string", "list", "map"]
Read = Callable[[Subject], Any]


class Name(Struct, frozen=True):
    """One name: its type, what it means, how it is read, and whether it follows from evidence or score."""

    type: Type
    doc: str
    read: Read
    of_evidence: bool = False


def text(path: str, doc: str) -> Name:
    """A name for the text at that path; empty where there is none."""
    look = attrgetter(path)
    return Name("string", doc, lambda subject: look(subject) or "")


def number(path: str, doc: str) -> Name:
    """A name for the whole number at that path; 0 where there is none."""
    look = attrgetter(path)
    return Name("int", doc, lambda subject: look(subject) or 0)


def flag(path: str, doc: str) -> Name:
    """A name for whether what stands at that path is so."""
    return Name("bool", doc, attrgetter(path))


def size(path: str, doc: str) -> Name:
    """A name for how many there are at that path."""
    look = attrgetter(path)
    return Name("int", doc, lambda subject: len(look(subject)))


def own(field: str, doc: str) -> Name:
    """A name for a field that not every kind of event has; empty where it is absent."""
    return Name("string", doc, lambda subject: getattr(subject.assessment.event, field, None) or "")


def told(kind: Type, read: Read, doc: str = "") -> Name:
    """A name for what the evidence or the score says."""
    return Name(kind, doc or read.__doc__ or "", read, of_evidence=True)


def window(read: Read, doc: str) -> Name:
    """A name for a count in a window."""
    return Name("int", doc, read)


EVENT: dict[str, Name] = {
    "type": text("assessment.kind", "Event type: login, api_call, account_activity, ..."),
    "source": text("assessment.source", "Channel it came by."),
    "user": text("event.user_id", "User id."),
    "ip": text("event.ip", "Address."),
    "user_agent": text("event.user_agent", "User agent."),
    "result": own("result", "success or failure; empty where the type has none."),
    "succeeded": flag("event.succeeded", "Whether it was done, as opposed to tried."),
    "method": own("method", "Log-in or HTTP method."),
    "endpoint": own("endpoint", "Endpoint."),
    "activity": own("activity", "Account activity: update_email, ..."),
    "sensitive": Name("bool", reading.sensitive.__doc__ or "", reading.sensitive),
    "machine": flag("assessment.machine", "Whether the caller's key is a machine's."),
    "user_roles": Name("list", "Roles that the application gave the user.", reading.roles),
    "user_country": Name("string", "Country of the account.", reading.user_country),
    "account_age_days": Name("int", "Days since the account was made; -1 unknown.", reading.account_age_days),
    "email_domain": text("facts.email_domain", "Domain of the e-mail address."),
    "hour": Name(
        "int", "Local hour 0-23; -1 where the place does not tell.", lambda one: one.context.local_minute // 60
    ),
    "weekday": Name("int", "Day in UTC, 0 is Monday.", lambda one: (one.context.at_ms // DAY_MS + 3) % 7),
    "metadata": Name("map", "Plain values of the metadata; guard with has(metadata.x).", reading.metadata),
}

FACTS: dict[str, Name] = {
    "country": Name("string", "Two letters; where the address is.", reading.country),
    "city": Name("string", "City of the address.", reading.city),
    "asn": number("network.asn", "Number of the network."),
    "organisation": text("network.organisation", "Who runs the network."),
    "network": text("network.kind", "access, hosting, vpn, proxy, residential_proxy, tor, relay or special."),
    "vpn": flag("network.vpn", "A VPN's exit."),
    "proxy": Name("bool", "A proxy, residential ones included.", reading.proxied),
    "tor": flag("network.tor", "A Tor exit."),
    "hosting": flag("network.hosting", "A datacentre's address."),
    "relay": flag("network.relay", "A privacy relay (iCloud and kin)."),
    "anonymised": flag("network.anonymised", "VPN, proxy or Tor."),
    "abuse_lists": size("network.abuse_sources", "Fresh independent lists that name the address."),
    "known_bot": text("network.known_bot", "Bot network that the address belongs to."),
    "browser": text("agent.browser", "Browser family."),
    "os": text("agent.os", "System family."),
    "device_type": text("agent.device", "mobile, desktop, tablet, bot or unknown."),
    "automation": text("agent.automation", "Tool that drives the client, where one does."),
    "disposable_email": flag("facts.disposable_email", "Whether the e-mail domain is a throw-away one."),
    "high_risk_country": Name("bool", "Whether the country is on your list.", reading.high_risk_country),
}

STATE: dict[str, Name] = {
    "usual_network": Name("bool", reading.usual_network.__doc__ or "", reading.usual_network),
    "usual_country": Name("bool", reading.usual_country.__doc__ or "", reading.usual_country),
    "phase": Name("string", "bootstrap, learning or mature.", reading.phase),
    "logins_learnt": number("history.logins", "Log-ins of the user learnt before."),
    "known_devices": size("history.devices", "Devices in the profile."),
    "known_places": size("history.places", "Places in the profile."),
    "hours_since_login": Name("int", "Whole hours since the last learnt log-in; -1 none.", reading.hours_since_login),
    "attempts_1m": window(counted("user.logins", MINUTE_MS), "Log-in attempts for the user within a minute."),
    "attempts_1h": window(counted("user.logins", HOUR_MS), "Log-in attempts for the user within an hour."),
    "failed_1m": window(counted("user.logins", MINUTE_MS, True), "Failed log-ins for the user within a minute."),
    "failed_1h": window(counted("user.logins", HOUR_MS, True), "Failed log-ins for the user within an hour."),
    "user_ips_1h": window(distinct("user.logins", "ip", HOUR_MS), "Addresses that tried this user within an hour."),
    "user_devices_1h": window(distinct("user.logins", "device", HOUR_MS), "Devices that tried this user in an hour."),
    "ip_attempts_1m": window(counted("ip.logins", MINUTE_MS), "Log-in attempts from the address within a minute."),
    "ip_attempts_1h": window(counted("ip.logins", HOUR_MS), "Log-in attempts from the address within an hour."),
    "ip_failed_1h": window(counted("ip.logins", HOUR_MS, True), "Failed log-ins from the address within an hour."),
    "ip_users_1h": window(distinct("ip.logins", "user", HOUR_MS), "Users tried from the address within an hour."),
    "calls_1m": window(counted("user.calls", MINUTE_MS), "API calls of the user within a minute."),
    "changes_1h": window(counted("user.changes", HOUR_MS), "Account activities of the user within an hour."),
    "incidents_30d": window(counted("user.incidents", 30 * DAY_MS), "Security incidents of the user in 30 days."),
    "busy_days": size(
        "context.observed.crowd_days", "Earlier days on which 20 users or more succeeded from the address."
    ),
}

EVIDENCE: dict[str, Name] = {
    "new_device": told("bool", reading.new_device),
    "new_country": told("bool", reading.new_country),
    "new_place": told("bool", reading.new_place),
    "codes": told("list", reading.codes),
    "types": told("list", reading.types),
    "evidence_count": told("int", lambda subject: len(subject.evidence), "How many pieces of evidence there are."),
    "strongest": told("double", reading.strongest),
    "not_evaluable": Name("list", reading.unknown.__doc__ or "", reading.unknown),
    "score": told(
        "double", reading.score, "0-100; rules that change it see the scorecard's, the others the final one."
    ),
    "level": told("string", reading.level, "LOW, MEDIUM, HIGH or CRITICAL, of the score."),
}

NAMES: dict[str, Name] = {**EVENT, **FACTS, **STATE, **EVIDENCE}
TYPES: dict[str, Type] = {name: entry.type for name, entry in NAMES.items()}

_BLANK: Mapping[Type, Any] = {"bool": False, "int": 0, "double": 0.0, "string": "", "list": [], "map": {}}
_PLAIN: Mapping[Type, Any] = {
    "bool": True,
    "int": 3,
    "double": 41.5,
    "string": "login",
    "list": ["NEW_DEVICE"],
    "map": {},
}
_LARGE: Mapping[Type, Any] = {
    "bool": True,
    "int": 2**53,
    "double": 100.0,
    "string": "x" * 256,
    "list": [f"LONGEST_CODE_THERE_IS_{place:02}" for place in range(MOST)],
    "map": {f"{'k' * 60}{place:02}": "v" * 192 for place in range(MOST)},
}


def _sample(values: Mapping[Type, Any]) -> dict[str, Any]:
    return {name: values[kind] for name, kind in TYPES.items()}


LARGEST: dict[str, Any] = {
    **_sample(_LARGE),
    "user_agent": "x" * 2048,
    "endpoint": "/" + "x" * 2047,
    "types": sorted(TYPE_MULTIPLIERS),
}
SAMPLES: tuple[dict[str, Any], ...] = (_sample(_BLANK), _sample(_PLAIN), LARGEST)
"""What every rule is proved against: an event that says nothing, an ordinary one, the largest there can be."""
