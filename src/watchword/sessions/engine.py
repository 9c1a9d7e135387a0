"""Live sessions: opened, admitted, fed, challenged, ended. What raises a risk is decided in `policy/sessions.py`.

message ──► look (outside) ──► step (in the store's one writer: dedupe, factors, risk) ──► durable ──► answer
              └──► behaviour is examined beside it, and enters as factors of a step of its own
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from datetime import datetime
from typing import Any

from msgspec.structs import replace

from watchword.errors import StoreError, Unauthenticated
from watchword.events.sample_log import encode, logged_of, pack
from watchword.events.samples import Batch
from watchword.policy.session_evidence import UNASKED
from watchword.policy.session_messages import UNIT, Message, MpinRequired, MpinResult, SessionBlocked, told
from watchword.policy.session_settings import SessionSettings, own_thresholds
from watchword.policy.sessions import MPIN, Bounds
from watchword.ports import SessionKey, Stepped
from watchword.sessions.examiner import Examiner
from watchword.sessions.lessons import confirm, holding, learn, lesson
from watchword.sessions.lives import MAX_BATCHES, Live, Lives, Look
from watchword.sessions.names import REFUSED, Names, bound, locate, new_token, read_token
from watchword.sessions.payments import Payment
from watchword.sessions.pins import Reserved, check_mpin, enrolled, reserve, settling
from watchword.sessions.records import (
    Claim,
    Opened,
    Opening,
    Score,
    Scoring,
    SessionView,
    Stream,
    Told,
    Transaction,
    Watched,
)  # fmt: skip
from watchword.sessions.senses import Senses, is_strong
from watchword.sessions.steps import (
    GIVEN,
    Gaps,
    Moment,
    Take,
    Taken,
    check_live,
    demanded,
    ended,
    holds,
    joined,
    opened,
    over,
    weighed,
)
from watchword.sessions.views import batch_of, score_of, view, welcome
from watchword.state.person import Person
from watchword.state.session import Session
from watchword.state.session_risk import decay

Listener = Callable[[Told], None]
MINUTE_MS = 60_000

BY_ANOTHER = "other_blocked"
"""How a session ends that a block of another session of its user ended."""

MAX_OVER, MAX_FLAGS, MAX_UNNOTICED = 65_536, 16, 8


class SessionEngine:
    """The live sessions of a deployment. Made by `bootstrap`; safe for many tasks of one event loop.

    Call `refresh` every half second: ends and refusals of consent by other processes are noticed then. `watch` is told
    of every message to a session from the threshold of enhanced logging on. Where `collects` is False nobody's samples
    are kept or looked at.
    """

    def __init__(self, senses: Senses, clock: Callable[[], datetime]) -> None:
        self.senses = senses
        self.clock = clock
        self.settings = SessionSettings()
        self.collects = True
        self.watch: Callable[[Watched], None] | None = None
        self._store = senses.store
        self._names = Names(senses.pseudonyms)
        self._lives = Lives()
        self._listeners: list[Listener] = []
        self._refusing: frozenset[bytes] = frozenset()
        self._seen = -1
        self._records = -1
        self._over: dict[bytes, None] = {}
        self._examiner = Examiner(senses, self._lives, self._moment, self._tell_found)
        self._nobody = ""

    async def open(self, opening: Opening) -> Opened:
        """Opens a session, or one that is open already again (with a further token).

        Raises Forbidden where it was blocked.
        """
        now_ms, owner = self._now_ms(), self._names.owner(opening.user_id)
        session_id = opening.session_id or secrets.token_urlsafe(18)
        key = self._names.key(opening.user_id, session_id)
        await self._finish(owner, now_ms)
        await self.learn(opening.user_id)
        session = Session(
            opening.user_id, session_id, now_ms, now_ms + self._lifetime_ms(opening), opening.method,
            is_strong(opening), still_ms=now_ms, segment=opening.segment, spoke_ms=now_ms,
            consent=await self.senses.consents(owner, opening.consent, self.settings),
            offset_min=self.senses.offset_min(opening, self.clock()),
            doubts=await self.senses.surroundings(opening, self.clock()),
        )  # fmt: skip
        token, digest = new_token(key.key)
        stepped = await self._store.advance(key, opened(session, digest, self._moment(), opening.consent))
        assert stepped.session is not None
        self._over.pop(key.key, None)
        if not stepped.answer:
            self._lives.drop(key.key)
        return Opened(session_id, token, stepped.session.expires_ms, bool(stepped.answer))

    async def admit(self, session_id: str | None, token: str, user_id: str | None = None) -> Claim:
        """The claim of whoever has the token, which opens one session: that one, where it is named.

        Raises Unauthenticated for a wrong token or an ended session, Blocked for the right token of a blocked one.
        """
        key, digest = read_token(token)
        session = await self._store.session(key)
        held = session is not None and holds(session, digest)
        if session is None or not held or session_id not in (None, session.session_id):
            raise Unauthenticated(REFUSED)
        if user_id is not None and user_id != session.user_id:
            raise Unauthenticated(REFUSED)
        check_live(session, self._now_ms())
        return Claim(key, self._names.owner(session.user_id), session.user_id, session.session_id)

    async def claim(self, session_id: str, user_id: str | None = None) -> Claim:
        """The claim of a service, which needs no token. Raises NotFound; Conflict where the id alone is ambiguous."""
        key, session = await locate(self._store, self._names, session_id, user_id)
        return Claim(key.key, key.owner, session.user_id, session_id)

    async def join(self, claim: Claim, nonce: str | None = None) -> Stream:
        """A stream (a socket, a tab): its nonce, how far known ones were taken, what to say at once: Welcome, and the
        pending challenge. The stream of `nonce` goes on where that is known; else it is a new one."""
        given = f"{GIVEN}{secrets.token_urlsafe(12)}"
        stepped = await self._store.advance(self._key_of(claim), joined(given, nonce, self._moment()))
        session, name = stepped.session, stepped.answer
        assert session is not None
        await self._live(claim, session)
        last, others = session.streams[name], {one: seq for one, seq in session.streams.items() if one != name}
        pending = (MpinRequired(session.challenge_id),) if session.challenge == "asked" else ()
        return Stream(name, last, others, (welcome(session, name, self._bounds(session)), *pending))

    async def take(self, claim: Claim, batch: Batch, gaps: Gaps = "refused") -> tuple[Message, ...]:
        """Takes a batch of samples, durably before it returns: a risk_update, then what else is due.

        Samples taken before are answered, not counted. Raises InvalidInput for a nonce that is not this session's, Gap
        where samples before these are not durable (`gaps` as in `Take`), Unauthenticated once the session is over.
        """
        live = self._lives.get(claim.key) or await self._live(claim, None)
        take = self._taking(live, claim, batch)
        take.gaps = gaps
        stepped = await self._store.advance(live.key, take)
        await self._taken(live, claim, take, stepped)
        if stepped.logged is not None and self._lives.get(claim.key) is live:
            self._examiner.notice(live, live.heard_ms)
        taken: Taken = stepped.answer
        return taken.messages

    async def flag(self, claim: Claim, name: str) -> None:
        """Notes in the session that its client said what is not a client's to say (`forged_verdict`, ...); no more."""

        def change(session: Session) -> Session:
            return session if name in session.flags else replace(session, flags=(*session.flags, name)[-MAX_FLAGS:])

        await self._store.advance(self._key_of(claim), weighed((), self._moment(), change))

    async def context(self, claim: Claim, transaction: Transaction) -> tuple[Message, ...]:
        """Judges what the application's server says of a transaction: amount, beneficiary, hour.

        `confirmed` says that the person confirmed this beneficiary: it is new no more.
        """
        live = self._lives.get(claim.key) or await self._live(claim, None)
        named = transaction.id or f"{transaction.amount}|{transaction.currency}|{transaction.beneficiary}"
        amount, moment = transaction.amount, self._moment()
        payment = Payment(
            self._names.subject("transaction", named),
            self._names.subject("beneficiary", transaction.beneficiary),
            amount is not None and self.settings.is_large(amount, transaction.currency),
            transaction.confirmed,
            live.usual,
            moment.now_ms,
        )
        taken = await self._advance(claim, weighed(payment.factors, moment, payment.remember))
        if transaction.confirmed and payment.beneficiary:
            await confirm(self.senses, live.key, (payment.beneficiary,))
        return taken.messages

    async def answer_mpin(self, claim: Claim, mpin: str) -> MpinResult:
        """Whether that is the person's MPIN, and what it did to the risk. An attempt is counted before it is looked at.

        While the person is locked out nothing is compared, and the risk stays. Raises Unauthenticated once the session
        is over.
        """
        key, now_ms = self._key_of(claim), self._now_ms()
        reserved: Reserved = (await self._store.advance(key, reserve(now_ms, self.settings))).answer
        if reserved.hashed is None:
            session = check_live(await self._store.session(claim.key), now_ms)
            return MpinResult(False, 0, session.risk / UNIT)
        known = reserved.hashed or await self._dummy()
        verified = await self.senses.hasher.verify(known, bound(claim.owner, mpin)) and bool(reserved.hashed)
        taken, session = await self._settle(claim, verified, hashed=reserved.hashed)
        verified = taken.passed
        return MpinResult(verified, self.settings.mpin_attempts if verified else reserved.left, session.risk / UNIT)

    async def answered(self, claim: Claim, passed: bool, by: str) -> tuple[Message, ...]:
        """Notes the outcome of another challenge (`by`: totp, webauthn, ...), which counts as the MPIN's."""
        taken, _ = await self._settle(claim, passed, by)
        return taken.messages

    async def demand(self, claim: Claim, message: str) -> None:
        """Has the person asked for another factor, whatever the risk. Raises Unauthenticated once it is over."""
        await self._advance(claim, demanded(message, self._moment()))

    async def enrol_mpin(self, user_id: str, mpin: str) -> None:
        """Sets or changes a person's MPIN (4-12 digits), and ends a lock-out. Raises InvalidInput."""
        owner = self._names.owner(user_id)
        hashed = await self.senses.hasher.hash(bound(owner, check_mpin(mpin)))
        await self._store.advance(SessionKey(owner, owner, owner), enrolled(hashed, self._now_ms()))

    async def personalise(self, user_id: str, suspicious: float | None, high_risk: float | None) -> None:
        """Sets a person's own thresholds (0-1) for later sessions; None is as for everybody. Raises InvalidInput."""
        low, high = own_thresholds(suspicious, high_risk)
        owner = self._names.owner(user_id)

        def step(_session: Session | None, person: Callable[[], Person]) -> Stepped:
            return Stepped(person=replace(person(), suspicious=low, high_risk=high))

        await self._store.advance(SessionKey(owner, owner, owner), step)

    async def state(self, session_id: str, user_id: str | None = None) -> SessionView:
        """A session with every change of its risk. Raises NotFound, Conflict where the id alone is ambiguous."""
        key, session = await locate(self._store, self._names, session_id, user_id)
        changes = (await self._store.risen(key.key)).changes
        session, faded = decay(session, self._now_ms()) if session.live else (session, None)
        return view(session, self._bounds(session), told((*changes, faded) if faded else changes))

    async def of_user(self, user_id: str, limit: int = 50) -> tuple[SessionView, ...]:
        """A person's sessions, newest first, without their changes."""
        found = await self._store.find(owner=self._names.owner(user_id), limit=limit)
        return tuple(view(session, self._bounds(session)) for _, session in found)

    async def end(self, claim: Claim, reason: str = "logout") -> None:
        """Ends a session, and holds what may be learnt of it. Ending one that has ended does nothing."""
        await self._end(self._key_of(claim), reason)

    async def score(self, scoring: Scoring) -> Score:
        """How much this session looks like its owner, a person. Opens the session where there is none.

        Raises Unauthenticated where the session has ended, Blocked where it was blocked.
        """
        claim, session = await self._claim_to_score(scoring)
        if scoring.context is not None:
            await self.context(claim, scoring.context)
            session = None
        session = check_live(session or await self._store.session(claim.key), self._now_ms())
        live, collected = await self._live(claim, session), not self._refuses(claim.owner)
        take = self._scored(live, claim, scoring) if scoring.events else None
        found, stepped = await self._examiner.look(live, session, collected, take)
        if take is not None and stepped is not None:
            await self._taken(live, claim, take, stepped)
            if stepped.answer.fresh < len(scoring.events) and not stepped.answer.gap:  # looked at was more than is kept
                found, stepped = await self._examiner.look(live, stepped.session or session, collected)
                take = None
        if take is None and stepped is not None:
            await self._told_of(claim, stepped)
        return score_of(found)

    def listen(self, listener: Listener) -> None:
        """Has `listener` told, on this loop, of changes that no message of the socket itself caused, and of ends."""
        self._listeners.append(listener)

    async def refresh(self) -> None:
        """Takes over what other processes did: ends of sessions, refusals of consent. Call it every half second."""
        self._seen, keys = await self._store.endings(self._seen)
        for key in keys:
            session = await self._store.session(key) if key not in self._over else None
            if session is not None and session.end:
                self._tell_over(key, session)
        version = await self.senses.records.version()
        if version != self._records:
            refusing = await self.senses.refusing()
            for owner in refusing - self._refusing:
                self._lives.drop_all_of(owner)
            self._refusing = refusing
            self._records = version

    async def expire(self) -> int:
        """Ends the sessions of this process that have expired, so that they may be learnt from; how many.

        One that can not be read is left for the next time, and counted in `degraded`.
        """
        expired = 0
        for live in self._lives.all():
            try:
                session = await self._store.session(live.key.key)
                if session is None or session.end:
                    self._lives.drop(live.key.key)
                elif self._now_ms() >= session.expires_ms:
                    await self._end(live.key, "expired")
                    expired += 1
            except StoreError:  # a row that does not open keeps no other session from its end
                self._examiner.missed["session"] += 1
        return expired

    @property
    def degraded(self) -> dict[str, int]:
        """How often parts could not be asked, by name."""
        return dict(self._examiner.missed)

    async def learn(self, user_id: str) -> int:
        """Takes the person's finished sessions whose quarantine is over into the template; how many were taken."""
        return await learn(self.senses, self._names.owner(user_id), self.settings, self._now_ms())

    async def settle(self) -> None:
        """Waits until all behaviour that is waiting was looked at: for tests and for the end of the process."""
        await self._examiner.settle()

    async def close(self) -> None:
        """Ends what runs beside messages."""
        await self._examiner.close()

    def _scored(self, live: Live, claim: Claim, scoring: Scoring) -> Take:
        encoded = encode(scoring.events)
        take = self._taking(live, claim, batch_of(scoring, encoded), encoded)
        take.own, take.gaps, take.by_page = scoring.nonce is None, "left", scoring.by_page
        return take

    def _taking(self, live: Live, claim: Claim, batch: Batch, encoded: bytes | None = None) -> Take:
        """The step that takes a batch. `encoded` are its samples' bytes, where they were made."""
        now_ms, look = self._now_ms(), Look(batch)
        logged = logged_of(batch, now_ms)
        take = Take(batch, self._moment(now_ms), look, logged, pack(logged, encoded))
        take.refused = self._refuses(claim.owner)
        if look.pressed:
            live.typed.extend(look.pressed)
            take.typed = live.typed
        take.usual = live.usual
        return take

    async def _taken(self, live: Live, claim: Claim, take: Take, stepped: Stepped) -> None:
        """Remembers a batch that was taken, and tells of what it did."""
        taken: Taken = stepped.answer
        if stepped.logged is not None and stepped.session is not None:
            self._lives.after(claim.key, stepped.session.passes)
            self._lives.keep(live, stepped.logged, taken.fresh)
            live.keys += len(take.look.pressed)
            live.strokes += take.look.strokes
            live.heard_ms = take.moment.now_ms
        self._watch(claim.key, stepped, take.moment.now_ms)
        if taken.blocked or taken.asked:
            await self._told_of(claim, stepped, take.batch.nonce)

    async def _advance(self, claim: Claim, step: Any) -> Taken:
        stepped = await self._store.advance(self._key_of(claim), step)
        await self._told_of(claim, stepped)
        self._watch(claim.key, stepped, self._now_ms())
        taken: Taken = stepped.answer
        return taken

    def _watch(self, key: bytes, stepped: Stepped, now_ms: int) -> None:
        """Tells whoever watches of a message to a session from the threshold of enhanced logging on."""
        session, taken = stepped.session, stepped.answer
        if self.watch is None or session is None or session.risk < UNIT * self.settings.enhanced_logging_threshold:
            return
        factors = tuple(change.factor for change in stepped.changes)
        self.watch(Watched(key, now_ms, session.risk, taken.fresh, factors, taken.asked, taken.blocked))

    async def _settle(
        self, claim: Claim, passed: bool, by: str = MPIN, hashed: str | None = None
    ) -> tuple[Taken, Session]:
        """Brings a challenge's outcome to the session and to the person, in one step."""
        step = settling(passed, by, hashed, self._moment(), self.settings)
        stepped = await self._store.advance(self._key_of(claim), step)
        session = stepped.session or await self._store.session(claim.key)
        if session is None or not stepped.answer.messages:
            raise over(session)
        self._lives.after(claim.key, session.passes)
        await self._told_of(claim, stepped)
        return stepped.answer, session

    async def _finish(self, owner: bytes, now_ms: int) -> None:
        """Ends a person's sessions that have expired unnoticed, so that they may be learnt from."""
        for key, session in await self._store.find(owner=owner, limit=MAX_UNNOTICED):
            if not session.end and now_ms >= session.expires_ms:
                await self._end(key, "expired")

    async def _end(self, key: SessionKey, reason: str) -> None:
        session = await self._store.session(key.key)
        if session is None or session.end:
            return
        bounds, moment = self._bounds(session), self._moment()
        collected = replace(session, consent=session.consent and not self._refuses(key.owner), end=reason)
        found = await lesson(self.senses, await self._live_of(key, session), collected, bounds)
        hold = holding(key, found, bounds, self.settings)
        stepped = await self._store.advance(key, ended(reason, moment, hold))
        if stepped.answer and stepped.session is not None:
            self._tell_over(key.key, stepped.session)
            if self.settings.behavior_trust_now:
                await self.learn(session.user_id)

    async def _live(self, claim: Claim, session: Session | None) -> Live:
        return await self._live_of(self._key_of(claim), session)

    async def _live_of(self, key: SessionKey, session: Session | None) -> Live:
        """The session as this process remembers it, built again from the store where it does not."""
        live = self._lives.get(key.key)
        if live is not None:
            return live
        live = Live(key)
        live.usual = await self.senses.usual_hours(key.owner)
        session = session or await self._store.session(key.key)
        if session is not None and session.samples:
            self._lives.recall(live, session.passes, await self._store.risen(key.key, MAX_BATCHES))
        return self._lives.put(live)

    async def _tell_found(self, live: Live, session: Session, stepped: Stepped) -> None:
        await self._told_of(Claim(live.key.key, live.key.owner, session.user_id, session.session_id), stepped)

    async def _told_of(self, claim: Claim, stepped: Stepped, origin: str = "") -> None:
        """Tells the session's sockets what changed, and ends them where it was blocked."""
        taken: Taken = stepped.answer
        if not stepped.changes and not taken.asked:
            return
        self._tell(Told(claim.key, claim.session_id, claim.user_id, taken.messages, taken.blocked, origin))
        if taken.blocked:
            self._forget(claim.key)
            if self.settings.end_others:
                await self._end_others(claim)

    async def _end_others(self, claim: Claim) -> None:
        for key, session in await self._store.find(owner=claim.owner):
            if key.key != claim.key and not session.end:
                await self._store.advance(key, ended(BY_ANOTHER, self._moment(), lambda _over, _person: None))
                self._tell_over(key.key, replace(session, end=BY_ANOTHER))

    def _tell_over(self, key: bytes, session: Session) -> None:
        messages = (SessionBlocked(),) if session.blocked else ()
        self._forget(key)
        self._tell(Told(key, session.session_id, session.user_id, messages, True))

    def _forget(self, key: bytes) -> None:
        self._lives.drop(key)
        self._examiner.forget(key)
        self._over[key] = None
        if len(self._over) > MAX_OVER:
            del self._over[next(iter(self._over))]

    def _tell(self, said: Told) -> None:
        for listener in self._listeners:
            listener(said)

    async def _claim_to_score(self, scoring: Scoring) -> tuple[Claim, Session | None]:
        key = self._names.key(scoring.user_id, scoring.session_id)
        session = await self._store.session(key.key)
        if session is None or (session.end and not session.blocked) or self._now_ms() >= session.expires_ms:
            await self.open(Opening(user_id=scoring.user_id, session_id=scoring.session_id, method=UNASKED,
                                    strong=False, ip=scoring.ip, device=scoring.device))  # fmt: skip
            session = None
        return Claim(key.key, key.owner, scoring.user_id, scoring.session_id), session

    async def _dummy(self) -> str:
        """A hash of nothing, so that people without an MPIN take as long as those with one."""
        if not self._nobody:
            self._nobody = await self.senses.hasher.hash(secrets.token_hex(8))
        return self._nobody

    def _refuses(self, owner: bytes) -> bool:
        return not self.collects or owner in self._refusing

    def _bounds(self, session: Session) -> Bounds:
        return self.settings.bounds(session.segment, session.suspicious, session.high_risk)

    def _moment(self, now_ms: int | None = None) -> Moment:
        return Moment(self._now_ms() if now_ms is None else now_ms, self.settings, f"ch_{secrets.token_urlsafe(9)}")

    def _now_ms(self) -> int:
        return int(self.clock().timestamp() * 1000)

    def _lifetime_ms(self, opening: Opening) -> int:
        most = self.settings.lifetime_minutes * MINUTE_MS
        return most if opening.lifetime_s is None else min(most, max(1, opening.lifetime_s) * 1000)

    def _key_of(self, claim: Claim) -> SessionKey:
        return SessionKey(claim.key, self._names.session(claim.session_id), claim.owner)
