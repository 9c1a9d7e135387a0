"""Every challenge: the right answer passes once; wrong, expired, replayed and brute-forced ones are refused."""

from __future__ import annotations

import asyncio
from collections import Counter

import msgspec
import pytest
from tests.challenging.bench import Bench

from watchword import actions
from watchword.actions.challenges import Challenge, Enrolling, Told
from watchword.catalog import discover
from watchword.challenging.challenges import Issued
from watchword.errors import DeliveryFailed, InvalidInput, LimitExceeded, NotFound
from watchword.state import stepup
from watchword.state.stepup import Rules

MAIL, PHONE = "ada@example.org", "+43660123456"
CODED = ("pin", "totp", "email_otp", "sms_otp")


class Ready:
    """A challenge of one type that waits for its answer; `right` is the answer that passes."""

    def __init__(self, bench: Bench, type_: str) -> None:
        self.bench, self.type = bench, type_
        self.right = ""

    async def begin(self) -> Issued:
        bench = self.bench
        if self.type == "pin":
            await bench.pin()
            self.right = "4711"
            return await bench.issue("pin")
        if self.type == "totp":
            app = await bench.totp()
            self.right = bench.code(app)
            return await bench.issue("totp")
        to = MAIL if self.type == "email_otp" else PHONE
        issued = await bench.issue(self.type, to=to)
        self.right = bench.sent(to)
        return issued

    def wrong(self) -> str:
        return "0000" if self.type == "pin" else f"{(int(self.right) + 1) % 10**6:06}"


@pytest.fixture(params=CODED)
def ready(request: pytest.FixtureRequest, bench: Bench) -> Ready:
    return Ready(bench, request.param)


def test_every_challenge_of_the_contract_is_found() -> None:
    assert set(discover(actions, Challenge)) == set(stepup.EVERY)


async def test_the_right_answer_passes_once(bench: Bench, ready: Ready) -> None:
    issued = await ready.begin()
    first = await bench.answer(issued, ready.right)
    assert (first.passed, first.outcome) == (True, "passed")
    again = await bench.answer(issued, ready.right)
    assert (again.passed, again.outcome, again.attempts_left) == (False, "used", 0)
    assert [(one.type, one.passed) for one in bench.settled] == [(ready.type, True)]


async def test_a_wrong_answer_costs_an_attempt(bench: Bench, ready: Ready) -> None:
    issued = await ready.begin()
    assert issued.attempts_left == 5
    wrong = await bench.answer(issued, ready.wrong())
    assert (wrong.passed, wrong.outcome, wrong.attempts_left) == (False, "wrong", 4)
    assert (await bench.answer(issued, ready.right)).passed


async def test_an_expired_challenge_is_refused(bench: Bench, ready: Ready) -> None:
    issued = await ready.begin()
    bench.clock.forward(seconds=301)
    late = await bench.answer(issued, ready.right)
    assert (late.passed, late.outcome) == (False, "expired")


async def test_attempts_end(bench: Bench, ready: Ready) -> None:
    bench.rules = Rules(lockout_failures=20)
    issued = await ready.begin()
    left = [(await bench.answer(issued, ready.wrong())).attempts_left for _ in range(5)]
    assert left == [4, 3, 2, 1, 0]
    last = await bench.answer(issued, ready.right)
    assert (last.passed, last.outcome, last.attempts_left) == (False, "exhausted", 0)


async def test_failures_lock_the_type_across_challenges(bench: Bench, ready: Ready) -> None:
    first = await ready.begin()
    for _ in range(3):
        await bench.answer(first, ready.wrong())
    second = await ready.begin() if ready.type in ("email_otp", "sms_otp") else await bench.issue(ready.type)
    for _ in range(2):
        await bench.answer(second, ready.wrong())
    locked = await bench.answer(second, ready.right)
    assert (locked.outcome, locked.passed, locked.retry_after_s) == ("locked", False, 900)
    with pytest.raises(LimitExceeded):
        await bench.issue(
            ready.type, to=MAIL if ready.type == "email_otp" else PHONE if ready.type == "sms_otp" else None
        )
    bench.clock.forward(seconds=901)
    third = await ready.begin()
    assert (await bench.answer(third, ready.right)).passed


async def test_lock_outs_grow_and_success_ends_them(bench: Bench) -> None:
    bench.rules = Rules(challenge_attempts=10)
    await bench.pin()
    waits = []
    for _ in range(3):
        issued = await bench.issue("pin")
        for _ in range(6):
            outcome = await bench.answer(issued, "0000")
        waits.append(outcome.retry_after_s)
        bench.clock.forward(seconds=(outcome.retry_after_s or 0) + 1)
    assert waits == [900, 1800, 3600]
    assert (await bench.answer(await bench.issue("pin"), "4711")).passed
    issued = await bench.issue("pin")
    outcomes = [await bench.answer(issued, "0000") for _ in range(6)]
    assert outcomes[-1].retry_after_s == 900


async def test_racing_right_answers_pass_once(bench: Bench, ready: Ready) -> None:
    issued = await ready.begin()
    outcomes = await asyncio.gather(*(bench.answer(issued, ready.right) for _ in range(5)))
    assert Counter(one.outcome for one in outcomes)["passed"] == 1
    assert sum(one.passed for one in bench.settled) == 1


async def test_racing_guesses_get_no_more_attempts_than_there_are(bench: Bench, ready: Ready) -> None:
    issued = await ready.begin()
    outcomes = await asyncio.gather(*(bench.answer(issued, ready.wrong()) for _ in range(40)))
    assert Counter(one.outcome for one in outcomes)["wrong"] == 5
    assert all(one.attempts_left >= 0 for one in outcomes)
    assert not (await bench.answer(issued, ready.right)).passed


async def test_a_code_of_the_app_counts_once_even_in_another_challenge(bench: Bench) -> None:
    app = await bench.totp()
    code = bench.code(app)
    assert (await bench.answer(await bench.issue("totp"), code)).passed
    assert (await bench.answer(await bench.issue("totp"), code)).outcome == "wrong"
    bench.clock.forward(seconds=30)
    assert (await bench.answer(await bench.issue("totp"), bench.code(app))).passed


async def test_a_code_of_the_app_counts_once_where_two_challenges_race(bench: Bench) -> None:
    app = await bench.totp()
    issued = [await bench.issue("totp") for _ in range(4)]
    outcomes = await asyncio.gather(*(bench.answer(one, bench.code(app)) for one in issued))
    assert sum(one.passed for one in outcomes) == 1


async def test_clocks_may_be_off_by_one_step(bench: Bench) -> None:
    app = await bench.totp()
    bench.clock.forward(minutes=10)
    outcomes = []
    for steps in (-2, 2, -1, 1):
        outcomes.append((await bench.answer(await bench.issue("totp"), bench.code(app, steps))).passed)
    assert outcomes == [False, False, True, True]
    bench.rules = Rules(totp_drift_steps=0)
    bench.clock.forward(minutes=10)
    assert not (await bench.answer(await bench.issue("totp"), bench.code(app, 1))).passed


async def test_an_enrolment_of_an_app_is_scanned_and_proven(bench: Bench) -> None:
    begun = await bench.factors.begin("ada", "totp", Enrolling(label="My phone"))
    assert begun.show["otpauthUri"].startswith("otpauth://totp/Example%20Bank:ada?secret=")
    assert begun.show["qrSvg"].startswith("<svg") and "<path" in begun.show["qrSvg"]
    with pytest.raises(InvalidInput):
        await bench.issue("totp")
    assert [(one.label, one.proven) for one in await bench.factors.of("ada")] == [("My phone", False)]


async def test_questions_need_two_of_three(bench: Bench) -> None:
    await bench.questions()
    issued = await bench.issue("security_questions")
    assert issued.show["security_questions"]["questions"][0]["text"] == "First pet?"
    right = {"q1": "rex  THE dog!", "q2": "elm street", "q3": "another"}
    assert not (await bench.answer(issued, answers={"q1": "rex the dog", "q2": "wrong", "q3": "wrong"})).passed
    assert not (await bench.answer(issued, answers={"q1": "rex the dog", "q9": "elm street"})).passed
    assert (await bench.answer(issued, answers=right)).passed


@pytest.mark.parametrize("type_", ["pin", "security_questions"])
async def test_racing_slow_hashes_pass_once(bench: Bench, type_: str) -> None:
    await bench.pin()
    await bench.questions()
    issued = await bench.issue(type_)
    told = {"code": "4711"} if type_ == "pin" else {"answers": {"q1": "rex the dog", "q2": "elm street"}}
    outcomes = await asyncio.gather(*(bench.answer(issued, **told) for _ in range(5)))
    assert sum(one.passed for one in outcomes) == 1


async def test_codes_are_not_kept(bench: Bench) -> None:
    await bench.issue("email_otp", to=MAIL)
    record = (await bench.place.records.all("stepup"))[0]
    assert bench.sent(MAIL) not in record.body.decode()


async def test_a_code_is_good_for_its_own_challenge_only(bench: Bench) -> None:
    first = await bench.issue("email_otp", to=MAIL)
    code = bench.sent(MAIL)
    second = await bench.issue("email_otp", to=MAIL)
    if code != bench.sent(MAIL):
        assert not (await bench.answer(second, code)).passed
    assert (await bench.answer(first, code)).passed


async def test_a_code_sent_again_replaces_the_one_before(bench: Bench) -> None:
    first = await bench.issue("email_otp", to=MAIL)
    old = bench.sent(MAIL)
    again = await bench.issue("email_otp", to=MAIL, challenge_id=first.id)
    assert again.id == first.id
    if old != bench.sent(MAIL):
        assert not (await bench.answer(first, old)).passed
    assert (await bench.answer(first, bench.sent(MAIL))).passed


async def test_deliveries_are_limited_by_user_and_channel(bench: Bench) -> None:
    for _ in range(5):
        await bench.issue("email_otp", to=MAIL)
    with pytest.raises(LimitExceeded) as refused:
        await bench.issue("email_otp", to="other@example.org")
    assert refused.value.retry_after_s == 3600
    await bench.issue("sms_otp", to=PHONE)
    await bench.issue("email_otp", to=MAIL, user="bob")
    racing = await asyncio.gather(*(bench.issue("sms_otp", to=PHONE) for _ in range(9)), return_exceptions=True)
    assert sum(isinstance(one, Issued) for one in racing) == 4
    bench.clock.forward(hours=1, seconds=1)
    await bench.issue("email_otp", to=MAIL)


async def test_challenges_are_limited_by_user(bench: Bench) -> None:
    await bench.pin()
    for _ in range(20):
        await bench.issue("pin")
    with pytest.raises(LimitExceeded):
        await bench.issue("pin")


async def test_an_enrolled_address_is_written_to_and_shown_masked(bench: Bench) -> None:
    begun = await bench.factors.begin("ada", "email_otp", Enrolling(to=MAIL))
    assert begun.show["sentTo"] == "a••@example.org"
    assert (await bench.factors.prove("ada", begun.factor.id, Told(code=bench.sent(MAIL)))).proven
    issued = await bench.issue("email_otp")
    assert issued.show["email_otp"]["sentTo"] == "a••@example.org"
    assert (await bench.answer(issued, bench.sent(MAIL))).passed
    assert (await bench.factors.of("ada"))[0].used_ms == bench.clock.ms()


async def test_of_several_types_codes_are_sent_when_asked_for(bench: Bench) -> None:
    await bench.pin()
    await bench.totp()
    issued = await bench.issue("pin", "totp", "email_otp", to=MAIL)
    assert (issued.types, set(issued.show)) == (("pin", "totp", "email_otp"), {"pin", "totp"})
    assert not bench.outbox.letters
    with pytest.raises(InvalidInput):
        await bench.answer(issued, "123456", "email_otp")
    with pytest.raises(InvalidInput):
        await bench.answer(issued, "4711")
    more = await bench.issue("email_otp", to=MAIL, challenge_id=issued.id)
    assert more.id == issued.id
    assert (await bench.answer(issued, bench.sent(MAIL), "email_otp")).passed
    assert (await bench.answer(issued, "4711", "pin")).outcome == "used"


async def test_what_was_not_sent_can_not_be_answered(bench: Bench) -> None:
    async def fail(letter: object) -> None:
        raise DeliveryFailed("no")

    bench.outbox.send = fail  # type: ignore[method-assign]
    with pytest.raises(DeliveryFailed):
        await bench.issue("email_otp", to=MAIL)
    standing = await bench.desk.shelf.read(bench.desk.shelf.owner("ada"))
    assert standing.running[0].kept == {}


@pytest.mark.parametrize("forged", ["", "chl_", "chl_zz", "chl_" + "0" * 56, "dec_" + "0" * 56, "x" * 60])
async def test_forged_ids_find_nothing(bench: Bench, forged: str) -> None:
    await bench.pin()
    issued = await bench.issue("pin")
    other = "0" if issued.id[-1] != "0" else "1"
    for name in (forged, issued.id[:-1], issued.id[:-1] + other, issued.id + "00"):
        with pytest.raises(NotFound):
            await bench.desk.answer(name, None, Told(code="4711"))


async def test_wishes_that_can_not_be_fulfilled_are_refused(bench: Bench) -> None:
    with pytest.raises(InvalidInput):
        await bench.issue("pin")
    with pytest.raises(InvalidInput):
        await bench.issue("knock")
    with pytest.raises(InvalidInput):
        await bench.issue("email_otp", to="nobody")
    with pytest.raises(InvalidInput):
        await bench.issue("sms_otp", to="0660")
    with pytest.raises(InvalidInput):
        await bench.issue("email_otp", "sms_otp", to=MAIL)
    bench.rules = Rules(challenge_types=("totp",))
    await bench.pin()
    with pytest.raises(InvalidInput):
        await bench.issue("pin")


async def test_plain_pins_and_thin_answers_are_refused(bench: Bench) -> None:
    for pin in ("1111", "1234", "9876", "123", "12a4", "1" * 13, "٤٧١١"):
        with pytest.raises(InvalidInput):
            await bench.pin(pin)
    for questions in (
        (("a", "long"),),
        (("a", "xx"), ("b", "yyy"), ("c", "zzz")),
        (("a", "one"), ("b", "ONE"), ("c", "two")),
    ):
        with pytest.raises(InvalidInput):
            await bench.factors.begin("ada", "security_questions", Enrolling(questions=questions))


async def test_proving_is_bounded_too(bench: Bench) -> None:
    begun = await bench.factors.begin("ada", "email_otp", Enrolling(to=MAIL))
    wrong = f"{(int(bench.sent(MAIL)) + 1) % 10**6:06}"
    tries = await asyncio.gather(
        *(bench.factors.prove("ada", begun.factor.id, Told(code=wrong)) for _ in range(9)),
        return_exceptions=True,
    )
    assert sum(isinstance(one, NotFound) for one in tries) == 4
    with pytest.raises(NotFound):
        await bench.factors.prove("ada", begun.factor.id, Told(code=bench.sent(MAIL)))
    late = await bench.factors.begin("ada", "email_otp", Enrolling(to=MAIL))
    bench.clock.forward(minutes=11)
    with pytest.raises(NotFound):
        await bench.factors.prove("ada", late.factor.id, Told(code=bench.sent(MAIL)))


async def test_a_factor_that_is_removed_answers_no_more(bench: Bench) -> None:
    app = await bench.totp()
    issued = await bench.issue("totp")
    factor = (await bench.factors.of("ada"))[0]
    await bench.factors.remove("ada", factor.id)
    assert (await bench.answer(issued, bench.code(app))).outcome == "wrong"
    with pytest.raises(NotFound):
        await bench.factors.remove("ada", factor.id)


async def test_a_new_pin_takes_the_place_of_the_old(bench: Bench) -> None:
    await bench.pin("4711")
    await bench.pin("8290")
    assert len(await bench.factors.of("ada")) == 1
    issued = await bench.issue("pin")
    assert not (await bench.answer(issued, "4711")).passed
    assert (await bench.answer(issued, "8290")).passed


async def test_what_is_over_is_swept(bench: Bench) -> None:
    await bench.issue("email_otp", to=MAIL)
    await bench.pin(user="bob")
    await bench.issue("pin", user="bob")
    bench.clock.forward(hours=2)
    assert await bench.desk.shelf.sweep() == 2
    left = await bench.place.records.all("stepup")
    assert [stepup.unpack(one.body).user_id for one in left] == ["bob"]
    assert stepup.unpack(left[0].body).running == ()


async def test_an_export_shows_no_secret(bench: Bench) -> None:
    await bench.place.login("ada")
    begun = await bench.factors.begin("ada", "totp", Enrolling())
    await bench.pin()
    exported = msgspec.json.encode(await bench.place.people.export("ada")).decode()
    assert "stepup" in exported and begun.show["secret"] not in exported and "$argon2" not in exported
