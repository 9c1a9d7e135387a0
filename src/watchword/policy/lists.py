"""Allow- and block-lists and overrides: entries with a reason and an expiry, compiled for one look-up an event."""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Literal

from msgspec import Struct

from watchword.errors import InvalidInput
from watchword.policy.assessment import Assessment
from watchword.policy.decision import Action, PolicyEffect

Kind = Literal["user", "ip", "device", "asn", "country", "email_domain"]
KINDS: tuple[Kind, ...] = ("user", "ip", "device", "asn", "country", "email_domain")
"""What entries name, the most particular first."""

MOST_MS = 253_370_764_800_000
"""The beginning of the year 9999: every time before it is one in all zones."""


class Entry(Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True, forbid_unknown_fields=True):
    """One entry. `action` is `block` or `allow` on a list, any action for an override made by hand.

    `value`: a user id, an address or CIDR, a device's fingerprint hash or `dev_` and its keyed hash in hex, an AS
    number, a two-letter country, an e-mail domain. `until_ms` is when it ends, None for never; both times are
    milliseconds since 1970.
    """

    id: str
    kind: Kind
    value: str
    action: Action
    override: bool = False
    reason: str = ""
    by: str = ""
    since_ms: int = 0
    until_ms: int | None = None

    @property
    def name(self) -> str:
        """How a decision names it: by its sort, never by its value."""
        return f"override:{self.kind}" if self.override else f"{self.action}-list:{self.kind}"

    @property
    def mode(self) -> str:
        """`override` or `list`, as the decision names it."""
        return "override" if self.override else "list"


def checked(entry: Entry) -> Entry:
    """The entry with its value in the form that is compared. Raises InvalidInput naming the field."""
    if not entry.override and entry.action not in ("allow", "block"):
        raise InvalidInput("A list entry allows or blocks.", "action")
    if entry.override and not entry.reason.strip():
        raise InvalidInput("An override needs a reason.", "reason")
    if entry.until_ms is not None and not entry.since_ms < entry.until_ms < MOST_MS:
        raise InvalidInput("The entry ends before it begins, or after the year 9998.", "until")
    values = {name: getattr(entry, name) for name in entry.__struct_fields__}
    return Entry(**{**values, "value": _canonical(entry.kind, entry.value)})


def _canonical(kind: Kind, value: str) -> str:
    value = value.strip()
    if not 1 <= len(value) <= 256:
        raise InvalidInput("A value has 1 to 256 characters.", "value")
    if kind == "ip":
        return _network(value)
    if kind == "asn":
        number = value.upper().removeprefix("AS")
        if not (number.isascii() and number.isdigit() and 0 < int(number) < 2**32):
            raise InvalidInput("An AS number is 1 to 4294967295, with or without AS before it.", "value")
        return str(int(number))
    if kind == "country":
        if not (len(value) == 2 and value.isascii() and value.isalpha()):
            raise InvalidInput("A country is two letters (ISO 3166).", "value")
        return value.upper()
    if kind == "email_domain":
        return value.lower().removeprefix("@").rstrip(".")
    return value


def _network(value: str) -> str:
    try:
        network = ip_network(value, strict=False)
        return str(_unmapped(network) if isinstance(network, IPv6Network) else network)
    except ValueError:
        raise InvalidInput("An address or CIDR is wanted, as 203.0.113.7 or 2001:db8::/32.", "value") from None


def _unmapped(network: IPv6Network) -> IPv4Network | IPv6Network:
    """The IPv4 network that an IPv6 one maps: addresses of events come unmapped."""
    first = network.network_address.ipv4_mapped
    return network if first is None or network.prefixlen < 96 else IPv4Network((first, network.prefixlen - 96))


class Lists:
    """All entries, by kind and value. Immutable: a change makes a new one."""

    def __init__(self, entries: Iterable[Entry] = ()) -> None:
        self.entries = tuple(entries)
        self._named: dict[str, dict[str, list[Entry]]] = {}
        self._networks: dict[int, dict[int, dict[int, list[Entry]]]] = {4: {}, 6: {}}
        for entry in self.entries:
            if entry.kind == "ip":
                network = ip_network(entry.value)
                shift = network.max_prefixlen - network.prefixlen
                table = self._networks[network.version].setdefault(shift, {})
                table.setdefault(int(network.network_address) >> shift, []).append(entry)
            else:
                self._named.setdefault(entry.kind, {}).setdefault(entry.value, []).append(entry)

    def matching(self, assessment: Assessment) -> list[Entry]:
        """The entries that name this event and have not ended when it arrived, the most particular first."""
        if not self.entries:
            return []
        found: list[Entry] = []
        for kind, table in self._named.items():
            for value in _values(kind, assessment):
                found += table.get(value, ())
        if assessment.event.ip is not None and (self._networks[4] or self._networks[6]):
            found += self._by_address(assessment.event.ip)
        now = assessment.received_ms
        live = [entry for entry in found if entry.until_ms is None or now < entry.until_ms]
        return sorted(live, key=lambda entry: KINDS.index(entry.kind)) if len(live) > 1 else live

    def effects(self, assessment: Assessment) -> list[PolicyEffect]:
        """What the matching entries do, as the decision names it."""
        return [PolicyEffect(entry.name, entry.mode, entry.action) for entry in self.matching(assessment)]

    def _by_address(self, text: str) -> list[Entry]:
        address = ip_address(text)
        if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
            address = address.ipv4_mapped
        number = int(address)
        tables = self._networks[address.version]
        return [entry for shift, table in tables.items() for entry in table.get(number >> shift, ())]


def _values(kind: str, assessment: Assessment) -> tuple[str, ...]:
    """What an event has to compare with entries of that kind."""
    event, facts = assessment.event, assessment.facts
    if kind == "user":
        return (event.user_id,) if event.user_id is not None else ()
    if kind == "device":
        key, sent = assessment.entities.device, event.device_hash
        return tuple(value for value in (f"dev_{key.hex()}" if key else None, sent) if value)
    if kind == "asn":
        return (str(facts.network.asn),) if facts.network.asn else ()
    if kind == "country":
        country = facts.place.country if facts.place else facts.network.country
        return (country,) if country else ()
    return _domains(facts.email_domain)


def _domains(domain: str | None) -> tuple[str, ...]:
    """The domain and those above it, so that an entry for a domain covers its subdomains."""
    if not domain:
        return ()
    labels = domain.lower().split(".")
    return tuple(".".join(labels[start:]) for start in range(len(labels)))
