"""What the live page shows: counts by action over time, what they usually are, and where flagged events came from."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Iterable

from msgspec import Struct

from watchword.enrichment.countries import countries
from watchword.policy.decision import ACTIONS, RANK, Action, Decision
from watchword.web.console import words
from watchword.web.console.records import Line

STEP_MS = 20_000
KEPT_MS = 8 * 24 * 3_600_000
MAX_FLAGGED = 20_000
MAX_LATENCIES = 2_048
LEAST_WINDOWS = 6
LEAST_EVENTS = 20
BARS = {15: 45, 60: 60, 1440: 48}
"""Bars of the chart by minutes of the window."""


class Usual(Struct, frozen=True):
    """The range in which nine in ten earlier windows lay, and their median."""

    low: float
    high: float
    median: float


class Spot(Struct, frozen=True):
    """A place on the map, with how many events of one action came from there."""

    lat: float
    lng: float
    action: str
    count: int
    name: str


class Window(Struct, frozen=True):
    """The last `minutes` of decisions. Shares are 0-1; `usual` holds what earlier windows had, once they are enough."""

    minutes: int
    now_ms: int
    step_ms: int
    from_ms: int
    series: dict[str, list[int]]
    counts: dict[str, int]
    usual: dict[str, Usual]
    evidence: list[tuple[str, int]]
    spots: list[Spot]
    blamed: tuple[str, int, int] | None = None
    p99_ms: float | None = None
    since_ms: int | None = None

    @property
    def total(self) -> int:
        """All events of the window."""
        return sum(self.counts.values())

    @property
    def flagged(self) -> int:
        """Events that were not simply allowed."""
        return self.total - self.counts["allow"]

    def share(self, action: str) -> float | None:
        """The share of one action, None where nothing happened."""
        return self.counts[action] / self.total if self.total else None

    @property
    def per_minute(self) -> float:
        """Events a minute, over the part of the window that has been watched."""
        watched = min(self.minutes, max(1.0, (self.now_ms - (self.since_ms or self.now_ms)) / 60_000))
        return self.total / watched


class Pulse:
    """Counts decisions as they are made; at most `KEPT_MS` of them, in steps of 20 s by the time of the event."""

    def __init__(self, line_of: Callable[[Decision], Line]) -> None:
        self._line_of = line_of
        self._steps: dict[int, list[int]] = {}
        self._flagged: deque[Line | Decision] = deque(maxlen=MAX_FLAGGED)
        self._latencies: deque[float] = deque(maxlen=MAX_LATENCIES)
        self._first_ms: int | None = None
        self._newest_ms = 0

    def count(self, at_ms: int, action: Action, latency_ms: float | None = None) -> None:
        """Counts one decision."""
        step = self._steps.get(at_ms // STEP_MS)
        if step is None:
            step = self._steps[at_ms // STEP_MS] = [0, 0, 0, 0]
        step[RANK[action]] += 1
        if latency_ms is not None:
            self._latencies.append(latency_ms)
        if self._first_ms is None or at_ms < self._first_ms:
            self._first_ms = at_ms
        if at_ms > self._newest_ms + 3_600_000:
            self._newest_ms = at_ms
            self._forget()

    def flag(self, told: Line | Decision) -> None:
        """Keeps a decision that was more than allowed, for places, evidence and networks; its line when one looks."""
        self._flagged.append(told)

    def _lines(self) -> list[Line]:
        lines = [told if isinstance(told, Line) else self._line_of(told) for told in self._flagged]
        self._flagged = deque(lines, MAX_FLAGGED)
        return lines

    def _forget(self) -> None:
        oldest = (self._newest_ms - KEPT_MS) // STEP_MS
        for step in [step for step in self._steps if step < oldest]:
            del self._steps[step]

    def window(self, now_ms: int, minutes: int, by_city: bool = True) -> Window:
        """The last `minutes` up to `now_ms`; places to the country only without `by_city`."""
        span_ms = minutes * 60_000
        bars = BARS.get(minutes, 45)
        step_ms = span_ms // bars
        from_ms = now_ms - span_ms
        recent = [line for line in self._lines() if from_ms < line.at_ms <= now_ms]
        return Window(
            minutes, now_ms, step_ms, from_ms,
            series=self._series(from_ms, step_ms, bars), counts=self._counts(from_ms, now_ms),
            usual=self._usual(from_ms, span_ms), evidence=_evidence(recent), spots=_spots(recent, by_city),
            blamed=_blamed(recent), p99_ms=_p99(self._latencies), since_ms=self._first_ms,
        )  # fmt: skip

    def _series(self, from_ms: int, step_ms: int, bars: int) -> dict[str, list[int]]:
        series: dict[str, list[int]] = {action: [0] * bars for action in ACTIONS}
        for step, counts in self._between(from_ms, from_ms + step_ms * bars):
            bar = min(bars - 1, max(0, (step * STEP_MS - from_ms) // step_ms))
            for action, many in zip(ACTIONS, counts, strict=True):
                series[action][bar] += many
        return series

    def _between(self, from_ms: int, to_ms: int) -> Iterable[tuple[int, list[int]]]:
        first, last = from_ms // STEP_MS, to_ms // STEP_MS
        if last - first < len(self._steps):
            return ((step, self._steps[step]) for step in range(first, last + 1) if step in self._steps)
        return ((step, counts) for step, counts in self._steps.items() if first <= step <= last)

    def _counts(self, from_ms: int, to_ms: int) -> dict[str, int]:
        sums = [sum(column) for column in zip(*(counts for _, counts in self._between(from_ms, to_ms)), strict=True)]
        return dict(zip(ACTIONS, sums or [0, 0, 0, 0], strict=True))

    def _usual(self, from_ms: int, span_ms: int) -> dict[str, Usual]:
        """Earlier windows of the same length, back to the first event and at most eight days."""
        earlier: list[dict[str, int]] = []
        while self._first_ms is not None and from_ms - span_ms >= self._first_ms and len(earlier) < 192:
            earlier.append(self._counts(from_ms - span_ms, from_ms - STEP_MS))
            from_ms -= span_ms
        earlier = [counts for counts in earlier if sum(counts.values()) >= LEAST_EVENTS]
        if len(earlier) < LEAST_WINDOWS:
            return {}
        usual: dict[str, Usual] = {
            name: _range([counts[name] / sum(counts.values()) for counts in earlier]) for name in ACTIONS
        }
        usual["rate"] = _range([sum(counts.values()) / (span_ms / 60_000) for counts in earlier])
        return usual


def _range(values: list[float]) -> Usual:
    ordered = sorted(values)
    last = len(ordered) - 1
    return Usual(ordered[round(0.05 * last)], ordered[round(0.95 * last)], ordered[round(0.5 * last)])


def _p99(latencies: deque[float]) -> float | None:
    return sorted(latencies)[int(0.99 * (len(latencies) - 1))] if latencies else None


def _evidence(lines: list[Line]) -> list[tuple[str, int]]:
    return Counter(code for line in lines for code in line.codes).most_common(6)


def _spots(lines: list[Line], by_city: bool) -> list[Spot]:
    found: dict[tuple[str | None, str | None, str], list[Line]] = {}
    for line in lines:
        if line.lat is not None and line.lng is not None:
            found.setdefault((line.country, line.city if by_city else None, line.action), []).append(line)
    spots = [_spot(of, city, country) for (country, city, _), of in found.items()]
    return sorted(spots, key=lambda spot: -spot.count)[:60]


def _spot(of: list[Line], city: str | None, country: str | None) -> Spot:
    lat, lng = of[0].lat or 0.0, of[0].lng or 0.0
    centre = countries().get(country or "") if city is None else None
    if centre is not None:
        lat, lng = centre.lat, centre.lng
    return Spot(lat, lng, of[0].action, len(of), words.place(city, country))


def _blamed(lines: list[Line]) -> tuple[str, int, int] | None:
    """The network that most blocks came from, if it is more than half: its name, blocks, users aimed at."""
    blocks = [line for line in lines if line.action == "block" and line.asn]
    if not blocks:
        return None
    asn, many = Counter(line.asn for line in blocks).most_common(1)[0]
    if many * 2 <= len(blocks) or many < 5:
        return None
    return f"AS{asn}", many, len({line.user or line.alias for line in blocks if line.asn == asn})
