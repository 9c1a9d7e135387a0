"""Follows decisions as they are made: numbers them, counts them, and keeps the newest for whoever looks."""

from __future__ import annotations

import asyncio
import time
from collections import Counter, OrderedDict, deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

from msgspec.structs import replace

from watchword.events.label import Label
from watchword.policy.decision import Decision
from watchword.ports import Recorded
from watchword.web.console.pulse import Pulse
from watchword.web.console.reading import Decisions
from watchword.web.console.records import Filters, Line, Visitor

KEPT = 4_000
KNOWN = 20_000
BACK_MS = 24 * 3_600_000
BACK_PAGES = 20
PAGE = 500
POLL_S = 1.0

Told = Line | Decision


class Watch:
    """What was decided, in this process by being told, and with `poll` in others too by looking once a second.

    Labels are no traffic, and left out. `line_of` makes a line of a decision, of those only that are shown or flagged;
    lines that speak of a person who `is_erased` meanwhile are shown no more.
    """

    def __init__(
        self,
        decisions: Decisions,
        line_of: Callable[[Decision], Line],
        is_erased: Callable[[Line], bool] = lambda _line: False,
        poll: bool = False,
    ) -> None:
        self.pulse = Pulse(line_of)
        self.sequence = 0
        self.matched: Counter[str] = Counter()
        self.failed: Counter[str] = Counter()
        self.streams: Counter[Visitor] = Counter()
        self._decisions = decisions
        self._line_of = line_of
        self._is_erased = is_erased
        self._poll = poll
        self._recent: deque[tuple[int, Told]] = deque(maxlen=KEPT)
        self._known: OrderedDict[str, None] = OrderedDict()
        self._lock = asyncio.Lock()
        self._began = False
        self._read_s = 0.0

    def tell(self, recorded: Recorded) -> None:
        """An engine's listener: one decision, just recorded."""
        decision = recorded.decision
        if not recorded.fresh or decision.id in self._known or isinstance(decision.event, Label):
            return
        self._note(decision.id, decision)
        self.pulse.count(decision.event.occurred_ms, decision.would_act, decision.latency_us / 1000)
        if decision.would_act != "allow":
            self.pulse.flag(decision)
        for effect in (*decision.policies, *decision.shadow):
            self.matched[effect.name] += 1
        for missing in decision.degraded:
            self.failed[missing.part] += 1

    @contextmanager
    def streaming(self, visitor: Visitor) -> Iterator[None]:
        """Counts a live page of this visitor while it is followed."""
        self.streams[visitor] += 1
        try:
            yield
        finally:
            self.streams[visitor] -= 1
            self.streams += Counter()

    async def catch_up(self, now_ms: int) -> None:
        """Takes in what this process was not told of: what was there before it, and what others decide."""
        async with self._lock:
            if not self._began:
                self._began = True
                self._take(reversed(await self._back(now_ms)))
            elif self._poll and time.monotonic() - self._read_s >= POLL_S:
                self._take(reversed((await self._decisions.search(Filters(), None, 100)).lines))
            else:
                return
            self._read_s = time.monotonic()

    def newer(self, sequence: int) -> list[Line]:
        """Decisions after that one, oldest first; the oldest are left out beyond what is kept."""
        found: list[Line] = []
        for number, told in reversed(self._recent):
            if number <= sequence:
                break
            found.append(self._as_line(number, told))
        return [line for line in reversed(found) if not self._is_erased(line)]

    def newest(self, limit: int) -> list[Line]:
        """The newest decisions, newest first."""
        newest = (self._as_line(*one) for one, _ in zip(reversed(self._recent), range(limit), strict=False))
        return [line for line in newest if not self._is_erased(line)]

    async def _back(self, now_ms: int) -> list[Line]:
        """What was decided in the last 24 hours, newest first, as far as nobody told of it."""
        found: list[Line] = []
        cursor = None
        for _ in range(BACK_PAGES):
            page = await self._decisions.search(Filters(from_ms=now_ms - BACK_MS), cursor, PAGE)
            unknown = [line for line in page.lines if line.id not in self._known]
            found += unknown
            cursor = page.older
            if cursor is None or not unknown:
                break
        return found

    def _take(self, lines: Iterable[Line]) -> None:
        for line in lines:
            if line.id in self._known or line.type == "label":
                continue
            self._note(line.id, line)
            self.pulse.count(line.at_ms, line.action, line.latency_ms)
            if line.flagged:
                self.pulse.flag(line)

    def _note(self, decision_id: str, told: Told) -> None:
        self.sequence += 1
        self._known[decision_id] = None
        if len(self._known) > KNOWN:
            self._known.popitem(last=False)
        self._recent.append((self.sequence, told))

    def _as_line(self, number: int, told: Told) -> Line:
        return replace(told if isinstance(told, Line) else self._line_of(told), sequence=number)
