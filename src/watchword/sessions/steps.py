"""What is done to a session inside the store's transaction: pure steps, made outside, run by the store's one writer."""

from __future__ import annotations

import hmac
from collections.abc import Callable, Sequence
from typing import Any, Literal

from msgspec import Struct
from msgspec.structs import replace

from watchword.errors import Blocked, Forbidden, Gap, InvalidInput, LimitExceeded, Unauthenticated
from watchword.events.sample_log import Logged, logged_of, pack
from watchword.events.samples import Batch
from watchword.policy.session_evidence import UNASKED
from watchword.policy.session_messages import UNIT, Message, MpinRequired, RiskUpdate, SessionBlocked, told
from watchword.policy.session_settings import SessionSettings
from watchword.policy.sessions import Advanced, Bounds, advance, demand, level_of
from watchword.ports import Stepped
from watchword.sessions.lives import Look, is_usual
from watchword.state.person import Person
from watchword.state.session import MAX_STREAMS, Change, Session
from watchword.state.session_risk import Factor, click, decay, is_normal_typing

TOKENS, DIGEST = 4, 32
MAX_BATCHES = (1 << 20) - 1
OVER = "This session is over."
GIVEN = "s."
"""How the nonces begin that the server gives."""

CARRIED = "carried_over"
"""What brings a session that begins without a log-in the risk of the one before."""

OFF_HOURS = "Outside the usual hours"
MINUTE_MS = 60_000
Gaps = Literal["refused", "left", "taken"]
ReadPerson = Callable[[], Person]
Move = Callable[[Session | None, ReadPerson], Stepped]


class Moment(Struct, frozen=True, gc=False):
    """When a step runs, by which settings, and the id of a challenge should one be asked."""

    now_ms: int
    settings: SessionSettings
    challenge_id: str

    def bounds(self, session: Session) -> Bounds:
        """The bounds of that session."""
        return self.settings.bounds(session.segment, session.suspicious, session.high_risk)


class Taken(Struct, frozen=True, gc=False):
    """What became of a message: the answer, whether it asked or blocked the session, how many samples were new.

    `gap` says that none was taken, for those before them are missing; `passed` that a challenge's answer was right.
    """

    messages: tuple[Message, ...]
    asked: bool = False
    blocked: bool = False
    fresh: int = 0
    gap: bool = False
    passed: bool = False


def is_unusual(usual: bytes | None, session: Session, now_ms: int) -> bool:
    """Whether now is outside the user's usual hours, where the session has not been told so; False where unknown."""
    if usual is None or session.offset_min is None or session.counted.off_hours:
        return False
    return not is_usual(usual, now_ms, session.offset_min)


def over(session: Session | None) -> Unauthenticated:
    """Why nothing more is done in that session: Blocked, or that it is over.

    For those alone who have proved that it is theirs: they hold its token, or a key of the application's.
    """
    blocked = session is not None and session.blocked
    return Blocked("This session was blocked.") if blocked else Unauthenticated(OVER)


def check_live(session: Session | None, now_ms: int) -> Session:
    """The session. Raises Unauthenticated where there is none or it has ended, Blocked where it was blocked."""
    if session is None or session.end or now_ms >= session.expires_ms:
        raise over(session)
    return session


def answer(moved: Advanced, bounds: Bounds, seq: int) -> tuple[Message, ...]:
    """What is said to a session after it moved."""
    session = moved.session
    update = RiskUpdate(seq, session.risk / UNIT, level_of(session, bounds), told(moved.changes))
    if moved.blocked:
        return update, SessionBlocked()
    return (update, MpinRequired(session.challenge_id)) if moved.asked else (update,)


def opened(
    session: Session, token: bytes, moment: Moment, said: bool | None = None
) -> Callable[[Session | None, ReadPerson], Stepped]:
    """Opens `session`, or lets the one that lives under its key be used with another token too.

    `said` is what the request says of consent: a refusal holds until the person says otherwise.
    """

    def step(known: Session | None, person: ReadPerson) -> Stepped:
        if known is not None and known.blocked:
            raise Forbidden("This session was blocked; log in again under another session id.")
        if known is not None and not known.end and moment.now_ms < known.expires_ms:
            tokens = (known.token + token)[-TOKENS * DIGEST :]
            consent = session.consent and (said is not None or known.consent)
            doubts = session.doubts or known.doubts
            return Stepped(replace(known, token=tokens, consent=consent, doubts=doubts), answer=True)
        own = person()
        begun = replace(session, token=token, suspicious=own.suspicious, high_risk=own.high_risk)
        if known is None or session.method != UNASKED:
            return Stepped(begun, fresh=known is not None, answer=False)
        begun, changes = _taken_up(begun, known, moment)
        return Stepped(begun, fresh=True, changes=changes, answer=False)

    return step


def _taken_up(begun: Session, known: Session, moment: Moment) -> tuple[Session, tuple[Change, ...]]:
    """A session that nobody logged in for goes on where the one before it stood: a page ends it at will.

    What it was opened by stands, too, so that it casts the doubt of a session that somebody logged in for.
    """
    begun = replace(begun, method=known.method)
    known, _ = decay(known, moment.now_ms)
    consent = begun.consent and known.consent
    asked = known.challenge == "asked"
    after = replace(
        begun, risk=known.risk, peak=known.risk, floor=known.floor, challenge="asked" if asked else "none",
        challenge_id=moment.challenge_id if asked else "", asked_ms=known.asked_ms, counted=known.counted,
        bots=known.bots, consent=consent, changes=1 if known.risk else 0, doubts=begun.doubts or known.doubts,
    )  # fmt: skip
    if not known.risk:
        return after, ()
    return after, (Change(CARRIED, known.risk, "rules", moment.now_ms, known.risk, "As the session before it stood"),)


def holds(session: Session, digest: bytes) -> bool:
    """Whether that is the digest of one of the session's tokens, in constant time."""
    found = False
    for at in range(0, len(session.token), DIGEST):
        found |= hmac.compare_digest(session.token[at : at + DIGEST], digest)
    return found


def joined(given: str, wanted: str | None, moment: Moment) -> Callable[[Session | None, ReadPerson], Stepped]:
    """Goes on with the stream `wanted` where it is known, else begins the stream `given`.

    Where there are too many, the oldest of those that were given goes, and is never taken again.
    """

    def step(known: Session | None, _person: ReadPerson) -> Stepped:
        session = check_live(known, moment.now_ms)
        if wanted is not None and wanted in session.streams:
            return Stepped(session, answer=wanted)
        streams = {**session.streams, given: 0}
        mine = [name for name in streams if name.startswith(GIVEN)]
        if len(mine) > MAX_STREAMS:
            del streams[mine[0]]
        return Stepped(replace(session, streams=streams), answer=given)

    return step


def _taken(session: Session, nonce: str, most: int) -> int | None:
    """The last durable sample of a stream; None for one that was not given, or ran out.

    A stream that never had a socket has a name of its client's own; those are never forgotten, so there are few.
    """
    taken = session.streams.get(nonce)
    if taken is not None:
        return taken
    is_full = sum(not name.startswith(GIVEN) for name in session.streams) >= most
    return None if nonce.startswith(GIVEN) or is_full else 0


class Take:
    """Takes a batch: samples that were taken before are left out, whoever sent them.

    A stream is taken without a gap, so that its last durable sample covers all before it: a batch that came although
    one before it failed is `refused` (Gap). `gaps` may say that it is `left` to its stream instead, or `taken`, where
    nobody sends again. A stream that is not the session's is refused (InvalidInput), or left likewise. What is not
    `by_page` has streams of its own beside those that a page may name.
    """

    __slots__ = ("batch", "by_page", "gaps", "logged", "look", "moment", "own", "packed", "refused", "typed", "usual")

    def __init__(self, batch: Batch, moment: Moment, look: Look, logged: Logged, packed: bytes) -> None:
        self.batch = batch
        self.moment = moment
        self.look = look
        self.logged = logged
        self.packed = packed
        self.typed: Sequence[float] = ()
        self.usual: bytes | None = None
        self.own = self.refused = False
        self.by_page = True
        self.gaps: Gaps = "refused"

    @property
    def last(self) -> int:
        """The number of its last sample."""
        return self.batch.first_seq + len(self.batch.events) - 1

    def __call__(self, known: Session | None, _person: ReadPerson) -> Stepped:
        batch, moment, last = self.batch, self.moment, self.last
        session = check_live(known, moment.now_ms)
        known_last = last if batch.nonce in session.scored else 0
        most = MAX_STREAMS if self.by_page and self.gaps != "taken" else 2 * MAX_STREAMS
        known_to = known_last if self.own else _taken(session, batch.nonce, most)
        if known_to is None and self.gaps != "left":
            raise InvalidInput("This nonce is not one that this session was given.", "nonce")
        taken, bounds = known_to or 0, moment.bounds(session)
        gap = known_to is None or (batch.first_seq > taken + 1 and not self.own and self.gaps != "taken")
        if gap and self.gaps == "refused":
            raise Gap(f"Sample {taken + 1} of this stream is missing: send all from there on again.")
        if last <= taken or gap:
            told = RiskUpdate(taken, session.risk / UNIT, level_of(session, bounds))
            return Stepped(answer=Taken((told,), gap=gap))
        if session.batches >= MAX_BATCHES:
            raise LimitExceeded("This session has sent all the batches that one may send.", 3600)
        skip = max(0, taken - batch.first_seq + 1)
        streams = {**session.streams, batch.nonce: last} if not self.own else session.streams
        if self.refused or not session.consent:
            return Stepped(replace(session, streams=streams), answer=Taken(answer(Advanced(session), bounds, last)))
        look = self.look if not skip else Look(batch, skip)
        return self._count(session, streams, look, bounds, skip)

    def _count(self, session: Session, streams: dict[str, int], look: Look, bounds: Bounds, skip: int) -> Stepped:
        clicks, rapid = click(session.clicks, look.clicks) if look.clicks else (session.clicks, False)
        moment = self.moment
        factors = self._factors(session, look, rapid)
        moved = advance(session, factors, bounds, moment.now_ms, moment.challenge_id)
        after, batch = moved.session, self.batch
        fresh = len(batch.events) - skip
        samples = session.samples + fresh
        after = replace(
            after, streams=streams, clicks=clicks, samples=samples, spoke_ms=moment.now_ms, batches=session.batches + 1
        )
        if self.own:
            after = replace(after, scored=(*session.scored, batch.nonce)[-MAX_STREAMS:])
        taken = Taken(answer(moved, bounds, self.last), moved.asked, moved.blocked, fresh)
        packed = self.packed if not skip else pack(logged_of(batch, moment.now_ms, skip))
        return Stepped(after, logged=packed, changes=moved.changes, answer=taken)

    def _factors(self, session: Session, look: Look, rapid: bool) -> list[Factor]:
        found = []
        if rapid:
            found.append(Factor("rapid_clicks", "rules", message="More than eight clicks within two seconds"))
        if is_unusual(self.usual, session, self.moment.now_ms):
            found.append(Factor("off_hours_activity", "context", message=OFF_HOURS))
        if session.risk and look.pressed and look.trusted and not session.bots and is_normal_typing(self.typed):
            found.append(Factor("normal_typing", "patterns", message="Typing as people type"))
        return found


def together(take: Take, bring: Move, moment: Moment) -> Move:
    """Takes a batch and brings what was found in it, in one step; takes it only, unless all of it is new and counts.

    What is left to its stream (`Taken.gap`) counts all the same.
    """

    def step(known: Session | None, person: ReadPerson) -> Stepped:
        stepped = take(known, person)
        taken: Taken = stepped.answer
        session = stepped.session
        if taken.gap:
            brought = bring(known, person)
            return replace(brought, answer=replace(brought.answer, gap=True))
        if session is None or session.end or taken.fresh < len(take.batch.events):
            return stepped
        brought = bring(session, person)
        after, found = brought.session or session, brought.answer
        changes = (*stepped.changes, *brought.changes)
        moved = Advanced(after, changes, taken.asked or found.asked, found.blocked)
        said = answer(moved, moment.bounds(after), take.last)
        return replace(
            stepped, session=after, changes=changes, answer=Taken(said, moved.asked, moved.blocked, taken.fresh)
        )

    return step


def weighed(
    factors: Sequence[Factor] | Callable[[Session, Person, Bounds], Sequence[Factor]],
    moment: Moment,
    change: Callable[[Session], Session] | None = None,
) -> Callable[[Session | None, ReadPerson], Stepped]:
    """Brings factors to a session's risk; `change` then changes what else there is of it."""

    def step(known: Session | None, person: ReadPerson) -> Stepped:
        session = check_live(known, moment.now_ms)
        bounds = moment.bounds(session)
        given = factors(session, person(), bounds) if callable(factors) else factors
        moved = advance(session, given, bounds, moment.now_ms, moment.challenge_id)
        after = change(moved.session) if change is not None else moved.session
        seq = max(session.streams.values(), default=0)
        taken = Taken(answer(moved, bounds, seq), moved.asked, moved.blocked)
        return Stepped(after, changes=moved.changes, answer=taken)

    return step


def demanded(message: str, moment: Moment) -> Callable[[Session | None, ReadPerson], Stepped]:
    """Has the person asked for another factor, whatever the risk; `message` says why."""

    def step(known: Session | None, _person: ReadPerson) -> Stepped:
        session = check_live(known, moment.now_ms)
        bounds = moment.bounds(session)
        moved = demand(session, bounds, moment.now_ms, moment.challenge_id, message)
        seq = max(session.streams.values(), default=0)
        return Stepped(moved.session, changes=moved.changes, answer=Taken(answer(moved, bounds, seq), moved.asked))

    return step


def ended(reason: str, moment: Moment, hold: Callable[[Session, Person], Person | None]) -> Any:
    """Ends a session that lives; `hold` gives the person with what waits to be learnt of it."""

    def step(known: Session | None, person: ReadPerson) -> Stepped:
        if known is None or known.end:
            return Stepped(answer=False)
        over = replace(known, end=reason, ended_ms=min(moment.now_ms, known.expires_ms), challenge_id="")
        return Stepped(over, person=hold(over, person()), answer=True)

    return step
