"""What a thief tries to teach: an owner's template and beneficiaries are poisoned by nobody's session but theirs."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path

import pytest
from msgspec.structs import replace
from tests.stores.session_rooms import PIN, Room, keys, numbered, pieces, room

from watchword.behaviour.samples import gather
from watchword.errors import Blocked
from watchword.events.samples import Batch
from watchword.learning.typists import Sitting, Typist, make_typist, sit
from watchword.policy.session_evidence import extract
from watchword.ports import Record, Stepped
from watchword.sessions.lives import Lives
from watchword.sessions.records import Claim, Scoring, Transaction

SITTING = Sitting(secret=11, text=90, strokes=14)
THIEF, OWNER = make_typist(5, 0), make_typist(5, 1)


async def taught(here: Room) -> None:
    """Ann is known; from now on what is learnt waits as in earnest."""
    for number in range(11):
        await sitting(here, OWNER, f"lesson{number}", number)
    here.sessions.settings = replace(here.sessions.settings, behavior_trust_now=False)


async def sitting(here: Room, person: Typist, name: str, number: int, beneficiary: str | None = None) -> None:
    claim, _ = await here.open("ann", name)
    await here.sessions.take(
        claim, Batch(session_id=name, nonce="own", first_seq=1, events=sit(person, number, SITTING))
    )
    if beneficiary is not None:
        await here.sessions.context(claim, Transaction(id=name, amount=1, beneficiary=beneficiary))
    await here.sessions.end(claim)
    here.clock.forward(minutes=5)


async def is_new(here: Room, beneficiary: str) -> bool:
    claim, _ = await here.open("ann", None)
    await here.sessions.context(claim, Transaction(id="now", amount=1, beneficiary=beneficiary))
    changes = (await here.sessions.state(claim.session_id, "ann")).changes
    await here.sessions.end(claim)
    return "new_beneficiary" in [change.factor for change in changes]


@pytest.mark.parametrize(("by", "learnt"), [("mpin", False), ("totp", True)])
async def test_hands_that_changed_overnight_are_learnt_by_a_second_proof(by: str, learnt: bool) -> None:
    here = room(None, behaviorTrustNow=True)
    await taught(here)
    before = await here.sessions.senses.templates.template(here.sessions.senses.pseudonyms.of("user", "ann"))
    claim, _ = await here.open("ann", "injured")
    await here.sessions.demand(claim, "by hand")
    await here.sessions.answered(claim, True, by)
    events = sit(THIEF, 30, SITTING)
    await here.sessions.take(claim, Batch(session_id="injured", nonce="own", first_seq=1, events=events))
    await here.sessions.end(claim)
    here.clock.forward(days=2)
    assert await here.sessions.learn("ann") == learnt
    after = await here.sessions.senses.templates.template(here.sessions.senses.pseudonyms.of("user", "ann"))
    assert (after != before) is learnt


async def test_beneficiaries_of_a_stranger_stay_new_for_ever() -> None:
    here = room(None, behaviorTrustNow=True)
    await taught(here)
    await sitting(here, THIEF, "theft", 30, "mule")
    here.clock.forward(days=3)
    await here.sessions.learn("ann")
    assert await is_new(here, "mule")


async def test_beneficiaries_of_somebody_silent_wait_out_their_quarantine() -> None:
    here = room(None, behaviorTrustNow=True)
    await taught(here)
    claim, _ = await here.open("ann", "silent")
    await here.sessions.context(claim, Transaction(id="t1", amount=1, beneficiary="grocer"))
    await here.sessions.end(claim)
    here.clock.forward(hours=1)
    assert await is_new(here, "grocer")
    here.clock.forward(hours=24)
    await here.sessions.learn("ann")
    assert not await is_new(here, "grocer")


async def test_who_does_not_consent_gets_beneficiaries_confirmed_all_the_same() -> None:
    here = room(None)
    claim, _ = await here.open("ann", "private", consent=False)
    await here.sessions.context(claim, Transaction(id="t1", amount=1, beneficiary="grocer"))
    await here.sessions.end(claim)
    here.clock.forward(hours=25)
    await here.sessions.learn("ann")
    assert not await is_new(here, "grocer")


async def test_what_the_owner_disowned_teaches_nothing() -> None:
    here = room(None, behaviorTrustNow=True)
    await taught(here)
    claim, _ = await here.open("ann", "theft")
    await here.sessions.context(claim, Transaction(id="t1", amount=1, beneficiary="mule"))
    await here.sessions.end(claim, "owner")
    here.clock.forward(days=3)
    await here.sessions.learn("ann")
    assert await is_new(here, "mule")


async def waiting(here: Room) -> None:
    """Ann was here 23 hours ago, and what is learnt of it waits."""
    await here.sessions.enrol_mpin("ann", PIN)
    await sitting(here, OWNER, "yesterday", 12)
    here.clock.forward(hours=23)


async def left(here: Room) -> None:
    claim = await asked(here, "left")
    await here.sessions.end(claim)


async def ran_out(here: Room) -> None:
    await asked(here, "ran out")
    here.clock.forward(hours=9)


async def blocked(here: Room) -> None:
    await here.sessions.answer_mpin(await asked(here, "blocked"), "0000")


async def disowned(here: Room) -> None:
    claim, _ = await here.open("ann", "theirs")
    await here.sessions.end(claim, "owner")


async def called_fraud(here: Room) -> None:
    owner = here.deployment.engine.pseudonyms.of("user", "ann")
    await here.deployment.records.put(Record("label", "l1", b'{"label":"fraud"}', owner, here.clock.ms()))


@pytest.mark.parametrize("doubt", [left, ran_out, blocked, disowned, called_fraud])
@pytest.mark.parametrize("known", [False, True])
async def test_what_lies_near_a_doubtful_session_teaches_nothing(
    doubt: Callable[[Room], Awaitable[None]], known: bool
) -> None:
    here = room(None, behaviorTrustNow=known)
    await (taught(here) if known else here.sessions.refresh())
    here.clock.forward(days=5)
    await waiting(here)
    await doubt(here)
    here.clock.forward(hours=2)
    assert await here.sessions.learn("ann") == 0
    here.clock.forward(days=9)
    assert await here.sessions.learn("ann") == 0
    await waiting(here)
    here.clock.forward(hours=2)
    assert await here.sessions.learn("ann") == 1


async def test_a_doubtful_session_reaches_three_days_on() -> None:
    here = room(None)
    await left(here)
    for days, learnt in ((2, 0), (1, 1)):
        here.clock.forward(days=days)
        await waiting(here)
        here.clock.forward(hours=2)
        assert await here.sessions.learn("ann") == learnt


async def test_what_is_due_waits_while_somebody_is_asked() -> None:
    here = room(None)
    await waiting(here)
    claim = await asked(here, "today")
    here.clock.forward(hours=2)
    assert await here.sessions.learn("ann") == 0
    assert (await here.sessions.answer_mpin(claim, PIN)).verified
    assert await here.sessions.learn("ann") == 1


async def test_who_passes_a_challenge_that_behaviour_asked_and_falls_silent_teaches_no_beneficiary() -> None:
    here = room(None, behaviorTrustNow=True)
    await taught(here)
    await here.sessions.enrol_mpin("ann", PIN)
    claim, _ = await here.open("ann", "theft")
    for at, part in enumerate(sit(THIEF, 30, SITTING)[at : at + 100] for at in range(0, 1_000, 100)):
        await here.sessions.take(claim, Batch(session_id="theft", nonce="own", first_seq=100 * at + 1, events=part))
        await here.sessions.settle()
        here.clock.forward(seconds=11)
        if (await here.sessions.state("theft", "ann")).challenge == "asked":
            break
    assert (await here.sessions.answer_mpin(claim, PIN)).verified
    await here.sessions.context(claim, Transaction(id="t1", amount=1, beneficiary="mule"))
    await here.sessions.end(claim)
    here.clock.forward(days=3)
    await here.sessions.learn("ann")
    assert await is_new(here, "mule")


async def test_what_waited_while_a_person_was_new_is_compared_once_they_are_known() -> None:
    here = room(None)
    await sitting(here, THIEF, "theft", 0, "mule")
    here.sessions.settings = replace(here.sessions.settings, behavior_trust_now=True)
    owner = here.deployment.engine.pseudonyms.of("user", "ann")
    for number in range(11):
        for modality, entry in extract(gather(sit(OWNER, number, SITTING)), here.sessions.senses.eyes, []):
            await here.sessions.senses.templates.change(owner, lambda held, m=modality, e=entry: held.plus(m.name, e))
    assert await here.sessions.learn("ann") == 0
    assert await is_new(here, "mule")


async def asked(here: Room, name: str) -> Claim:
    """A session in which somebody typed, and whose person is asked."""
    claim, _ = await here.open("ann", name)
    for first, part in pieces(keys(1_000, 60)):
        await here.send(claim, "own", first, part)
    await here.sessions.demand(claim, "by hand")
    here.clock.forward(seconds=1)
    return claim


@pytest.mark.parametrize("restarted", [False, True])
async def test_what_came_before_a_passed_challenge_is_forgotten_for_good(tmp_path: Path, restarted: bool) -> None:
    here = room(tmp_path)
    await here.sessions.enrol_mpin("ann", PIN)
    claim = await asked(here, "s1")
    assert (await here.sessions.answer_mpin(claim, PIN)).verified
    if restarted:
        await here.close()
        here = room(tmp_path, here.clock)
    here.clock.forward(seconds=1)
    await here.send(claim, "own2", 1, keys(90_000, 12))
    assert len(here.sessions._lives.all()[0].samples().keys) == 12
    await here.close()


async def test_a_challenge_that_was_passed_elsewhere_counts_here(tmp_path: Path) -> None:
    here = room(tmp_path)
    other = room(tmp_path, here.clock)
    await here.sessions.enrol_mpin("ann", PIN)
    claim = await asked(here, "s1")
    assert (await other.sessions.answer_mpin(claim, PIN)).verified
    here.clock.forward(seconds=1)
    await here.send(claim, "own2", 1, keys(90_000, 12))
    assert len(here.sessions._lives.all()[0].samples().keys) == 12
    await here.close()
    await other.close()


async def test_sessions_that_were_read_from_the_store_count_towards_what_is_remembered(tmp_path: Path) -> None:
    here = room(tmp_path)
    claim, _ = await here.open("ann", "s1")
    await here.send(claim, "own", 1, keys(1_000, 60))
    kept = here.sessions._lives.bytes
    await here.close()
    here = room(tmp_path, here.clock)
    await here.sessions.join(claim)
    lives: Lives = here.sessions._lives
    assert lives.bytes == kept > 0
    lives.drop(claim.key)
    assert lives.bytes == 0
    await here.close()


async def stranger(here: Room, name: str) -> Scoring:
    """A program that gives Ann's name where nobody has logged in yet, until it is stopped."""
    scoring = Scoring(user_id="ann", session_id=name, events=numbered(keys(0, 60, every_ms=20)))
    with suppress(Blocked):
        await here.sessions.score(scoring)
        claim = await here.sessions.claim(name, "ann")
        for _ in range(4):
            await here.sessions.answered(claim, False, "totp")
    return scoring


async def test_who_never_logged_in_keeps_no_owner_from_being_learnt() -> None:
    here = room(None, behaviorTrustNow=True)
    await taught(here)
    for day in range(4):
        await sitting(here, OWNER, f"day{day}", 12 + day)
        for number in range(3):
            await stranger(here, f"form{day}-{number}")
        here.clock.forward(hours=23, minutes=50)
    found = await here.sessions.of_user("ann")
    assert {one.end or one.challenge for one in found if one.session_id.startswith("form")} <= {"blocked", "asked"}
    here.clock.forward(days=1)
    await here.sessions.learn("ann")
    person = await here.sessions._store.advance(
        here.sessions._names.key("ann", "x"), lambda _, own: Stepped(answer=own())
    )
    assert person.answer.learnt == 15


async def test_sessions_without_a_log_in_hide_no_doubt() -> None:
    """A hundred of them are newer than the one that was blocked after a log-in."""
    here = room(None, behaviorTrustNow=True)
    await taught(here)
    await waiting(here)
    await blocked(here)
    for number in range(70):
        await stranger(here, f"form{number}")
    here.clock.forward(hours=2)
    assert await here.sessions.learn("ann") == 0


async def test_a_session_that_goes_on_after_its_log_out_casts_doubt() -> None:
    here = room(None, behaviorTrustNow=True)
    await taught(here)
    await waiting(here)
    claim, _ = await here.open("ann", "theft")
    await here.sessions.end(claim)
    await stranger(here, "theft")
    here.clock.forward(hours=2)
    assert await here.sessions.learn("ann") == 0


async def test_what_waits_of_somebody_who_refused_meanwhile_is_not_learnt() -> None:
    """As where another process, which heard of it half a second later, had the session wait."""
    here = room(None)
    await sitting(here, OWNER, "yesterday", 12, "grocer")
    owner = here.deployment.engine.pseudonyms.of("user", "ann")
    await here.deployment.records.put(Record("consent", owner.hex(), b'{"behavior":false}', owner, here.clock.ms()))
    here.clock.forward(days=2)
    assert await here.sessions.learn("ann") == 1
    assert not (await here.sessions.senses.templates.template(owner)).shelves
    assert not await is_new(here, "grocer")
