"""Trust follows where a session comes from and on what, beside how its person behaves; never for the owner."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from msgspec.structs import replace
from tests.stage import CHROME, HOME, NEW_YORK, FixedFacts
from tests.stores.session_rooms import Room, room

from watchword.behaviour.trust import PRIOR_CODE
from watchword.enrichment.facts import Facts, Network
from watchword.events.login import Login
from watchword.policy.surroundings import DEVICE, MOST, PLACE
from watchword.sessions.records import Opening, Scoring

HOME_IP, AWAY_IP, LAPTOP = "81.166.1.1", "198.51.100.7", "ann-laptop"
TOR = replace(HOME, place=NEW_YORK, network=Network(asn=60729, organisation="exit", tor=True))
ABROAD = replace(HOME, place=NEW_YORK, network=Network(asn=7922, organisation="cable"), utc_offset_min=-300)


async def at_home(logins: int = 20) -> Room:
    """A room where somebody has logged in from home on their own device, a day after the other."""
    here = room(None)
    engine = here.deployment.engine
    engine.enricher = FixedFacts(HOME)
    for number in range(logins):
        here.clock.forward(days=1)
        event = Login(
            id=f"l{number}", occurred_at=here.clock.now - timedelta(minutes=1), user_id="ann", ip=HOME_IP,
            result="success", device_fingerprint=LAPTOP, user_agent="Mozilla/5.0",
        )  # fmt: skip
        await engine.assess(event)
    return here


async def reasons(here: Room, facts: Facts, **opening: Any) -> dict[str, float]:
    here.deployment.engine.enricher = FixedFacts(facts)
    await here.sessions.open(Opening(**({"user_id": "ann", "session_id": "s1", "method": "pin"} | opening)))
    score = await here.sessions.score(Scoring(user_id="ann", session_id="s1"))
    assert round(sum(one.contribution for one in score.top_reasons), 3) == round(score.trust_score, 3)
    assert not score.is_anomaly and score.confidence == 0, "they are no behaviour"
    return {one.code: one.contribution for one in score.top_reasons}


async def test_home_says_nothing_for_the_owner() -> None:
    assert set(await reasons(await at_home(), HOME, ip=HOME_IP, device=LAPTOP)) == {PRIOR_CODE}


@pytest.mark.parametrize(
    ("facts", "opening", "codes"),
    [
        (HOME, {"ip": HOME_IP, "device": "another"}, set()),
        (HOME, {"ip": AWAY_IP, "device": LAPTOP}, set()),
        (ABROAD, {"ip": AWAY_IP, "device": LAPTOP}, {PLACE}),
        (TOR, {"ip": AWAY_IP, "device": LAPTOP}, {PLACE}),
        (ABROAD, {"ip": AWAY_IP, "device": "another"}, {PLACE, DEVICE}),
        (ABROAD, {"device": "another"}, set()),
    ],
)
async def test_what_is_strange_speaks_against_the_owner(facts: Facts, opening: Any, codes: set[str]) -> None:
    found = await reasons(await at_home(), facts, **opening)
    assert set(found) - {PRIOR_CODE} == codes
    assert all(found[code] < 0 for code in codes)


async def test_more_that_is_strange_lowers_trust_more_and_has_an_end() -> None:
    here = await at_home()
    trust = []
    for number, (facts, device) in enumerate([(HOME, LAPTOP), (ABROAD, LAPTOP), (ABROAD, "another"), (TOR, "another")]):
        found = await reasons(here, facts, session_id="s1", ip=AWAY_IP if number else HOME_IP, device=device)
        trust.append(sum(found.values()))
        await here.sessions.end(await here.sessions.claim("s1", "ann"))
    assert trust == sorted(trust, reverse=True) and trust[0] == 95
    session = (await here.sessions.senses.store.find())[0][1]
    assert {code for code, _, _ in session.doubts} == {PLACE, DEVICE}
    assert all(-10_000 * MOST <= llr < 0 for _, _, llr in session.doubts)


async def test_who_has_no_log_ins_is_strange_nowhere_but_behind_tor() -> None:
    here = await at_home(0)
    assert set(await reasons(here, ABROAD, ip=AWAY_IP, device="new")) == {PRIOR_CODE}
    await here.sessions.end(await here.sessions.claim("s1", "ann"))
    assert set(await reasons(here, TOR, ip=AWAY_IP, device="new")) == {PRIOR_CODE, PLACE}


async def test_a_score_call_that_opens_a_session_may_say_where_it_is() -> None:
    here = await at_home()
    here.deployment.engine.enricher = FixedFacts(replace(ABROAD, agent=CHROME))
    score = await here.sessions.score(Scoring(user_id="ann", session_id="other", ip=AWAY_IP, device="another"))
    assert PLACE in {one.code for one in score.top_reasons}


async def test_an_enricher_that_fails_opens_the_session_all_the_same() -> None:
    here = await at_home()

    class Broken:
        def enrich(self, event: Any, now_ms: int) -> Facts:
            raise OSError("gone")

    here.deployment.engine.enricher = Broken()
    await here.sessions.open(Opening(user_id="ann", session_id="s2", method="pin", ip=AWAY_IP))
