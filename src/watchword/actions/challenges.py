"""What a challenge is: a conversation, written as generators. They yield what is needed, and are sent what came of it.

Whoever runs a conversation owns time, chance, storage, hashing and delivery, so the conversations are pure. One file a
challenge beside this one; each exports one `Challenge`, which `catalog.discover` finds.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import Any

from msgspec import Struct

from watchword.errors import InvalidInput

Flow = Generator["Step", Any, "Result"]


class Draw(Struct, frozen=True):
    """Wants `count` random characters of `alphabet`; is sent them."""

    count: int
    alphabet: str = "0123456789"


class Digest(Struct, frozen=True):
    """Wants the keyed digest of a short-lived code, in hex; is sent it."""

    text: str


class Hash(Struct, frozen=True):
    """Wants the slow hash of something known by heart; is sent it."""

    text: str


class Match(Struct, frozen=True):
    """Asks whether `text` is what `kept` is the slow hash of; is sent the answer."""

    kept: str
    text: str


class Send(Struct, frozen=True):
    """Wants a code delivered: `channel` email or sms. Is sent None once it has been taken over."""

    channel: str
    to: str
    code: str


Step = Draw | Digest | Hash | Match | Send


class Held(Struct, frozen=True):
    """A factor with its secret open."""

    id: str
    secret: dict[str, Any]


class Site(Struct, frozen=True):
    """Who asks: the name that people read, and the domain and origins that security keys are bound to."""

    name: str = "Watchword"
    rp_id: str | None = None
    origins: tuple[str, ...] = ()


class Asked(Struct, frozen=True, kw_only=True):
    """What a conversation begins from. `to` is an address that the application names."""

    user_id: str
    now_ms: int
    held: tuple[Held, ...] = ()
    to: str | None = None
    site: Site = Site()
    drift: int = 1


class Told(Struct, frozen=True, kw_only=True):
    """What a person sent: one of a code, a credential, or answers by question. `given` is what an enrolment holds."""

    code: str | None = None
    credential: dict[str, Any] | None = None
    answers: dict[str, str] | None = None


class Result(Struct, frozen=True, kw_only=True):
    """How a part of a conversation ended.

    `shown` is for the client; `kept` is what the answer will be compared with; `secret` is what a factor holds from now
    on. For an answer: `right`, by which `factor`, at which time `step`.
    """

    shown: dict[str, Any] = {}
    kept: dict[str, Any] = {}
    secret: dict[str, Any] | None = None
    right: bool = False
    factor: str | None = None
    step: int | None = None


WRONG = Result()


class Enrolling(Struct, frozen=True, kw_only=True):
    """What an enrolment begins from, as the application sent it."""

    code: str | None = None
    to: str | None = None
    questions: tuple[tuple[str, str], ...] = ()
    label: str = ""


class Challenge(Struct, frozen=True, kw_only=True):
    """One kind of challenge.

    `ask(asked)` begins; `check(asked, kept, told)` looks at an answer. `enrol(asked, enrolling)` begins to add a
    factor, which counts after `check` with what it kept, at once where `at_once`. `needs_factor`: only who enrolled can
    be asked; else an address will do. `several`: a person may have more than one.
    """

    name: str
    label: str
    ask: Callable[[Asked], Flow]
    check: Callable[[Asked, dict[str, Any], Told], Flow]
    enrol: Callable[[Asked, Enrolling], Flow]
    at_once: bool = False
    delivered: bool = False
    several: bool = True


def code_of(told: Told, field: str = "code") -> str:
    """The code that was typed, without the spaces people put in. Raises InvalidInput where there is none."""
    if told.code is None:
        raise InvalidInput("This challenge is answered by a code.", field)
    return "".join(told.code.split()).replace("-", "")
