"""What the pages of sessions are told: flat records, ready to be shown. Times in ms since 1970, risks 0-1."""

from __future__ import annotations

from msgspec import Struct

from watchword.behaviour.template import Entry, Template
from watchword.behaviour.trust import Trust
from watchword.policy.session_messages import FactorTold, SessionLevel

Cuts = tuple[float, float, float]
"""Where a session's risk is cut: from where more is logged, the person is asked, the session is blocked."""


class SessionFilters(Struct, frozen=True):
    """Which sessions a list holds. `state` is one of `SHOWN`; empty and None mean any."""

    state: str = "all"
    level: str | None = None
    user: str | None = None
    id: str | None = None


class SessionLine(Struct, frozen=True, kw_only=True):
    """One session in a list. `end` says how it ended ("" while it lives); `over_ms` when; `trust` that the owner acts.

    `why` names what raised the risk, the most first, as codes of factors.
    """

    user: str
    id: str
    opened_ms: int
    expires_ms: int
    spoke_ms: int
    risk: float
    peak: float
    level: SessionLevel
    cuts: Cuts
    asked: bool = False
    end: str = ""
    over_ms: int | None = None
    trust: float | None = None
    why: tuple[str, ...] = ()
    bots: tuple[str, ...] = ()
    flags: tuple[str, ...] = ()
    method: str = ""
    samples: int = 0
    passes: int = 0
    consent: bool = True

    @property
    def live(self) -> bool:
        """Whether it has neither ended nor expired."""
        return not self.end

    @property
    def mark(self) -> str:
        """The hue of its risk: that of the action which the risk asks for."""
        if self.end == "blocked" or self.risk >= self.cuts[2]:
            return "block"
        if self.asked or self.risk >= self.cuts[1]:
            return "verify"
        return "monitor" if self.risk >= self.cuts[0] else "allow"


class Lanes(Struct, frozen=True):
    """When something was done, by kind, and which pages were entered."""

    typing: tuple[int, ...] = ()
    pointer: tuple[int, ...] = ()
    touch: tuple[int, ...] = ()
    pages: tuple[tuple[int, str], ...] = ()


class Learnt(Struct, frozen=True):
    """How much of one way of behaving is learnt: entries that were accepted, of those that are needed."""

    lane: str
    name: str
    accepted: int
    needed: int

    @property
    def pips(self) -> int:
        """The same in tenths."""
        return min(10, round(10 * self.accepted / self.needed))


class Known(Struct, frozen=True):
    """What is learnt of how a person behaves, whether it may be used, and why (not), as a sentence."""

    learnt: tuple[Learnt, ...] = ()
    used: bool = True
    said: str = ""


class Other(Struct, frozen=True):
    """Somebody who acts alike on another account; `odds` to one for the same hands, None where it is not told."""

    message: str
    link: str
    user: str | None = None
    since_ms: int | None = None
    odds: float | None = None


class SessionFile(Struct, frozen=True, kw_only=True):
    """Everything about one session. `trust` is what its behaviour says now, None where nothing was collected."""

    line: SessionLine
    changes: tuple[FactorTold, ...]
    lanes: Lanes = Lanes()
    trust: Trust | None = None
    entries: tuple[tuple[str, Entry], ...] = ()
    template: Template = Template()
    known: Known = Known()
    others: tuple[Other, ...] = ()
    beside: tuple[SessionLine, ...] = ()
    free_attempts: int = 0
    offset_min: int | None = None
    streams: int = 0
