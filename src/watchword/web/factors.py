"""A user's second factors over REST: listed, added, proven, removed. Every change is audited."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from msgspec import Meta, Struct

from watchword.actions.challenges import Enrolling, Told
from watchword.events.codec import from_ms
from watchword.events.event import Record, Text
from watchword.state.stepup import Factor, Type
from watchword.web.challenges import Code
from watchword.web.endpoint import Call, endpoint

PATH = "/api/v1/users/{userId}/factors"


class EnrolledFactor(Struct, frozen=True, rename="camel"):
    """A second factor. Its secret is never shown. One that is not `proven` is not asked for, and lapses."""

    id: str
    type: Type
    label: str
    proven: bool
    added_at: datetime
    used_at: datetime | None


class FactorList(Struct, frozen=True):
    """A user's factors, oldest first."""

    factors: list[EnrolledFactor]


class Question(Record, kw_only=True):
    """A security question and its answer."""

    text: Text
    answer: Text


class FactorIn(Record, kw_only=True):
    """A factor to add: `code` is the new PIN, `to` an address for codes, `questions` three to ten with answers."""

    type: Text
    label: Annotated[str, Meta(max_length=64)] = ""
    code: Code | None = None
    to: Annotated[str, Meta(min_length=3, max_length=320)] | None = None
    questions: Annotated[tuple[Question, ...], Meta(max_length=10)] = ()
    locale: Annotated[str, Meta(max_length=35)] | None = None


class FactorBegun(Struct, frozen=True):
    """The factor, and what the person needs to prove it: a QR code, WebAuthn options, where a code went."""

    factor: EnrolledFactor
    show: dict[str, Any]


class ProofIn(Record, kw_only=True):
    """What proves a factor: its first `code`, or the new `credential`."""

    code: Code | None = None
    credential: dict[str, Any] | None = None


class ProofOut(Struct, frozen=True, rename="camel"):
    """Whether the factor counts from now on."""

    proven: bool
    attempts_left: int


@endpoint("GET", PATH, gives=FactorList, problems=(503,))
async def list_factors(call: Call) -> FactorList:
    """Which second factors a user has."""
    await _note(call, "factor.list", {})
    found = await call.service.step_up.factors.of(call.path["userId"])
    return FactorList([_told(one) for one in found])


@endpoint(
    "POST", PATH, takes=FactorIn, gives=FactorBegun, problems=(404, 502, 503),
    example={"type": "totp", "label": "Ada's telephone"},
)  # fmt: skip
async def add_factor(call: Call) -> FactorBegun:
    """Adds a second factor. A PIN and questions count at once, in place of earlier ones; others once they are proven.

    An authenticator app is shown a QR code (an SVG element, and the `otpauth:` address in it), a security key its
    options for `navigator.credentials.create`; to an address a code is sent. Ten minutes are given to prove it.
    """
    given: FactorIn = call.body
    questions = tuple((one.text, one.answer) for one in given.questions)
    enrolling = Enrolling(code=given.code, to=given.to, questions=questions, label=given.label)
    begun = await call.service.step_up.factors.begin(call.path["userId"], given.type, enrolling, given.locale or "en")
    await _note(call, "factor.add", {"factor": begun.factor.id, "type": begun.factor.type})
    return FactorBegun(_told(begun.factor), begun.show)


@endpoint(
    "POST", PATH + "/{factorId}/proof", takes=ProofIn, gives=ProofOut, problems=(404, 503), example={"code": "492816"}
)
async def prove_factor(call: Call) -> ProofOut:
    """Proves that the person has the factor. Five attempts are taken."""
    given: ProofIn = call.body
    told = Told(code=given.code, credential=given.credential)
    proving = await call.service.step_up.factors.prove(call.path["userId"], call.path["factorId"], told)
    await _note(call, "factor.prove", {"factor": call.path["factorId"], "proven": proving.proven})
    return ProofOut(proving.proven, proving.left)


@endpoint("DELETE", PATH + "/{factorId}", status=204, problems=(404, 503))
async def remove_factor(call: Call) -> None:
    """Removes a second factor, as when a telephone was lost."""
    removed = await call.service.step_up.factors.remove(call.path["userId"], call.path["factorId"])
    await _note(call, "factor.remove", {"factor": removed.id, "type": removed.type})


async def _note(call: Call, act: str, particulars: dict[str, Any]) -> None:
    await call.service.ledger.note(call.who.actor, act, f"user:{call.path['userId']}", particulars)


def _told(factor: Factor) -> EnrolledFactor:
    used = from_ms(factor.used_ms) if factor.used_ms else None
    return EnrolledFactor(factor.id, factor.type, factor.label, factor.proven, from_ms(factor.made_ms), used)
