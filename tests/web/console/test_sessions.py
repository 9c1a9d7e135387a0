"""Pages of sessions: who acts in words, the waterfall, the owner's ranges, what is done by hand."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from itertools import pairwise
from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from tests.web.console.room import Room

from watchword.behaviour import free_text, mouse
from watchword.behaviour.samples import gather
from watchword.behaviour.template import Template
from watchword.behaviour.trust import Doubt
from watchword.events.sample_log import Logged
from watchword.events.samples import Batch, Key, Nav, Pointer, RawSample
from watchword.learning.typists import Sitting, make_typist, sit
from watchword.lookalikes import CODE
from watchword.policy.session_messages import FactorTold
from watchword.sessions.records import Opening, Transaction
from watchword.sessions.steps import weighed
from watchword.state.session_risk import Factor
from watchword.web.console import session_words
from watchword.web.console.form import form_of
from watchword.web.console.likeness import ranges
from watchword.web.console.session_file import SessionFile, SessionLine
from watchword.web.console.session_lanes import MARKS, lanes_of

CUTS = (0.6, 0.7, 0.9)
BLOCKED = {"end": "blocked", "over_ms": 60_000, "risk": 0.95, "level": "high_risk"}


def line(**more: Any) -> SessionLine:
    fields: dict[str, Any] = {
        "user": "ada", "id": "s1", "opened_ms": 0, "expires_ms": 1_000_000, "spoke_ms": 0, "risk": 0.0, "peak": 0.0,
        "level": "normal", "cuts": CUTS,
    }  # fmt: skip
    return SessionLine(**(fields | more))


def file(*changes: tuple[str, float], **more: Any) -> SessionFile:
    """A session whose risk was moved by those factors, a minute apart."""
    risk, told = 0.0, []
    for number, (factor, delta) in enumerate(changes, 1):
        risk = round(risk + delta, 4)
        told.append(FactorTold(factor, delta, "rules", risk, 60_000 * number))
    return SessionFile(line=line(**({"risk": risk, "peak": risk} | more)), changes=tuple(told))


@pytest.mark.parametrize(
    ("more", "mark", "word"),
    [
        ({}, "allow", "Normal"),
        ({"risk": 0.6}, "monitor", "Watched"),
        ({"risk": 0.7, "level": "suspicious", "asked": True}, "verify", "MPIN asked"),
        ({"risk": 0.7, "level": "suspicious", "passes": 1}, "verify", "Suspicious"),
        (BLOCKED, "block", "Blocked"),
        ({"end": "logout", "over_ms": 5}, "allow", "Ended"),
        ({"end": "expired", "over_ms": 5}, "allow", "Expired"),
        ({"end": "by_hand", "over_ms": 5}, "allow", "Ended by hand"),
        ({"end": "other_blocked", "over_ms": 5}, "allow", "Ended"),
    ],
)
def test_the_word_says_how_it_stands(more: dict[str, Any], mark: str, word: str):
    said = session_words.standing(SessionFile(line=line(**more), changes=()))
    assert (said.mark, said.word) == (mark, word)


def test_the_sentence_names_what_took_the_risk_past_a_threshold_and_when():
    raised = (("large_transaction", 0.2), ("new_beneficiary", 0.15), ("rapid_clicks", 0.1), ("large_transaction", 0.2))
    said = session_words.standing(file(*raised, ("off_hours_activity", 0.1), asked=True, level="suspicious"))
    assert said.text == (
        "A large transaction, a new beneficiary and an unusual hour took the risk past 0.70 at 00:05:00. "
        "The session waits for the MPIN."
    )
    assert said.next == "A wrong MPIN adds 0.25 and ends the session."
    calm = session_words.standing(file(("rapid_clicks", 0.1)))
    assert (calm.text, calm.next) == (
        "The risk was raised by rapid clicks.",
        "0.60 more ask for the MPIN, 0.80 more block.",
    )


def test_bots_and_refused_consent_are_said_first():
    program = file(bots=("FAST_TYPING", "UNIFORM_KEY_HOLD", "FAST_KEY_HOLD"))
    assert session_words.standing(program).claim == (
        "A program acts, not a person: typing faster than people, every key held equally long and 1 more."
    )
    assert session_words.standing(file(consent=False)).claim.startswith("ada did not consent")
    assert session_words.standing(file()).claim == "Too little was done to tell whether ada acts."


FACTOR = st.sampled_from(("rapid_clicks", "decay", "ml_engine", "normal_typing", "bot_evidence:FAST_TYPING"))


@given(st.lists(st.tuples(FACTOR, st.integers(-100, 100).map(lambda one: one / 100)), max_size=30))
def test_the_bars_of_the_waterfall_join_and_sum_to_the_risk(moves: list[tuple[str, float]]):
    risk, changes = 0.0, []
    for number, (factor, delta) in enumerate(moves):
        after = round(min(1.0, max(0.0, risk + (-abs(delta) if factor == "decay" else delta))), 4)
        changes.append(FactorTold(factor, round(after - risk, 4), "patterns", after, number))
        risk = after
    made = session_words.steps(SessionFile(line=line(risk=risk), changes=tuple(changes)))
    assert round(sum(step.by for step in made), 4) == pytest.approx(risk, abs=1e-4)
    stands = 0.0
    for step in made:
        assert (step.start if step.by >= 0 else step.start + step.width) == pytest.approx(100 * stands, abs=0.02)
        stands = step.risk
    assert sum(by for _, by in session_words.by_layer(changes)) == pytest.approx(risk, abs=1e-3)
    names = [step.name for step in made]
    assert not any(one == other == "Calm" for one, other in pairwise(names))


def test_marks_lie_on_the_servers_clock_and_are_no_more_than_a_drawing_holds():
    keys: list[RawSample] = [Key(seq=n, t=10.0 * n, down=bool(n % 2), field="f") for n in range(1, 4_001)]
    batches = [Logged("n", at + 1, 1_000_500 + at * 10, tuple(keys[at : at + 500])) for at in range(0, 4_000, 500)]
    late = Logged("n", 9_000, 1_900_000, (Nav(seq=1, t=40_100.0, page="x", action="enter"),))
    found = lanes_of([*batches, late], 995_000, 1_045_000)
    zero = 1_000_500 - 5_000
    assert min(found.typing) == pytest.approx(zero + 10, abs=120)
    assert max(found.typing) == pytest.approx(zero + 39_990, abs=120)
    assert 300 < len(found.typing) <= MARKS
    assert found.pages == ((zero + 40_100, "Page 1"),)
    assert found.touch == found.pointer == ()


def learnt(person: int, sittings: int = 14) -> Template:
    template = Template()
    for sitting in range(sittings):
        samples = gather(sit(make_typist(41, person), sitting, Sitting(secret=0, text=120, strokes=40)))
        for modality in (free_text.FREE_TEXT, mouse.MOUSE):
            for entry in modality.extract(samples):
                template = template.plus(modality.name, entry)
    return template


def test_ranges_hold_the_owner_and_show_a_stranger_in_units_of_life():
    template, outside = learnt(1), {}
    for person in (1, 7):
        samples = gather(sit(make_typist(41, person), 60, Sitting(secret=0, text=150, strokes=60)))
        entries = [(m.name, one) for m in (free_text.FREE_TEXT, mouse.MOUSE) for one in m.extract(samples)]
        found = {one.name: one for one in ranges(template, entries)}
        assert {"Key held", "Between keys", "Typing speed", "Pointer speed", "Curvature", "Click held"} <= set(found)
        for one in found.values():
            assert 0 <= one.a < one.b <= 100
            assert 0 <= one.x <= 100
            assert one.inside == (one.low <= one.value <= one.high)
        outside[person] = sum(not one.inside for one in found.values())
        keys = samples.keys
        held = float(np.median(keys["up"] - keys["down"]))
        assert found["Key held"].value == pytest.approx(held, rel=0.15)
    assert outside[1] <= 2 < outside[7]
    assert ranges(Template(), entries) == ranges(template, []) == []


async def test_a_page_shows_its_session(room: Room):
    claim = await room.sit("ada", "s1")
    room.clock.now += timedelta(minutes=3)
    guest = await room.signed_in("analyst")
    page = (await guest.open("sessions/s1")).text
    for said in ("Normal", "Large transaction", "+0.20", "Calm", "−0.03", "0.17", "3 minutes without new evidence"):
        assert said in page, said
    for number in range(4):
        await room.service.sessions.context(claim, Transaction(id=f"x{number}", amount=9_000))
    page = (await guest.open("sessions/s1")).text
    assert "Blocked" in page
    assert "End session" not in page


async def test_sessions_of_several_users_are_chosen_from(room: Room):
    await room.sit("ada", "exam")
    await room.sit("bob", "exam")
    guest = await room.signed_in("analyst")
    assert (await guest.client.get("/console/sessions/exam")).headers[
        "location"
    ] == "/console/sessions?view=all&id=exam"
    assert "bob" in (await guest.open("sessions?view=all&id=exam")).text
    assert (await guest.open("sessions/exam?user=bob")).status_code == 200
    assert (await guest.open("sessions/exam?user=eve")).status_code == 404


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", {"calm", "asked"}), ("view=asked", {"asked"}), ("view=blocked", {"blocked"}), ("view=ended", {"over", "old"}),
        ("view=all", {"calm", "asked", "blocked", "over", "old"}), ("view=all&level=suspicious", {"asked"}),
        ("view=all&user=ada", {"calm"}), ("view=all&id=over", {"over"}), ("view=live&user=nobody", set()),
    ],
)  # fmt: skip
async def test_lists_hold_what_their_address_says(room: Room, query: str, found: set[str]):
    await room.service.sessions.open(Opening(user_id="u-old", session_id="old", lifetime_s=60))
    room.clock.now += timedelta(minutes=2)
    await room.sit("ada", "calm")
    for user, name, times in (("u-asked", "asked", 4), ("u-blocked", "blocked", 5)):
        claim = await room.sit(user, name)
        for number in range(1, times):
            await room.service.sessions.context(claim, Transaction(id=f"x{number}", amount=9_000))
    await room.service.sessions.end(await room.sit("u-over", "over"))
    page = (await (await room.signed_in("analyst")).open(f"sessions?{query}")).text
    names = {name for name in ("calm", "asked", "blocked", "over", "old") if f"/console/sessions/{name}?" in page}
    assert names == found


@pytest.mark.parametrize("query", ["view=some", "level=LOW"])
async def test_a_filter_that_can_not_be_read_is_refused(room: Room, query: str):
    assert (await (await room.signed_in("analyst")).open(f"sessions?{query}")).status_code == 422


async def test_a_line_names_first_what_raised_the_risk_most(room: Room):
    claim = await room.sit("ada", "s1")
    await room.service.sessions.context(claim, Transaction(id="t", beneficiary="x"))
    (line,) = await room.console.desk.sessions.of_user("ada", 5)
    assert line.why == ("large_transaction", "new_beneficiary")
    held = Factor("ml_engine", "patterns", position=True, least=7_000)
    await room.service.sessions._advance(claim, weighed([held], room.service.sessions._moment()))
    (line,) = await room.console.desk.sessions.of_user("ada", 5)
    assert (line.why[0], line.mark) == ("ml_engine", "verify")


async def test_what_is_done_by_hand_needs_a_reason_and_is_recorded(room: Room):
    await room.sit("ada", "s1")
    guest = await room.signed_in("analyst")
    for act in ("ask", "end"):
        assert (await guest.post(f"{act}/sessions/s1", user="ada", reason=" ")).status_code == 422
        answer = await guest.post(f"{act}/sessions/s1", user="ada", reason="an odd call")
        assert answer.headers["location"] == "/console/sessions/s1?user=ada"
        noted = room.service.ledger.entries[-1]  # type: ignore[attr-defined]
        assert (noted.actor, noted.act, noted.subject) == ("analyst:the analyst", f"session.{act}", "user:ada")
        assert noted.particulars == {"session": "s1", "reason": "an odd call"}
        state = await room.service.sessions.state("s1", "ada")
        assert (state.challenge if act == "ask" else state.end) == {"ask": "asked", "end": "by_hand"}[act]
    assert (await guest.post("ask/sessions/s1", user="ada", reason="again")).status_code == 404
    assert (await guest.post("end/sessions/s1", user="bob", reason="whose")).status_code == 404


async def test_the_navigation_counts_who_waits(room: Room):
    claim = await room.sit("ada", "s1")
    await room.service.sessions.demand(claim, "Asked")
    page = (await (await room.signed_in("analyst")).open("live")).text
    assert 'title="1 session waiting for an answer"' in page
    assert "Sessions (G S)" in page
    assert "Sessions (G S)" not in (await (await room.signed_in("viewer")).open("live")).text


async def test_the_stream_tells_what_changed_and_ends_with_the_session(room: Room):
    claim = await room.sit("ada", "s1")
    guest = await room.signed_in("analyst")
    assert (await guest.open("stream/sessions/s1?user=bob")).status_code == 404

    desk, looked = room.console.desk.sessions, asyncio.Event()
    look = desk.one

    async def one(*asked: Any) -> SessionFile | None:
        found = await look(*asked)
        looked.set()
        return found

    desk.one = one  # type: ignore[method-assign]

    async def act() -> None:
        await looked.wait()
        await room.service.sessions.end(claim)

    doing = asyncio.create_task(act())
    answer = await asyncio.wait_for(guest.open("stream/sessions/s1?user=ada"), 60)
    await doing
    ticks = [msgspec.json.decode(part[6:]) for part in answer.text.splitlines() if part.startswith('data: {"parts')]
    assert len(ticks) >= 2
    assert set(ticks[0]["parts"]) == {"standing", "acting", "steps", "like", "others", "facts"}
    assert ticks[-1]["word"] == "Ended"
    assert ticks[-1]["chart"]["live"] is False
    assert "like" not in ticks[-1]["parts"]
    assert "event: over" in answer.text
    acts = [act for _, act, _ in room.acts()]
    assert acts.count("session.stream") == 1


async def test_whoever_acts_alike_is_named_where_still_known(room: Room):
    await room.sit("eve", "s-eve")
    account = room.engine.pseudonyms.of("user", "eve").hex()
    doubt = Doubt(CODE, "This is how somebody acts on another account", -3.4,
                  {"account": account, "link": "/console/sessions/s-eve", "sinceMs": 1})  # fmt: skip
    room.service.sessions.senses.witnesses = (lambda owner, session, found: (doubt,),)
    claim = await room.sit("ada", "s1")
    moves = [Pointer(seq=n, t=16.0 * n, kind="move", x=float(n), y=2.0) for n in range(1, 40)]
    await room.service.sessions.take(
        claim, Batch(session_id="s1", user_id="ada", nonce="n", first_seq=1, events=tuple(moves))
    )
    page = (await (await room.signed_in("analyst")).open("sessions/s1")).text
    assert "Others who act like this" in page
    assert '<a class="link break" href="/console/sessions/s-eve">eve</a>' in page
    assert "30 : 1" in page


@pytest.mark.parametrize(
    ("wire", "said", "signs"),
    [
        ({"evidence": []}, None, ()),
        ({"evidence": [], "notEvaluable": [{"code": "DIFFERENT_RHYTHM", "reason": "TOO_LITTLE_TYPED"}]},
         "Too little was typed to compare", ()),
        ({"evidence": [], "notEvaluable": [{"code": "DIFFERENT_RHYTHM", "reason": "STILL_LEARNING"}]},
         "How the owner types it is still being learnt; 10 entries make a template", ()),
        ({"evidence": [{"code": "DIFFERENT_RHYTHM", "message": "Typed slower",
                        "details": {"similarity": 0.12, "maturity": 0.86, "keys": 12}}]}, "Typed slower", ()),
        ({"evidence": [{"code": "SCRIPTED_FORM", "message": "A script", "details": {"signs": ["FAST_TYPING"]}}]},
         "A script", ("FAST_TYPING",)),
    ],
)  # fmt: skip
def test_the_form_of_a_login_is_told(wire: dict[str, Any], said: str | None, signs: tuple[str, ...]):
    form = form_of(wire)
    assert (form.said if form else None) == said
    assert (form.signs if form else ()) == signs
    if form and form.similarity is not None:
        assert (form.pips, form.keys, round(form.like, 2)) == (9, 12, 0.83)


def test_lines_know_their_hue():
    marks = {risk: replace(line(), risk=risk).mark for risk in (0.0, 0.59, 0.6, 0.7, 0.9)}
    assert marks == {0.0: "allow", 0.59: "allow", 0.6: "monitor", 0.7: "verify", 0.9: "block"}
    assert (line(asked=True).mark, line(end="blocked").mark) == ("verify", "block")
