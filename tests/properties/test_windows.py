"""Windows against a brute-force oracle: random histories, out of order, with duplicates, beyond the capacity."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from watchword.state.log import CAPACITY, GRACE_MS, Log
from watchword.state.plan import HOUR_MS, MINUTE_MS, USER_INCIDENTS, USER_LOGINS, LogKind

SMALL = LogKind("small", 99, "user", ("ip", "device"), MINUTE_MS)


class Oracle:
    """The same promises, kept by a list and nothing clever."""

    def __init__(self, kind: LogKind, capacity: int = CAPACITY) -> None:
        self.kind, self.capacity = kind, capacity
        self.kept: list[tuple[int, tuple[int, ...], int]] = []
        self.taken: list[int] = []
        self.newest: int | None = None
        self.cut: int | None = None

    def put(self, at: int, values: tuple[int, ...], flags: int) -> bool:
        if self.newest is not None and at < self.newest - self.kind.span_ms - GRACE_MS:
            return False
        self.newest = at if self.newest is None else max(self.newest, at)
        self.kept.append((at, values, flags))
        self.taken.append(at)
        self.kept.sort(key=lambda entry: entry[0])
        oldest = self.newest - 2 * self.kind.span_ms - GRACE_MS
        self.kept = [entry for entry in self.kept if entry[0] > oldest]
        while len(self.kept) > self.capacity:
            dropped = self.kept.pop(0)[0]
            self.cut = dropped if self.cut is None else max(self.cut, dropped)
        return True

    def window(self, at: int, span: int) -> list[tuple[int, tuple[int, ...], int]]:
        return [entry for entry in self.kept if at - span < entry[0] <= at]


def with_entry(log: Log, at: int, values: tuple[int, ...], flags: int) -> Log:
    grown = log.plus(at, values, flags)
    assert grown is not None
    return grown


def agree(log: Log, oracle: Oracle, at: int, span: int) -> None:
    window = oracle.window(at, span)
    counted = log.count(at, span)
    if not log.too_late(at) and span <= log.kind.span_ms and not counted.saturated:
        assert counted.total == sum(at - span < taken <= at for taken in oracle.taken), "all events known now"
    assert counted.total == len(window)
    for most in {0, 1, len(window) - 1, len(window), len(window) + 1} - {-1}:
        assert log.exceeds(most, at, span) == (len(window) > most)
    assert counted.failures == sum(not flags & 1 for _, _, flags in window)
    assert counted.saturated == (oracle.cut is not None and oracle.cut > at - span)
    assert list(log.times(at, span)) == [entry[0] for entry in window]
    for most in (1, 3, len(window) + 1):
        assert list(log.newest(most, at, span)) == [entry[0] for entry in window][-most:]
    assert list(log.flags(at, span)) == [entry[2] for entry in window]
    for number, name in enumerate(log.kind.columns):
        assert sorted(log.column(name, at, span)) == sorted(entry[1][number] for entry in window)
        assert log.distinct(name, at, span) == len({entry[1][number] for entry in window} - {0})
        succeeded = {entry[1][number] for entry in oracle.kept if at - span <= entry[0] <= at and entry[2] & 1} - {0}
        assert log.succeeded(name, at - span, at) == log.succeeded(name, at - span, at, len(succeeded)) == succeeded
        assert not log.succeeded(name, at - span, at, 1 + len(oracle.kept))
    successes = [entry[0] for entry in window if entry[2] & 1]
    assert log.since_success(at, span) == (at - successes[-1] if successes else None)


def play(rng: Random, kind: LogKind, size: int, spread: int) -> None:
    """One random history: in order and not, with equal times and whole duplicates, packed and unpacked on the way."""
    log, oracle, at = Log(kind), Oracle(kind), 10**12
    for _ in range(size):
        step = rng.choice((0, 1, rng.randrange(spread), -rng.randrange(2 * spread), -kind.span_ms - GRACE_MS))
        at = max(0, at + step)
        values = tuple(rng.choice((0, -1, 2, rng.getrandbits(40))) for _ in kind.columns)
        flags = rng.randrange(16)
        for _ in range(rng.choice((1, 1, 1, 2))):
            assert log.too_late(at) == (oracle.newest is not None and at < oracle.newest - kind.span_ms - GRACE_MS)
            grown = log.plus(at, values, flags)
            assert (grown is not None) == oracle.put(at, values, flags)
            log = log if grown is None else grown
        if rng.random() < 0.3:
            log = Log(kind, log.pack())
        if rng.random() < 0.5:
            agree(log, oracle, at + rng.randrange(-spread, spread), rng.choice((MINUTE_MS, kind.span_ms)))
    agree(log, oracle, at, kind.span_ms)
    assert len(log) == len(oracle.kept)


@pytest.mark.slow
def test_windows_equal_the_oracle_on_ten_thousand_random_histories() -> None:
    rng = Random(20261121)
    for _ in range(10_000):
        kind = rng.choice((USER_LOGINS, USER_INCIDENTS, SMALL))
        play(rng, kind, rng.randrange(1, 14), rng.choice((1_000, MINUTE_MS, kind.span_ms, 30 * kind.span_ms)))


def test_saturated_windows_equal_the_oracle() -> None:
    rng = Random(7)
    log, oracle = Log(SMALL), Oracle(SMALL)
    for number in range(2 * CAPACITY):
        at = 10**9 + 20 * number + rng.randrange(-500, 500)
        assert oracle.put(at, (number, 1), number & 1)
        log = with_entry(log, at, (number, 1), number & 1)
    last = 10**9 + 40 * CAPACITY
    for span in (1_000, 10_000, 20_000, MINUTE_MS, 30 * MINUTE_MS):
        agree(log, oracle, last, span)
    assert log.count(last, MINUTE_MS).saturated
    assert not log.count(last, 10_000).saturated
    assert len(log) == CAPACITY


@given(
    st.lists(
        st.tuples(st.integers(0, 4 * HOUR_MS), st.integers(-(2**63), 2**63 - 1), st.integers(0, 15)),
        min_size=1,
        max_size=30,
    ),
    st.randoms(use_true_random=False),
)
@settings(max_examples=200, deadline=None)
def test_the_order_of_arrival_changes_no_window(entries: list[tuple[int, int, int]], rng: Random) -> None:
    one, other = Log(USER_LOGINS), Log(USER_LOGINS)
    shuffled = list(entries)
    rng.shuffle(shuffled)
    for at, value, flags in entries:
        one = with_entry(one, at, (value, 0), flags)
    for at, value, flags in shuffled:
        other = with_entry(other, at, (value, 0), flags)
    for at, _, _ in entries:
        assert one.count(at, HOUR_MS) == other.count(at, HOUR_MS)
        assert sorted(one.column("ip", at, HOUR_MS)) == sorted(other.column("ip", at, HOUR_MS))


def test_a_window_is_open_at_its_beginning_and_closed_at_its_end() -> None:
    log = Log(USER_LOGINS)
    for at in (0, 1, MINUTE_MS):
        log = with_entry(log, at, (1, 1), 1)
    assert log.count(MINUTE_MS, MINUTE_MS).total == 2
    assert log.count(MINUTE_MS - 1, MINUTE_MS).total == 2


def test_neighbours_in_time_are_found_on_both_sides() -> None:
    log = Log(SMALL)
    for at in (0, 60_000, 60_001, 120_000, 120_001):
        log = with_entry(log, at, (at, 0), 1)
    assert [row[0] for row in log.rows(60_000, 60_000)] == [0, 60_000, 60_001, 120_000]
    assert list(log.rows(10**9, 60_000)) == []


def test_a_log_of_another_shape_is_refused() -> None:
    log = Log(USER_LOGINS)
    log = with_entry(log, 5, (1, 2), 1)
    with pytest.raises(ValueError):
        Log(USER_INCIDENTS, log.pack())
    with pytest.raises(ValueError):
        log.plus(6, (1,), 1)
