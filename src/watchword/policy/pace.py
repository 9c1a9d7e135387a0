"""The time budget of one assessment, looked at between its parts."""

from __future__ import annotations

from collections.abc import Callable

from msgspec import Struct

from watchword.policy.decision import Degraded

Ticks = Callable[[], int]
"""A monotonic clock in nanoseconds, handed in so that judging stays pure."""

MS = 1_000_000


class Budget(Struct, frozen=True):
    """How long gathering and judging may take together, and any one part of it (nanoseconds)."""

    whole_ns: int = 50 * MS
    share_ns: int = 10 * MS


class Pace:
    """What is left of the budget, which parts were late, and what is missing because of it.

    `missing` is whether any part did not answer; a part that answered late is only named. `last_ns` is when the last
    part ended; a loop over many parts keeps it itself (see `detection`), others call `may_run` and `lap`.
    """

    __slots__ = (
        "budget",
        "deadline_ns",
        "degraded",
        "last_ns",
        "late",
        "left_out",
        "missing",
        "share_ns",
        "taken",
        "ticks",
    )  # fmt: skip

    def __init__(self, ticks: Ticks, began_ns: int, budget: Budget, left_out: frozenset[str] = frozenset()) -> None:
        self.ticks = ticks
        self.last_ns = ticks()
        self.share_ns = budget.share_ns
        self.deadline_ns = began_ns + budget.whole_ns
        self.budget = budget
        self.left_out = left_out
        self.degraded: list[Degraded] = []
        self.late: list[str] = []
        self.missing = False
        self.taken: dict[str, int] | None = None

    def may_run(self, part: str, now_ns: int = 0) -> bool:
        """Whether the part may run, at the end of the last one or now; where not, it is named."""
        if part in self.left_out:
            self.miss(part, "left out for a while: it was late")
        elif max(self.last_ns, now_ns) > self.deadline_ns:
            self.miss(part, f"the budget of {self.budget.whole_ns / MS:g} ms was spent")
        else:
            return True
        return False

    def lap(self, part: str) -> None:
        """Says that the part is done; one that took more than its share is named."""
        now = self.ticks()
        spent = now - self.last_ns
        self.last_ns = now
        if self.taken is not None or spent > self.share_ns:
            self.weigh(part, spent)

    def weigh(self, part: str, spent: int) -> None:
        """Says what a part took, in nanoseconds."""
        if self.taken is not None:
            self.taken[part] = spent
        if spent > self.share_ns:
            self.late.append(part)
            self.degraded.append(Degraded(part, f"took {spent / MS:.1f} ms of {self.share_ns / MS:g}"))

    def miss(self, part: str, reason: str) -> None:
        """Says that the part did not answer."""
        self.missing = True
        self.degraded.append(Degraded(part, reason))
