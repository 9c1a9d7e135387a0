"""Log-ins judged with the rhythm of their form, end to end: compared, weighed, shown, learnt, and never stored raw."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import msgspec
import pytest
from tests.stage import Stage, codes

from watchword.behaviour.template import Template
from watchword.errors import Conflict, StoreError
from watchword.events.codec import decode_event, encode_event
from watchword.events.login import FormBehavior, Login
from watchword.events.samples import Key
from watchword.learning.typists import Sitting, make_typist, numbered, sit
from watchword.policy.decision import Decision
from watchword.policy.explanation import wire

FORM = Sitting(secret=11, strokes=2, whose=1)


def form(who: int, session: int) -> FormBehavior:
    return FormBehavior(events=sit(make_typist(8, who), session, FORM, practice=60 + session))


def scripted() -> FormBehavior:
    keys = [Key(seq=1, t=100.0 + 50 * at, down=down, field="password", pos=at // 2, trusted=False)
            for at, down in ((n, n % 2 == 0) for n in range(24))]  # fmt: skip
    return FormBehavior(events=numbered(keys))


async def settled(logins: int = 14, **settings: Any) -> Stage:
    stage = Stage(**settings)
    for number in range(logins):
        await stage.login(behavior=form(1, number))
        stage.now += timedelta(days=1)
    return stage


async def template(stage: Stage) -> Template:
    assert stage.engine.rhythms is not None
    return await stage.engine.rhythms.templates.template(stage.engine.pseudonyms.of("user", "ada"))


async def compare(stage: Stage, who: int) -> Decision:
    event = Login(id=f"by-{who}", occurred_at=stage.now, user_id="ada", ip="81.166.1.1", result="success",
                  device_fingerprint="ada-laptop", user_agent="Mozilla/5.0", behavior=form(who, 90))  # fmt: skip
    return await stage.engine.preview(event)


async def test_the_owner_passes_and_another_hand_is_evidence() -> None:
    stage = await settled()
    own, others = await compare(stage, 1), [await compare(stage, who) for who in range(2, 8)]
    assert "DIFFERENT_RHYTHM" not in codes(own)
    found = [one for other in others for one in other.evidence if one.code == "DIFFERENT_RHYTHM"]
    assert len(found) >= 2, "fourteen log-ins are little to know somebody by, who is compared with practised others"
    assert all(one.score <= 450_000 and one.type == "BEHAVIORAL" for one in found)
    assert set(found[0].details) == {"similarity", "maturity", "keys"}


async def test_log_odds_weigh_the_ratio_both_ways() -> None:
    stage = await settled(scorecard="log_odds")
    own, other = await compare(stage, 1), await compare(stage, 5)
    rhythm = dict(own.logits).get("typing rhythm", 0), dict(other.logits).get("DIFFERENT_RHYTHM", 0)
    assert rhythm[0] < 0 < rhythm[1]
    assert own.score < other.score
    assert sum(part for _, part in other.contributions) == other.score
    stage.engine.rhythms = None
    assert own.score < (await compare(stage, 1)).score < other.score


async def test_the_first_log_ins_say_nothing_and_say_so() -> None:
    stage = await settled(0)
    decision = await stage.login(behavior=form(1, 0))
    assert ("DIFFERENT_RHYTHM", "STILL_LEARNING") in [(one.code, one.reason) for one in decision.not_evaluable]


async def test_no_timing_is_stored_or_shown() -> None:
    stage = await settled(3)
    decision = await stage.login(behavior=form(1, 4))
    assert decision.event.behavior is None  # type: ignore[attr-defined]
    kept = await stage.engine.store.decision(decision.id)
    assert kept is not None
    assert kept.event.behavior is None  # type: ignore[attr-defined]
    assert "events" not in str(wire(decision)["evidence"])


async def test_what_is_learnt_is_learnt_with_the_log_in() -> None:
    stage = await settled(3)
    before = (await template(stage)).shelf("fixed_text", "password:11").accepted
    assert before == 3
    await stage.login(behavior=form(1, 5), result="failure")
    assert (await template(stage)).shelf("fixed_text", "password:11").accepted == before
    decision = await stage.login(behavior=form(1, 6))
    assert decision.learnt
    assert (await template(stage)).shelf("fixed_text", "password:11").accepted == before + 1


async def test_the_same_log_in_twice_is_learnt_once_and_a_changed_form_is_another_event() -> None:
    stage = await settled(3)
    event = Login(id="twice", occurred_at=stage.now, user_id="ada", ip="81.166.1.1", result="success",
                  device_fingerprint="ada-laptop", user_agent="Mozilla/5.0", behavior=form(1, 7))  # fmt: skip
    assert await stage.engine.assess(event) == await stage.engine.assess(event)
    assert (await template(stage)).shelf("fixed_text", "password:11").accepted == 4
    with pytest.raises(Conflict):
        await stage.engine.assess(msgspec.structs.replace(event, behavior=form(1, 8)))


async def test_without_consent_nothing_is_compared_or_kept() -> None:
    stage = await settled(12)
    decision = await stage.login(behavior=form(5, 20), consent={"behavior": False})
    assert "DIFFERENT_RHYTHM" not in codes(decision)
    assert (await template(stage)).shelf("fixed_text", "password:11").accepted == 12


async def test_a_script_in_the_form_is_automation_and_not_learnt() -> None:
    stage = await settled(12)
    decision = await stage.login(behavior=scripted())
    found = next(one for one in decision.evidence if one.code in ("SCRIPTED_FORM", "MECHANICAL_FORM"))
    assert found.type == "DEVICE"
    assert found.details["signs"]
    assert (await template(stage)).shelf("fixed_text", "password:11").accepted == 12


async def test_templates_out_of_reach_are_named_and_fail_nobody() -> None:
    stage = await settled(2)

    async def fails(_owner: bytes) -> Template:
        raise StoreError("gone")

    assert stage.engine.rhythms is not None
    stage.engine.rhythms.templates.template = fails  # type: ignore[method-assign]
    decision = await stage.login(behavior=form(1, 5))
    assert decision.action == "allow"
    assert [one.part for one in decision.degraded] == ["templates"]


async def test_a_form_that_is_left_by_enter_alone_says_nothing() -> None:
    stage = await settled(2)
    keys = [Key(seq=1, t=100.0 + 90 * at, down=at == 0, field="password", pos=0, cls="enter") for at in range(2)]
    decision = await stage.login(behavior=FormBehavior(events=numbered(keys)))
    assert decision.action == "allow"
    assert not decision.degraded


async def test_a_modality_that_fails_is_named_and_fails_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    stage = await settled(2)

    def fails(*_: object) -> None:
        raise IndexError

    monkeypatch.setattr("watchword.rhythms.read_rhythm", fails)
    decision = await stage.login(behavior=form(1, 5))
    assert decision.action == "allow"
    assert [(one.part, one.reason) for one in decision.degraded] == [("templates", "IndexError")]


def test_the_form_travels_and_is_bounded() -> None:
    sent = Login(id="a", occurred_at=Stage().now, user_id="ada", ip="81.166.1.1", result="success", behavior=form(1, 0))
    assert decode_event(encode_event(sent)) == sent
    assert len(encode_event(sent)) < 64_000
