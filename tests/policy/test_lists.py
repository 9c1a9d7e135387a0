"""Allow- and block-lists and overrides: what they match, until when, and what is refused."""

from __future__ import annotations

from ipaddress import ip_address, ip_network
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from tests.bench_of_evidence import NOW, PSEUDONYMS, assessed, judged, login, piece, world
from tests.stage import Stage

from watchword.enrichment.facts import Facts, Network, Place
from watchword.errors import InvalidInput
from watchword.policy.assessment import Assessment, Received, prepare
from watchword.policy.decision import Decision
from watchword.policy.judge import fail_open
from watchword.policy.lists import Entry, Lists, checked

NOW_MS = round(NOW.timestamp() * 1000)
FACTS = Facts(place=Place(35.7, 139.7, 20, "JP"), network=Network(asn=64500), email_domain="mail.example.com")
STRONG = piece("GEOLOCATION", "IMPOSSIBLE_TRAVEL", "CRITICAL", 93)


def entry(kind: Any, value: str, action: Any = "block", **fields: Any) -> Entry:
    return checked(Entry(id="lst_1", kind=kind, value=value, action=action, **fields))


def decided_with(*entries: Entry, evidence: Any = (), facts: Facts = FACTS, **fields: Any) -> Decision:
    fields = {"ip": "203.0.113.84", "device_fingerprint": "laptop-1", **fields}
    return judged(assessed(login(**fields), facts), world(evidence, Lists(entries))).decision


MATCHING = [
    ("user", "ada", "someone"),
    ("ip", "203.0.113.84", "203.0.113.85"),
    ("ip", "203.0.113.0/24", "203.0.112.0/24"),
    ("ip", "203.0.113.99/24", "2001:db8::/32"),
    ("device", "laptop-1", "laptop-2"),
    ("device", f"dev_{PSEUDONYMS.of('device', 'laptop-1').hex()}", "dev_00"),
    ("asn", "AS64500", "64501"),
    ("country", "jp", "NO"),
    ("email_domain", "mail.example.com", "ail.example.com"),
    ("email_domain", "@Example.COM.", "example.org"),
]


@pytest.mark.parametrize(("kind", "value", "other"), MATCHING)
def test_an_entry_matches_its_value_and_no_other(kind: str, value: str, other: str) -> None:
    assert decided_with(entry(kind, value)).action == "block"
    assert decided_with(entry(kind, other)).action == "allow"
    assert decided_with(entry(kind, value, "allow"), evidence=[STRONG]).action == "allow"


def test_an_ipv4_address_written_as_ipv6_is_the_same_address() -> None:
    assert decided_with(entry("ip", "203.0.113.0/24"), ip="::ffff:203.0.113.84").action == "block"
    assert decided_with(entry("ip", "2001:db8::/32"), ip="2001:db8::7").action == "block"


@given(st.ip_addresses(), st.lists(st.tuples(st.ip_addresses(), st.integers(0, 128)), max_size=6))
def test_networks_match_as_the_standard_library_says(address: Any, networks: list[Any]) -> None:
    cidrs = [ip_network((base, min(length, base.max_prefixlen)), strict=False) for base, length in networks]
    found = Lists([entry("ip", str(cidr)) for cidr in cidrs]).matching(assessed(login(ip=str(address))))
    mapped = getattr(address, "ipv4_mapped", None) or ip_address(address)
    assert sorted(one.value for one in found) == sorted(str(cidr) for cidr in cidrs if mapped in cidr)


def test_an_entry_ends_when_it_ends() -> None:
    assert decided_with(entry("user", "ada", until_ms=NOW_MS + 1)).action == "block"
    assert decided_with(entry("user", "ada", until_ms=NOW_MS)).action == "allow"


def test_block_beats_allow_and_an_override_beats_both() -> None:
    block, allow = entry("country", "JP"), entry("user", "ada", "allow")
    assert decided_with(allow, block).action == "block"
    override = entry("user", "ada", "verify", override=True, reason="moved abroad, verified by telephone")
    decision = decided_with(allow, block, override)
    assert decision.action == "verify"
    assert [(one.name, one.mode, one.action) for one in decision.policies] == [
        ("allow-list:user", "list", "allow"), ("override:user", "override", "verify"), ("block-list:country", "list",
        "block"),
    ]  # fmt: skip


def test_score_and_evidence_stay_what_they_are() -> None:
    decision = decided_with(entry("user", "ada", "allow"), evidence=[STRONG])
    assert (decision.action, decision.score, decision.level) == ("allow", 930_000, "CRITICAL")
    assert "ada" not in repr(decision.policies)


REFUSED = [
    ({"kind": "ip", "value": "somewhere"}, "value"),
    ({"kind": "ip", "value": "10.0.0.0/33"}, "value"),
    ({"kind": "country", "value": "Japan"}, "value"),
    ({"kind": "asn", "value": "AS0"}, "value"),
    ({"kind": "asn", "value": "4294967296"}, "value"),
    ({"kind": "user", "value": "  "}, "value"),
    ({"kind": "user", "value": "x" * 257}, "value"),
    ({"action": "verify"}, "action"),
    ({"action": "verify", "override": True, "reason": " "}, "reason"),
    ({"since_ms": 5, "until_ms": 5}, "until"),
]


@pytest.mark.parametrize(("fields", "field"), REFUSED)
def test_a_wrong_entry_is_refused_naming_the_field(fields: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        checked(Entry(**{"id": "lst_1", "kind": "user", "value": "ada", "action": "block", **fields}))
    assert refused.value.field == field


@pytest.mark.parametrize("override", [False, True])
async def test_what_is_said_of_an_event_is_marked_by_no_list(override: bool) -> None:
    stage = Stage()
    decision = await stage.login()
    blocking = Entry(id="e1", kind="user", value="ada", action="block", reason="stolen", override=override)
    stage.engine.world = replace(stage.engine.world, lists=Lists([blocking]))
    told = [await stage.label(decision, "fraud"), await stage.answer(decision)]
    told.append(fail_open(prepared(stage, told[0]), stage.engine.world, "allow", []))
    for one in told:
        assert (one.action, one.would_act, one.policies) == ("allow", "allow", ())
    stopped = await stage.login()
    assert (stopped.action, [effect.action for effect in stopped.policies]) == ("block", ["block"])


def prepared(stage: Stage, decision: Decision) -> Assessment:
    """The assessment of an event that was decided."""
    return prepare(decision.event, decision.facts, stage.engine.pseudonyms, Received(decision.decided_ms))
