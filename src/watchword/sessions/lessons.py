"""Learning from finished sessions: what waits in quarantine, when it is taken, and what a session holds to learn."""

from __future__ import annotations

from collections.abc import Callable, Collection

from msgspec import Struct
from msgspec.structs import replace

from watchword.behaviour.modality import Modality
from watchword.behaviour.template import Entry
from watchword.policy.session_evidence import (
    LEAST_TO_LEARN,
    UNASKED,
    examine,
    extract,
    is_doubtful,
    phase_of,
    was_doubted,
    was_owners,
    was_proved,
)  # fmt: skip
from watchword.policy.session_settings import SessionSettings
from watchword.policy.sessions import Bounds
from watchword.ports import SessionKey, Stepped
from watchword.sessions.lives import MAX_BATCHES, Live, Lives
from watchword.sessions.senses import Senses, waiting_of
from watchword.state.person import Person, Waiting
from watchword.state.session import Session

HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS
MINUTE_MS = 60_000
SOME_DOUBTS, MAX_DOUBTS = 64, 4_096
"""Of a person's sessions that were asked or blocked so many are looked at, and at most; where there are more, nothing
near is learnt."""

NEAR = 3
"""In how many quarantines' reach of a doubtful session nothing is learnt. One would miss somebody who comes every day
at the same hour, and is taken for the owner now and then."""


class Lesson(Struct, frozen=True):
    """What a finished session holds to be learnt. `llr` (natural log-odds) is what it says for its owner, where a
    mature template was asked; `bots` whether it has signs of a machine, `proved` whether its person gave two different
    proofs, so that hands that have changed are learnt all the same."""

    entries: tuple[tuple[Modality, Entry], ...] = ()
    llr: float | None = None
    bots: bool = False
    proved: bool = False


def wait_ms(settings: SessionSettings) -> int:
    """How long finished sessions wait before they are learnt from (ms)."""
    return 0 if settings.behavior_trust_now else round(settings.quarantine_hours * HOUR_MS)


async def learn(senses: Senses, owner: bytes, settings: SessionSettings, now_ms: int) -> int:
    """Takes a person's finished sessions that are due into the template; how many were taken.

    They are due after their quarantine. Dropped are those near a session that was blocked or left its challenge
    unanswered, those from before a label of fraud, and those that a template that has matured meanwhile calls somebody
    else's. While a challenge near them waits for its answer they wait, too. Of a person who refused nothing is learnt,
    also where another process did not know of it yet when it had a session wait.
    """
    held, wait = await _person(senses, owner), wait_ms(settings)
    near = NEAR * wait
    due = [one for one in held.waiting if now_ms - one.closed_ms >= wait]
    if not due:
        return 0
    since_ms = min(one.closed_ms for one in due) - near - settings.lifetime_minutes * MINUTE_MS
    doubted, asked = await _doubts(senses, owner, now_ms, since_ms) if near else ([], [])
    due = [one for one in due if not _is_near(one, asked, near)]
    fraud_ms = await senses.fraud_ms(owner)
    taken, refuses = [], await senses.refuses(owner)
    for one in due:
        is_clean = fraud_ms < one.closed_ms - max(near, DAY_MS) and not _is_near(one, doubted, near)
        if is_clean and (one.proved or await senses.says(owner, one) >= LEAST_TO_LEARN):
            if not refuses:
                await senses.learn(owner, one)
            taken.append(one)
    await _note(senses, owner, due, taken)
    return len(taken)


def _is_near(one: Waiting, times_ms: Collection[int], near: int) -> bool:
    return any(abs(at_ms - one.closed_ms) < near for at_ms in times_ms)


async def _doubts(senses: Senses, owner: bytes, now_ms: int, since_ms: int) -> tuple[list[int], list[int]]:
    """When a person's sessions since then were blocked or left unanswered, and when those were asked that may still
    answer. Sessions that nobody logged in for count for nothing, and hide none that do."""
    limit = SOME_DOUBTS
    every = await senses.store.find(owner, stages=("asked", "blocked"), since_ms=since_ms, limit=limit)
    while len(every) == limit < MAX_DOUBTS:
        limit *= 8
        every = await senses.store.find(owner, stages=("asked", "blocked"), since_ms=since_ms, limit=limit)
    found = [one for _, one in every if one.method != UNASKED or len(every) == MAX_DOUBTS]
    doubted = [one.ended_ms or one.expires_ms for one in found if one.blocked or now_ms >= one.expires_ms]
    return doubted, [one.asked_ms for one in found if not one.blocked and now_ms < one.expires_ms]


async def confirm(senses: Senses, key: SessionKey, beneficiaries: tuple[int, ...]) -> None:
    """Notes beneficiaries that the person confirmed."""

    def step(_session: Session | None, person: Callable[[], Person]) -> Stepped:
        return Stepped(person=person().confirming(beneficiaries))

    await senses.store.advance(key, step)


async def lesson(senses: Senses, live: Live, session: Session, bounds: Bounds) -> Lesson | None:
    """What a session that ends holds to be learnt; no entries without consent, None where nothing may be learnt."""
    if not was_owners(session, bounds):
        return None
    if not session.consent:
        return Lesson()
    samples, template = live.samples(), await senses.templates.template(live.key.owner)
    if phase_of(template) == "learning":
        return Lesson(tuple(extract(samples, senses.eyes, [])))
    changes = (await senses.store.risen(live.key.key)).changes if session.passes else ()
    proved = was_proved(session, changes)
    if not proved and was_doubted(changes, bounds):
        return Lesson(llr=float("-inf"))
    found = examine(samples, template, senses.eyes)
    by_name = {modality.name: modality for modality in senses.eyes.modalities}
    entries = tuple((by_name[name], entry) for name, entry in found.entries)
    return Lesson(entries, found.trust.llr, bool(found.bots), proved)


def holding(
    key: SessionKey, found: Lesson | None, bounds: Bounds, settings: SessionSettings
) -> Callable[[Session, Person], Person]:
    """What a person is, whose session ended with that lesson: it waits to be learnt, or casts doubt on those near it,
    or neither."""
    near = NEAR * wait_ms(settings)

    def hold(over: Session, person: Person) -> Person:
        finished = replace(person, finished=person.finished + 1)
        if is_doubtful(over, found.llr if found and not found.proved else None):
            return finished.doubting(over.ended_ms, near)
        if found is None or found.bots or not was_owners(over, bounds, found.llr, found.proved):
            return finished
        return finished.holding(waiting_of(key.key, over, found.entries, found.proved), near)

    return hold


async def acted(senses: Senses, key: SessionKey, session: Session) -> tuple[tuple[str, Entry], ...]:
    """What was done in a session, by modality, as far as its samples are kept."""
    live = Live(key)
    Lives().recall(live, session.passes, await senses.store.risen(key.key, MAX_BATCHES))
    return tuple((modality.name, entry) for modality, entry in extract(live.samples(), senses.eyes, []))


async def _person(senses: Senses, owner: bytes) -> Person:
    key = SessionKey(owner, owner, owner)
    found: Person = (await senses.store.advance(key, lambda _session, person: Stepped(answer=person()))).answer
    return found


async def _note(senses: Senses, owner: bytes, due: Collection[Waiting], taken: Collection[Waiting]) -> None:
    over = {(one.session, one.closed_ms) for one in due}
    confirmed = tuple(beneficiary for one in taken for beneficiary in one.beneficiaries)

    def step(_session: Session | None, person: Callable[[], Person]) -> Stepped:
        held = person()
        left = tuple(one for one in held.waiting if (one.session, one.closed_ms) not in over)
        learnt = held.learnt + len(taken)
        return Stepped(person=replace(held, waiting=left, learnt=learnt).confirming(confirmed))

    await senses.store.advance(SessionKey(owner, owner, owner), step)
