"""Decisions come back from bytes as they were, also from bytes of every layout that was ever written."""

import hashlib

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.stores.places import in_memory

from watchword.enrichment.facts import Agent, Facts, Hint, Network, Place
from watchword.events.codec import KINDS
from watchword.policy.decision import Decision, Degraded, Floor, PolicyEffect
from watchword.signals.signal import NotEvaluable
from watchword.stores import deflation, layout
from watchword.stores.layout import pack_decision, pack_shared, unpack_decision, unpack_shared


def again(decision):
    return unpack_decision(pack_decision(decision), decision.id, unpack_shared(pack_shared(decision)))


@pytest.fixture
async def decision():
    place = in_memory()
    for _ in range(11):
        made = await place.login("ann", result="failure")
    return made


async def test_a_decision_with_everything_comes_back(decision):
    full = msgspec.structs.replace(
        decision,
        facts=Facts(
            Place(59.9, 10.7, 20.0, "NO", "Oslo", None, "Europe/Oslo"),
            Network(asn=64_512, organisation="Æther Net", vpn=True, abuse_sources=("a", "b")),
            Agent("Chrome", 126, "Windows"),
            (Hint("NO_ACCEPT", 0.5, "no accept header"),),
            versions={"city": "2026-11"},
            missing={"tor": "stale"},
        ),
        floor=Floor("strongest", "monitor", "block"),
        policies=(PolicyEffect("p", "live", "verify", 10),),
        degraded=(Degraded("store", "late"),),
        not_evaluable=(NotEvaluable("NEW_COUNTRY", "no place"),),
        versions={"policy": "v1", "model": None},
        debug={"signals": {"tor": 1.5}},
        linked="dec_00",
    )
    assert again(full) == full
    assert again(decision) == decision


@pytest.mark.parametrize("kind", KINDS)
def test_events_of_every_kind_come_back(kind):
    decision = Decision("dec_00", _sample(kind), "api", 1, Facts(), 0, "LOW", "allow", "allow", "enforce")
    assert again(decision) == decision


def _sample(kind):
    fields = {"id": "e", "type": kind.__struct_config__.tag, "occurredAt": "2026-11-20T12:00:00.25Z", "userId": "ann"}
    own = {
        "account_activity": {"activity": "update_email"},
        "api_call": {"endpoint": "/x", "status": 200},
        "behavior": {"sessionId": "s", "events": [{"type": "key", "t": 1.5}]},
        "label": {"label": "fraud", "decisionId": "dec_1"},
        "login": {"ip": "203.0.113.7", "result": "success", "deviceFingerprint": {"hash": "h", "touchPoints": 2}},
        "purchase": {"status": "SUCCESS"},
        "transaction": {"transactionData": {"id": "t", "amount": 12.5, "currency": "EUR"}},
        "verification": {"method": "totp", "result": "failure"},
    }
    return msgspec.convert(fields | own.get(fields["type"], {}), kind)


@given(st.binary(max_size=3000))
def test_deflating_loses_nothing(packed):
    assert deflation.grow(deflation.shrink(packed)) == packed


def test_what_is_long_becomes_short():
    text = b"12 log-in attempts for this user within a minute" * 20
    assert len(deflation.shrink(text)) < len(text) / 5


def test_the_dictionary_and_the_order_of_fields_are_what_rows_were_written_with():
    """Never change these values: append fields to `layout.ORDER` (and here), add a new dictionary beside the old."""
    assert hashlib.sha256(deflation._DICTIONARY).hexdigest()[:16] == DICTIONARY
    for kind, listed in layout.ORDER.items():
        assert listed.startswith(WRITTEN[kind.__name__]), f"{kind.__name__}: names were moved, renamed or removed"


def test_a_form_of_a_newer_release_is_named():
    with pytest.raises(ValueError, match="this release does not know"):
        deflation.grow(b"\x09abc")


def test_every_field_that_is_stored_is_listed():
    for kind, listed in layout.ORDER.items():
        assert layout.stored_fields(kind) == listed.split(), f"append the new fields of {kind.__name__} to layout.ORDER"


DICTIONARY = "b23b14a3d25a853a"
_EVENT = (
    "id occurred_at user_id session_id ip user_agent headers correlation_id device_fingerprint geolocation user "
    "identifiers consent metadata global_user_id"
)
WRITTEN = {
    "Decision": (
        "source decided_ms facts score level action would_act mode evidence contributions not_evaluable "
        "floor relief policies shadow degraded latency_us durable learnt logins linked debug blend "
        "logits"
    ),
    "Facts": "place network agent hints email_domain disposable_email missing utc_offset_min",
    "Place": "lat lng radius_km country city region timezone source",
    "Network": (
        "asn organisation country special hosting vpn proxy residential_proxy tor relay cdn satellite "
        "known_bot abuse_sources abuse_weight abuse_count flag_weight mobile"
    ),
    "Agent": "browser browser_version os os_version device automation tool",
    "Hint": "code weight message sign",
    "Evidence": "type code severity score confidence message details",
    "NotEvaluable": "code reason",
    "Floor": "name was now",
    "PolicyEffect": "name mode action change needs becomes score",
    "Degraded": "part reason",
    "AccountActivity": f"{_EVENT} activity result",
    "ApiCall": f"{_EVENT} endpoint method status",
    "Behavior": f"{_EVENT} events",
    "DemandRegistration": f"{_EVENT} event_id drop_id",
    "Label": f"{_EVENT} label target_event_id decision_id note",
    "Login": f"{_EVENT} result method endpoint",
    "Logout": f"{_EVENT} reason",
    "Purchase": f"{_EVENT} status quantity",
    "QueueJoin": f"{_EVENT} event_id drop_id",
    "Transaction": f"{_EVENT} transaction_data",
    "Verification": f"{_EVENT} method result decision_id",
}
