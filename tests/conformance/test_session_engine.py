"""What the session engine promises, over every store: sessions, streams, challenges, ends, consent, learning."""

import asyncio

import pytest
from msgspec.structs import replace
from tests.stores.session_rooms import PIN, clicks, keys, kinds, numbered, pieces, room

from watchword.errors import Blocked, Conflict, Forbidden, InvalidInput, NotFound, Unauthenticated
from watchword.ports import Record, SessionKey, Stepped
from watchword.sessions.records import Opening, Scoring, Transaction

KINDS = ("memory", "sqlite")


@pytest.fixture(params=KINDS)
async def here(request, tmp_path):
    made = room(None if request.param == "memory" else tmp_path / "data")
    await made.deployment.start()
    yield made
    await made.close()


async def raise_to(here, claim, goal):
    """Raises the risk to 0.7 (asked) or less by large transactions and a beneficiary."""
    messages = []
    large, rest = divmod(round(100 * goal), 20)
    for number in range(large):
        messages += await here.sessions.context(claim, Transaction(id=f"t{number}", amount=5000))
    if rest >= 15:
        messages += await here.sessions.context(claim, Transaction(id="b", beneficiary="someone"))
    return messages


async def asked(here, claim):
    """A session whose person is asked for the MPIN: 0.75."""
    return await raise_to(here, claim, 0.75)


async def test_a_token_opens_its_own_session_only(here):
    claim, token = await here.open()
    other, other_token = await here.open("ben", "s1")
    assert claim.key != other.key
    assert (await here.sessions.admit("s1", token)).user_id == "ann"
    assert (await here.sessions.admit("s1", other_token)).user_id == "ben"
    for session, shown, user in (
        ("s1", token, "ben"), ("s2", token, None), ("s1", token[:-1] + ("A" if token[-1] != "A" else "B"), None), ("s1", "", None),
        ("s1", "ü" * 64, None), ("s1", "A" * 64, "ann"),
    ):  # fmt: skip
        with pytest.raises(Unauthenticated):
            await here.sessions.admit(session, shown, user)


async def test_ids_may_be_the_callers_own_and_then_need_a_user(here):
    for user in ("ann", "ben"):
        await here.open(user, "exam-42")
    with pytest.raises(Conflict):
        await here.sessions.claim("exam-42")
    assert (await here.sessions.claim("exam-42", "ben")).user_id == "ben"
    with pytest.raises(NotFound):
        await here.sessions.state("exam-43")
    await here.open("cal", "alone")
    assert (await here.sessions.state("alone")).user_id == "cal"


async def test_samples_are_acknowledged_once_and_counted_once(here):
    claim, _ = await here.open()
    stream = await here.sessions.join(claim)
    assert kinds(stream.messages) == ["welcome"]
    first = await here.send(claim, stream.nonce, 1, clicks(0))
    assert (first[0].seq, first[0].risk_score) == (9, 0.1)
    again = await here.send(claim, stream.nonce, 1, clicks(0))
    assert (again[0].seq, again[0].risk_score, again[0].factors) == (9, 0.1, ())
    here.clock.forward(minutes=1)
    overlap = await here.send(claim, stream.nonce, 6, clicks(500, 4) + keys(10_000, 2))
    assert overlap[0].seq == 13
    assert (await here.sessions.state("s1")).samples == 13


async def test_an_unknown_nonce_is_refused_and_a_known_one_goes_on(here):
    claim, _ = await here.open()
    with pytest.raises(InvalidInput):
        await here.send(claim, "s.forged", 1, keys(0, 3))
    stream = await here.sessions.join(claim)
    await here.send(claim, stream.nonce, 1, keys(0, 3))
    again = await here.sessions.join(claim, stream.nonce)
    assert (again.nonce, again.last_seq) == (stream.nonce, 6)
    other = await here.sessions.join(claim)
    assert other.nonce != stream.nonce and other.known[stream.nonce] == 6


async def test_sockets_that_race_count_a_sample_once(here):
    claim, _ = await here.open()
    stream = await here.sessions.join(claim)
    sends = [(first, events) for first, events in pieces(keys(0, 100)) for _ in range(4)]
    await asyncio.gather(*(here.send(claim, stream.nonce, first, events) for first, events in sends))
    assert (await here.sessions.state("s1")).samples == 200


async def test_the_waterfall_sums_to_the_risk(here):
    claim, _ = await here.open()
    await asked(here, claim)
    view = await here.sessions.state("s1")
    assert view.risk_score == 0.75 and view.challenge == "asked"
    assert round(sum(change.delta for change in view.changes), 4) == 0.75
    assert {change.factor for change in view.changes} == {"large_transaction", "new_beneficiary"}
    assert all(change.layer == "context" for change in view.changes)


async def test_asked_once_and_a_reconnect_sends_the_same_challenge(here):
    claim, _ = await here.open()
    messages = await asked(here, claim)
    assert kinds(messages).count("mpin_required") == 1
    required = next(one for one in messages if kinds((one,)) == ["mpin_required"])
    stream = await here.sessions.join(claim)
    assert kinds(stream.messages) == ["welcome", "mpin_required"]
    assert stream.messages[1].challenge_id == required.challenge_id
    more = await here.send(claim, stream.nonce, 1, clicks(0))
    assert kinds(more) == ["risk_update"] and more[0].risk_score == 0.85


async def test_the_right_mpin_lowers_and_the_wrong_one_blocks(here):
    await here.sessions.enrol_mpin("ann", PIN)
    claim, token = await here.open()
    await asked(here, claim)
    right = await here.sessions.answer_mpin(claim, PIN)
    assert (right.verified, right.risk_score) == (True, 0.65)
    await here.sessions.context(claim, Transaction(id="more", amount=9000))
    assert (await here.sessions.state("s1")).challenge == "asked"
    wrong = await here.sessions.answer_mpin(claim, "0000")
    assert (wrong.verified, wrong.risk_score) == (False, 1.0)
    assert here.told[-1].over and kinds(here.told[-1].messages)[-1] == "session_blocked"
    with pytest.raises(Blocked):
        await here.sessions.admit("s1", token)
    holding = (
        here.sessions.answer_mpin(claim, PIN), here.sessions.join(claim), here.sessions.answered(claim, True, "totp"),
        here.sessions.demand(claim, "by hand"), here.send(claim, "own", 1, keys(0, 2)),
        here.sessions.context(claim, Transaction(id="late", amount=1)),
        here.sessions.score(Scoring(user_id="ann", session_id="s1")),
    )  # fmt: skip
    for again in holding:
        with pytest.raises(Blocked):
            await again
    with pytest.raises(Forbidden):
        await here.open()


async def test_who_does_not_hold_the_token_learns_nothing_of_a_block(here):
    claim, token = await here.open()
    await asked(here, claim)
    await here.sessions.answer_mpin(claim, "0000")
    for shown, user in ((token[:-4] + "AAAA", None), ("", None), ("A" * 64, None), (token, "ben")):
        with pytest.raises(Unauthenticated) as refused:
            await here.sessions.admit("s1", shown, user)
        assert not isinstance(refused.value, Blocked)


async def test_a_session_that_ended_otherwise_is_over_and_not_blocked(here):
    claim, _ = await here.open()
    await here.sessions.end(claim)
    for again in (
        here.sessions.join(claim),
        here.sessions.answer_mpin(claim, PIN),
        here.send(claim, "a", 1, clicks(0)),
    ):
        with pytest.raises(Unauthenticated) as refused:
            await again
        assert not isinstance(refused.value, Blocked)


async def test_without_an_mpin_nobody_verifies(here):
    claim, _ = await here.open()
    assert not (await here.sessions.answer_mpin(claim, PIN)).verified
    assert await here.risk(claim) == 0.25


async def test_a_person_is_locked_out_across_sessions_however_many_try_at_once(here):
    await here.sessions.enrol_mpin("ann", PIN)
    claims = [(await here.open("ann", f"s{number}"))[0] for number in range(20)]
    results = await asyncio.gather(
        *(here.sessions.answer_mpin(claim, f"{number:04}") for number, claim in enumerate(claims))
    )
    assert not any(result.verified for result in results)
    views = [await here.sessions.state(claim.session_id, "ann") for claim in claims]
    assert sum(view.risk_score > 0 for view in views) == 5
    assert (await here.sessions.answer_mpin(claims[0], PIN)).attempts_left == 0
    here.clock.forward(minutes=16)
    assert (await here.sessions.answer_mpin(claims[0], PIN)).verified


async def test_a_challenge_of_another_kind_counts_as_the_mpins(here):
    claim, _ = await here.open()
    await asked(here, claim)
    await here.sessions.answered(claim, True, "totp")
    assert await here.risk(claim) == 0.65


async def test_other_sockets_are_told_with_the_stream_that_caused_it(here):
    claim, _ = await here.open()
    stream = await here.sessions.join(claim)
    await raise_to(here, claim, 0.6)
    here.told.clear()
    answer = await here.send(claim, stream.nonce, 1, clicks(0))
    assert kinds(answer) == ["risk_update", "mpin_required"]
    assert [(one.origin, kinds(one.messages), one.over) for one in here.told] == [
        (stream.nonce, ["risk_update", "mpin_required"], False)
    ]


async def test_a_session_ends_and_expires(here):
    claim, token = await here.open(lifetime_s=60)
    await here.sessions.end(claim)
    await here.sessions.end(claim)
    assert (await here.sessions.state("s1")).end == "logout"
    with pytest.raises(Unauthenticated):
        await here.sessions.admit("s1", token)
    again, fresh = await here.open(lifetime_s=60)
    assert (await here.sessions.state("s1")).end is None
    here.clock.forward(seconds=61)
    with pytest.raises(Unauthenticated):
        await here.sessions.admit("s1", fresh)
    with pytest.raises(Unauthenticated):
        await here.sessions.join(again)


async def test_opening_an_open_session_again_keeps_its_risk(here):
    claim, first = await here.open()
    await raise_to(here, claim, 0.4)
    opened = await here.sessions.open(Opening(user_id="ann", session_id="s1", method="pin"))
    assert opened.resumed and await here.risk(claim) == 0.4
    for token in (first, opened.token):
        assert (await here.sessions.admit("s1", token)).key == claim.key


async def test_a_beneficiary_once_confirmed_is_new_no_more(here):
    claim, _ = await here.open()
    await here.sessions.context(claim, Transaction(beneficiary="landlord"))
    assert await here.risk(claim) == 0.15
    await here.sessions.context(claim, Transaction(beneficiary="landlord", confirmed=True))
    other, _ = await here.open("ann", "s2")
    await here.sessions.context(other, Transaction(beneficiary="landlord"))
    assert await here.risk(other) == 0.0


async def test_without_consent_nothing_is_collected_or_compared(here):
    owner = here.deployment.engine.pseudonyms.of("user", "ann")
    claim, _ = await here.open()
    stream = await here.sessions.join(claim)
    await here.deployment.records.put(Record("consent", owner.hex(), b'{"behavior":false}', owner))
    await here.sessions.refresh()
    answer = await here.send(claim, stream.nonce, 1, clicks(0))
    assert (answer[0].seq, answer[0].risk_score) == (9, 0.0)
    assert (await here.sessions.senses.store.risen(claim.key, 10)).logged == ()
    refused, _ = await here.open("ann", "s2")
    assert not (await here.sessions.state("s2", "ann")).consent
    await here.sessions.context(refused, Transaction(id="t", amount=5000))
    assert await here.risk(refused) == 0.2


async def test_what_was_learnt_of_somebody_who_consents_no_more_goes(here):
    templates, owners = here.sessions.senses.templates, {}
    for user in ("ann", "ben"):
        owners[user] = here.deployment.engine.pseudonyms.of("user", user)
        for number in range(3):
            claim, _ = await here.open(user, f"{user}{number}")
            for first, events in pieces(keys(0, 120), 100):
                await here.send(claim, "own", first, events)
            await here.sessions.end(claim)
            here.clock.forward(hours=25 if number < 2 else 1)
        version = await templates.version()
    for owner in owners.values():
        assert (await templates.template(owner)).shelves
    await templates.unlearn(owners["ann"])
    assert await templates.version() > version
    assert (await templates.template(owners["ann"])).shelves == {} != (await templates.template(owners["ben"])).shelves
    for user, kept in (("ann", 0), ("ben", 1)):
        for key, _ in await here.sessions.senses.store.find(owner=owners[user]):
            assert bool((await here.sessions.senses.store.risen(key.key, 50)).logged) == bool(kept)
    here.clock.forward(hours=25)
    assert await here.sessions.learn("ann") == 0, "what waited is gone, too"
    assert (await here.sessions.state("ann0", "ann")).end == "logout"


async def test_the_server_judges_normal_typing(here):
    claim, _ = await here.open()
    stream = await here.sessions.join(claim)
    await raise_to(here, claim, 0.4)
    for first, events in pieces(keys(0, 50), 50):
        await here.send(claim, stream.nonce, first, events)
    assert await here.risk(claim) == 0.38
    even = await here.open("ben")
    await raise_to(here, even[0], 0.4)
    await here.send(even[0], "own", 1, keys(0, 40, 120))
    assert await here.risk(even[0]) >= 0.4


async def test_a_score_opens_the_session_and_counts_its_samples_once(here):
    events = numbered(keys(0, 40))
    for _ in range(2):
        score = await here.sessions.score(Scoring(user_id="ann", session_id="exam", events=events))
    assert 0 <= score.trust_score <= 100 and score.phase == "learning" and not score.is_anomaly
    assert (await here.sessions.state("exam")).samples == 80


async def test_finished_sessions_are_learnt_after_their_quarantine(here):
    template = here.sessions.senses.templates.template
    owner = here.deployment.engine.pseudonyms.of("user", "ann")
    for number in range(2):
        claim, _ = await here.open(session=f"s{number}")
        for first, events in pieces(keys(0, 120), 100):
            await here.send(claim, "own", first, events)
        await here.sessions.end(claim)
    assert (await template(owner)).shelves == {}
    here.clock.forward(hours=25)
    assert await here.sessions.learn("ann") == 2
    held = await template(owner)
    assert held.shelves and await here.sessions.learn("ann") == 0
    weak, _ = await here.open(session="weak", method="password")
    for first, events in pieces(keys(0, 120), 100):
        await here.send(weak, "own", first, events)
    await here.sessions.end(weak)
    here.clock.forward(hours=25)
    assert await here.sessions.learn("ann") == 0
    assert await template(owner) == held


async def test_what_was_labelled_fraud_is_never_learnt(here):
    owner = here.deployment.engine.pseudonyms.of("user", "ann")
    claim, _ = await here.open()
    await here.send(claim, "own", 1, keys(0, 120)[:200])
    await here.sessions.end(claim)
    at_ms = here.clock.ms() + 1000
    await here.deployment.records.put(Record("label", "l1", b'{"label":"fraud"}', owner, at_ms))
    here.clock.forward(hours=25)
    assert await here.sessions.learn("ann") == 0
    assert (await here.sessions.senses.templates.template(owner)).shelves == {}


async def test_what_is_shown_has_faded_and_still_adds_up(here):
    claim, _ = await here.open()
    await raise_to(here, claim, 0.4)
    here.clock.forward(minutes=7, seconds=30)
    view = await here.sessions.state("s1")
    assert view.risk_score == 0.33
    assert round(sum(change.delta for change in view.changes), 4) == 0.33
    stream = await here.sessions.join(claim)
    answer = await here.send(claim, stream.nonce, 1, keys(0, 2))
    assert answer[0].risk_score == 0.33 and [one.factor for one in answer[0].factors] == ["decay"]


async def test_a_persons_own_thresholds_hold_within_bounds(here):
    await here.sessions.personalise("ann", 0.35, 0.6)
    with pytest.raises(InvalidInput):
        await here.sessions.personalise("ann", 0.95, None)
    claim, _ = await here.open()
    assert "mpin_required" in kinds(await raise_to(here, claim, 0.4))
    assert "session_blocked" in kinds(await here.sessions.context(claim, Transaction(id="x", amount=9000)))
    other, _ = await here.open("ben", "s2")
    assert "mpin_required" not in kinds(await raise_to(here, other, 0.6))


async def test_a_block_ends_the_others_where_that_is_set(here):
    here.sessions.settings = replace(here.sessions.settings, end_others=True)
    bystander, token = await here.open("ann", "s2")
    stranger, _ = await here.open("ben", "s3")
    claim, _ = await here.open()
    await asked(here, claim)
    await here.sessions.answer_mpin(claim, "0000")
    assert (await here.sessions.state("s1")).end == "blocked"
    assert (await here.sessions.state("s2")).end == "other_blocked"
    assert (await here.sessions.state("s3")).end is None
    with pytest.raises(Unauthenticated):
        await here.sessions.admit("s2", token)
    assert {told.key for told in here.told if told.over} == {claim.key, bystander.key} and stranger


async def test_a_session_that_expired_unnoticed_is_learnt_from_all_the_same(here):
    owner = here.deployment.engine.pseudonyms.of("user", "ann")
    claim, _ = await here.open(lifetime_s=3600)
    for first, events in pieces(keys(0, 120), 100):
        await here.send(claim, "own", first, events)
    here.clock.forward(hours=2)
    assert await here.sessions.expire() == 1
    here.clock.forward(hours=25)
    await here.open("ann", "next")
    assert (await here.sessions.senses.templates.template(owner)).shelves


async def test_a_client_can_not_lower_its_risk_by_typing_and_typing(here):
    claim, _ = await here.open()
    await raise_to(here, claim, 0.6)
    for at in range(40):
        await here.send(claim, f"tab{at % 4}", 1 + 48 * (at // 4), keys(10_000.0 * at, 24, seed=at))
        here.clock.forward(seconds=31)
    changes = (await here.sessions.state("s1")).changes
    lowered = {}
    for change in changes:
        lowered[change.factor] = lowered.get(change.factor, 0) + min(0, change.delta)
    assert round(lowered["normal_typing"], 4) >= -0.1 and round(lowered.get("ml_engine", 0), 4) >= -0.15
    for number in range(12):
        await here.send(claim, f"own{number}", 1, keys(0, 2))
    with pytest.raises(InvalidInput):
        await here.send(claim, "one too many", 1, keys(0, 2))


async def test_from_six_tenths_every_message_is_told_to_whoever_watches(here):
    seen = []
    here.sessions.watch = seen.append
    claim, _ = await here.open()
    await raise_to(here, claim, 0.4)
    await here.send(claim, "own", 1, keys(0, 2))
    assert seen == []
    await here.sessions.context(claim, Transaction(id="third", amount=9000))
    await here.send(claim, "own", 5, clicks(0))
    assert [(one.risk, one.factors, one.samples, one.asked) for one in seen] == [
        (6000, ("large_transaction",), 0, False), (7000, ("rapid_clicks",), 9, True)
    ]  # fmt: skip


async def test_an_erased_person_is_gone(here):
    await here.sessions.enrol_mpin("ann", PIN)
    claim, token = await here.open()
    await here.send(claim, "own", 1, keys(0, 30)[:50])
    export = await here.deployment.people.export("ann")
    assert len(export["sessions"]) == 1 and len(export["sessions"][0]["samples"]) == 50
    assert export["behavior"]["person"]["mpinSetMs"] == here.clock.ms()
    assert "$argon2" not in str(export) and token not in str(export)
    await here.deployment.people.erase("ann")
    with pytest.raises(Unauthenticated):
        await here.sessions.admit("s1", token)
    with pytest.raises(Unauthenticated):
        await here.send(claim, "own", 51, keys(0, 3))
    after = await here.deployment.people.export("ann")
    assert after["sessions"] == [] and after["behavior"]["person"] is None
    again, _ = await here.open()
    assert not (await here.sessions.answer_mpin(again, PIN)).verified


async def test_sessions_are_found_by_how_they_stand_and_since_when(here):
    store = here.sessions.senses.store
    for name in ("quiet", "asked", "blocked", "ended"):
        claim, _ = await here.open(session=name)
        if name in ("asked", "blocked"):
            await asked(here, claim)
        if name == "blocked":
            await here.sessions.answer_mpin(claim, "0000")
        if name == "ended":
            await here.sessions.end(claim)
        here.clock.forward(minutes=1)
    opened = [(session.session_id, session.stage, session.opened_ms) for _, session in await store.find()]
    assert [(name, stage) for name, stage, _ in opened] == [
        (one, one) for one in ("ended", "blocked", "asked", "quiet")
    ]
    for stage in ("quiet", "asked", "blocked", "ended"):
        assert [one.session_id for _, one in await store.find(stages=(stage,))] == [stage]
    assert [one.session_id for _, one in await store.find(stages=("quiet", "asked"), limit=1)] == ["asked"]
    assert [one.session_id for _, one in await store.find(since_ms=opened[1][2])] == ["ended", "blocked"]
    nobody = here.deployment.engine.pseudonyms.of("user", "nobody")
    assert await store.find(owner=nobody, stages=("quiet",)) == ()


async def test_somebody_may_have_the_person_asked_at_any_risk_and_again_after_an_answer(here):
    await here.sessions.enrol_mpin("ann", PIN)
    claim, _ = await here.open()
    for number in range(2):
        await here.sessions.demand(claim, "Asked for by hand")
        view = await here.sessions.state("s1")
        assert (view.challenge, view.risk_score, view.changes[-1].factor) == ("asked", 0.7, "asked_by_hand")
        assert kinds(here.told[-1].messages) == ["risk_update", "mpin_required"]
        challenge = view.challenge_id
        await here.sessions.demand(claim, "Asked for by hand")
        assert (await here.sessions.state("s1")).challenge_id == challenge
        assert (await here.sessions.answer_mpin(claim, PIN)).risk_score == 0.6
        assert len((await here.sessions.state("s1")).changes) == 2 * number + 2
    await here.sessions.end(claim)
    with pytest.raises(Unauthenticated):
        await here.sessions.demand(claim, "Asked for by hand")


async def test_a_session_that_was_ended_by_hand_teaches_nothing(here):
    for reason, held in (("by_hand", 0), ("logout", 1)):
        here.clock.forward(days=4)
        claim, _ = await here.open(session=reason)
        stream = await here.sessions.join(claim)
        await here.send(claim, stream.nonce, 1, keys(0, 60))
        await here.sessions.end(claim, reason)
        seen = []
        await here.sessions.senses.store.advance(
            SessionKey(claim.owner, claim.owner, claim.owner),
            lambda _session, person, seen=seen: seen.append(len(person().waiting)) or Stepped(),
        )
        assert seen == [held]
