"""What the page of a person's second factors is told: flat records, ready to be shown. Times in ms since 1970."""

from __future__ import annotations

from msgspec import Struct

from watchword.state.stepup import Rules

MPIN = "mpin"
"""The MPIN of live sessions, which the session engine keeps; beside it every factor has an id of its own."""


class Enrolled(Struct, frozen=True, kw_only=True):
    """One factor; its secret is not in here. 0 where it was never used; `lapses_ms` where it was not proven yet."""

    id: str
    type: str
    name: str
    label: str = ""
    made_ms: int
    used_ms: int = 0
    lapses_ms: int = 0


class Way(Struct, frozen=True, kw_only=True):
    """One kind of factor: how many of it count, whether it may be asked for, wrong answers in a row, its lock-out.

    `most` wrong answers lock it. `locked_ms` is until when, 0 where it is open; `lockouts` how often it was, of late.
    """

    type: str
    name: str
    many: int = 0
    allowed: bool = False
    delivered: bool = False
    failures: int = 0
    most: int = 5
    failed_ms: int = 0
    locked_ms: int = 0
    lockouts: int = 0

    @property
    def doubted(self) -> bool:
        """Whether there were wrong answers since the last right one, or lock-outs of late."""
        return bool(self.failures or self.locked_ms or self.lockouts)


class FactorFile(Struct, frozen=True, kw_only=True):
    """Everything about a person's factors. `ways` come in the order in which they are asked, the MPIN last.

    `begun` challenges and `sent` codes (by type) count within the hour; `open_ms` is until when one can be answered.
    """

    user: str
    enrolled: tuple[Enrolled, ...]
    ways: tuple[Way, ...]
    rules: Rules
    begun: int = 0
    sent: dict[str, int] = {}
    open_ms: int = 0

    @property
    def asked(self) -> tuple[Way, ...]:
        """What challenges may ask for, best first."""
        return tuple(one for one in self.ways if one.allowed)

    @property
    def doubted(self) -> tuple[Way, ...]:
        """Kinds with wrong answers or lock-outs, the locked first."""
        found = [one for one in self.ways if one.doubted]
        return tuple(sorted(found, key=lambda one: (not one.locked_ms, -one.failures)))
