"""A desk of challenges on either store, with a clock that is set by hand and an outbox to look into."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import pyotp
from tests.stores.places import Place, in_directory, in_memory

from watchword import actions
from watchword.actions.challenges import Challenge, Enrolling, Site, Told
from watchword.catalog import discover
from watchword.challenging.challenges import Asking, ChallengeOutcome, Challenging, Issued, Settled
from watchword.challenging.dialogue import Tools
from watchword.challenging.factors import Factors
from watchword.challenging.shelf import Shelf
from watchword.delivery.outbox import Outbox
from watchword.privacy.cipher import Cipher
from watchword.privacy.secret_hash import Cost, SecretHasher
from watchword.state.stepup import Rules

QUICK = Cost(memory_kib=64, passes=1)
QUESTIONS = (("First pet?", "Rex the Dog"), ("Street of your school?", "Élm Street"), ("First car?", "Fiat 500"))
SITE = Site("Example Bank", "localhost", ("http://localhost:8000",))


def _draws() -> Callable[[str, int], str]:
    """The same codes and keys for every bench, so that no guess of a test hits by chance in one run and not in others."""
    chance = Random(4_711)
    return lambda alphabet, count: "".join(chance.choices(alphabet, k=count))


class Bench:
    """Everything around `Challenging`, and short ways to use it."""

    def __init__(self, directory: Path | None = None, rules: Rules = Rules()) -> None:
        self.place: Place = in_directory(directory) if directory else in_memory()
        self.clock = self.place.clock
        self.outbox = Outbox()
        self.rules = rules
        shelf = Shelf(self.place.records, self.place.pseudonyms, Cipher(b"b" * 32), self.clock)
        tools = Tools(self.outbox, SecretHasher(b"p" * 32, QUICK), b"k" * 32, SITE.name, _draws())
        self.desk = Challenging(shelf, tools, discover(actions, Challenge), lambda: self.rules, SITE)
        self.factors = Factors(self.desk)
        self.settled: list[Settled] = []
        self.desk.listen(self._note)

    async def _note(self, settled: Settled) -> None:
        self.settled.append(settled)

    async def pin(self, pin: str = "4711", user: str = "ada") -> None:
        await self.factors.begin(user, "pin", Enrolling(code=pin))

    async def totp(self, user: str = "ada") -> pyotp.TOTP:
        begun = await self.factors.begin(user, "totp", Enrolling())
        app = pyotp.TOTP(begun.show["secret"])
        assert (await self.factors.prove(user, begun.factor.id, Told(code=self.code(app)))).proven
        self.clock.forward(seconds=60)
        return app

    def code(self, app: pyotp.TOTP, steps: int = 0) -> str:
        return app.at(int(self.clock.now.timestamp()) + 30 * steps)

    async def questions(self, user: str = "ada") -> None:
        await self.factors.begin(user, "security_questions", Enrolling(questions=QUESTIONS))

    async def issue(self, *types: str, user: str = "ada", **more: Any) -> Issued:
        return await self.desk.issue(Asking(user_id=user, types=types, **more))

    async def answer(
        self, issued: Issued, code: str | None = None, type_: str | None = None, **told: Any
    ) -> ChallengeOutcome:
        return await self.desk.answer(issued.id, type_, Told(code=code, **told))

    def sent(self, to: str) -> str:
        """The newest code sent to that address."""
        found = re.search(r"\b\d{6}\b", self.outbox.last(to).text)
        assert found
        return found.group()

    def close(self) -> None:
        self.place.close()
