"""Learning from finished sessions: what waits in quarantine, when it is taken, and what a session holds to learn."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from msgspec.structs import replace

from watchword.behaviour.modality import Modality
from watchword.behaviour.template import Entry
from watchword.policy.session_evidence import examine, extract, phase_of, was_owners
from watchword.policy.session_settings import SessionSettings
from watchword.policy.sessions import Bounds
from watchword.ports import SessionKey, Stepped
from watchword.sessions.lives import Live
from watchword.sessions.senses import Senses
from watchword.state.person import Person, Waiting
from watchword.state.session import Session

HOUR_MS = 3_600_000


async def learn(senses: Senses, owner: bytes, settings: SessionSettings, now_ms: int) -> int:
    """Takes a person's finished sessions that are due into the template; how many were taken.

    While a person's behaviour is being learnt they are due after their quarantine, and so are those with beneficiaries
    always; later on the others are at once. Where anything of theirs was labelled fraud since, they are dropped.
    """
    held = await _person(senses, owner)
    if not held.waiting:
        return 0
    known = await senses.templates.template(owner)
    grown, wait_ms = phase_of(known) == "continuous", round(settings.quarantine_hours * HOUR_MS)
    due = [
        one for one in held.waiting
        if settings.behavior_trust_now or (grown and not one.beneficiaries) or now_ms - one.closed_ms >= wait_ms
    ]  # fmt: skip
    if not due:
        return 0
    good = [] if await senses.has_fraud(owner, min(one.closed_ms for one in due) - 24 * HOUR_MS) else due
    for waiting in good:
        await senses.learn(owner, waiting)
    await _note(senses, owner, due, good)
    return len(good)


async def confirm(senses: Senses, key: SessionKey, beneficiaries: tuple[int, ...]) -> None:
    """Notes beneficiaries that the person confirmed."""

    def step(_session: Session | None, person: Callable[[], Person]) -> Stepped:
        return Stepped(person=person().confirming(beneficiaries))

    await senses.store.advance(key, step)


async def entries(senses: Senses, live: Live, session: Session, bounds: Bounds) -> list[tuple[Modality, Entry]] | None:
    """The behaviour that a finished session holds to be learnt; none without consent.

    None where nothing of it may be learnt, not even its beneficiaries: as where a mature template says that it was
    somebody else.
    """
    if not was_owners(session, bounds):
        return None
    if not session.consent:
        return []
    samples, template = live.samples(), await senses.templates.template(live.key.owner)
    if phase_of(template) == "continuous":
        found = examine(samples, template, senses.eyes)
        if found.bots or not was_owners(session, bounds, found.trust.llr):
            return None
    return extract(samples, senses.eyes, [])


async def _person(senses: Senses, owner: bytes) -> Person:
    key = SessionKey(owner, owner, owner)
    found: Person = (await senses.store.advance(key, lambda _session, person: Stepped(answer=person()))).answer
    return found


async def _note(senses: Senses, owner: bytes, due: Sequence[Waiting], good: Sequence[Waiting]) -> None:
    taken = {(one.session, one.closed_ms) for one in due}
    confirmed = tuple(beneficiary for one in good for beneficiary in one.beneficiaries)

    def step(_session: Session | None, person: Callable[[], Person]) -> Stepped:
        held = person()
        left = tuple(one for one in held.waiting if (one.session, one.closed_ms) not in taken)
        learnt = held.learnt + (len(held.waiting) - len(left) if good else 0)
        return Stepped(person=replace(held, waiting=left, learnt=learnt).confirming(confirmed))

    await senses.store.advance(SessionKey(owner, owner, owner), step)
