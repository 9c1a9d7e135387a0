"""Counts and times for Prometheus. Plain numbers while requests run; turned into text only when somebody asks.

No label ever holds what a caller sent: actions, routes, parts and names of ours only.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.platform_collector import PlatformCollector
from prometheus_client.process_collector import ProcessCollector

from watchword.policy.decision import ACTIONS
from watchword.ports import Recorded

LATENCY_S = (0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 2.5)
SCORES = tuple(float(score) for score in range(10, 101, 10))
MAX_PARTS = 200
"""How many parts get a series of their own; further ones are counted as `other`."""


class Histogram:
    """Counts by upper bound, and their sum."""

    __slots__ = ("bounds", "counts", "total")

    def __init__(self, bounds: tuple[float, ...]) -> None:
        self.bounds = bounds
        self.counts = [0] * (len(bounds) + 1)
        self.total = 0.0

    def add(self, value: float) -> None:
        """Counts one value."""
        self.counts[bisect_left(self.bounds, value)] += 1
        self.total += value

    def buckets(self) -> list[tuple[str, float]]:
        """Cumulative counts by bound, as Prometheus has them."""
        seen, found = 0, []
        for bound, count in zip((*(str(bound) for bound in self.bounds), "+Inf"), self.counts, strict=True):
            seen += count
            found.append((bound, float(seen)))
        return found


class Meters:
    """What one process has counted."""

    def __init__(self) -> None:
        self.actions = dict.fromkeys(ACTIONS, 0)
        self.repeats = 0
        self.scores = Histogram(SCORES)
        self.judging = Histogram(LATENCY_S)
        self.degraded: Counter[str] = Counter()
        self.requests: Counter[tuple[str, int]] = Counter()
        self.times: dict[str, Histogram] = {}

    def count_decision(self, recorded: Recorded) -> None:
        """Counts a decision that was just made, or asked for again."""
        if not recorded.fresh:
            self.repeats += 1
            return
        decision = recorded.decision
        self.actions[decision.action] += 1
        self.scores.add(decision.score / 10_000)
        self.judging.add(decision.latency_us / 1e6)
        for missing in decision.degraded:
            known = missing.part in self.degraded or len(self.degraded) < MAX_PARTS
            self.degraded[missing.part if known else "other"] += 1

    def count_request(self, route: str, status: int, seconds: float) -> None:
        """Counts a request; `route` is a template of ours, never a path that was sent."""
        self.requests[route, status] += 1
        times = self.times.get(route)
        if times is None:
            times = self.times[route] = Histogram(LATENCY_S)
        times.add(seconds)


Gauge = tuple[str, str, str, Callable[[], dict[str, float]]]
"""Name, help, label, and where to read the values from."""


class Exposition:
    """Everything that `/metrics` answers: the meters and gauges that are read when asked."""

    def __init__(self, meters: Meters, gauges: Iterable[Gauge] = ()) -> None:
        self._meters = meters
        self._gauges = tuple(gauges)
        self._registry = CollectorRegistry(auto_describe=False)
        self._registry.register(self)
        ProcessCollector(registry=self._registry)
        PlatformCollector(registry=self._registry)

    def text(self) -> bytes:
        """The exposition in Prometheus' text format. Takes milliseconds: call it in a thread."""
        return generate_latest(self._registry)

    def collect(self) -> Iterator[Metric]:
        """Prometheus' own protocol."""
        yield from self._decisions()
        yield from self._requests()
        for name, text, label, read in self._gauges:
            family = GaugeMetricFamily(name, text, labels=[label])
            for value, number in read().items():
                family.add_metric([value], number)
            yield family

    def _decisions(self) -> Iterator[Metric]:
        meters = self._meters
        yield _counter("watchword_decisions", "Decisions made, by action.", "action", meters.actions)
        yield _counter("watchword_degraded", "Decisions that a part was missing from.", "part", meters.degraded)
        yield CounterMetricFamily("watchword_repeats", "Events sent again and answered as before.", meters.repeats)
        yield _histogram("watchword_score", "Scores of decisions, 0-100.", meters.scores)
        yield _histogram("watchword_judging_seconds", "Time from observed to judged.", meters.judging)

    def _requests(self) -> Iterator[Metric]:
        family = CounterMetricFamily("watchword_http_requests", "Requests answered.", labels=["route", "status"])
        for (route, status), count in list(self._meters.requests.items()):
            family.add_metric([route, str(status)], count)
        yield family
        times = HistogramMetricFamily("watchword_http_seconds", "Time from request to answer.", labels=["route"])
        for route, histogram in list(self._meters.times.items()):
            times.add_metric([route], histogram.buckets(), histogram.total)
        yield times


def _counter(name: str, text: str, label: str, counts: Mapping[Any, int]) -> CounterMetricFamily:
    family = CounterMetricFamily(name, text, labels=[label])
    for value, count in list(counts.items()):
        family.add_metric([value], count)
    return family


def _histogram(name: str, text: str, histogram: Histogram) -> HistogramMetricFamily:
    return HistogramMetricFamily(name, text, histogram.buckets(), histogram.total)
