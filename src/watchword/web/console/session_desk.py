"""Live sessions for the console: which there are, everything about one, and what may be done to it by hand."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import exp

import msgspec

from watchword.behaviour.template import LEARNT, Template
from watchword.behaviour.trust import PRIOR, Doubt
from watchword.errors import NotFound, Unauthenticated
from watchword.events.sample_log import Logged, unpack
from watchword.policy.session_evidence import BY_HAND, ML, Examined, examine
from watchword.policy.session_messages import UNIT, told
from watchword.policy.sessions import VERIFIED, level_of
from watchword.ports import Risen, SessionKey, SessionStore
from watchword.sessions.engine import SessionEngine
from watchword.sessions.lives import MAX_BATCHES, gather_logged
from watchword.sessions.names import Names
from watchword.sessions.senses import CONSENT, PURPOSE, Senses
from watchword.state.session import Session, Stage
from watchword.state.session_risk import decay
from watchword.web.console.records import Visitor
from watchword.web.console.session_file import (
    Cuts,
    Known,
    Lanes,
    Learnt,
    Other,
    SessionFile,
    SessionFilters,
    SessionLine,
)  # fmt: skip
from watchword.web.console.session_lanes import lanes_of
from watchword.web.service import Service

DRAWN_BATCHES = 400
SEEN = 500
"""The newest sessions that a list looks through."""

WAITING = 500
MINUTE_MS = 60_000
EXPIRED = "expired"
STAGES: dict[str, tuple[Stage, ...]] = {
    "live": ("quiet", "asked"), "asked": ("asked",), "blocked": ("blocked",), "ended": ("ended", "quiet", "asked"),
    "all": (),
}  # fmt: skip
NOTHING_SEEN = round(PRIOR * UNIT)
"""The trust in a session in which nothing could be compared."""

LANES = {"typing": "Typing", "pointer": "Pointer", "touch": "Touch", "navigation": "Pages", "handling": "Handling"}
DEMAND = "Somebody who looked at this session asked for another factor"


class SessionsDesk:
    """Reads sessions from their store, beside the engine that runs them."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._names = Names(service.engine.pseudonyms)

    async def search(self, filters: SessionFilters, limit: int) -> list[SessionLine]:
        """The newest sessions that fit, of the newest five hundred that stand so."""
        owner = self._names.owner(filters.user) if filters.user else None
        name = self._names.session(filters.id) if filters.id else None
        now_ms = self._now_ms()
        found = await self._store.find(owner, name, STAGES[filters.state], None, SEEN)
        lines = [self._line(session, now_ms) for _, session in found]
        return [line for line in lines if _fits(line, filters)][:limit]

    async def waiting(self) -> int:
        """How many live sessions wait for an answer of their person; at most 500 are counted."""
        now_ms = self._now_ms()
        since_ms = now_ms - self._sessions.settings.lifetime_minutes * MINUTE_MS
        found = await self._store.find(stages=("asked",), since_ms=since_ms, limit=WAITING)
        return sum(now_ms < session.expires_ms for _, session in found)

    async def state(self, session_id: str, user: str) -> Session | None:
        """The session as it is kept: what to compare, in order to see whether anything changed."""
        return await self._store.session(self._names.key(user, session_id).key)

    async def one(self, session_id: str, user: str) -> SessionFile | None:
        """Everything about a session; None where there is none."""
        key = self._names.key(user, session_id)
        session = await self._store.session(key.key)
        if session is None:
            return None
        now_ms = self._now_ms()
        line = self._line(session, now_ms)
        risen = await self._store.risen(key.key, DRAWN_BATCHES if session.samples else 0)
        changes = (*risen.changes, *([faded] if line.live and (faded := decay(session, now_ms)[1]) else []))
        template = await self._senses.templates.template(key.owner)
        logged = [unpack(one) for one in risen.logged]
        found, doubts = self._examined(key, session, risen, logged, template)
        return SessionFile(
            line=line, changes=told(changes), lanes=_drawn(logged, line, now_ms),
            trust=found.trust if found else None, entries=found.entries if found else (), template=template,
            known=await self._known(key.owner, template, session.consent), others=await self._others(doubts),
            beside=await self._beside(key, now_ms), free_attempts=self._sessions.settings.free_mpin_attempts,
            offset_min=session.offset_min, streams=len(session.streams),
        )  # fmt: skip

    async def whose(self, session_id: str) -> list[str]:
        """Whose sessions have that id, the newest first."""
        found = await self._store.find(session=self._names.session(session_id), limit=SEEN)
        return list(dict.fromkeys(session.user_id for _, session in found))

    async def of_user(self, user: str, limit: int) -> list[SessionLine]:
        """A person's sessions, newest first."""
        return await self.search(SessionFilters(user=user), limit)

    async def known(self, user: str) -> Known:
        """What is learnt of how a person behaves."""
        owner = self._names.owner(user)
        return await self._known(owner, await self._senses.templates.template(owner), True)

    async def end(self, session_id: str, user: str, visitor: Visitor, reason: str) -> None:
        """Ends a session on every socket. Nothing is learnt of it."""
        claim = await self._sessions.claim(session_id, user)
        await self._note(visitor, "session.end", user, session_id, reason)
        await self._sessions.end(claim, BY_HAND)

    async def ask(self, session_id: str, user: str, visitor: Visitor, reason: str) -> None:
        """Has the person asked for another factor. Raises NotFound where the session is over."""
        claim = await self._sessions.claim(session_id, user)
        await self._note(visitor, "session.ask", user, session_id, reason)
        try:
            await self._sessions.demand(claim, DEMAND)
        except Unauthenticated:
            raise NotFound("This session is over: nobody is there to be asked.") from None

    @property
    def _sessions(self) -> SessionEngine:
        return self._service.sessions

    @property
    def _senses(self) -> Senses:
        return self._service.sessions.senses

    @property
    def _store(self) -> SessionStore:
        return self._service.sessions.senses.store

    async def _note(self, visitor: Visitor, act: str, user: str, session_id: str, reason: str) -> None:
        particulars = {"session": session_id, "reason": reason}
        await self._service.ledger.note(visitor.actor, act, f"user:{user}", particulars)

    def _line(self, session: Session, now_ms: int) -> SessionLine:
        settings = self._sessions.settings
        bounds = settings.bounds(session.segment, session.suspicious, session.high_risk)
        gone = not session.end and now_ms >= session.expires_ms
        if session.live and not gone:
            session, _ = decay(session, now_ms)
        cuts: Cuts = (settings.enhanced_logging_threshold, bounds.suspicious / UNIT, bounds.high_risk / UNIT)
        return SessionLine(
            user=session.user_id, id=session.session_id, opened_ms=session.opened_ms, expires_ms=session.expires_ms,
            spoke_ms=session.spoke_ms, risk=session.risk / UNIT, peak=session.peak / UNIT,
            level=level_of(session, bounds), cuts=(min(cuts[0], cuts[1]), cuts[1], cuts[2]),
            asked=session.challenge == "asked" and not session.end and not gone,
            end=EXPIRED if gone else session.end,
            over_ms=session.expires_ms if gone else session.ended_ms or None,
            trust=None if session.trust in (-1, NOTHING_SEEN) else session.trust / UNIT, why=_why(session),
            bots=session.bots, flags=session.flags, method=session.method, samples=session.samples,
            passes=session.passes, consent=session.consent,
        )  # fmt: skip

    def _examined(
        self, key: SessionKey, session: Session, risen: Risen, logged: Sequence[Logged], template: Template
    ) -> tuple[Examined | None, Sequence[Doubt]]:
        """What the newest samples say, since the last right answer: what came before is looked at no more."""
        asked_ms = max((one.at_ms for one in risen.changes if one.factor == VERIFIED), default=0)
        recent = [one for one in logged if one.at_ms > asked_ms][-MAX_BATCHES:]
        if not recent or not session.consent:
            return None, ()
        samples = gather_logged(recent)
        found = examine(samples, template, self._senses.eyes)
        doubts = self._senses.doubts(key.owner, session, found)
        return (examine(samples, template, self._senses.eyes, doubts) if doubts else found), doubts

    async def _known(self, owner: bytes, template: Template, consent: bool) -> Known:
        record = await self._service.records.get(CONSENT, owner.hex())
        said = msgspec.json.decode(record.body, type=dict[str, bool]).get(PURPOSE) if record else None
        assumed = self._sessions.settings.behavior_consent == "assumed"
        lane_of = {modality.name: modality.lane for modality in self._senses.eyes.modalities}
        most = dict.fromkeys(LANES, 0)
        for name, shelf in template.shelves.items():
            lane = lane_of.get(name.partition("/")[0])
            if lane in most:
                most[lane] = max(most[lane], shelf.accepted)
        learnt = tuple(Learnt(lane, LANES[lane], accepted, LEARNT) for lane, accepted in most.items())
        return Known(learnt, *_consent(said, consent, assumed))

    async def _others(self, doubts: Iterable[Doubt]) -> tuple[Other, ...]:
        return tuple([await self._other(doubt) for doubt in doubts if doubt.details.get("link")])

    async def _other(self, doubt: Doubt) -> Other:
        """Whose the other account is, where it is still known."""
        account, link = str(doubt.details.get("account", "")), str(doubt.details["link"])
        found = await self._store.find(owner=bytes.fromhex(account), limit=1) if account else ()
        user = found[0][1].user_id if found else None
        odds = exp(-doubt.llr) if doubt.llr < 0 else None
        return Other(doubt.message, link, user, doubt.details.get("sinceMs"), odds)

    async def _beside(self, key: SessionKey, now_ms: int) -> tuple[SessionLine, ...]:
        found = await self._store.find(owner=key.owner, limit=6)
        return tuple(self._line(session, now_ms) for other, session in found if other.key != key.key)[:5]

    def _now_ms(self) -> int:
        return int(self._service.engine.clock().timestamp() * 1000)


def _consent(said: bool | None, of_session: bool, assumed: bool) -> tuple[bool, str]:
    """Whether behaviour may be used, and why (not)."""
    if said is False:
        return False, "Consent to the use of behaviour was refused."
    if not of_session:
        return False, "This session was opened without consent."
    if said:
        return True, "Consent to the use of behaviour is recorded."
    if assumed:
        return True, "Consent was not asked for; the setting assumes it."
    return False, "Without a recorded consent nothing is collected."


def _fits(line: SessionLine, filters: SessionFilters) -> bool:
    if filters.level and line.level != filters.level:
        return False
    if filters.state in ("live", "asked"):
        return line.live
    return not line.live if filters.state == "ended" else True


def _drawn(logged: Sequence[Logged], line: SessionLine, now_ms: int) -> Lanes:
    return lanes_of(logged, line.opened_ms, line.over_ms or now_ms) if logged else Lanes()


def _why(session: Session) -> tuple[str, ...]:
    """What raised the risk, by what it is remembered to have added."""
    counted = session.counted
    raised = {
        "large_transaction": 2_000 * len(counted.transactions), "new_beneficiary": 1_500 * len(counted.beneficiaries),
        "rapid_clicks": counted.clicks, "off_hours_activity": 1_000 * counted.off_hours,
        "mpin_failed": 2_500 * counted.failures,
    }  # fmt: skip
    raised |= {name: delta for name, delta in counted.others.items() if not name.endswith("-")}
    raised[ML] = max(raised.get(ML, 0), session.floor)
    found = [(delta, name) for name, delta in raised.items() if delta > 0]
    return tuple(name for _, name in sorted(found, key=lambda one: (-one[0], one[1])))
