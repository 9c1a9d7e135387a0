"""Holds a challenge's conversation: does what its generator asks for, and sends back what came of it."""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Callable
from typing import Protocol

from msgspec import Struct

from watchword.actions.challenges import Digest, Draw, Flow, Hash, Match, Result, Send, Step
from watchword.actions.letters import of_code
from watchword.ports import Courier, Letter


class Hasher(Protocol):
    """The slow hash; see `privacy.secret_hash`."""

    async def hash(self, secret: str) -> str: ...

    async def verify(self, kept: str, secret: str) -> bool: ...


class Tools(Struct, frozen=True):
    """What conversations may use. `key` keys the digests of codes; `draw` picks characters from an alphabet."""

    courier: Courier
    hasher: Hasher
    key: bytes
    name: str = "Watchword"
    draw: Callable[[str, int], str] = lambda alphabet, count: "".join(secrets.choice(alphabet) for _ in range(count))


class Talk(Struct, frozen=True):
    """One conversation: what its digests are bound to, and how a letter of it is worded."""

    about: str
    locale: str = "en"
    minutes: int = 5


async def hold(flow: Flow, tools: Tools, talk: Talk) -> Result:
    """What a conversation comes to. Raises what it raises, and DeliveryFailed."""
    given: object = None
    while True:
        try:
            step = flow.send(given)
        except StopIteration as end:
            result: Result = end.value
            return result
        given = await _do(step, tools, talk)


async def _do(step: Step, tools: Tools, talk: Talk) -> object:
    if isinstance(step, Draw):
        return tools.draw(step.alphabet, step.count)
    if isinstance(step, Digest):
        return hmac.digest(tools.key, f"{talk.about}\0{step.text}".encode("utf-8", "surrogatepass"), "sha256").hex()
    if isinstance(step, Hash):
        return await tools.hasher.hash(step.text)
    if isinstance(step, Match):
        return await tools.hasher.verify(step.kept, step.text)
    await _send(step, tools, talk)
    return None


async def _send(step: Send, tools: Tools, talk: Talk) -> None:
    words = of_code(step.code, tools.name, talk.minutes, talk.locale)
    await tools.courier.send(
        Letter(
            id=secrets.token_hex(12),
            channel="sms" if step.channel == "sms" else "email",
            to=step.to,
            subject=words.subject,
            text=words.brief if step.channel == "sms" else words.text,
            html="" if step.channel == "sms" else words.html,
        )
    )
