"""Challenges over REST: a step-up is begun, and answered."""

from __future__ import annotations

from typing import Annotated, Any

from msgspec import Meta

from watchword.actions.challenges import Told
from watchword.challenging.challenges import Asking, ChallengeOutcome, Issued
from watchword.errors import InvalidInput, NotFound
from watchword.events.event import Record, Text
from watchword.policy.decision import Decision
from watchword.web.endpoint import Call, endpoint

PATH = "/api/v1/challenges"
Code = Annotated[str, Meta(min_length=1, max_length=64)]


class ChallengeIn(Record, kw_only=True):
    """What to ask a user. Without `type` or `types`: whatever they have enrolled.

    `decisionId` is the decision that asked for it; `sessionId` a live session whose risk follows the outcome. `to` is
    where a code goes (`email_otp`, `sms_otp`) instead of an enrolled address. `challengeId` begins another type of a
    challenge that runs, or sends its code once more.
    """

    user_id: Text
    type: Text | None = None
    types: Annotated[tuple[Text, ...], Meta(max_length=6)] = ()
    decision_id: Text | None = None
    session_id: Text | None = None
    challenge_id: Text | None = None
    to: Annotated[str, Meta(min_length=3, max_length=320)] | None = None
    locale: Annotated[str, Meta(max_length=35)] | None = None


class AnswerIn(Record, kw_only=True):
    """An answer: a `code` (PIN, app, e-mail, SMS), a `credential` (WebAuthn), or `answers` by question id.

    `type` says which of several types it answers.
    """

    type: Text | None = None
    code: Code | None = None
    credential: dict[str, Any] | None = None
    answers: Annotated[dict[Text, Annotated[str, Meta(max_length=256)]], Meta(max_length=16)] | None = None


@endpoint(
    "POST", PATH, takes=ChallengeIn, gives=Issued, problems=(404, 502, 503),
    example={"userId": "ada", "type": "email_otp", "to": "ada@example.org"},
)  # fmt: skip
async def begin_challenge(call: Call) -> Issued:
    """Begins a challenge; where a code is wanted, it is on its way when this answers.

    `show` holds, by type, what the client needs: WebAuthn options, questions, where a code went. Codes are sent where
    their type was named, or is all there is; the number sent to a user is limited.
    """
    given: ChallengeIn = call.body
    if given.type is not None and given.types:
        raise InvalidInput("Name one `type`, or several `types`.", "type")
    types = (given.type,) if given.type is not None else given.types
    asking = Asking(
        user_id=given.user_id,
        types=types,
        to=given.to,
        challenge_id=given.challenge_id,
        decision=await _decision(call, given),
        session_id=given.session_id,
        locale=given.locale or "en",
    )
    issued = await call.service.step_up.challenging.issue(asking)
    told = {"challenge": issued.id, "types": list(issued.show), "decision": given.decision_id}
    await call.service.ledger.note(call.who.actor, "challenge.begin", f"user:{given.user_id}", told)
    return issued


@endpoint(
    "POST", PATH + "/{challengeId}/answer", takes=AnswerIn, gives=ChallengeOutcome, problems=(404, 503),
    example={"code": "492816"},
)  # fmt: skip
async def answer_challenge(call: Call) -> ChallengeOutcome:
    """Whether an answer is right. Attempts are bounded, an answer counts once, and a challenge passes once.

    Right or wrong, it becomes a `verification` event: a passed one makes device and place of its decision known. Too
    many wrong ones in a row lock the type for the user (`outcome: locked`), over all challenges.
    """
    given: AnswerIn = call.body
    told = Told(code=given.code, credential=given.credential, answers=given.answers)
    outcome = await call.service.step_up.challenging.answer(call.path["challengeId"], given.type, told)
    act = "challenge.pass" if outcome.passed else "challenge.refuse"
    particulars = {"type": outcome.type, "outcome": outcome.outcome}
    await call.service.ledger.note(call.who.actor, act, call.path["challengeId"], particulars)
    return outcome


async def _decision(call: Call, given: ChallengeIn) -> Decision | None:
    """The decision named, where it is this user's and this caller may know it. Raises NotFound."""
    if given.decision_id is None:
        return None
    found = await call.service.engine.store.decision(given.decision_id)
    hidden = found is not None and call.who.key.role == "service" and found.source != call.who.source
    if found is None or hidden or found.event.user_id != given.user_id:
        raise NotFound("There is no such decision of this user.")
    return found
