import random
from time import thread_time
from timeit import repeat

from hypothesis import given
from hypothesis import strategies as st

from watchword.enrichment.addresses import Span
from watchword.enrichment.intervals import Intervals, Ranges

WIDTH = {4: 1 << 32, 6: 1 << 128}


@st.composite
def spans(draw: st.DrawFn) -> Span:
    version = draw(st.sampled_from([4, 6]))
    near = draw(st.sampled_from([0, 100, WIDTH[version] - 200]))
    first = near + draw(st.integers(0, 60))
    return Span(version, first, first + draw(st.integers(0, 60)))


@given(st.lists(spans()))
def test_ranges_are_the_union_sorted_and_disjoint(given_spans: list[Span]) -> None:
    ranges = Ranges.of(given_spans)
    for version, flat in ((4, ranges.v4), (6, ranges.v6)):
        wanted = {n for v, first, last in given_spans if v == version for n in range(first, last + 1)}
        assert wanted == {n for at in range(0, len(flat), 2) for n in range(flat[at], flat[at + 1] + 1)}
        assert all(flat[at + 1] + 1 < flat[at + 2] for at in range(0, len(flat) - 2, 2))


@given(st.lists(st.lists(spans(), max_size=8), max_size=6))
def test_a_mask_names_exactly_the_sets_that_hold_the_address(sets: list[list[Span]]) -> None:
    table = Intervals([Ranges.of(each) for each in sets])
    for version, end in WIDTH.items():
        for number in {*range(230), *range(end - 210, end)}:
            wanted = sum(
                1 << at for at, each in enumerate(sets) if any(v == version and a <= number <= b for v, a, b in each)
            )
            assert table.mask(version, number) == wanted


def test_more_than_64_sets_are_told_apart() -> None:
    table = Intervals([Ranges.of([Span(4, at * 10, at * 10 + 14)]) for at in range(100)])
    assert table.mask(4, 990) == 1 << 98 | 1 << 99
    assert table.mask(4, 1005) == 0


def test_a_lookup_among_200_000_networks_takes_microseconds() -> None:
    chosen = random.Random(7)
    ranges = Ranges.of(Span(4, n, n + chosen.randrange(256)) for n in chosen.sample(range(1 << 32), 200_000))
    table = Intervals([ranges])
    probes = [chosen.randrange(1 << 32) for _ in range(20_000)]
    took = min(repeat(lambda: [table.mask(4, n) for n in probes], timer=thread_time, number=1))
    assert took / len(probes) < 10e-6
