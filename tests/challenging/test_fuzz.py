"""Ten thousand attempts: nothing passes without the right answer, nothing passes twice, attempts never go below zero."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from tests.challenging.bench import Bench

from watchword.actions.challenges import Told
from watchword.challenging.challenges import Issued
from watchword.errors import InvalidInput, LimitExceeded, NotFound
from watchword.state.stepup import Rules

PIN, MAIL, PHONE = "830519", "ada@example.org", "+43660123456"
TYPES = ("pin", "totp", "email_otp", "sms_otp", "biometric", "security_questions")
ODD: tuple[Any, ...] = ("", " ", "0", "000000", "-1", "1e5", "٠١٢٣٤٥", "\x00", "8305190", "'; drop", "9" * 64, "\ud800")
CREDENTIALS: tuple[dict[str, Any], ...] = (
    {}, {"id": "x"}, {"id": None, "rawId": 3, "response": []}, {"id": "eA", "rawId": "eA", "type": "public-key"},
    {"id": "eA", "rawId": "eA", "type": "public-key", "response": {"clientDataJSON": "e30", "authenticatorData": "AA", "signature": "AA"}},
    {"id": "eA", "rawId": "eA", "type": "public-key", "response": {"clientDataJSON": "e30", "attestationObject": "oA"}},
    {"response": {"clientDataJSON": "\ud800"}},
)  # fmt: skip


class Attacker:
    """Guesses. `oracle` knows what is right, so that a guess that hits counts as an owner's answer."""

    def __init__(self, bench: Bench, seed: int) -> None:
        self.bench = bench
        self.rng = random.Random(seed)
        self.challenges: list[tuple[Issued, str]] = []
        self.codes: dict[str, str] = {}
        self.seen: Counter[str] = Counter()
        self.passed: Counter[str] = Counter()

    async def begin(self) -> None:
        type_ = self.rng.choice(("pin", "totp", "email_otp", "sms_otp", "security_questions"))
        to = {"email_otp": MAIL, "sms_otp": PHONE}.get(type_)
        try:
            issued = await self.bench.issue(type_, to=to)
        except LimitExceeded:
            self.bench.clock.forward(minutes=61)
            self.challenges = self.challenges[-1:]
            return
        if to:
            self.codes[issued.id] = self.bench.sent(to)
        self.challenges = [*self.challenges[-11:], (issued, type_)]

    def told(self) -> Told:
        rng = self.rng
        kind = rng.randrange(5)
        code = rng.choice(ODD) if kind == 0 else f"{rng.randrange(10**6):06}"
        if kind == 1 and self.codes:
            code = rng.choice(list(self.codes.values()))
        answers = {f"q{rng.randrange(5)}": rng.choice(("rex the dog", "", "fiat", "\ud800")) for _ in range(3)}
        return Told(
            code=code if rng.random() < 0.8 else None,
            credential=rng.choice(CREDENTIALS) if rng.random() < 0.3 else None,
            answers=answers if rng.random() < 0.5 else None,
        )

    def is_right(self, issued: Issued, type_: str, told: Told) -> bool:
        code = "".join((told.code or "").split()).replace("-", "")
        if type_ == "pin":
            return code == PIN
        if type_ == "totp":
            return code in {self.bench.code(self.app, step) for step in (-1, 0, 1)}
        if type_ in ("email_otp", "sms_otp"):
            return code == self.codes.get(issued.id)
        given = told.answers or {}
        return (
            sum(given.get(f"q{n}") == text for n, text in ((1, "rex the dog"), (2, "elm street"), (3, "fiat500"))) >= 2
        )

    async def attempt(self) -> None:
        issued, type_ = self.rng.choice(self.challenges)
        told, named = self.told(), self.rng.choice((None, type_, type_, self.rng.choice(TYPES)))
        if self.rng.random() < 0.03:
            told = Told(code={"pin": PIN, "totp": self.bench.code(self.app)}.get(type_, self.codes.get(issued.id)))
        right = self.is_right(issued, type_, told)
        try:
            outcome = await self.bench.desk.answer(issued.id, named, told)
        except (InvalidInput, NotFound) as refusal:
            self.seen[type(refusal).__name__] += 1
            return
        self.seen[outcome.outcome] += 1
        assert 0 <= outcome.attempts_left < 5 or outcome.outcome == "locked"
        assert not outcome.passed or right, (type_, told)
        self.passed[issued.id] += outcome.passed

    @property
    def looked_at(self) -> int:
        """Answers that reached a challenge."""
        return sum(self.seen.values()) - self.seen["NotFound"] - self.seen["InvalidInput"]

    async def play(self, attempts: int) -> None:
        bench = self.bench
        await bench.pin(PIN)
        await bench.questions()
        self.app = await bench.totp()
        while not self.challenges:
            await self.begin()
        while self.looked_at < attempts:
            if self.rng.random() < 0.2:
                await self.begin()
            if self.rng.random() < 0.01:
                bench.clock.forward(seconds=self.rng.randrange(600))
            await asyncio.gather(*(self.attempt() for _ in range(self.rng.choice((1, 1, 1, 5)))))
            standing = await bench.desk.shelf.read(bench.desk.shelf.owner("ada"))
            assert all(0 <= one.left <= 5 for one in standing.running)
        assert max(self.passed.values()) == 1
        assert sum(one.passed for one in bench.settled) == sum(self.passed.values())


@pytest.mark.slow
async def test_a_thousand_attempts_on_disk(tmp_path: Path) -> None:
    bench = Bench(tmp_path / "data", Rules(lockout_failures=20, deliveries_per_hour=60))
    attacker = Attacker(bench, 1)
    await attacker.play(1_000)
    bench.close()
    assert attacker.seen["passed"] and attacker.seen["wrong"] and attacker.seen["used"]


@pytest.mark.slow
@pytest.mark.parametrize("rules", [Rules(), Rules(lockout_failures=20, deliveries_per_hour=60, challenge_attempts=5)])
async def test_ten_thousand_attempts(rules: Rules) -> None:
    attacker = Attacker(Bench(rules=rules), 2)
    await attacker.play(10_000)
    assert attacker.seen["passed"] > 5 and attacker.seen["locked"] and attacker.seen["expired"]


async def test_two_processes_pass_a_challenge_once(tmp_path: Path) -> None:
    one, other = Bench(tmp_path / "data"), Bench(tmp_path / "data")
    for round_ in range(10):
        await one.pin("8305", user=f"u{round_}")
        issued = await one.issue("pin", user=f"u{round_}")
        answers = [bench.answer(issued, code) for bench in (one, other) for code in ("8305", "0001", "8305")]
        outcomes = Counter(outcome.outcome for outcome in await asyncio.gather(*answers))
        assert outcomes["passed"] == 1 and outcomes["wrong"] + outcomes["used"] + outcomes["locked"] == 5
    one.close()
    other.close()


async def test_an_attacker_who_would_pass_is_found_out() -> None:
    """The property can fail: with a check that says yes to everything, it does."""
    bench = Bench(rules=Rules(lockout_failures=20))

    async def yes(_kept: str, _secret: str) -> bool:
        return True

    attacker = Attacker(bench, 3)
    await bench.pin(PIN)
    bench.desk.tools.hasher.verify = yes  # type: ignore[method-assign]
    with pytest.raises(AssertionError):
        await attacker.play(2_000)


async def test_brute_force_on_a_pin_gets_nowhere(tmp_path: Path) -> None:
    """All the attempts that a month allows: fewer than a four-digit PIN has values, by far."""
    bench = Bench(tmp_path / "data")
    await bench.pin("7391")
    tries = 0
    for _ in range(30 * 24):
        with_room = True
        while with_room:
            try:
                issued = await bench.issue("pin")
            except LimitExceeded:
                break
            for _ in range(5):
                outcome = await bench.answer(issued, "0001")
                tries += outcome.outcome == "wrong"
                with_room = outcome.outcome == "wrong"
        bench.clock.forward(hours=1)
    bench.close()
    assert tries < 10_000 / 20
