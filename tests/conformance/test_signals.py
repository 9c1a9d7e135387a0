"""What every signal promises, whoever wrote it."""

from __future__ import annotations

import asyncio
import json
import re
from datetime import timedelta
from random import Random
from typing import Any

import pytest
from msgspec import convert
from msgspec.structs import replace
from tests.stage import HOME, LONDON, TOKYO, Stage

from watchword.bootstrap import all_signals
from watchword.enrichment.facts import Agent, Facts, Hint, Network
from watchword.events.codec import KINDS
from watchword.events.event import DeviceFingerprint, Geolocation, UserFacts
from watchword.events.login import Login
from watchword.policy.assessment import Assessment
from watchword.policy.judge import Verdict, _context
from watchword.signals.limits import Limits
from watchword.signals.signal import TRAITS, Context, Finding, NotEvaluable, Signal, traits_of
from watchword.state.observed import Observed
from watchword.state.plan import LOGS
from watchword.state.profile import Profile, pack

SIGNALS = all_signals()
FORBIDDEN = ("UNIFORM", "FAST", "REPETITIVE", "SYNTHETIC")
"""Words of bot detection from behaviour; no other code contains them."""

KIND_NAMES = {str(kind.__struct_config__.tag) for kind in KINDS}
each = pytest.mark.parametrize("signal", SIGNALS, ids=lambda signal: signal.name)


@each
def test_says_what_it_sees_whom_it_may_hit_and_where_it_saturates(signal: Signal) -> None:
    doc = " ".join(signal.doc.split())
    assert "Fraud:" in doc
    assert "Innocent" in doc
    assert re.search("saturat", doc, re.IGNORECASE), "where the intensity reaches its end"
    assert len(doc) > 200


@each
def test_bands_lie_within_the_scale_and_codes_are_words(signal: Signal) -> None:
    assert signal.bands
    for code, band in signal.bands.items():
        assert re.fullmatch(r"[A-Z][A-Z0-9]*(_[A-Z0-9]+)*", code)
        assert not [word for word in FORBIDDEN if word in code]
        assert 0 <= band.low < band.high <= 100


@each
def test_reads_and_listens_to_what_there_is(signal: Signal) -> None:
    assert set(signal.reads) <= LOGS.keys()
    assert set(signal.kinds) <= KIND_NAMES
    assert signal.setting is None or signal.setting in Limits.__struct_fields__


def test_a_code_belongs_to_one_signal() -> None:
    codes = [code for signal in SIGNALS for code in signal.bands]
    assert len(codes) == len(set(codes))


def test_all_six_families_are_there() -> None:
    assert {signal.family for signal in SIGNALS} == {
        "VELOCITY", "GEOLOCATION", "DEVICE", "BEHAVIORAL", "NETWORK", "ACCOUNT",
    }  # fmt: skip


USERS = ("ada.lovelace", "ben.jonson", "eva.peron")
AGENT = "Mozilla/5.0 (planted agent)"


@pytest.fixture(scope="module")
def contexts() -> list[tuple[str, Context]]:
    """What the judge sees of a seeded mess of events: honest ones, bursts, journeys, tools, changes, labels."""
    return asyncio.run(_seen())


async def _seen() -> list[tuple[str, Context]]:
    found: list[tuple[str, Context]] = []
    stage = Stage(highRiskCountries=["JP"])
    judge = stage.engine._judge

    def note(assessment: Assessment, observed: Observed) -> Verdict:
        found.append((assessment.kind, _context(assessment, observed, stage.engine.world)))
        return judge(assessment, observed)

    stage.engine._judge = note  # type: ignore[method-assign]
    rng = Random(11)
    for number in range(2500):
        stage.wait(seconds=rng.choice((1, 1, 5, 60, 3600, 40_000)) if number % 100 > 30 else 1)
        stage.facts = _facts(rng)
        await _act(stage, rng)
    return found


async def _act(stage: Stage, rng: Random) -> None:
    user, session, act = rng.choice(USERS), f"s{rng.randrange(5)}", rng.randrange(12)
    if act == 8:
        activity = rng.choice(("update_email", "reset_password", "privilege_change", "profile_update"))
        await stage.activity(activity, user, result=rng.choice(("success", "failure")), device_fingerprint="d1")
    elif act == 9:
        await stage.logout(session, user)
    elif act == 10:
        await stage.call(user_id=rng.choice((None, user)), ip="81.1.1.1")
    else:
        decision = await stage.play(Login, user_id=user, session_id=session, **_login(rng, stage))
        if act == 11:
            await stage.label(decision, rng.choice(("fraud", "legitimate")), user)


def _login(rng: Random, stage: Stage) -> dict[str, Any]:
    device = DeviceFingerprint(hash=f"d{rng.randrange(6)}", timezone=rng.choice((None, "Asia/Tokyo", "Europe/Oslo")))
    claim = Geolocation(lat=rng.uniform(-80, 80), lng=rng.uniform(-180, 180))
    record = UserFacts(country=rng.choice(("NO", "US")), created_at=stage.now + timedelta(days=rng.choice((-900, 3))))
    return {
        "ip": f"203.0.113.{rng.randrange(8)}",
        "user_agent": AGENT,
        "result": rng.choice(("success", "success", "failure")),
        "device_fingerprint": rng.choice((None, device)),
        "geolocation": rng.choice((None, None, claim)),
        "user": rng.choice((None, None, record)),
    }


def _facts(rng: Random) -> Facts:
    flags = rng.choice(({}, {}, {}, {"vpn": True}, {"hosting": True}, {"tor": True}, {"mobile": True}, {"proxy": True}))
    network = Network(
        asn=rng.choice((None, 2119, 9009)),
        abuse_sources=rng.choice(((), (), ("ipsum",), ("a", "b", "c"))),
        abuse_weight=rng.choice((1.0, 0.5, 0.1)),
        flag_weight=rng.choice((1.0, 0.6, 0.2)),
        known_bot=rng.choice((None, None, None, "botnet")),
        **flags,  # type: ignore[arg-type]
    )
    hints = (Hint("ODD", rng.random(), "Something is odd", rng.choice(("automation", "inconsistency"))),)
    return Facts(
        place=rng.choice((None, HOME.place, HOME.place, LONDON, TOKYO, replace(TOKYO, source="country"))),
        network=network,
        agent=rng.choice((HOME.agent, HOME.agent, Agent(automation="curl", tool="scripted"))),
        hints=rng.choice(((), hints)),
        utc_offset_min=rng.choice((None, 60)),
        disposable_email=rng.random() < 0.1,
    )


@each
def test_finds_only_its_own_codes_within_their_bounds(signal: Signal, contexts: list[tuple[str, Context]]) -> None:
    outcomes = [outcome for kind, context in contexts if kind in signal.kinds for outcome in signal.detect(context)]
    assert {outcome.code for outcome in outcomes} <= signal.bands.keys()
    for outcome in outcomes:
        if isinstance(outcome, NotEvaluable):
            assert re.fullmatch("[A-Z_]+", outcome.reason)
        else:
            assert isinstance(outcome, Finding)
            assert 0.0 <= outcome.intensity <= 1.0
            assert 0.0 <= outcome.confidence <= 1.0


@each
def test_has_nothing_to_say_of_events_without_its_trait(signal: Signal, contexts: list[tuple[str, Context]]) -> None:
    if signal.trait is None:
        return
    bit = 1 << TRAITS.index(signal.trait)
    without = [context for kind, context in contexts if kind in signal.kinds and not traits_of(context) & bit]
    assert len(without) > 50
    assert not [outcome for context in without for outcome in signal.detect(context)]


@each
def test_is_pure(signal: Signal, contexts: list[tuple[str, Context]]) -> None:
    """The same context gives the same answer, and nothing of it is changed."""
    for kind, context in contexts[::3]:
        if kind in signal.kinds:
            before = pack(context.history), {name: log.pack() for name, log in context.observed.logs.items()}
            assert list(signal.detect(context)) == list(signal.detect(context))
            assert before == (pack(context.history), {name: log.pack() for name, log in context.observed.logs.items()})


@each
def test_speaks_plainly_and_names_nobody(signal: Signal, contexts: list[tuple[str, Context]]) -> None:
    for kind, context in contexts:
        if kind not in signal.kinds:
            continue
        for outcome in signal.detect(context):
            if isinstance(outcome, Finding):
                said = f"{outcome.message} {json.dumps(outcome.details)}"
                assert outcome.message[0].isupper() or outcome.message[0].isdigit()
                assert 10 <= len(outcome.message) <= 200
                assert not [name for name in (*USERS, "203.0.113.", AGENT) if name in said]


@each
def test_what_an_event_lacks_is_no_failure(signal: Signal) -> None:
    """No address, no device, no place, no history, no logs: nothing is found, and nothing breaks."""
    for kind in KINDS:
        name = str(kind.__struct_config__.tag)
        if name in signal.kinds:
            event = convert({"type": name, "id": "1", "occurredAt": "2026-03-01T00:00:00Z", **NEEDED[name]}, kind)
            context = Context(event, Facts(), Observed({}, Profile()), Limits(), event.occurred_ms, -1, 0)
            assert not [found for found in signal.detect(context) if isinstance(found, Finding)]


NEEDED: dict[str, dict[str, Any]] = {
    "login": {"userId": "u", "ip": "203.0.113.1", "result": "success"},
    "account_activity": {"userId": "u", "activity": "update_email"},
    "api_call": {"endpoint": "/"},
    "logout": {"userId": "u"},
}


def test_the_mess_is_one(contexts: list[tuple[str, Context]]) -> None:
    """Most codes are found in it, so that the promises above are promises about something."""
    found = {
        outcome.code
        for kind, context in contexts
        for signal in SIGNALS
        if kind in signal.kinds
        for outcome in signal.detect(context)
        if isinstance(outcome, Finding)
    }
    assert len(found) >= 30
