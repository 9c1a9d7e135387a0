"""Challenges: issued, answered within their bounds, settled once, and told to whoever learns from them."""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime, timedelta
from functools import partial
from math import ceil
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from watchword.actions.challenges import Asked, Challenge, Held, Result, Site, Told
from watchword.challenging.dialogue import Talk, Tools, hold
from watchword.challenging.shelf import Shelf
from watchword.errors import InvalidInput, LimitExceeded, NotFound
from watchword.policy.decision import Decision
from watchword.policy.explanation import WireChallenge
from watchword.state import stepup
from watchword.state.stepup import Proof, Rules, Running, Standing, Type, Verdict

ALIASES = {"webauthn": "biometric"}


class Asking(Struct, frozen=True, kw_only=True):
    """A wish for a challenge. `types` is empty for whatever the person has; `challenge_id` one that runs already."""

    user_id: str
    types: tuple[str, ...] = ()
    to: str | None = None
    challenge_id: str | None = None
    decision: Decision | None = None
    session_id: str | None = None
    locale: str = "en"


class Issued(Struct, frozen=True, rename="camel"):
    """A challenge that runs. `show` is, by type, what the client needs; a type that is not in it has not begun."""

    id: str
    types: tuple[Type, ...]
    expires_at: datetime
    attempts_left: int
    show: dict[str, dict[str, Any]]


class ChallengeOutcome(Struct, frozen=True, rename="camel", kw_only=True, omit_defaults=True):
    """What an answer came to. `outcome` is passed, wrong, expired, used, exhausted or locked."""

    passed: bool
    outcome: Verdict
    attempts_left: int
    type: str
    retry_after_s: int | None = None


class Settled(Struct, frozen=True, kw_only=True):
    """An answer that was right or wrong, for whoever learns from it. `id` is its own, for ever."""

    id: str
    challenge_id: str
    user_id: str
    type: str
    passed: bool
    at_ms: int
    decision_id: str | None = None
    session_id: str | None = None


Listener = Callable[[Settled], Awaitable[None]]


class Challenging:
    """The challenges of a deployment. Made by `bootstrap`; safe for many tasks and processes.

    Fails closed: where the store can not answer, nothing passes. An attempt is counted before it is looked at.
    """

    def __init__(
        self, shelf: Shelf, tools: Tools, kinds: Mapping[str, Challenge], rules: Callable[[], Rules], site: Site
    ) -> None:
        self.shelf = shelf
        self.tools = tools
        self.kinds = kinds
        self.rules = rules
        self.site = site
        self._listeners: list[Listener] = []

    def listen(self, listener: Listener) -> None:
        """Has `listener` told of every answer that was right or wrong, before the answer is answered."""
        self._listeners.append(listener)

    def offer(self, decision: Decision) -> WireChallenge | None:
        """The challenge to ask for about a decision, whatever its action; None where it is about nobody."""
        user_id = decision.event.user_id
        if user_id is None:
            return None
        rules = self.rules()
        until = datetime.fromtimestamp(decision.decided_ms / 1000, UTC) + timedelta(seconds=rules.challenge_expiry_s)
        return WireChallenge(self.shelf.name_for(self.shelf.owner(user_id), decision.id), rules.challenge_types, until)

    async def issue(self, asking: Asking) -> Issued:
        """Begins a challenge, or another type of one that runs; codes are on their way when this returns.

        Raises InvalidInput, NotFound for a challenge that does not run, LimitExceeded, DeliveryFailed.
        """
        owner, now_ms = self.shelf.owner(asking.user_id), self.shelf.now_ms()
        standing = await self.shelf.read(owner)
        running, new = self._plan(asking, owner, standing, now_ms)
        wanted = self._wanted(asking, running)
        at_once = [name for name in wanted if not self.kinds[name].delivered]
        sent = [name for name in wanted if self.kinds[name].delivered]
        results: dict[str, Result] = {
            name: await self._ask(name, asking, running, self.shelf.held(owner, standing, name)) for name in at_once
        }
        running = await self.shelf.change(owner, partial(self._opened, asking, (running, new), results, sent))
        for name in sent:
            results[name] = await self._ask(name, asking, running, self.shelf.held(owner, standing, name))
            running = await self.shelf.change(owner, partial(_kept, running.id, name, results[name]))
        until = datetime.fromtimestamp(running.until_ms / 1000, UTC)
        show = {name: result.shown for name, result in results.items()}
        return Issued(running.id, running.types, until, running.left, show)

    async def answer(self, challenge_id: str, type_: str | None, told: Told) -> ChallengeOutcome:
        """What an answer comes to. Raises NotFound, InvalidInput."""
        owner, now_ms, rules = self.shelf.owner_of(challenge_id), self.shelf.now_ms(), self.rules()

        def claim(standing: Standing) -> tuple[Standing, tuple[Standing, Running, str, Verdict | None]]:
            running = standing.challenge(challenge_id)
            if running is None:
                raise NotFound("There is no such challenge.")
            name = _answered(running, type_)
            standing, refusal = stepup.claim(standing, running, name, rules, now_ms)
            return standing, (standing, standing.challenge(challenge_id) or running, name, refusal)

        standing, running, name, refusal = await self.shelf.change(owner, claim)
        if refusal is not None:
            wait_ms = stepup.locked_ms(standing, name, now_ms) if refusal == "locked" else 0
            left = running.left if refusal == "locked" else 0
            return ChallengeOutcome(
                passed=False, outcome=refusal, attempts_left=left, type=name, retry_after_s=ceil(wait_ms / 1000) or None
            )
        held = self.shelf.held(owner, standing, name)
        asked = Asked(user_id=standing.user_id, now_ms=now_ms, held=held, site=self.site, drift=rules.totp_drift_steps)
        flow = self.kinds[name].check(asked, running.kept[name], told)
        proof = self._proof(owner, await hold(flow, self.tools, Talk(f"{challenge_id}/{name}")))
        verdict = await self.shelf.change(
            owner, lambda found: stepup.settle(found, challenge_id, name, proof, self.shelf.now_ms())
        )
        await self._tell(standing.user_id, running, name, verdict)
        passed = verdict == "passed"
        return ChallengeOutcome(passed=passed, outcome=verdict, attempts_left=0 if passed else running.left, type=name)

    def named(self, type_: str) -> Type:
        """A type by its name or alias. Raises InvalidInput."""
        name = ALIASES.get(type_, type_)
        for known in stepup.EVERY:
            if known == name and name in self.kinds:
                return known
        raise InvalidInput(f"There is no challenge {type_!r}.", "type")

    def _plan(self, asking: Asking, owner: bytes, standing: Standing, now_ms: int) -> tuple[Running, bool]:
        """The challenge to begin with, and whether it is new."""
        rules = self.rules()
        if asking.challenge_id is not None:
            running = standing.challenge(asking.challenge_id)
            if running is None and not self._is_reserved(asking, owner):
                raise NotFound("There is no such challenge.")
            if running is not None and (running.state != "open" or running.until_ms <= now_ms):
                raise NotFound("This challenge is over: begin another.")
        offer = self.offer(asking.decision) if asking.decision is not None else None
        name, until_ms = None, now_ms + 1000 * rules.challenge_expiry_s
        if offer is not None and offer.expires_at.timestamp() * 1000 > now_ms:
            name, until_ms = offer.id, int(offer.expires_at.timestamp() * 1000)
        known = standing.challenge(asking.challenge_id or name or "")
        if known is not None and known.state == "open" and known.until_ms > now_ms:
            return known, False
        if known is not None:
            name, until_ms = None, now_ms + 1000 * rules.challenge_expiry_s
        about = {"decision": asking.decision.id if asking.decision else None, "session": asking.session_id}
        running = Running(
            id=name or self.shelf.name(owner, secrets.token_bytes(12)),
            types=self._available(asking, standing, now_ms),
            made_ms=now_ms,
            until_ms=until_ms,
            left=rules.challenge_attempts,
            about={key: value for key, value in about.items() if value is not None},
        )
        return running, True

    def _is_reserved(self, asking: Asking, owner: bytes) -> bool:
        decision = asking.decision
        return decision is not None and asking.challenge_id == self.shelf.name_for(owner, decision.id)

    def _available(self, asking: Asking, standing: Standing, now_ms: int) -> tuple[Type, ...]:
        allowed = self.rules().challenge_types
        named = tuple(dict.fromkeys(self.named(one) for one in asking.types)) or allowed
        can = [one for one in named if one in allowed and (standing.proven(one) or self._addressed(asking, one))]
        if not can:
            raise InvalidInput("The user has enrolled none of the challenges that may be asked.", "types")
        free = [one for one in can if not stepup.locked_ms(standing, one, now_ms)]
        if not free:
            wait_ms = min(stepup.locked_ms(standing, one, now_ms) for one in can)
            raise LimitExceeded("Too many wrong answers: these challenges are locked for a while.", _seconds(wait_ms))
        return tuple(free)

    def _addressed(self, asking: Asking, name: Type) -> bool:
        return asking.to is not None and name in asking.types and self.kinds[name].delivered

    def _wanted(self, asking: Asking, running: Running) -> list[Type]:
        """The types to begin now: codes are sent only where they were asked for by name, or are all there is."""
        named = [self.named(one) for one in asking.types]
        missing = [one for one in named if one not in running.types]
        if missing:
            raise InvalidInput(f"This challenge has no {missing[0]}.", "types")
        if asking.to is not None and sum(self.kinds[one].delivered for one in named) != 1:
            raise InvalidInput("Name the one type of code that is to be sent there.", "to")
        chosen = named or list(running.types)
        if len(chosen) == 1:
            return chosen
        return [one for one in chosen if not self.kinds[one].delivered]

    async def _ask(self, name: str, asking: Asking, running: Running, held: tuple[Held, ...]) -> Result:
        rules = self.rules()
        asked = Asked(
            user_id=asking.user_id, now_ms=self.shelf.now_ms(), held=held, to=asking.to, site=self.site,
            drift=rules.totp_drift_steps,
        )  # fmt: skip
        minutes = max(1, (running.until_ms - self.shelf.now_ms()) // 60_000)
        return await hold(self.kinds[name].ask(asked), self.tools, Talk(f"{running.id}/{name}", asking.locale, minutes))

    def _opened(
        self, asking: Asking, plan: tuple[Running, bool], results: dict[str, Result], sent: list[Type],
        standing: Standing,
    ) -> tuple[Standing, Running]:  # fmt: skip
        (planned, new), rules, now_ms = plan, self.rules(), self.shelf.now_ms()
        running = standing.challenge(planned.id) or planned
        if running.state != "open":
            raise NotFound("This challenge is over: begin another.")
        if new and (wait_ms := stepup.wait_to_begin(standing, rules, now_ms)):
            raise LimitExceeded("Too many challenges of this user within the hour.", _seconds(wait_ms))
        for name in sent:
            if wait_ms := stepup.wait_to_send(standing, name, rules, now_ms):
                raise LimitExceeded("Too many codes were sent to this user within the hour.", _seconds(wait_ms))
            standing = stepup.sent(standing, name, now_ms)
        running = replace(running, kept=running.kept | {name: result.kept for name, result in results.items()})
        return replace(standing, user_id=asking.user_id).with_challenge(running), running

    def _proof(self, owner: bytes, result: Result) -> Proof | None:
        if not result.right:
            return None
        sealed = self.shelf.sealed(owner, result.factor, result.secret) if result.secret and result.factor else None
        return Proof(result.factor, result.step, sealed)

    async def _tell(self, user_id: str, running: Running, name: str, verdict: Verdict) -> None:
        if verdict not in ("passed", "wrong"):
            return
        settled = Settled(
            id=f"{running.id}.{running.left}", challenge_id=running.id, user_id=user_id, type=name,
            passed=verdict == "passed", at_ms=self.shelf.now_ms(), decision_id=running.about.get("decision"),
            session_id=running.about.get("session"),
        )  # fmt: skip
        for listener in self._listeners:
            await listener(settled)


def _kept(challenge_id: str, name: str, result: Result, standing: Standing) -> tuple[Standing, Running]:
    running = standing.challenge(challenge_id)
    if running is None or running.state != "open":
        raise NotFound("This challenge is over: begin another.")
    running = replace(running, kept=running.kept | {name: result.kept})
    return standing.with_challenge(running), running


def _answered(running: Running, type_: str | None) -> str:
    name = ALIASES.get(type_, type_) if type_ is not None else None
    if name is None:
        if len(running.kept) > 1:
            raise InvalidInput("Say by which type this is answered.", "type")
        return next(iter(running.kept), running.types[0]) if running.kept or running.state == "passed" else _none()
    if name not in running.types:
        raise InvalidInput(f"This challenge has no {name}.", "type")
    return name if name in running.kept or running.state == "passed" else _none()


def _none() -> str:
    raise InvalidInput("This type of the challenge has not begun: nothing was sent yet.", "type")


def _seconds(wait_ms: int) -> int:
    return max(1, ceil(wait_ms / 1000))
