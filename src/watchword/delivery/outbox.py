"""Letters kept in memory: for tests, trials, and deployments that have nobody to write to."""

from __future__ import annotations

from collections import deque

from watchword.errors import DeliveryFailed
from watchword.ports import Letter

KEPT = 1_000


class Outbox:
    """See `ports.Courier`. Keeps the last thousand letters; delivers none."""

    def __init__(self) -> None:
        self.letters: deque[Letter] = deque(maxlen=KEPT)

    async def send(self, letter: Letter) -> None:
        """See `ports.Courier.send`."""
        self.letters.append(letter)

    def last(self, to: str) -> Letter:
        """The newest letter to that address. Raises LookupError."""
        return next(letter for letter in reversed(self.letters) if letter.to == to)


class Nobody:
    """See `ports.Courier`. Refuses every letter, and says which setting is missing."""

    def __init__(self, setting: str) -> None:
        self._setting = setting

    async def send(self, letter: Letter) -> None:
        """See `ports.Courier.send`."""
        raise DeliveryFailed(f"Nothing can be sent by {letter.channel}: set {self._setting}.", lasting=True)
