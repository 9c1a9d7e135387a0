"""What is kept of one person's second factors: the factors, the challenges that run, lock-outs, deliveries.

All of it is one value, changed in one piece, so that attempts that race can not be counted once.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta, Struct
from msgspec.structs import replace

from watchword.state.plan import DAY_MS, HOUR_MS

MAX_RUNNING = 20
MAX_LOCKOUTS = 6
Type = Literal["pin", "totp", "email_otp", "sms_otp", "biometric", "security_questions"]
Verdict = Literal["passed", "wrong", "expired", "used", "exhausted", "locked"]
EVERY: tuple[Type, ...] = ("biometric", "totp", "pin", "email_otp", "sms_otp", "security_questions")


class Rules(Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """The bounds of challenges and of notices to owners. Each is a live setting."""

    challenge_types: Annotated[
        tuple[Type, ...], Meta(min_length=1, max_length=6, description="Challenges that may be asked, best first.")
    ] = EVERY
    challenge_attempts: Annotated[int, Meta(ge=1, le=10, description="Answers that one challenge takes.")] = 5
    challenge_expiry_s: Annotated[int, Meta(ge=30, le=3600, description="Seconds for which a challenge runs.")] = 300
    challenges_per_hour: Annotated[int, Meta(ge=1, le=20, description="Challenges a user may be asked an hour.")] = 20
    lockout_failures: Annotated[
        int, Meta(ge=1, le=20, description="Wrong answers in a row, over all challenges, that lock a factor.")
    ] = 5
    lockout_s: Annotated[
        int, Meta(ge=30, le=86_400, description="Seconds of the first lock-out; each further one lasts twice as long.")
    ] = 900
    deliveries_per_hour: Annotated[
        int, Meta(ge=1, le=60, description="Codes sent to a user an hour, by each of e-mail and SMS.")
    ] = 5
    totp_drift_steps: Annotated[
        int, Meta(ge=0, le=3, description="Steps of 30 s by which an authenticator's clock may be off.")
    ] = 1
    owner_notices: Annotated[
        bool, Meta(description="Whether owners are told of log-ins that were refused or stepped up.")
    ] = True
    owner_notices_per_day: Annotated[int, Meta(ge=1, le=100, description="Notices that one owner gets a day.")] = 5


class Factor(Struct, frozen=True, kw_only=True):
    """A second factor. `sealed` is its secret, under the deployment's key; `until_ms` when an unproven one lapses."""

    id: str
    type: Type
    label: str = ""
    made_ms: int = 0
    used_ms: int = 0
    until_ms: int = 0
    attempts: int = 0
    sealed: bytes = b""

    @property
    def proven(self) -> bool:
        """Whether the person has shown to have it."""
        return not self.until_ms


class Running(Struct, frozen=True, kw_only=True):
    """A challenge. `kept` is, by type, what its answer is compared with: hashes and nonces, never a code."""

    id: str
    types: tuple[Type, ...]
    made_ms: int
    until_ms: int
    left: int
    state: Literal["open", "passed", "failed"] = "open"
    kept: dict[str, dict[str, Any]] = {}
    about: dict[str, str] = {}


class Bar(Struct, frozen=True):
    """Failures of one type in a row, and until when nobody may try (ms)."""

    failures: int = 0
    at_ms: int = 0
    until_ms: int = 0
    lockouts: int = 0


class Standing(Struct, frozen=True, omit_defaults=True):
    """Everything of one person. `steps` are the newest time steps used, `sent` when codes went out (ms)."""

    user_id: str = ""
    factors: tuple[Factor, ...] = ()
    running: tuple[Running, ...] = ()
    bars: dict[str, Bar] = {}
    steps: dict[str, int] = {}
    sent: dict[str, tuple[int, ...]] = {}

    def challenge(self, challenge_id: str) -> Running | None:
        """The challenge of that id."""
        return next((one for one in self.running if one.id == challenge_id), None)

    def proven(self, type_: str) -> tuple[Factor, ...]:
        """The factors of a type that may be asked for."""
        return tuple(one for one in self.factors if one.type == type_ and one.proven)

    def factor(self, factor_id: str) -> Factor | None:
        """The factor of that id."""
        return next((one for one in self.factors if one.id == factor_id), None)

    def with_challenge(self, running: Running) -> Standing:
        """With a challenge, in place of one of the same id."""
        return replace(self, running=(*(one for one in self.running if one.id != running.id), running))

    def with_factor(self, factor: Factor) -> Standing:
        """With a factor, in place of one of the same id."""
        return replace(self, factors=(*(one for one in self.factors if one.id != factor.id), factor))

    def without_factor(self, factor_id: str) -> Standing:
        """Without that factor, and without the codes that are on their way to it."""
        steps = {name: step for name, step in self.steps.items() if name != factor_id}
        running = tuple(_unasked(one, factor_id) for one in self.running)
        kept = tuple(one for one in self.factors if one.id != factor_id)
        return replace(self, factors=kept, steps=steps, running=running)

    def unlocked(self, type_: str) -> Standing:
        """With that type open again. How often it was locked is remembered: the next time lasts longer all the same."""
        bar = self.bars.get(type_, Bar())
        return replace(self, bars=self.bars | {type_: replace(bar, failures=0, until_ms=0)})

    @property
    def empty(self) -> bool:
        """Whether there is nothing to keep."""
        return not (self.factors or self.running or self.bars or self.sent)


def _unasked(running: Running, factor_id: str) -> Running:
    kept = {name: kept for name, kept in running.kept.items() if kept.get("factor") != factor_id}
    return running if len(kept) == len(running.kept) else replace(running, kept=kept)


def pruned(standing: Standing, now_ms: int) -> Standing:
    """Without what is over: challenges and deliveries an hour old, lapsed factors, failures a day old."""
    return replace(
        standing,
        factors=tuple(one for one in standing.factors if not one.until_ms or one.until_ms > now_ms),
        running=tuple(one for one in standing.running if max(one.until_ms, one.made_ms + HOUR_MS) > now_ms),
        bars={name: bar for name, bar in standing.bars.items() if max(bar.at_ms + DAY_MS, bar.until_ms) > now_ms},
        sent={name: kept for name, times in standing.sent.items() if (kept := _since(times, now_ms - HOUR_MS))},
    )


def _since(times: tuple[int, ...], from_ms: int) -> tuple[int, ...]:
    return tuple(at for at in times if at > from_ms)


def wait_to_begin(standing: Standing, rules: Rules, now_ms: int) -> int:
    """Milliseconds until another challenge may begin; 0 where one may now."""
    recent = sorted(one.made_ms for one in standing.running if one.made_ms > now_ms - HOUR_MS)
    most = min(rules.challenges_per_hour, MAX_RUNNING)
    return 0 if len(recent) < most else recent[-most] + HOUR_MS - now_ms


def wait_to_send(standing: Standing, type_: str, rules: Rules, now_ms: int) -> int:
    """Milliseconds until another code of that type may be sent; 0 where one may now."""
    recent = _since(standing.sent.get(type_, ()), now_ms - HOUR_MS)
    return 0 if len(recent) < rules.deliveries_per_hour else recent[-rules.deliveries_per_hour] + HOUR_MS - now_ms


def sent(standing: Standing, type_: str, now_ms: int) -> Standing:
    """With a code of that type sent now."""
    return replace(standing, sent=standing.sent | {type_: (*standing.sent.get(type_, ()), now_ms)})


def locked_ms(standing: Standing, type_: str, now_ms: int) -> int:
    """For how many milliseconds that type is locked still."""
    bar = standing.bars.get(type_)
    return max(0, bar.until_ms - now_ms) if bar is not None else 0


def claim(
    standing: Standing, running: Running, type_: str, rules: Rules, now_ms: int
) -> tuple[Standing, Verdict | None]:
    """Takes one attempt before the answer is looked at, as a failure until it proves right; None lets it be looked at.

    Attempts that race each take one, so that there are never more than the challenge has.
    """
    if running.state == "passed":
        return standing, "used"
    if running.until_ms <= now_ms:
        return standing, "expired"
    if locked_ms(standing, type_, now_ms):
        return standing, "locked"
    if running.left <= 0 or running.state != "open":
        return standing, "exhausted"
    standing = standing.with_challenge(replace(running, left=running.left - 1))
    return failed(standing, type_, rules, now_ms), None


def failed(standing: Standing, type_: str, rules: Rules, now_ms: int) -> Standing:
    """With one failure more of that type; locked once there are as many in a row as the rules say."""
    bar = standing.bars.get(type_, Bar())
    bar = replace(bar, failures=bar.failures + 1, at_ms=now_ms)
    if bar.failures >= rules.lockout_failures:
        span_ms = 1000 * rules.lockout_s << min(bar.lockouts, MAX_LOCKOUTS)
        bar = replace(bar, failures=0, until_ms=now_ms + span_ms, lockouts=bar.lockouts + 1)
    return replace(standing, bars=standing.bars | {type_: bar})


class Proof(Struct, frozen=True):
    """What a right answer proved: by which factor, at which time step, and its secret sealed anew where it changed."""

    factor: str | None = None
    step: int | None = None
    sealed: bytes | None = None


def settle(
    standing: Standing, challenge_id: str, type_: str, proof: Proof | None, now_ms: int
) -> tuple[Standing, Verdict]:
    """What an attempt that was claimed led to; `proof` is None for a wrong answer.

    A challenge passes once, a time step and a one-time answer count once, whoever comes second is refused.
    """
    running = standing.challenge(challenge_id)
    if running is None:
        return standing, "expired"
    if running.state == "passed":
        return standing, "used"
    if proof is None or (proof.step is not None and proof.step <= standing.steps.get(proof.factor or "", -1)):
        spent = replace(running, state="failed" if running.left <= 0 else running.state)
        return standing.with_challenge(spent), "wrong"
    if running.state != "open":
        return standing, "exhausted"
    standing = standing.with_challenge(replace(running, state="passed", kept={}))
    standing = replace(standing, bars={name: bar for name, bar in standing.bars.items() if name != type_})
    return used(standing, proof, now_ms), "passed"


def used(standing: Standing, proof: Proof, now_ms: int) -> Standing:
    """With the factor of a proof marked as used now."""
    factor = standing.factor(proof.factor) if proof.factor else None
    if factor is None:
        return standing
    standing = standing.with_factor(replace(factor, used_ms=now_ms, sealed=proof.sealed or factor.sealed))
    return replace(standing, steps=standing.steps | {factor.id: proof.step}) if proof.step is not None else standing


_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(Standing)


def pack(standing: Standing) -> bytes:
    """The bytes of a record."""
    return _encoder.encode(standing)


def unpack(packed: bytes | None) -> Standing:
    """What those bytes hold; an empty one where there are none."""
    return _decoder.decode(packed) if packed else Standing()
