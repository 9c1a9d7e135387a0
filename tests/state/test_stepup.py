"""What is kept of a person's second factors, under any order of attempts: bounded, single-use, locked."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from watchword.state.stepup import (
    HOUR_MS,
    Factor,
    Proof,
    Rules,
    Running,
    Standing,
    claim,
    failed,
    locked_ms,
    pack,
    pruned,
    settle,
    unpack,
)

ATTEMPTS = st.lists(
    st.tuples(st.sampled_from(["claim", "right", "wrong", "replay", "wait"]), st.integers(0, 400_000)), max_size=60
)


@given(
    ATTEMPTS,
    st.builds(Rules, challenge_attempts=st.integers(1, 10), lockout_failures=st.integers(1, 20)),
)
def test_no_order_of_attempts_gets_more_than_there_are(attempts: list[tuple[str, int]], rules: Rules) -> None:
    now_ms, waiting, claims, passes = 0, 0, 0, 0
    running = Running(id="c", types=("totp",), made_ms=0, until_ms=HOUR_MS, left=rules.challenge_attempts)
    standing = replace(Standing(), factors=(Factor(id="f", type="totp"),)).with_challenge(running)
    for what, by in attempts:
        now_ms += by if what == "wait" else 0
        current = standing.challenge("c")
        assert current is not None
        if what == "claim":
            standing, refusal = claim(standing, current, "totp", rules, now_ms)
            claims += refusal is None
            waiting += refusal is None
        elif waiting and what != "wait":
            waiting -= 1
            proof = Proof("f", 7) if what == "right" else Proof("f", 7) if what == "replay" else None
            standing, verdict = settle(standing, "c", "totp", proof, now_ms)
            passes += verdict == "passed"
        current = standing.challenge("c")
        assert current is not None and 0 <= current.left <= rules.challenge_attempts
        assert unpack(pack(standing)) == standing
    assert claims <= rules.challenge_attempts and passes <= 1


@given(st.integers(1, 20), st.integers(30, 86_400))
def test_a_lock_lasts_as_long_as_it_says(failures: int, seconds: int) -> None:
    rules = Rules(lockout_failures=failures, lockout_s=seconds, challenge_attempts=10)
    standing = Standing()
    for number in range(failures):
        running = Running(id=f"c{number}", types=("pin",), made_ms=0, until_ms=10**12, left=1)
        standing = standing.with_challenge(running)
        standing, refusal = claim(standing, running, "pin", rules, 0)
        assert refusal is None
        standing, verdict = settle(standing, running.id, "pin", None, 0)
        assert verdict == "wrong"
    fresh = Running(id="fresh", types=("pin",), made_ms=0, until_ms=10**12, left=5)
    assert locked_ms(standing, "pin", 0) == 1000 * seconds
    assert claim(standing, fresh, "pin", rules, 1000 * seconds - 1)[1] == "locked"
    assert claim(standing, fresh, "pin", rules, 1000 * seconds)[1] is None
    assert locked_ms(standing, "totp", 0) == 0


def test_what_is_over_is_forgotten_and_what_is_not_stays() -> None:
    running = Running(id="c", types=("pin",), made_ms=0, until_ms=1, left=1)
    standing = Standing(user_id="ada").with_challenge(running)
    assert pruned(standing, HOUR_MS - 1).running == (running,)
    assert pruned(standing, HOUR_MS).empty
    held = standing.with_factor(Factor(id="f", type="pin"))
    assert pruned(held, HOUR_MS).factors == held.factors


def test_a_removed_factor_takes_along_the_codes_that_are_on_their_way_to_it_and_nothing_else() -> None:
    kept = {"email_otp": {"digest": "d", "factor": "f"}, "sms_otp": {"digest": "e", "factor": None}, "totp": {}}
    running = Running(id="c", types=("email_otp", "sms_otp", "totp"), made_ms=0, until_ms=HOUR_MS, left=3, kept=kept)
    standing = Standing(steps={"f": 1, "g": 2}).with_challenge(running)
    standing = standing.with_factor(Factor(id="f", type="email_otp")).with_factor(Factor(id="g", type="totp"))
    after = standing.without_factor("f")
    assert ([one.id for one in after.factors], after.steps) == (["g"], {"g": 2})
    challenge = after.challenge("c")
    assert challenge is not None and (sorted(challenge.kept), challenge.left) == (["sms_otp", "totp"], 3)
    assert standing.without_factor("no such") == standing


@given(st.integers(1, 5))
def test_a_lifted_lock_out_opens_and_the_next_one_is_longer_all_the_same(times: int) -> None:
    rules, standing = Rules(lockout_failures=2, lockout_s=60), Standing()
    for number in range(times):
        for _ in range(2):
            standing = failed(standing, "pin", rules, 0)
        assert locked_ms(standing, "pin", 0) == 60_000 << number
        standing = standing.unlocked("pin")
        assert locked_ms(standing, "pin", 0) == 0
    assert standing.unlocked("totp").bars["pin"] == standing.bars["pin"]
