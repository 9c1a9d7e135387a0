"""What a process remembers of live sessions stays within its bounds, however many there are."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from watchword.behaviour.template import Shelf, Template, entry
from watchword.events.sample_log import Logged, pack
from watchword.events.samples import Scroll
from watchword.ports import Risen, SessionKey
from watchword.sessions.lives import MAX_BATCHES, MAX_SAMPLES, Live, Lives


def live_of(number: int) -> Live:
    return Live(SessionKey(bytes([number]) * 16, b"s" * 16, b"o" * 16))


def template_of(entries: int) -> Template:
    return Template({"mouse/": Shelf(tuple(entry("", 10, np.ones(200)) for _ in range(entries)), entries)})


def batch_of(samples: int) -> bytes:
    return pack(Logged("n", 1, 5, tuple(Scroll(seq=at + 1, t=float(at)) for at in range(samples))))


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 60)), max_size=60))
def test_templates_have_a_bound_of_their_own(steps: list[tuple[int, int]]) -> None:
    most = template_of(60).size * 2
    lives, newest = Lives(most_templates=most), None
    for number, entries in steps:
        live = lives.get(bytes([number]) * 16) or lives.put(live_of(number))
        lives.remember(live, newest := template_of(entries))
        assert live.template is newest
        held = [one.template.size for one in lives.all() if one.template is not None]
        assert lives.template_bytes == sum(held) <= most
    for live in lives.all():
        lives.drop(live.key.key)
    assert (lives.template_bytes, lives.bytes) == (0, 0)


def test_a_session_that_was_dropped_keeps_no_template() -> None:
    lives, live = Lives(), live_of(1)
    lives.remember(live, template_of(3))
    assert (live.template, lives.template_bytes) == (None, 0)


@given(st.lists(st.integers(1, 2000), min_size=1, max_size=80))
def test_a_session_keeps_its_newest_samples(sizes: list[int]) -> None:
    lives = Lives()
    live = lives.put(live_of(1))
    packed = {size: batch_of(size) for size in set(sizes)}
    for size in sizes:
        lives.keep(live, packed[size], size)
    kept = [len(batch.events) for batch in live.batches()]
    assert kept == sizes[len(sizes) - len(kept) :] == list(live.counts)
    assert len(kept) <= MAX_BATCHES
    assert sum(kept) <= MAX_SAMPLES or len(kept) == 1
    if len(kept) < min(len(sizes), MAX_BATCHES):
        assert sum(kept) + sizes[len(sizes) - len(kept) - 1] > MAX_SAMPLES
    assert lives.bytes == live.size == sum(map(len, live.logged))
    again = Lives()
    recalled = again.put(live_of(1))
    again.recall(recalled, 0, Risen((), tuple(live.logged)))
    assert (list(recalled.logged), list(recalled.counts)) == (list(live.logged), list(live.counts))


def test_the_session_used_longest_ago_goes_first() -> None:
    one = batch_of(50)
    lives = Lives(most=3 * len(one))
    every = [lives.put(live_of(number)) for number in range(3)]
    for live in every:
        lives.keep(live, one, 50)
    assert lives.get(every[0].key.key) is every[0]
    fourth = lives.put(live_of(9))
    lives.keep(fourth, one, 50)
    assert [lives.get(live.key.key) is live for live in every] == [True, False, True]
    assert lives.bytes == 3 * len(one)
