"""What the session engine looks with: templates, usual hours, the user's clock, consent, what may be learnt."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Any, Protocol

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from watchword.behaviour.modality import Modality
from watchword.behaviour.template import Entry, Template
from watchword.behaviour.trust import Doubt
from watchword.enrichment.facts import Facts
from watchword.events.login import Login
from watchword.events.pseudonym import Pseudonyms, short
from watchword.events.sample_log import Logged
from watchword.policy.decision import Decision
from watchword.policy.session_evidence import Examined, Eyes, Verdict, phase_of, speaks_for
from watchword.policy.session_messages import UNIT
from watchword.policy.session_settings import SessionSettings
from watchword.policy.surroundings import doubts_of
from watchword.ports import Enricher, Records, SessionStore, Store, Templates
from watchword.sessions.lives import STEP_MIN
from watchword.sessions.records import Opening
from watchword.signals.unusual_hour import LEAST_TIMES, RARE, density_at
from watchword.state.hours import MINUTES_A_DAY
from watchword.state.person import Waiting
from watchword.state.profile import Profile
from watchword.state.session import Session

CONSENT, PURPOSE, LABEL = "consent", "behavior", "label"
DAY_FROM, DAY_UNTIL = 6 * 60, 22 * 60
"""Before a user's hours are known, 22-06 local is off-hours."""

MAX_ENTRIES_A_SESSION = 12
STRONG = frozenset({"pin", "mpin", "totp", "webauthn", "biometric", "passkey", "fido2", "hardware_key", "smartcard"})
"""Methods of logging in that are strong where the request does not say."""

_encoder = msgspec.msgpack.Encoder()
_entries = msgspec.msgpack.Decoder(tuple[tuple[str, Entry], ...])


class Hasher(Protocol):
    """Hashes MPINs, slowly and in threads of its own. Shipped: `privacy.secret_hash`."""

    async def hash(self, secret: str) -> str:
        """The hash to keep."""

    async def verify(self, kept: str, secret: str) -> bool:
        """Whether `secret` is the one that was hashed."""


Witness = Callable[[bytes, str, Examined], Sequence[Doubt]]
"""What speaks from beside behaviour (the same typist elsewhere, the device), given owner, session id and what was
found. It must be quick."""

Odds = Callable[[Login], Awaitable[Decision]]
"""The decision on a log-in by the log-odds scorecard, without effect: `Engine.odds`."""

AskMl = Callable[[Session, Sequence[Logged]], Awaitable[Verdict | None]]
"""An ML engine elsewhere; None, an error or lateness leave the rule-based score as it stands, marked `degraded`."""


class Senses(Struct, kw_only=True):
    """What a session engine works with."""

    store: SessionStore
    templates: Templates
    records: Records
    events: Store
    enricher: Callable[[], Enricher]
    pseudonyms: Pseudonyms
    hasher: Hasher
    eyes: Eyes = Eyes()
    witnesses: tuple[Witness, ...] = ()
    odds: Odds | None = None
    ask_ml: AskMl | None = None

    def doubts(self, owner: bytes, session: Session, found: Examined) -> list[Doubt]:
        """What speaks from beside behaviour: the session's device and place, and what the witnesses say."""
        standing = [Doubt(code, message, llr / UNIT) for code, message, llr in session.doubts]
        told = [witness(owner, session.session_id, found) for witness in self.witnesses]
        return standing + [doubt for each in told for doubt in each]

    async def surroundings(self, opening: Opening, now: datetime) -> tuple[tuple[str, str, int], ...]:
        """What the device and the place of a session that opens say against its owner, as `Session.doubts`.

        Nothing without an address, or where it can not be told.
        """
        if self.odds is None or opening.ip is None:
            return ()
        event = Login(
            id="session", occurred_at=now, user_id=opening.user_id, ip=opening.ip, result="success",
            device_fingerprint=opening.device,
        )  # fmt: skip
        try:
            judged = await self.odds(event)
        except Exception:  # as for an event: what can not be gathered is missing evidence
            return ()
        return tuple([(one.code, one.message, round(UNIT * one.llr)) for one in doubts_of(judged)])

    async def usual_hours(self, owner: bytes) -> bytes:
        """Which quarters of an hour of the day are usual for that person."""
        return usual_hours(await self.events.profile(owner))

    async def consents(self, owner: bytes, said: bool | None, settings: SessionSettings) -> bool:
        """Whether the person's behaviour may be used: a refusal counts wherever it stands."""
        record = await self.records.get(CONSENT, owner.hex())
        kept = msgspec.json.decode(record.body, type=dict[str, bool]).get(PURPOSE) if record else None
        if kept is False or said is False:
            return False
        return bool(kept or said) or settings.behavior_consent == "assumed"

    async def refuses(self, owner: bytes) -> bool:
        """Whether that person refused."""
        record = await self.records.get(CONSENT, owner.hex())
        return record is not None and msgspec.json.decode(record.body, type=dict[str, bool]).get(PURPOSE) is False

    async def refusing(self) -> frozenset[bytes]:
        """Everybody who refused."""
        kept = await self.records.all(CONSENT)
        return frozenset(
            record.owner
            for record in kept
            if record.owner and msgspec.json.decode(record.body, type=dict[str, bool]).get(PURPOSE) is False
        )

    async def fraud_ms(self, owner: bytes) -> int:
        """When something of that person was last labelled fraud (ms since 1970); 0 for never."""
        kept = await self.records.all(LABEL, owner)
        return max((record.at_ms for record in kept if b'"fraud"' in record.body), default=0)

    async def says(self, owner: bytes, waiting: Waiting) -> float:
        """What a finished session says for that person (natural log-odds); 0 while they are being learnt."""
        template = await self.templates.template(owner)
        if not waiting.entries or phase_of(template) == "learning":
            return 0.0
        by_name = {modality.name: modality for modality in self.eyes.modalities}
        held = [(by_name[name], entry) for name, entry in _entries.decode(waiting.entries) if name in by_name]
        return speaks_for(held, template, self.eyes)

    async def learn(self, owner: bytes, waiting: Waiting) -> Template:
        """Takes a finished session into the person's template. What was taken already is not taken twice."""
        entries = _entries.decode(waiting.entries) if waiting.entries else ()
        keep = {modality.name: modality.keep for modality in self.eyes.modalities}

        def change(template: Template) -> Template:
            for name, entry in entries:
                held = template.shelf(name, entry.about).entries
                if not any((one.at_ms, one.session, one.vector) == (entry.at_ms, entry.session, entry.vector)
                           for one in held):  # fmt: skip
                    template = template.plus(name, entry, keep.get(name, 60))
            return template

        return await self.templates.change(owner, change)

    def offset_min(self, opening: Opening, now: Any) -> int | None:
        """By how many minutes the user's clock is ahead of UTC; None where the address does not tell."""
        if opening.ip is None:
            return None
        event = Login(id="session", occurred_at=now, user_id=opening.user_id, ip=opening.ip, result="success")
        try:
            return offset_of(self.enricher().enrich(event, int(now.timestamp() * 1000)))
        except Exception:  # a provider is a plug-in: without it the hour is not evaluable
            return None


def offset_of(facts: Facts) -> int | None:
    """Minutes ahead of UTC where the address is, as for log-ins: by time zone, else by longitude."""
    place = facts.place
    if place is None or (facts.network.is_no_place and place.source != "trusted"):
        return None
    if facts.utc_offset_min is not None:
        return facts.utc_offset_min
    return None if place.source == "country" else round(place.lng / 15) * 60


def usual_hours(profile: Profile | None) -> bytes:
    """Which quarters of an hour of the day are usual: by the person's own hours once there are enough, else 06-22."""
    minutes = profile.local_minutes if profile is not None else []
    quarters = range(0, MINUTES_A_DAY, STEP_MIN)
    if len(minutes) < LEAST_TIMES:
        return bytes(DAY_FROM <= minute < DAY_UNTIL for minute in quarters)
    return bytes(density_at(minute + STEP_MIN // 2, minutes) >= RARE for minute in quarters)


def is_strong(opening: Opening) -> bool:
    """Whether the session was opened by a correct PIN or another strong log-in."""
    return opening.method.lower() in STRONG if opening.strong is None else opening.strong


def waiting_of(key: bytes, session: Session, found: Sequence[tuple[Modality, Entry]], proved: bool = False) -> Waiting:
    """What of a finished session waits to be learnt: the newest entries of each modality."""
    counts: dict[str, int] = {}
    kept: list[tuple[str, Entry]] = []
    for modality, entry in reversed(found):
        counts[modality.name] = counts.get(modality.name, 0) + 1
        if counts[modality.name] <= MAX_ENTRIES_A_SESSION:
            kept.append((modality.name, replace(entry, at_ms=session.ended_ms, session=short(key))))
    kept.reverse()
    return Waiting(key, session.ended_ms, _encoder.encode(kept) if kept else b"", session.pending, proved)
