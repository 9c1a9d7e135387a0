"""What a stretch of behaviour says for or against the owner, and what of it enters the session's risk. Pure.

A verdict acts by its confidence (section 8): over 0.8 directly, from 0.6 by at most 0.15, under that not at all.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal

from msgspec import Struct
from msgspec.structs import replace

from watchword.behaviour.bot_sign import BotSign
from watchword.behaviour.bots import find_bots
from watchword.behaviour.modality import Comparison, Modality
from watchword.behaviour.samples import Samples
from watchword.behaviour.template import LEARNT, Entry, Template
from watchword.behaviour.trust import Doubt, Trust, is_machine, weigh
from watchword.policy.session_messages import UNIT
from watchword.policy.sessions import MPIN, Bounds, proofs
from watchword.state.session import Change, Session
from watchword.state.session_risk import Factor

Phase = Literal["learning", "continuous"]
Choice = Literal["allow", "challenge", "block"]
ML, BOTS = "ml_engine", "bot_evidence"
SURE, USABLE = 0.8, 0.6
MOST = 1_500
"""By how much a verdict of middling confidence, or one that allows, moves the risk at most."""

BOT_SIGN, BOT_SIGNS = 1_000, 3_000
UNLIKE = -3.0
"""A lane of behaviour under this (natural log-odds) speaks clearly against the owner."""

ALIKE = 0.5
LEAST_TO_LEARN = 0.0
"""Evidence of a whole session (natural log-odds) under which it speaks against the owner, and teaches nothing.

Of recorded people's own sessions 0.4 to 2.3 % lie under it, of others' 99.6 % (after 5 to 60 sessions).
"""

DOUBTFUL = -1.0
"""Evidence under which a session casts doubt on those near it, too: 0.4 % of people's own sessions at most."""

BY_HAND = "by_hand"
"""How a session ends that somebody ended who looked at it."""

SAME_PROOF = {"pin": MPIN} | dict.fromkeys(("biometric", "passkey", "fido2", "hardware_key"), "webauthn")
"""Ways of logging in, and of answering a challenge, that are one proof under several names."""

BY_OWNER = "owner"
"""How a session ends that the account's owner disowned."""

KNOWN_PROOFS = frozenset(
    {MPIN, "webauthn", "password", "totp", "email_otp", "sms_otp", "security_questions", "smartcard"}
)
"""Proofs that are told from each other by name. Another name, or none, may stand for any of them."""

UNASKED = "score"
"""The method of sessions that begin without a log-in."""

DISOWNED = ("blocked", BY_HAND, BY_OWNER)


class Examined(Struct, frozen=True):
    """What was found in a stretch of behaviour of so many samples. `failed` names the parts that raised."""

    trust: Trust
    bots: tuple[BotSign, ...]
    entries: tuple[tuple[str, Entry], ...]
    phase: Phase
    failed: tuple[str, ...] = ()
    compared: tuple[Comparison, ...] = ()
    events: int = 0


class Verdict(Struct, frozen=True):
    """What the ML engine says: its decision, how sure it is (0-1), the probability (0-1) that the owner acts."""

    decision: Choice
    confidence: float
    similarity_score: float


class Eyes(Struct, frozen=True):
    """What behaviour is looked at with: the modalities, and what each learnt of many people."""

    modalities: tuple[Modality, ...] = ()
    backgrounds: Mapping[str, Any] = {}


def phase_of(template: Template) -> Phase:
    """Continuous as soon as any modality has its accepted entries."""
    grown = any(shelf.accepted >= LEARNT for shelf in template.shelves.values())
    return "continuous" if grown else "learning"


def extract(samples: Samples, eyes: Eyes, failed: list[str]) -> list[tuple[Modality, Entry]]:
    """Every complete entry in the samples."""
    found: list[tuple[Modality, Entry]] = []
    for modality in eyes.modalities:
        try:
            found.extend([(modality, one) for one in modality.extract(samples)])
        except Exception:  # a modality is a plug-in: one that fails is missing evidence
            failed.append(modality.name)
    return found


def examine(samples: Samples, template: Template, eyes: Eyes, doubts: Sequence[Doubt] = ()) -> Examined:
    """What these samples say, beside the owner's template."""
    failed: list[str] = []
    found = extract(samples, eyes, failed)
    known: dict[str, list[Entry]] = {modality.name: [] for modality in eyes.modalities if modality.name not in failed}
    for modality, entry in found:
        known[modality.name].append(entry)
    compared = [one for modality, entry in found if (one := _compare(modality, entry, template, eyes, failed))]
    try:
        bots = find_bots(samples, template, known)
    except Exception:  # likewise
        failed.append("bots")
        bots = ()
    phase = phase_of(template)
    events = 2 * len(samples.keys) + len(samples.pointer) + len(samples.touch)
    trust = weigh(compared, bots, doubts, phase, _lanes(eyes), events)
    entries = tuple([(modality.name, entry) for modality, entry in found])
    return Examined(trust, bots, entries, phase, tuple(dict.fromkeys(failed)), tuple(compared), events)


def doubted(found: Examined, doubts: Sequence[Doubt], eyes: Eyes) -> Examined:
    """The same with what speaks from beside behaviour."""
    trust = weigh(found.compared, found.bots, doubts, found.phase, _lanes(eyes), found.events)
    return replace(found, trust=trust)


def _lanes(eyes: Eyes) -> dict[str, str]:
    return {modality.name: modality.lane for modality in eyes.modalities}


def _compare(modality: Modality, entry: Entry, template: Template, eyes: Eyes, failed: list[str]) -> Comparison | None:
    try:
        return modality.compare(template.shelf(modality.name, entry.about), entry, eyes.backgrounds.get(modality.name))
    except Exception:  # likewise
        failed.append(modality.name)
        return None


def verdict_of(examined: Examined) -> Verdict:
    """The in-process ML engine's answer. It blocks only where two independent sources leave no doubt.

    A machine is stopped while a template is being learnt, too, though the score calls nothing an anomaly then.
    """
    trust = examined.trust
    sources: set[str] = {sign.channel for sign in examined.bots}
    sources |= {str(reason.details["lane"]) for reason in trust.reasons if reason.details.get("llr", 0.0) <= UNLIKE
                and "lane" in reason.details}  # fmt: skip
    if trust.is_anomaly or is_machine(examined.bots):
        return Verdict("block" if len(sources) > 1 else "challenge", trust.confidence, trust.similarity)
    return Verdict("allow" if trust.similarity >= ALIKE else "challenge", trust.confidence, trust.similarity)


def factors_of(bots: Sequence[BotSign], verdict: Verdict | None, session: Session, bounds: Bounds) -> list[Factor]:
    """What bot signs and a verdict bring to the risk. No verdict, or an unsure one, leaves the rules alone."""
    found: list[Factor] = []
    left = BOT_SIGNS - sum(delta for name, delta in session.counted.others.items() if name.startswith(BOTS))
    for sign in bots:
        if sign.code not in session.bots:
            delta = max(0, min(round(BOT_SIGN * sign.strength), left))
            found.append(Factor(f"{BOTS}:{sign.code}", "patterns", delta=delta, message=sign.message))
            left -= delta
    if verdict is not None and verdict.confidence >= USABLE:
        found.append(_of_verdict(verdict, bounds))
    return found


def _of_verdict(verdict: Verdict, bounds: Bounds) -> Factor:
    percent = f"{100 * verdict.similarity_score:.0f} %"
    told = f"The owner acts with a probability of {percent}"
    if verdict.confidence <= SURE:
        share = round(MOST * (verdict.confidence - USABLE) / (SURE - USABLE))
        stand = -share if verdict.decision == "allow" else share
        return Factor(ML, "patterns", delta=stand, position=True, message=told)
    if verdict.decision == "allow":
        return Factor(ML, "patterns", delta=-MOST, position=True, message=told)
    if verdict.decision == "block":
        return Factor(ML, "patterns", delta=MOST, position=True, least=bounds.suspicious, block=True, message=told)
    return Factor(ML, "patterns", delta=0, position=True, least=bounds.suspicious, message=told)


def speaks_for(found: Sequence[tuple[Modality, Entry]], template: Template, eyes: Eyes) -> float:
    """What entries say for the owner of a template (natural log-odds), without signs of machines; 0 where nothing was
    compared."""
    compared = [one for modality, entry in found if (one := _compare(modality, entry, template, eyes, []))]
    return weigh(compared, lanes=_lanes(eyes)).llr


def was_owners(session: Session, bounds: Bounds, trusted_llr: float | None = None, proved: bool = False) -> bool:
    """Whether a finished session counts as its owner's, and may be learnt from (section 8).

    Opened by a correct PIN or a strong log-in, never suspicious or each of its challenges passed, no bot evidence, and
    neither they nor anybody who looked at it ended it. Where a mature template was asked, `trusted_llr` does not speak
    against the owner, unless `proved` (`was_proved`): a PIN that was stolen proves nothing of the hands that type it.
    """
    calm = session.peak < bounds.suspicious or (session.passes > 0 and session.challenge != "asked")
    alike = proved or trusted_llr is None or trusted_llr >= LEAST_TO_LEARN
    return session.strong and session.end not in DISOWNED and calm and not session.bots and alike


def is_doubtful(session: Session, trusted_llr: float | None = None) -> bool:
    """Whether a finished session casts doubt on its user's others near it, so that they teach nothing either.

    It was blocked, ended by the owner or by hand, left its challenge unanswered, or was clearly unlike the owner. Where
    nobody logged in only a person's word counts: a stranger who gives a name keeps nobody from being learnt.
    """
    unlike = trusted_llr is not None and trusted_llr < DOUBTFUL
    if session.method == UNASKED:
        return session.end in (BY_HAND, BY_OWNER)
    return session.end in DISOWNED or session.challenge == "asked" or unlike


def was_proved(session: Session, changes: Iterable[Change]) -> bool:
    """Whether the person passed a challenge of another kind than what opened the session: two proofs of who it is.

    Where nobody can tell what opened it, two challenges of different kinds.
    """
    method = session.method.strip().lower()
    opened = SAME_PROOF.get(method, method)
    others = {SAME_PROOF.get(kind, kind) for kind in proofs(changes)} - {opened}
    return len(others) > (0 if opened in KNOWN_PROOFS else 1)


def was_doubted(changes: Iterable[Change], bounds: Bounds) -> bool:
    """Whether behaviour had the person asked in the course of a session, by the changes of its risk."""
    return any(one.factor == ML and one.delta > 0 and one.risk >= bounds.suspicious for one in changes)


def trust_ten_thousandths(trust: Trust) -> int:
    """Trust as a session keeps it: 0-10,000."""
    return round(trust.trust_score * UNIT / (100 * UNIT))
