"""Counts of the live page against a plain recount, and what counts as usual."""

from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from watchword.policy.decision import ACTIONS, Decision
from watchword.web.console.live import sentence
from watchword.web.console.pulse import STEP_MS, Pulse
from watchword.web.console.records import Line

NOW = 1_795_132_800_000


def line_of(decision: Decision) -> Line:
    """No decision is flagged here, only lines."""
    raise AssertionError(decision)


MINUTE = 60_000
events = st.lists(st.tuples(st.integers(0, 26 * 60), st.sampled_from(ACTIONS)), max_size=300)


@given(events, st.sampled_from([15, 60, 1440]))
def test_a_window_holds_what_happened_in_it(happened, minutes):
    pulse = Pulse(line_of)
    for ago, action in happened:
        pulse.count(NOW - ago * MINUTE, action)
    window = pulse.window(NOW, minutes)
    within = Counter(
        action for ago, action in happened if (NOW - ago * MINUTE) // STEP_MS >= (NOW - minutes * MINUTE) // STEP_MS
    )
    assert window.counts == {action: within[action] for action in ACTIONS}
    assert {action: sum(bars) for action, bars in window.series.items()} == window.counts


def _pulse(blocks_now: int, hours: int = 8) -> Pulse:
    pulse = Pulse(line_of)
    for minute in range(hours * 60):
        at_ms = NOW - minute * MINUTE
        for _ in range(10):
            pulse.count(at_ms, "allow")
        if minute % 30 == 0:
            pulse.count(at_ms, "block")
    for n in range(blocks_now):
        pulse.count(NOW - n * 1000, "block")
        pulse.flag(Line(f"dec_{n}", NOW - n * 1000, "login", "block", "CRITICAL", 95.0, user=f"u{n}", asn=64511))
    return pulse


def test_the_usual_is_known_after_six_windows():
    assert _pulse(0, hours=1).window(NOW, 15).usual == {}
    usual = _pulse(0).window(NOW, 15).usual
    assert usual["rate"].low <= 10.1
    assert 0 <= usual["block"].median <= 0.01


def test_an_ordinary_hour_is_called_usual_and_a_surge_is_blamed_on_its_network():
    assert sentence(_pulse(0).window(NOW, 15)).head == "As usual."
    said = sentence(_pulse(60).window(NOW, 15))
    assert said.alarm
    assert "AS64511" in said.text
    assert "60 accounts" in said.text


def test_old_steps_are_forgotten():
    pulse = Pulse(line_of)
    for day in range(30):
        pulse.count(NOW + day * 86_400_000, "allow")
    assert len(pulse._steps) <= 9
