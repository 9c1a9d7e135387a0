"""The same hands on another, blocked account: found with a link, and gone with the person."""

from __future__ import annotations

import pytest

from watchword.behaviour.neighbours import LEAST_PEOPLE
from watchword.behaviour.rhythm import learn_entries
from watchword.behaviour.template import Entry, Template, entry
from watchword.behaviour.trust import weigh
from watchword.lookalikes import CODE, EVERY_MS, Lookalikes
from watchword.policy.session_evidence import Examined
from watchword.ports import Record
from watchword.stores.memory_records import MemoryRecords
from watchword.stores.memory_sessions import MemorySessions

PEOPLE = 2 * LEAST_PEOPLE
ERASED: dict[str, int] = {}


def owner(number: int) -> bytes:
    return number.to_bytes(16, "big")


def typed(number: int, at: int) -> Entry:
    import numpy as np

    own = np.random.default_rng((1, number)).normal(0, 1, 24)
    return entry("", 50, own + np.random.default_rng((2, number, at)).normal(0, 0.3, 24), at)


def examined(number: int, at: int = 50) -> Examined:
    entries = tuple(("free_text", typed(number, at + each)) for each in range(3))
    return Examined(weigh([]), (), entries, "continuous")


@pytest.fixture
async def lookalikes() -> Lookalikes:
    sessions, records = MemorySessions(), MemoryRecords()
    for number in range(PEOPLE):
        entries = [("free_text", typed(number, at)) for at in range(10)]
        await sessions.change(owner(number), lambda _, e=entries: learn_entries(Template(), e, 1))  # type: ignore[misc]
    made = Lookalikes(sessions, records, lambda user_id: ERASED.get(user_id, 0))
    await made.refresh(0)
    return made


async def labelled(lookalikes: Lookalikes, number: int, label: str) -> None:
    body = f'{{"label":"{label}","decisionId":"dec_{number}"}}'.encode()
    await lookalikes._records.put(Record("label", f"{number}", body, owner(number), 7))
    assert await lookalikes.refresh(EVERY_MS)


async def test_nobody_is_suspected_where_nobody_is_watched(lookalikes: Lookalikes) -> None:
    assert not lookalikes.witness(owner(1), "s", examined(2))


async def test_the_hands_of_a_defrauded_account_are_found_with_a_link(lookalikes: Lookalikes) -> None:
    await labelled(lookalikes, 5, "fraud")
    (doubt,) = lookalikes.witness(owner(1), "s", examined(5))
    assert doubt.code == CODE
    assert doubt.llr < -1
    assert doubt.details["link"] == "/console/decisions/dec_5"
    assert doubt.details["account"] == owner(5).hex()
    assert not lookalikes.witness(owner(1), "s", examined(1))
    assert not lookalikes.witness(owner(5), "s", examined(5))


async def test_a_legitimate_label_watches_nobody(lookalikes: Lookalikes) -> None:
    await labelled(lookalikes, 5, "legitimate")
    assert not lookalikes.witness(owner(1), "s", examined(5))


async def test_whoever_was_blocked_is_known_again_on_another_account(lookalikes: Lookalikes) -> None:
    thief = 900
    lookalikes.witness(owner(3), "robbed", examined(thief))
    lookalikes.note_block(owner(3), "carl", "robbed", 5)
    (doubt,) = lookalikes.witness(owner(8), "next", examined(thief, 80))
    assert doubt.details["link"] == "/console/sessions/robbed"
    assert not lookalikes.witness(owner(3), "later", examined(thief, 90))
    await lookalikes.refresh(EVERY_MS)
    assert lookalikes.witness(owner(8), "next", examined(thief, 80))


async def test_an_erased_person_is_forgotten_at_once_and_stays_so(lookalikes: Lookalikes) -> None:
    lookalikes.witness(owner(3), "robbed", examined(900))
    lookalikes.note_block(owner(3), "carl", "robbed", 5)
    lookalikes.forget(owner(3))
    assert not lookalikes.witness(owner(8), "next", examined(900, 80))
    assert len(lookalikes.index) == PEOPLE - 1


async def test_a_person_whom_another_process_erased_is_gone_at_the_next_refresh(
    lookalikes: Lookalikes, monkeypatch: pytest.MonkeyPatch
) -> None:
    lookalikes.witness(owner(3), "robbed", examined(900))
    lookalikes.note_block(owner(3), "carl", "robbed", 5)
    assert lookalikes.witness(owner(8), "next", examined(900, 80))
    monkeypatch.setitem(ERASED, "carl", 9)
    await lookalikes.refresh(1)
    assert not lookalikes.witness(owner(8), "next", examined(900, 80))


async def test_what_was_done_in_sessions_is_kept_for_a_minute_only(lookalikes: Lookalikes) -> None:
    lookalikes.witness(owner(3), "calm", examined(900))
    await lookalikes.refresh(EVERY_MS)
    await lookalikes.refresh(2 * EVERY_MS)
    lookalikes.note_block(owner(3), "carl", "calm", 5)
    assert not lookalikes.witness(owner(8), "next", examined(900, 80))


async def test_trust_falls_and_says_why(lookalikes: Lookalikes) -> None:
    await labelled(lookalikes, 5, "fraud")
    doubts = lookalikes.witness(owner(1), "s", examined(5))
    judged = weigh([], (), doubts)
    assert judged.trust_score < 950_000
    assert judged.reasons[0].code == CODE
    assert judged.reasons[0].details["link"]
