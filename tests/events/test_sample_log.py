"""Batches as they are kept: what was taken is what is read, packed or deflated."""

from hypothesis import given
from hypothesis import strategies as st

from watchword.events.sample_log import Logged, deflate, encode, logged_of, pack, unpack
from watchword.events.samples import Batch, Clock, Key, Pattern, Pointer, Screen, Target

TIMES = st.floats(0, 1e10)
KEYS = st.builds(Key, seq=st.integers(1, 2**53), t=TIMES, down=st.booleans(), field=st.text("abcä", min_size=1))
SIZES = st.floats(0, 1e6)
BOXES = st.builds(Target, w=SIZES, h=SIZES, dx=st.floats(-1e6, 1e6), dy=st.just(0.5))
POINTS = st.builds(
    Pointer, seq=st.integers(1, 2**53), t=TIMES, kind=st.sampled_from(("move", "down", "up")), x=st.floats(-1e6, 1e6),
    y=st.floats(-1e6, 1e6), target=BOXES | st.none(), pressure=st.floats(0, 1) | st.none(),
)  # fmt: skip
PATTERNS = st.builds(Pattern, event_type=st.just("typing_pattern"), features=st.just({"keystroke_intervals": (1.0,)}))
BATCHES = st.builds(
    Batch, session_id=st.just("s"), nonce=st.text(min_size=1, max_size=64), first_seq=st.integers(1, 2**53),
    clock=st.builds(Clock, granularity_ms=st.floats(0.001, 1000)), screen=st.builds(Screen, w=SIZES, h=SIZES),
    events=st.lists(KEYS | POINTS | PATTERNS, max_size=40).map(tuple),
)  # fmt: skip


@given(BATCHES, st.integers(0, 2**42), st.integers(0, 40))
def test_what_is_kept_is_what_was_taken(batch: Batch, at_ms: int, skip: int) -> None:
    logged = logged_of(batch, at_ms, skip)
    packed = pack(logged)
    assert unpack(packed) == unpack(deflate(packed)) == logged
    assert (logged.first_seq, logged.at_ms) == (batch.first_seq + skip, at_ms)
    raw = tuple(one for one in batch.events[skip:] if not isinstance(one, Pattern))
    assert (logged.raw, logged.patterns) == (raw, tuple(one for one in batch.events[skip:] if one not in raw))


@given(BATCHES)
def test_samples_that_were_encoded_before_are_packed_alike(batch: Batch) -> None:
    logged = logged_of(batch, 7)
    assert pack(logged, encode(batch.events)) == pack(logged)


def test_what_lasts_is_smaller() -> None:
    moves = tuple(Pointer(seq=at + 1, t=8.1 * at, kind="move", x=at * 3.0, y=at % 7) for at in range(500))
    packed = pack(Logged("nonce", 1, 5, moves))
    assert len(deflate(packed)) < len(packed) / 4
